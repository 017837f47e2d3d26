"""The write-ahead log is emptied by hand only where SQLite must not do it, and nobody waits long for that."""

from __future__ import annotations

import time

import pytest

from store import maintenance
from store.connection import Store
from tests.kit import fill_directory
from usher.services.session import Session


def log_size(store: Store) -> int:
    return store.path.with_name(store.path.name + "-wal").stat().st_size


def test_a_checkpoint_empties_the_log(session: Session, store: Store) -> None:
    fill_directory(session, 50)
    assert log_size(store) > 0
    assert maintenance.truncate(store.path)
    assert log_size(store) == 0


def test_a_reader_in_the_way_is_not_waited_for(session: Session, store: Store) -> None:
    with store.reading() as db:
        db.execute("select count(*) from user").fetchone()
        other = Session(Store(store.path), session.actor, session.key_file, session.clock, session.ids)
        fill_directory(other, 50)
        began = time.monotonic()
        assert not maintenance.truncate(store.path)
        assert time.monotonic() - began < 4, "it would have waited the whole busy timeout"
        other.store.close()


@pytest.mark.parametrize(("fixed", "emptied"), [(True, False), (False, True)])
def test_only_an_affected_sqlite_needs_it(session: Session, store: Store, monkeypatch: pytest.MonkeyPatch, fixed: bool, emptied: bool) -> None:
    monkeypatch.setattr(maintenance, "wal_reset_is_fixed", lambda: fixed)
    monkeypatch.setattr(maintenance, "BIG", 1)
    fill_directory(session, 50)
    maintenance.checkpoint_where_needed(store.path)
    assert (log_size(store) == 0) == emptied
