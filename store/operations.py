"""The operations of a push: what is to be sent for whom, its intent before the call and its outcome after."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from store.connection import Db, Row
from store.records import dataclass


@dataclass(frozen=True)
class Operation:
    """One step of a plan. `changes` is `{attribute: [old, new]}`, `attributes` the whole wanted set; `remote_id` is
    empty where the account is not known yet; `phase` is `find` while it is only looked for, `write` once something may
    have been sent; `adopted` once a create found an account that was there."""

    seq: int
    id: str
    push_id: str
    application_id: str
    user_id: str
    username: str
    action: str
    state: str
    remote_id: str
    changes: dict[str, list[Any]]
    attributes: dict[str, Any]
    digest: str
    provider: str = ""
    phase: str = ""
    adopted: bool = False
    attempt: int = 0
    status: int | None = None
    detail: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    duration_ms: int | None = None


def _operation(row: Row) -> Operation:
    values = {name: row[name] for name in Operation.__dataclass_fields__}
    return Operation(**{**values, "changes": json.loads(row["changes"]), "attributes": json.loads(row["attributes"]), "adopted": bool(row["adopted"])})


Values = tuple[Any, ...]
_dumps = json.JSONEncoder(ensure_ascii=False).encode


def values(one: Operation) -> Values:
    """A step of a plan as `insert` takes it: made before the transaction begins, because a big plan has many."""
    changes, attributes = _dumps(one.changes), _dumps(one.attributes)
    head = (one.id, one.push_id, one.application_id, one.user_id, one.username, one.action, one.state, one.remote_id)
    return (*head, changes, attributes, one.digest, one.detail, one.provider)


def insert(db: Db, rows: Iterable[Values]) -> None:
    """Keeps the steps of a plan."""
    sql = (
        "insert into operation (id, push_id, application_id, user_id, username, action, state, remote_id, changes, attributes, digest, detail, provider) "
        "values (?,?,?,?,?,?,?,?,?,?,?,?,?)"
    )
    db.executemany(sql, rows)


def get(db: Db, operation_id: str) -> Operation | None:
    """The operation with that id."""
    row = db.execute("select * from operation where id = ?", (operation_id,)).fetchone()
    return _operation(row) if row else None


def page(db: Db, push_id: str, *, after: int = 0, limit: int = 100, state: str | None = None) -> list[Operation]:
    """The operations of a push in their order, from above `after`, all or those in one state."""
    if state is None:
        sql = "select * from operation where push_id = ? and seq > ? order by seq limit ?"
        return [_operation(row) for row in db.execute(sql, (push_id, after, limit)).fetchall()]
    sql = "select * from operation where push_id = ? and state = ? and seq > ? order by seq limit ?"
    return [_operation(row) for row in db.execute(sql, (push_id, state, after, limit)).fetchall()]


def every(db: Db, push_id: str, state: str | None = None) -> Iterator[Operation]:
    """All operations of a push, in their order."""
    last = 0
    while rows := page(db, push_id, after=last, limit=2000, state=state):
        yield from rows
        last = rows[-1].seq


def counts(db: Db, push_id: str) -> dict[str, int]:
    """How many operations are in which state."""
    rows = db.execute("select state, count(*) as n from operation where push_id = ? group by state", (push_id,)).fetchall()
    return {row["state"]: int(row["n"]) for row in rows}


def done(db: Db, push_id: str) -> dict[str, int]:
    """How many succeeded, by action; those that found an account count as `adopt`."""
    sql = "select case when adopted then 'adopt' else action end as what, count(*) as n from operation where push_id = ? and state = 'succeeded' group by what"
    return {row["what"]: int(row["n"]) for row in db.execute(sql, (push_id,)).fetchall()}


def left(db: Db, push_id: str, action: str) -> int:
    """How many operations of that action are still to be carried out."""
    sql = "select count(*) from operation where push_id = ? and state in ('planned', 'sending', 'unknown') and action = ?"
    return int(db.execute(sql, (push_id, action)).fetchone()[0])


def last_for(db: Db, application_id: str, user_id: str) -> Operation | None:
    """The last operation for somebody that was begun."""
    sql = "select * from operation where user_id = ? and application_id = ? and state not in ('planned', 'skipped') order by seq desc limit 1"
    row = db.execute(sql, (user_id, application_id)).fetchone()
    return _operation(row) if row else None


_ENTITLED = (
    "exists (select 1 from authorization a join membership m on m.group_id = a.group_id join user u on u.id = m.user_id "
    "where a.application_id = operation.application_id and m.user_id = operation.user_id and u.state = 'ACTIVATED')"
)


def intend(db: Db, one: Operation, worker: str, at: str) -> bool:
    """The intent with its attempt and phase, before the call: nothing is sent before this is kept.

    False when it must not be carried out any more: the push is another worker's, or the person's right to the
    account has changed since it was planned (what was cut off is looked up all the same).
    """
    sql = (
        "update operation set state = 'sending', attempt = ?, phase = ?, started_at = ? where id = ? "
        "and exists (select 1 from push where id = ? and worker = ? and state = 'running') "
        f"and (state <> 'planned' or action = 'delete' or (action = 'deactivate') <> {_ENTITLED})"
    )
    return db.execute(sql, (one.attempt, one.phase, at, one.id, one.push_id, worker)).rowcount == 1


def may_write(db: Db, one: Operation, worker: str) -> bool:
    """Kept before a create is sent, once the account was looked for; False when it must not be sent any more."""
    sql = (
        "update operation set phase = 'write' where id = ? and state = 'sending' "
        f"and exists (select 1 from push where id = ? and worker = ? and state = 'running') and {_ENTITLED}"
    )
    return db.execute(sql, (one.id, one.push_id, worker)).rowcount == 1


def conclude(db: Db, one: Operation) -> None:
    """The outcome: state, what the provider said, and the account's id as soon as it is known."""
    db.execute(
        "update operation set state = ?, remote_id = ?, phase = ?, adopted = ?, status = ?, detail = ?, finished_at = ?, duration_ms = ? where id = ?",
        (one.state, one.remote_id, one.phase, one.adopted, one.status, one.detail, one.finished_at, one.duration_ms, one.id),
    )


