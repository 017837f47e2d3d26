"""The provisioning log: a row for each outcome, both sides of each exchange, and the search over them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from store.connection import Db, Row
from store.ids import moment, stamp
from store.records import dataclass

LATE = timedelta(minutes=1)
"""How much later than an outcome its row may have been written: rows are in the order of writing."""


@dataclass(frozen=True)
class JournalRow:
    """One outcome. `action` is the operation's, or `adopt`; `status` the HTTP status, None when there was no answer."""

    seq: int
    operation_id: str
    push_id: str
    at: str
    application_id: str
    app_label: str
    user_id: str
    username: str
    action: str
    result: str
    status: int | None
    attempt: int
    duration_ms: int
    detail: str


@dataclass(frozen=True)
class Exchange:
    """Both sides of one HTTP exchange, secrets redacted. Headers are lines of `Name: value`."""

    seq: int
    operation_id: str
    attempt: int
    at: str
    method: str
    url: str
    request_headers: str
    request_body: str
    status: int | None
    response_headers: str
    response_body: str
    error: str
    duration_ms: int


@dataclass(frozen=True)
class Wanted:
    """What to look for: ids of application, user and push, `result`, `action`, times as the store keeps them, and words."""

    application_id: str = ""
    user_id: str = ""
    action: str = ""
    result: str = ""
    since: str = ""
    until: str = ""
    text: str = ""
    push_id: str = ""


_COLUMNS = "operation_id, push_id, at, application_id, app_label, user_id, username, action, result, status, attempt, duration_ms, detail"


def add(db: Db, rows: Iterable[JournalRow]) -> None:
    """Adds outcomes (their `seq` is given by the store)."""
    db.executemany(f"insert into journal ({_COLUMNS}) values (?,?,?,?,?,?,?,?,?,?,?,?,?)", (tuple(row.__dict__.values())[1:] for row in rows))


def add_exchanges(db: Db, exchanges: Iterable[Exchange]) -> None:
    """Adds exchanges (their `seq` is given by the store)."""
    db.executemany(
        "insert into exchange (operation_id, attempt, at, method, url, request_headers, request_body, status, response_headers, response_body, error, duration_ms) "
        "values (?,?,?,?,?,?,?,?,?,?,?,?)",
        (tuple(exchange.__dict__.values())[1:] for exchange in exchanges),
    )


def exchanges(db: Db, operation_id: str) -> list[Exchange]:
    """What went over the wire for an operation, in order."""
    return [Exchange(*row) for row in db.execute("select * from exchange where operation_id = ? order by seq", (operation_id,)).fetchall()]


def of_operation(db: Db, operation_id: str) -> list[JournalRow]:
    """The outcomes of an operation, in order."""
    return [_row(row) for row in db.execute("select * from journal where operation_id = ? order by seq", (operation_id,)).fetchall()]


def page(db: Db, wanted: Wanted, *, before: int | None = None, after: int | None = None, limit: int = 100) -> list[JournalRow]:
    """A page by key: newest first from below `before`, or oldest first from above `after`."""
    where, values = _conditions(db, wanted)
    order, bound = ("j.seq", "j.seq > ?") if after is not None else ("j.seq desc", "j.seq < ?")
    key = after if after is not None else before or 1 << 62
    source, match = _source(wanted, bound.replace("j.seq", "rowid"))
    if match:
        sql = f"select j.* from {source} join journal j on j.seq = f.rowid where {where} order by {order.replace('j.seq', 'f.rowid')} limit ?"
        return [_row(row) for row in db.execute(sql, (match, key, *values, limit)).fetchall()]
    return [_row(row) for row in db.execute(f"select j.* from journal j where {bound} and {where} order by {order} limit ?", (key, *values, limit)).fetchall()]


