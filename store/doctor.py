"""What the store can say about its own health. Reads only."""

from __future__ import annotations

from store.connection import Db
from store.records import dataclass


@dataclass(frozen=True)
class Events:
    """The events that are kept, the oldest and newest number, and how many were ever made."""

    kept: int
    oldest: int
    newest: int
    made: int


def damage(db: Db) -> str:
    """What SQLite's quick check and the foreign keys say, or nothing."""
    found = str(db.execute("pragma quick_check(1)").fetchone()[0])
    if found != "ok":
        return found
    orphan = db.execute("pragma foreign_key_check").fetchone()
    return f"a row of {orphan[0]} refers to one of {orphan[2]} that is not there" if orphan else ""


def events(db: Db) -> Events:
    """The state of the event list."""
    kept, oldest, newest = db.execute("select count(*), coalesce(min(seq), 0), coalesce(max(seq), 0) from event").fetchone()
    made = db.execute("select coalesce(max(seq), 0) from sqlite_sequence where name = 'event'").fetchone()[0]
    return Events(kept, oldest, newest, made)


def newest(db: Db) -> list[tuple[str, str]]:
    """What was written last (an activity entry, an event) and when."""
    found = []
    for table, what in (("activity", "activity entry"), ("event", "event")):
        row = db.execute(f"select at from {table} order by seq desc limit 1").fetchone()
        found.append((what, str(row["at"]) if row else ""))
    return found


def certificates(db: Db) -> list[tuple[str, str]]:
    """(label, not after) of every application's active certificate."""
    sql = "select a.label, c.not_after from certificate c join application a on a.id = c.application_id where c.state = 'active' order by a.label_key"
    return [(row["label"], row["not_after"]) for row in db.execute(sql).fetchall()]


def troubled_pushes(db: Db) -> list[tuple[str, str, str]]:
    """(label, state, id) of the last push of each application that is there, where it needs somebody."""
    sql = (
        "select a.label, p.state, p.id from application a join push p on p.seq = (select max(seq) from push where application_id = a.id and state <> 'planned') "
        "where p.state in ('failed', 'interrupted', 'paused', 'held') order by a.label_key"
    )
    return [(row["label"], row["state"], row["id"]) for row in db.execute(sql).fetchall()]


def stuck_pushes(db: Db, alive: set[str]) -> list[tuple[str, str, str]]:
    """(label, state, id) of pushes that wait although no worker is alive, or whose worker is not."""
    sql = "select app_label, state, id, worker from push where state in ('queued', 'running') order by seq"
    return [(row["app_label"], row["state"], row["id"]) for row in db.execute(sql).fetchall() if (row["worker"] not in alive if row["worker"] else not alive)]


def automatic_labels(db: Db) -> list[str]:
    """The applications whose changes are to be pushed by themselves."""
    sql = "select a.label from application a join connection c on c.application_id = a.id where a.idm = 'active' and c.mode = 'automatic' order by a.label_key"
    return [row["label"] for row in db.execute(sql).fetchall()]
