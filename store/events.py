"""What changed, in the order it changed: for screens that follow the store and for the worker."""

from __future__ import annotations

from store.connection import Db
from store.records import dataclass

KEEP = 20_000


@dataclass(frozen=True)
class Event:
    """`topic` is a noun (application, user, group, membership, authorization, connection, mapping, push,
    operation, setting, worker, sign-in), `key` an id, or `*` for many at once."""

    seq: int
    topic: str
    key: str


def add(db: Db, at: str, topic: str, key: str) -> None:
    """Adds an event inside the caller's transaction."""
    db.execute("insert into event (at, topic, key) values (?,?,?)", (at, topic, key))


def since(db: Db, seq: int, limit: int = 1000) -> list[Event]:
    """The events after `seq`, oldest first. When the oldest kept is newer than `seq + 1`, some were pruned."""
    rows = db.execute("select seq, topic, key from event where seq > ? order by seq limit ?", (seq, limit)).fetchall()
    return [Event(row["seq"], row["topic"], row["key"]) for row in rows]


def last(db: Db) -> int:
    """The newest event's number, 0 when there is none."""
    row = db.execute("select seq from sqlite_sequence where name = 'event'").fetchone()
    return int(row["seq"]) if row else 0


def newest_at(db: Db) -> str:
    """When the newest event was; empty before the first."""
    row = db.execute("select at from event order by seq desc limit 1").fetchone()
    return str(row["at"]) if row else ""


def prune(db: Db) -> None:
    """Forgets all but the newest events, inside the caller's transaction."""
    db.execute("delete from event where seq <= ?", (last(db) - KEEP,))
