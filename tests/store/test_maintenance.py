"""The write-ahead log is emptied by hand only where SQLite must not do it, and nobody waits long for that."""

from __future__ import annotations

import pytest

from store import maintenance
from store.connection import Store, open_store
from store.errors import StoreError
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
        assert not maintenance.truncate(store.path), "it comes back while the reader is still there"
        other.store.close()
    assert maintenance.BUSY_MS <= 100, "so long writers wait with it"


@pytest.mark.parametrize(("fixed", "emptied"), [(True, False), (False, True)])
def test_only_an_affected_sqlite_needs_it(session: Session, store: Store, monkeypatch: pytest.MonkeyPatch, fixed: bool, emptied: bool) -> None:
    monkeypatch.setattr(maintenance, "wal_reset_is_fixed", lambda: fixed)
    monkeypatch.setattr(maintenance, "BIG", 1)
    fill_directory(session, 50)
    maintenance.checkpoint_where_needed(store.path)
    assert (log_size(store) == 0) == emptied


def test_beside_litestream_sqlite_leaves_the_log_alone_and_only_passive_checkpoints_are_ours(
    session: Session, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    store.path.with_name(f".{store.path.name}-litestream").mkdir()
    again = Store(store.path)
    assert again.db.execute("pragma wal_autocheckpoint").fetchone()[0] == 0
    fill_directory(Session(again, session.actor, session.key_file, session.clock, session.ids), 50)
    asked = list[str]()
    monkeypatch.setattr(maintenance, "BIG", 1)
    monkeypatch.setattr(maintenance, "_checkpoint", lambda path, how: asked.append(how))
    for fixed in (True, False):
        monkeypatch.setattr(maintenance, "wal_reset_is_fixed", lambda fixed=fixed: fixed)
        maintenance.checkpoint_where_needed(store.path)
    assert asked == ["passive"]
    again.close()


def test_a_passive_checkpoint_works_the_log_in_and_lets_it_stand(session: Session, store: Store) -> None:
    fill_directory(session, 50)
    before = log_size(store)
    assert maintenance.passive(store.path)
    assert log_size(store) == before


def test_a_standby_is_read_and_never_written(session: Session, store: Store) -> None:
    fill_directory(session, 3)
    store.close()
    store.path.with_name(f"{store.path.name}-txid").write_text("0000000000000001")
    with pytest.raises(StoreError, match="a standby that Litestream writes"):
        open_store(store.path)
    standby = open_store(store.path, read_only=True)
    assert standby.db.execute("select count(*) from user").fetchone()[0] == 3
    standby.close()