def skip_rest(db: Db, push_id: str, at: str, detail: str, limit: int = 2000) -> list[Operation]:
    """Operations not begun will not be carried out: skips up to `limit` of them and returns those."""
    sql = (
        "update operation set state = 'skipped', detail = ?, finished_at = ? "
        "where seq in (select seq from operation where push_id = ? and state = 'planned' order by seq limit ?) returning *"
    )
    return [_operation(row) for row in db.execute(sql, (detail, at, push_id, limit)).fetchall()]


def cut_off(db: Db, push_id: str) -> list[Operation]:
    """The operations of a push that were begun and have no outcome, the oldest first."""
    sql = "select * from operation where push_id = ? and state in ('sending', 'unknown') order by seq"
    return [_operation(row) for row in db.execute(sql, (push_id,)).fetchall()]


def in_doubt(db: Db, application_id: str, provider: str, user_ids: Sequence[str] | None = None) -> list[Operation]:
    """Operations there that were cut off after something may have been sent, the oldest first."""
    sql = (
        "select * from operation where application_id = ? and provider = ? and state in ('sending', 'unknown') and phase = 'write' "
        "and (? is null or user_id in (select value from json_each(?))) order by seq"
    )
    within = None if user_ids is None else json.dumps(list(user_ids))
    return [_operation(row) for row in db.execute(sql, (application_id, provider, within, within)).fetchall()]


def settle_older(db: Db, one: Operation) -> None:
    """What was in doubt for this person is known by now: a later operation has seen the account."""
    db.execute(
        "update operation set state = 'skipped', detail = 'Cut off; what it did was looked up by a later operation.' "
        "where application_id = ? and user_id = ? and provider = ? and state in ('sending', 'unknown') and id <> ?",
        (one.application_id, one.user_id, one.provider, one.id),
    )


def removals_since(db: Db, application_id: str, provider: str, since: str) -> set[str]:
    """Users whose accounts automatic pushes have taken away, or are about to, since then and since a person last approved a push.

    What waits for approval counts; what was cancelled before it was sent does not.
    """
    sql = (
        "select distinct o.user_id from operation o join push p on p.id = o.push_id where p.application_id = ? and p.provider = ? and p.kind = 'automatic' "
        "and p.requested_at >= ? and p.seq > (select coalesce(max(seq), 0) from push where application_id = p.application_id and approved_by is not null) "
        "and o.action in ('deactivate', 'delete') and o.state not in ('failed', 'skipped', 'blocked') "
        "and not (p.state = 'cancelled' and o.state = 'planned')"
    )
    return {user_id for (user_id,) in db.execute(sql, (application_id, provider, since))}