def count(db: Db, wanted: Wanted, cap: int = 10_000) -> int:
    """How many rows there are, counted up to `cap`."""
    where, values = _conditions(db, wanted)
    source, match = _source(wanted, "rowid > ?")
    if match:
        sql = f"select count(*) from (select 1 from {source} join journal j on j.seq = f.rowid where {where} limit ?)"
        return int(db.execute(sql, (match, 0, *values, cap)).fetchone()[0])
    return int(db.execute(f"select count(*) from (select 1 from journal j where {where} limit ?)", (*values, cap)).fetchone()[0])


def numbers(db: Db, wanted: Wanted, above: int = 0) -> list[int]:
    """The numbers of all rows that match, rising, from above that one: positions in a narrowed list are found in them."""
    where, values = _conditions(db, wanted)
    source, match = _source(wanted, "rowid > ?")
    if not match:
        sql = f"select j.seq from journal j where j.seq > ? and {where} order by j.seq"
        return [row[0] for row in db.execute(sql, (above, *values)).fetchall()]
    if where == "1":
        return [row[0] for row in db.execute(f"select f.rowid from {source} order by f.rowid", (match, above)).fetchall()]
    sql = f"select f.rowid from {source} join journal j on j.seq = f.rowid where {where} order by f.rowid"
    return [row[0] for row in db.execute(sql, (match, above, *values)).fetchall()]


def span(db: Db) -> tuple[int, int]:
    """The numbers of the first and the last row, (1, 0) when there is none. None is missing between them: the log only grows."""
    row = db.execute("select (select min(seq) from journal), (select max(seq) from journal)").fetchone()
    return (row[0], row[1]) if row[0] is not None else (1, 0)


def _source(wanted: Wanted, bound: str) -> tuple[str, str]:
    """The index narrowed to the words, and the words; no words: the index is not needed."""
    words = [
        f'"{facet}_{value}"' for facet, value in (("r", wanted.result), ("a", wanted.action), ("p", wanted.application_id), ("u", wanted.user_id)) if value
    ]
    words += [f'"{word}"*' for word in re.findall(r"[^\W_]+", wanted.text)]
    return f"(select rowid from journal_fts where journal_fts match ? and {bound}) f", " AND ".join(words)


def _conditions(db: Db, wanted: Wanted) -> tuple[str, list[Any]]:
    """Times and push, with the first row they can stand in, so that a page ends its search there."""
    where, values = ["1"], list[Any]()
    if wanted.since:
        first = db.execute("select seq from journal where at >= ? order by at limit 1", (_earlier(wanted.since),)).fetchone()
        where += ["j.at >= ?", "j.seq >= ?"]
        values += [wanted.since, first["seq"] if first else 1 << 62]
    if wanted.until:
        where.append("j.at < ?")
        values.append(wanted.until)
    if wanted.push_id:
        where.append("j.push_id = ?")
        values.append(wanted.push_id)
    return " and ".join(where), values


def _earlier(at: str) -> str:
    return stamp(moment(at) - LATE)


def _row(row: Row) -> JournalRow:
    return JournalRow(*row)


def application_once_called(db: Db, label: str) -> str | None:
    """The id of the application, deleted since perhaps, that the log last knew by that label."""
    row = db.execute(
        "select application_id from journal where lower(app_label) = lower(?) or application_id = ? order by seq desc limit 1", (label, label)
    ).fetchone()
    return str(row["application_id"]) if row else None


def user_once_called(db: Db, name: str) -> str | None:
    """The id of the person, deleted since perhaps, whom the log last knew by that username."""
    row = db.execute("select user_id from journal where lower(username) = lower(?) or user_id = ? order by seq desc limit 1", (name, name)).fetchone()
    return str(row["user_id"]) if row else None


def by_hour(db: Db, since: str) -> list[tuple[str, str, int]]:
    """(hour as `2026-01-31T09`, result, how many) since then, oldest first."""
    sql = "select substr(at, 1, 13) as hour, result, count(*) as n from journal where at >= ? group by hour, result order by hour"
    return [(row["hour"], row["result"], int(row["n"])) for row in db.execute(sql, (since,)).fetchall()]
