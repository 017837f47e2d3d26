"""Operators: who may do what, and the public keys they come in with."""

from __future__ import annotations

from collections import defaultdict

from store.connection import Db, Row
from store.errors import Conflict, NotFound
from store.ids import fold
from store.records import dataclass


@dataclass(frozen=True)
class OperatorKey:
    """A public key as OpenSSH writes it: `kind` (ssh-ed25519 …), `body` (base64), and its `SHA256:…` fingerprint."""

    fingerprint: str
    kind: str
    body: str
    comment: str = ""
    added_at: str = ""

    @property
    def line(self) -> str:
        """Kind and body, as they stand in an authorized_keys file."""
        return f"{self.kind} {self.body}"


@dataclass(frozen=True)
class Operator:
    """`role` is viewer, operator or administrator."""

    id: str
    name: str
    role: str
    enabled: bool = True
    version: int = 1
    created_at: str = ""
    keys: tuple[OperatorKey, ...] = ()


def every(db: Db, operator_id: str = "") -> list[Operator]:
    """Every operator in order of name (or the one of that id), with their keys."""
    keys: dict[str, list[OperatorKey]] = defaultdict(list)
    for row in db.execute("select * from operator_key where ? in ('', operator_id) order by added_at, fingerprint", (operator_id,)).fetchall():
        keys[row["operator_id"]].append(OperatorKey(row["fingerprint"], row["kind"], row["body"], row["comment"], row["added_at"]))
    rows = db.execute("select * from operator where ? in ('', id) order by name_key", (operator_id,)).fetchall()
    return [_operator(row, tuple(keys[row["id"]])) for row in rows]


def any_there(db: Db) -> bool:
    """Whether there are operators at all."""
    return bool(db.execute("select exists (select 1 from operator)").fetchone()[0])


def find(db: Db, named: str) -> Operator:
    """The operator of that name (whatever the case) or id; `NotFound` when there is none."""
    row = db.execute("select id from operator where id = ? or name_key = ? order by id = ? desc limit 1", (named, fold(named), named)).fetchone()
    if row is None:
        raise NotFound("no-such-operator", f"There is no operator {named}.", "usher operators list shows them.")
    return every(db, row["id"])[0]


def holder(db: Db, fingerprint: str) -> Operator | None:
    """The operator whose key that is, enabled or not."""
    row = db.execute("select operator_id from operator_key where fingerprint = ?", (fingerprint,)).fetchone()
    return every(db, row["operator_id"])[0] if row else None


def role_now(db: Db, operator_id: str) -> tuple[str, str, bool] | None:
    """Name, role and whether enabled, as they stand now (a few µs: asked at every write); None when removed."""
    row = db.execute("select name, role, enabled from operator where id = ?", (operator_id,)).fetchone()
    return (row["name"], row["role"], bool(row["enabled"])) if row else None


def has_key(db: Db, operator_id: str, fingerprint: str) -> bool:
    """Whether that key is (still) this operator's."""
    return db.execute("select 1 from operator_key where operator_id = ? and fingerprint = ?", (operator_id, fingerprint)).fetchone() is not None


def insert(db: Db, operator: Operator) -> None:
    """Adds an operator, with their keys."""
    db.execute(
        "insert into operator (id, name, name_key, role, enabled, created_at) values (?,?,?,?,?,?)",
        (operator.id, operator.name, fold(operator.name), operator.role, operator.enabled, operator.created_at),
    )
    for key in operator.keys:
        insert_key(db, operator.id, key)


def update(db: Db, operator: Operator, *, name: str, role: str, enabled: bool) -> None:
    """Sets these of an operator who still has `operator.version`, and raises it by one; `Conflict` when somebody was faster."""
    done = db.execute(
        "update operator set name = ?, name_key = ?, role = ?, enabled = ?, version = version + 1 where id = ? and version = ?",
        (name, fold(name), role, enabled, operator.id, operator.version),
    )
    if not done.rowcount:
        raise Conflict("changed-meanwhile", f"{operator.name} was changed by somebody else meanwhile.", "Look at it again, then make your change.")


def delete(db: Db, operator_id: str) -> None:
    """Removes an operator and their keys."""
    db.execute("delete from operator where id = ?", (operator_id,))


def insert_key(db: Db, operator_id: str, key: OperatorKey) -> None:
    """Adds a key to an operator; a trigger refuses one that is somebody's already."""
    db.execute(
        "insert into operator_key (fingerprint, operator_id, kind, body, comment, added_at) values (?,?,?,?,?,?)",
        (key.fingerprint, operator_id, key.kind, key.body, key.comment, key.added_at),
    )


def delete_key(db: Db, operator_id: str, fingerprint: str) -> None:
    """Takes a key from an operator."""
    db.execute("delete from operator_key where operator_id = ? and fingerprint = ?", (operator_id, fingerprint))


def _operator(row: Row, keys: tuple[OperatorKey, ...]) -> Operator:
    return Operator(row["id"], row["name"], row["role"], bool(row["enabled"]), row["version"], row["created_at"], keys)
