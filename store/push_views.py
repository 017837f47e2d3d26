"""What lists of pushes and of their operations show: pages by key in either direction, narrowed by words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from store.connection import Db, Row
from store.operations import Operation
from store.pushes import LIVE
from store.records import dataclass


@dataclass(frozen=True)
class PushRow:
    """A push in a list. `planned` counts by action, with `adopt`, `unchanged` and `blocked`; `failed` of its `total` operations went
    wrong (or could not be sent at all); `finished` of them are over while it is under way, and all once it is over."""

    seq: int
    id: str
    application_id: str
    app_label: str
    kind: str
    state: str
    planned: dict[str, int]
    total: int
    finished: int
    failed: int
    worker: str | None
    requested_by: str
    approved_by: str | None
    requested_at: str
    finished_at: str | None


_LISTED = (
    "select seq, id, application_id, app_label, kind, state, planned, worker, requested_by, approved_by, requested_at, finished_at, "
    "(select count(*) from operation o where o.push_id = push.id and o.state in ('failed', 'unknown', 'blocked')) as failed, "
    "case when state in ('running', 'paused', 'interrupted') then "
    "(select count(*) from operation o where o.push_id = push.id and o.state in ('succeeded', 'failed', 'skipped')) else 0 end as finished from push"
)


def listed(db: Db, words: Sequence[str] = (), *, before: int | None = None, after: int | None = None, limit: int = 100) -> list[PushRow]:
    """Pushes newest first: those from below the number `before`, or the `limit` just above `after`."""
    where, values = _words("app_label || ' ' || state || ' ' || kind || ' ' || requested_by", words)
    bound, order = ("seq > ?", "seq") if after is not None else ("seq < ?", "seq desc")
    key = after if after is not None else before or 1 << 62
    rows = db.execute(f"{_LISTED} where {bound} and {where} order by {order} limit ?", (key, *values, limit)).fetchall()
    return [_push_row(row) for row in (reversed(rows) if after is not None else rows)]


def how_many(db: Db, words: Sequence[str] = (), *, above: int = 0) -> int:
    """How many pushes there are with a number above that one."""
    where, values = _words("app_label || ' ' || state || ' ' || kind || ' ' || requested_by", words)
    return int(db.execute(f"select count(*) from push where seq > ? and {where}", (above, *values)).fetchone()[0])


def _push_row(row: Row) -> PushRow:
    planned: dict[str, int] = json.loads(row["planned"])
    total = sum(number for action, number in planned.items() if action != "unchanged")
    values = {name: row[name] for name in PushRow.__dataclass_fields__ if name not in ("planned", "total", "finished")}
    return PushRow(**values, planned=planned, total=total, finished=row["finished"] if row["state"] in LIVE else total)


_HAY = "username || ' ' || action || case when action = 'create' and remote_id <> '' then ' adopt ' else ' ' end || state || ' ' || detail || ' ' || changes"


def steps(
    db: Db, push_id: str, words: Sequence[str] = (), *, wrong: bool = False, after: int | None = None, before: int | None = None, limit: int = 100
) -> list[Operation]:
    """The operations of a push in their order: from above the number `after`, or the last `limit` below `before`.

    `words` all occur in person, action, state, detail or changes (one behind `!` does not); `wrong`: only those that
    failed, are not known, or cannot be sent.
    """
    where, values = _steps_where(words, wrong)
    bound, order = ("seq < ?", "seq desc") if before is not None else ("seq > ?", "seq")
    key = before if before is not None else after or 0
    rows = db.execute(f"select * from operation where push_id = ? and {bound} and {where} order by {order} limit ?", (push_id, key, *values, limit)).fetchall()
    found = [_operation(row) for row in rows]
    return found[::-1] if before is not None else found


def count_steps(db: Db, push_id: str, words: Sequence[str] = (), *, wrong: bool = False, below: int = 1 << 62) -> int:
    """How many operations of a push there are with a number below that one."""
    where, values = _steps_where(words, wrong)
    return int(db.execute(f"select count(*) from operation where push_id = ? and seq < ? and {where}", (push_id, below, *values)).fetchone()[0])


def steps_at(db: Db, push_id: str, index: int, words: Sequence[str] = (), *, wrong: bool = False, limit: int = 100) -> list[Operation]:
    """The operations of a push from a position on."""
    where, values = _steps_where(words, wrong)
    sql = f"select * from operation where push_id = ? and {where} order by seq limit ? offset ?"
    return [_operation(row) for row in db.execute(sql, (push_id, *values, limit, index)).fetchall()]


def _steps_where(words: Sequence[str], wrong: bool) -> tuple[str, list[Any]]:
    where, values = _words(_HAY, words)
    return (f"state in ('failed', 'unknown', 'blocked') and {where}" if wrong else where), values


def _words(hay: str, words: Sequence[str]) -> tuple[str, list[Any]]:
    """Every word occurs somewhere in the text; one behind `!` does not."""
    where, values = ["1"], list[Any]()
    for word in words:
        absent = word.startswith("!") and len(word) > 1
        where.append(f"({hay}) {'not ' if absent else ''}like ? escape '\\'")
        values.append("%" + "".join(f"\\{c}" if c in "\\%_" else c for c in word[absent:]) + "%")
    return " and ".join(where), values


def _operation(row: Row) -> Operation:
    values = {name: row[name] for name in Operation.__dataclass_fields__}
    return Operation(**{**values, "changes": json.loads(row["changes"]), "attributes": json.loads(row["attributes"]), "adopted": bool(row["adopted"])})


def progress(db: Db, push_id: str) -> dict[str, tuple[int, int]]:
    """By action (a create that found an account counts as `adopt`): how many succeeded, and how many went wrong."""
    sql = (
        "select case when action = 'create' and adopted then 'adopt' else action end as what, sum(state = 'succeeded') as done, "
        "sum(state in ('failed', 'unknown', 'blocked')) as wrong from operation where push_id = ? group by what"
    )
    return {row["what"]: (int(row["done"]), int(row["wrong"])) for row in db.execute(sql, (push_id,)).fetchall()}


@dataclass(frozen=True)
class Difference:
    """What a new plan has that an old one had not, by username: steps that came, went, or are others now; the first few of each."""

    came: tuple[str, ...]
    went: tuple[str, ...]
    other: tuple[str, ...]
    numbers: tuple[int, int, int]


def difference(db: Db, old: str, new: str, few: int = 3) -> Difference:
    """What changed from the plan of push `old` to that of push `new`."""
    alone = "from operation a where a.push_id = ? and not exists (select 1 from operation b where b.user_id = a.user_id and b.push_id = ?)"
    other = "from operation a join operation b on b.user_id = a.user_id and b.push_id = ? where a.push_id = ? and a.digest <> b.digest"
    asked = [(alone, (new, old)), (alone, (old, new)), (other, (old, new))]
    names = [tuple(row[0] for row in db.execute(f"select a.username {sql} order by a.seq limit ?", (*values, few)).fetchall()) for sql, values in asked]
    numbers = [int(db.execute(f"select count(*) {sql}", values).fetchone()[0]) for sql, values in asked]
    return Difference(names[0], names[1], names[2], (numbers[0], numbers[1], numbers[2]))
