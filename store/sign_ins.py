"""The record of sign-ins: a row for every attempt and what came of it, paged by key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from store.connection import Db, Row
from store.records import dataclass


@dataclass(frozen=True)
class SignIn:
    """One attempt. `flow` is idp, sp or portal; `result` asserted, refused, error, signed-in or signed-out; application
    and user are empty where they are not known. `certificate` is the SHA-256 of the one that signed. The XML of request
    and response is left out of pages."""

    id: str
    at: str
    application_id: str
    app_label: str
    user_id: str
    username: str
    flow: str
    result: str
    reason: str
    nameid: str
    acs: str
    address: str
    certificate: str
    request_xml: str = ""
    response_xml: str = ""
    seq: int = 0


@dataclass(frozen=True)
class Wanted:
    """What to look for; empty fields mean any. Times as the store keeps them; `text` occurs in any of the shown columns."""

    application_id: str = ""
    user_id: str = ""
    result: str = ""
    flow: str = ""
    since: str = ""
    until: str = ""
    text: str = ""


_SHOWN = "id, at, application_id, app_label, user_id, username, flow, result, reason, nameid, acs, address, certificate"
_ALL = f"{_SHOWN}, request_xml, response_xml"


def add(db: Db, rows: Iterable[SignIn]) -> None:
    """Adds attempts (their `seq` is given by the store)."""
    db.executemany(f"insert into sign_in ({_ALL}) values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", (tuple(vars(row).values())[:-1] for row in rows))


def get(db: Db, sign_in_id: str) -> SignIn | None:
    """One attempt with its XML."""
    row = db.execute(f"select {_ALL}, seq from sign_in where id = ?", (sign_in_id,)).fetchone()
    return _sign_in(row) if row else None


def page(db: Db, wanted: Wanted, *, before: int | None = None, after: int | None = None, limit: int = 100, skip: int = 0) -> list[SignIn]:
    """A page by key: newest first from below `before`, or oldest first from above `after`; `skip` rows left out."""
    where, values = _where(wanted)
    if after is not None:
        where, values = [*where, "seq > ?"], [*values, after]
    elif before is not None:
        where, values = [*where, "seq < ?"], [*values, before]
    order = "asc" if after is not None else "desc"
    clause = f" where {' and '.join(where)}" if where else ""
    rows = db.execute(f"select {_SHOWN}, seq from sign_in{clause} order by seq {order} limit ? offset ?", (*values, limit, skip)).fetchall()
    return [_sign_in(row) for row in rows]


def count(db: Db, wanted: Wanted, cap: int = 10_000) -> int:
    """How many match, counted up to `cap`."""
    where, values = _where(wanted)
    clause = f" where {' and '.join(where)}" if where else ""
    return int(db.execute(f"select count(*) from (select 1 from sign_in{clause} limit ?)", (*values, cap)).fetchone()[0])


def newer(db: Db, wanted: Wanted, seq: int) -> int:
    """How many matching rows have a greater number."""
    where, values = _where(wanted)
    return int(db.execute(f"select count(*) from sign_in where {' and '.join([*where, 'seq > ?'])}", (*values, seq)).fetchone()[0])


def last(db: Db) -> int:
    """The newest row's number, 0 when there is none."""
    return int(db.execute("select coalesce(max(seq), 0) from sign_in").fetchone()[0])


def tally(db: Db, since: str) -> dict[str, int]:
    """How many attempts ended in which result since then."""
    return {row["result"]: row["n"] for row in db.execute("select result, count(*) as n from sign_in where at >= ? group by result", (since,))}


def application_once_called(db: Db, label: str) -> str | None:
    """The id of an application, deleted since, that was called so."""
    row = db.execute("select application_id from sign_in where app_label = ? collate nocase order by seq desc limit 1", (label,)).fetchone()
    return str(row["application_id"]) if row else None


def by_hour(db: Db, since: str) -> list[tuple[str, str, int]]:
    """(hour as `2026-01-31T09`, result, how many) since then, oldest first."""
    sql = "select substr(at, 1, 13) as hour, result, count(*) as n from sign_in where at >= ? group by hour, result order by hour"
    return [(row["hour"], row["result"], int(row["n"])) for row in db.execute(sql, (since,)).fetchall()]


def user_once_called(db: Db, username: str) -> str | None:
    """The id of a person, deleted since, who was called so."""
    row = db.execute("select user_id from sign_in where username = ? collate nocase and user_id <> '' order by seq desc limit 1", (username,)).fetchone()
    return str(row["user_id"]) if row else None


def _where(wanted: Wanted) -> tuple[list[str], list[Any]]:
    """The conditions and their values."""
    where, values = list[str](), list[Any]()
    for column in ("application_id", "user_id", "result", "flow"):
        if value := getattr(wanted, column):
            where, values = [*where, f"{column} = ?"], [*values, value]
    if wanted.since:
        where, values = [*where, "at >= ?"], [*values, wanted.since]
    if wanted.until:
        where, values = [*where, "at < ?"], [*values, wanted.until]
    for word in wanted.text.split():
        columns = "app_label || ' ' || username || ' ' || flow || ' ' || result || ' ' || reason || ' ' || nameid || ' ' || acs || ' ' || address"
        where, values = [*where, f"instr(lower({columns}), lower(?)) > 0"], [*values, word]
    return where, values


def _sign_in(row: Row) -> SignIn:
    return SignIn(**dict(row))
