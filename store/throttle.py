"""Failed attempts, counted by account and by address; who they are is kept as a digest alone."""

from __future__ import annotations

from store.connection import Db
from store.records import dataclass


@dataclass(frozen=True)
class Counter:
    """How many attempts of a subject failed, and until when it must wait (empty: it need not)."""

    failures: int = 0
    last_at: str = ""
    blocked_until: str = ""


def get(db: Db, subject: str) -> Counter:
    """How a subject stands."""
    row = db.execute("select failures, last_at, blocked_until from throttle where subject = ?", (subject,)).fetchone()
    return Counter(**dict(row)) if row else Counter()


def put(db: Db, subject: str, counter: Counter) -> None:
    """Keeps how a subject stands."""
    db.execute("insert or replace into throttle (subject, failures, last_at, blocked_until) values (?,?,?,?)", (subject, *vars(counter).values()))


def forget(db: Db, subject: str) -> None:
    """Counts a subject from the start again."""
    db.execute("delete from throttle where subject = ?", (subject,))


def prune(db: Db, before: str) -> None:
    """Forgets subjects that have been quiet since then."""
    db.execute("delete from throttle where last_at < ?", (before,))
