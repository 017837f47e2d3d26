"""Events: what another process changed, in order, and how long they are kept."""

from __future__ import annotations

import pytest

from store import events
from store.connection import Store, open_store
from usher.services import directory
from usher.services.session import Session


def test_another_connection_sees_that_something_changed_and_what(session: Session, store: Store) -> None:
    watcher = open_store(store.path, read_only=True)
    version, last = watcher.data_version(), events.last(watcher.db)
    assert watcher.data_version() == version
    anna = directory.add_user(session, "anna")
    assert watcher.data_version() != version
    assert [(event.topic, event.key) for event in events.since(watcher.db, last)] == [("user", anna.id)]
    watcher.close()


def test_what_was_rolled_back_leaves_no_event(session: Session) -> None:
    last = events.last(session.db)
    with pytest.raises(ZeroDivisionError), session.change() as change:
        change.event("user")
        1 / 0  # noqa: B018
    assert events.last(session.db) == last


def test_events_come_in_portions(session: Session) -> None:
    last = events.last(session.db)
    with session.change() as change:
        for number in range(5):
            change.event("user", str(number))
        change.record("user.changed", "x")
    first = events.since(session.db, last, limit=3)
    assert [event.key for event in [*first, *events.since(session.db, first[-1].seq, limit=3)]] == ["0", "1", "2", "3", "4"]


def test_old_events_are_forgotten_and_numbers_never_come_again(store: Store) -> None:
    with store.transaction() as db:
        db.executemany("insert into event (at, topic, key) values ('', 'user', ?)", ((str(n),) for n in range(events.KEEP + 50)))
        last = events.last(db)
        events.prune(db)
    assert store.db.execute("select count(*), max(seq) from event").fetchone()[:] == (events.KEEP, last)
    with store.transaction() as db:
        db.execute("delete from event")
    assert events.last(store.db) == last
    with store.transaction() as db:
        events.add(db, "", "user", "next")
    assert events.since(store.db, last)[0].seq == last + 1
