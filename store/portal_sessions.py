"""Who is signed in at the portal, and what an application's requests wait for. Tokens are kept as hashes alone."""

from __future__ import annotations

from store.connection import Db, Row
from store.records import dataclass


@dataclass(frozen=True)
class PortalSession:
    """One session of a person in one browser. `stage` is `password` while a second factor is still to be shown, then
    `full`; `second_factor` whether one was shown. Times as the store keeps them; `expires_at` is absolute."""

    id: str
    user_id: str
    stage: str
    second_factor: bool
    signed_in_at: str
    seen_at: str
    expires_at: str
    address: str
    agent: str


@dataclass(frozen=True)
class Pending:
    """An application's request that waits. `browser_hash` is empty until a browser came for it; `body` is JSON."""

    application_id: str
    browser_hash: str
    body: str
    made_at: str


@dataclass(frozen=True)
class Asserted:
    """An application that a session has been asserted to."""

    session_id: str
    application_id: str
    session_index: str
    nameid: str
    nameid_format: str


_COLUMNS = "id, user_id, stage, second_factor, signed_in_at, seen_at, expires_at, address, agent"


def insert(db: Db, session: PortalSession, token_hash: str) -> None:
    """Keeps a new session."""
    db.execute(f"insert into portal_session (token_hash, {_COLUMNS}) values (?,?,?,?,?,?,?,?,?,?)", (token_hash, *vars(session).values()))


def by_token(db: Db, token_hash: str) -> PortalSession | None:
    """The session of that token, whether it has run out or not."""
    row = db.execute(f"select {_COLUMNS} from portal_session where token_hash = ?", (token_hash,)).fetchone()
    return _session(row) if row else None


def by_id(db: Db, session_id: str) -> PortalSession | None:
    """The session of that id."""
    row = db.execute(f"select {_COLUMNS} from portal_session where id = ?", (session_id,)).fetchone()
    return _session(row) if row else None


def of_user(db: Db, user_id: str) -> list[PortalSession]:
    """The person's sessions, newest first."""
    return [_session(row) for row in db.execute(f"select {_COLUMNS} from portal_session where user_id = ? order by signed_in_at desc, id", (user_id,))]


def touch(db: Db, session_id: str, at: str) -> None:
    """Remembers when a session was last used."""
    db.execute("update portal_session set seen_at = ? where id = ?", (at, session_id))


def end(db: Db, session_id: str) -> bool:
    """Ends one session; whether it was there."""
    return bool(db.execute("delete from portal_session where id = ?", (session_id,)).rowcount)


def end_of_user(db: Db, user_id: str, but: str = "") -> int:
    """Ends every session of a person but one; how many."""
    return int(db.execute("delete from portal_session where user_id = ? and id <> ?", (user_id, but)).rowcount)


def put_pending(db: Db, key_hash: str, pending: Pending, expires_at: str) -> None:
    """Keeps a request until its person has signed in; those that have run out go."""
    db.execute("delete from pending_request where expires_at <= ?", (pending.made_at,))
    db.execute(
        "insert into pending_request (key_hash, application_id, browser_hash, body, made_at, expires_at) values (?,?,?,?,?,?)",
        (key_hash, pending.application_id, pending.browser_hash, pending.body, pending.made_at, expires_at),
    )


def pending_count(db: Db, cap: int) -> int:
    """How many requests wait, counted up to `cap`."""
    return int(db.execute("select count(*) from (select 1 from pending_request limit ?)", (cap,)).fetchone()[0])


def pending(db: Db, key_hash: str, now: str) -> Pending | None:
    """The request of that key, while it waits."""
    row = db.execute(
        "select application_id, browser_hash, body, made_at from pending_request where key_hash = ? and expires_at > ?", (key_hash, now)
    ).fetchone()
    return Pending(**dict(row)) if row else None


def bind_pending(db: Db, key_hash: str, browser_hash: str) -> bool:
    """Gives a request to the first browser that comes for it; False when another was first."""
    changed = db.execute("update pending_request set browser_hash = ? where key_hash = ? and browser_hash in ('', ?)", (browser_hash, key_hash, browser_hash))
    return bool(changed.rowcount)


def drop_pending(db: Db, key_hash: str) -> None:
    """Forgets a request."""
    db.execute("delete from pending_request where key_hash = ?", (key_hash,))


def consume(db: Db, application_id: str, request_id: str, expires_at: str) -> bool:
    """Marks a request as answered; False when it was answered before."""
    sql = "insert into consumed_request (application_id, request_id, expires_at) values (?,?,?) on conflict do nothing"
    return bool(db.execute(sql, (application_id, request_id, expires_at)).rowcount)


def is_consumed(db: Db, application_id: str, request_id: str) -> bool:
    """Whether a request was answered before."""
    return db.execute("select 1 from consumed_request where application_id = ? and request_id = ?", (application_id, request_id)).fetchone() is not None


def note_asserted(db: Db, asserted: Asserted, at: str) -> None:
    """Remembers that a session was asserted to an application; nothing where the session has ended meanwhile."""
    db.execute(
        "insert or replace into session_application (session_id, application_id, session_index, nameid, nameid_format, at)"
        " select ?,?,?,?,?,? where exists (select 1 from portal_session where id = ?1)",
        (*vars(asserted).values(), at),
    )


def asserted_by_index(db: Db, application_id: str, session_index: str) -> Asserted | None:
    """The session that an application knows by that index."""
    row = db.execute(
        "select session_id, application_id, session_index, nameid, nameid_format from session_application where application_id = ? and session_index = ?",
        (application_id, session_index),
    ).fetchone()
    return Asserted(**dict(row)) if row else None


def asserted_to(db: Db, session_id: str) -> list[Asserted]:
    """The applications a session was asserted to."""
    rows = db.execute(
        "select session_id, application_id, session_index, nameid, nameid_format from session_application where session_id = ? order by at, application_id",
        (session_id,),
    )
    return [Asserted(**dict(row)) for row in rows]


def asserted_as(db: Db, application_id: str, nameid: str) -> list[Asserted]:
    """The sessions that an application knows under a NameID."""
    rows = db.execute(
        "select session_id, application_id, session_index, nameid, nameid_format from session_application where application_id = ? and nameid = ?",
        (application_id, nameid),
    )
    return [Asserted(**dict(row)) for row in rows]


def prune(db: Db, now: str, idle_since: str) -> None:
    """Forgets what has run out."""
    for table in ("pending_request", "consumed_request", "portal_session"):
        db.execute(f"delete from {table} where expires_at <= ?", (now,))
    db.execute("delete from portal_session where seen_at <= ?", (idle_since,))
    db.execute("delete from password_link where expires_at <= ?", (now,))


def _session(row: Row) -> PortalSession:
    return PortalSession(**{**dict(row), "second_factor": bool(row["second_factor"])})
