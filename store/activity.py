"""The hash-chained record of changes: who did what, by which way, before and after.

Each entry's hash covers the entry and the hash before it; the first one's `prev` is derived from the store's
id. Entries are written in the transaction of the change they record. Personal values (a person's name,
address) stand in a side table, and the chain carries only their salted digest, so that they can be erased
later without breaking it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

from store.connection import Db
from store.records import dataclass

Detail = dict[str, Any]


@dataclass(frozen=True)
class Actor:
    """Who is at work: `role` is administrator, operator, viewer or worker; `via` is the way in
    (`terminal`, `command`, `ssh SHA256:… from …`, `worker`)."""

    name: str
    role: str
    via: str


@dataclass(frozen=True)
class Entry:
    """One line of the record. `detail` maps fields to `[before, after]`, or to plain values."""

    seq: int
    at: str
    actor: str
    role: str
    via: str
    action: str
    target: str
    detail: Detail
    hash: str


def append(db: Db, actor: Actor, at: str, action: str, target: str, detail: Detail, personal: Detail | None = None) -> str:
    """Adds an entry inside the caller's transaction and returns its hash (hex SHA-256).

    `detail` holds what may stay for ever; `personal` what may one day have to be erased. For people `target`
    is their id: names belong in `personal`.
    """
    if "personal" in detail:
        raise ValueError("the name `personal` is taken")
    last = db.execute("select seq, hash from activity order by seq desc limit 1").fetchone()
    seq, prev = (last["seq"] + 1, last["hash"]) if last else (1, genesis(store_id(db)))
    salt = os.urandom(16).hex()
    if personal:
        detail = {**detail, "personal": _sha256(salt + canonical(personal))}
    body = canonical(detail)
    digest = entry_hash(prev, [seq, at, actor.name, actor.role, actor.via, action, target, body])
    db.execute(
        "insert into activity (seq, at, actor, role, via, action, target, detail, prev, hash) values (?,?,?,?,?,?,?,?,?,?)",
        (seq, at, actor.name, actor.role, actor.via, action, target, body, prev, digest),
    )
    if personal:
        db.execute("insert into activity_personal (seq, salt, detail) values (?,?,?)", (seq, salt, canonical(personal)))
    return digest


def genesis(store: str) -> str:
    """What stands before the first entry of the store with that id."""
    return _sha256(f"audit/1\0{store}")


def entry_hash(prev: str, fields: list[Any]) -> str:
    """SHA-256 over the version, the hash before, and the fields in their fixed order."""
    return _sha256(f"audit/1\0{prev}{canonical(fields)}")


def _sha256(text: str) -> str:
    """Hex digest. Imported here: a command that only reads does without the library behind it."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with one spelling: sorted names, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def store_id(db: Db) -> str:
    """The id the store was made with."""
    row = db.execute("select value from setting where key = 'store_id'").fetchone()
    return str(row["value"]) if row else ""


def page(db: Db, *, before: int | None = None, after: int | None = None, since: str = "", text: str = "", limit: int = 100) -> list[Entry]:
    """A page by key: newest first from below `before`, or oldest first from above `after`. `text` is words that all occur
    in an entry (who, way, action, target, values, day), and after `!` words that do not."""
    where, values = _filter(text)
    if after is not None:
        rows = db.execute(f"{_PERSONAL} where a.seq > ? and a.at >= ?{where} order by a.seq limit ?", (after, since, *values, limit))
    else:
        rows = db.execute(f"{_PERSONAL} where a.seq < ? and a.at >= ?{where} order by a.seq desc limit ?", (before or 1 << 62, since, *values, limit))
    return [_entry(row) for row in rows.fetchall()]


def count(db: Db, *, text: str = "", above: int = 0) -> int:
    """How many entries there are (the record has no holes), or hold those words; with `above`, those after that one."""
    if not text:
        return max(0, int(db.execute("select coalesce(max(seq), 0) from activity").fetchone()[0]) - above)
    where, values = _filter(text)
    sql = f"select count(*) from activity a left join activity_personal p using (seq) where a.seq > ?{where}"
    return int(db.execute(sql, (above, *values)).fetchone()[0])


def _filter(text: str) -> tuple[str, list[str]]:
    """The condition for the words of a filter, and its values."""
    where, values = "", list[str]()
    for word in text.split():
        negated = word.startswith("!") and len(word) > 1
        where += f" and {'not ' if negated else ''}({_TEXT} like ? escape '\\')"
        values.append("%" + re.sub(r"([\\%_])", r"\\\1", word[1:] if negated else word) + "%")
    return where, values


def verify(db: Db) -> int | None:
    """The first entry whose chain does not hold, or None. Shows tampering; only a head kept elsewhere proves completeness."""
    prev, expected = genesis(store_id(db)), 1
    for row in _rows(db):
        fields = [row["seq"], row["at"], row["actor"], row["role"], row["via"], row["action"], row["target"], row["detail"]]
        if row["seq"] != expected or row["prev"] != prev or row["hash"] != entry_hash(prev, fields) or not _personal_holds(row):
            return int(min(row["seq"], expected))
        prev, expected = row["hash"], expected + 1
    return None


_TEXT = "a.at || ' ' || a.actor || ' ' || a.role || ' ' || a.via || ' ' || a.action || ' ' || a.target || ' ' || a.detail || ' ' || coalesce(p.detail, '')"
_PERSONAL = "select a.*, p.salt, p.detail as personal from activity a left join activity_personal p using (seq)"


def _rows(db: Db) -> Iterator[Any]:
    """Every entry in order, a page at a time, so that no cursor stays open."""
    last = 0
    while rows := db.execute(_PERSONAL + " where a.seq > ? order by a.seq limit 2000", (last,)).fetchall():
        yield from rows
        last = rows[-1]["seq"]


def _personal_holds(row: Any) -> bool:
    """Whether an entry's personal values, where they still are, are the ones the chain was made with."""
    if row["personal"] is None:
        return True
    digest = _sha256(row["salt"] + row["personal"])
    return bool(json.loads(row["detail"]).get("personal") == digest)


def _entry(row: Any) -> Entry:
    """A row as an entry, with the personal values where they still are."""
    detail = json.loads(row["detail"])
    if detail.pop("personal", None) is not None:
        detail.update(json.loads(row["personal"]) if row["personal"] else {"personal values": "erased"})
    return Entry(row["seq"], row["at"], row["actor"], row["role"], row["via"], row["action"], row["target"], detail, row["hash"])
