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
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from store.connection import Db
from store.records import dataclass

if TYPE_CHECKING:
    from store.verify_activity import Anchor, Verdict

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
    from store.verify_activity import entry_hash, genesis, personal_digest  # here: a command that only reads does without the library behind it

    last = db.execute("select seq, hash from activity order by seq desc limit 1").fetchone()
    seq, prev = (last["seq"] + 1, last["hash"]) if last else (1, genesis(store_id(db)))
    salt = os.urandom(16).hex()
    if personal:
        detail = {**detail, "personal": personal_digest(salt, canonical(personal))}
    body = canonical(detail)
    digest = entry_hash(prev, [seq, at, actor.name, actor.role, actor.via, action, target, body])
    db.execute(
        "insert into activity (seq, at, actor, role, via, action, target, detail, prev, hash) values (?,?,?,?,?,?,?,?,?,?)",
        (seq, at, actor.name, actor.role, actor.via, action, target, body, prev, digest),
    )
    if personal:
        db.execute("insert into activity_personal (seq, salt, detail) values (?,?,?)", (seq, salt, canonical(personal)))
    return digest


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


def about(db: Db, targets: Sequence[str], *, after: int = 0, limit: int = 100) -> list[Entry]:
    """The newest entries above `after` about one thing, newest first. `targets` are its id and the names the record calls it by."""
    marks = ",".join("?" * len(targets))
    of_it = f"select seq from activity where target in ({marks}) and seq > ? union select seq from activity where {_ID} in ({marks}) and {_ID} is not null and seq > ?"
    rows = db.execute(f"{_PERSONAL} where a.seq in ({of_it}) order by a.seq desc limit ?", (*targets, after, *targets, after, limit))
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


def has(db: Db, action: str, targets: Sequence[str], name: str, value: str) -> bool:
    """Whether something was ever done with this in its detail, such as a certificate's download with its `sha256`. `targets` are
    the id of what it was done to, and the names the record calls it by."""
    marks = ",".join("?" * len(targets))
    of_it = f"select seq from activity where target in ({marks}) union select seq from activity where {_ID} in ({marks}) and {_ID} is not null"
    sql = f"select 1 from activity where seq in ({of_it}) and action = ? and json_extract(detail, '$.' || ?) = ? limit 1"
    return db.execute(sql, (*targets, *targets, action, name, value)).fetchone() is not None


def verify(db: Db) -> int | None:
    """The first entry whose chain does not hold, or None. Only a head kept elsewhere proves that the end is there."""
    return verdict(db).first_bad


def verdict(db: Db, anchors: Iterable[Anchor] = ()) -> Verdict:
    """The verdict on the whole record, held against what was kept elsewhere."""
    from store import verify_activity

    return verify_activity.check(db, anchors)


def head(db: Db) -> Anchor:
    """The newest entry, as it is to be kept elsewhere."""
    from store.verify_activity import Anchor

    row = db.execute("select seq, hash from activity order by seq desc limit 1").fetchone()
    return Anchor(int(row["seq"]), str(row["hash"]), store_id(db))


_TEXT = "a.at || ' ' || a.actor || ' ' || a.role || ' ' || a.via || ' ' || a.action || ' ' || a.target || ' ' || a.detail || ' ' || coalesce(p.detail, '')"
_ID = "case when json_valid(detail) then json_extract(detail, '$.id') end"
_PERSONAL = "select a.*, p.salt, p.detail as personal from activity a left join activity_personal p using (seq)"


def _entry(row: Any) -> Entry:
    """A row as an entry, with the personal values where they still are."""
    detail = json.loads(row["detail"])
    if detail.pop("personal", None) is not None:
        detail.update(json.loads(row["personal"]) if row["personal"] else {"personal values": "erased"})
    return Entry(row["seq"], row["at"], row["actor"], row["role"], row["via"], row["action"], row["target"], detail, row["hash"])
