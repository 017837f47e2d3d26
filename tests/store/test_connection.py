"""Opening a store, and what is said when it cannot be opened; writing from several processes at once."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from store import activity, migrations
from store.connection import APPLICATION_ID, Store, open_store, wal_reset_is_fixed
from store.driver import sqlite3
from store.errors import Refused, StoreError
from store.files import create_file
from store.migrations import STEPS, VERSION, open_current, statements
from tests.kit import ADMINISTRATOR, BASE_URL, ORGANIZATION, VIEWER, fill_directory, spoil
from usher.services import directory, settings
from usher.services.session import Session
from usher.services.setup import create_store, default_key_path, default_store_path, open_session


def make(path: Path, key_file: Path | None = None) -> Store:
    return create_store(path, key_file, organization=ORGANIZATION, base_url=BASE_URL, actor=ADMINISTRATOR)


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir() if file.is_file()}


def test_a_new_store_is_ready_closed_to_others_and_remembers_who_made_it(tmp_path: Path, own_home: Path) -> None:
    before = os.umask(0o022)
    try:
        store = make(tmp_path / "deep" / "folder" / "usher.db")
    finally:
        os.umask(before)
    assert modes(store.path.parent) == {"usher.db": 0o600, "usher.db-wal": 0o600, "usher.db-shm": 0o600, "usher.db.lock": 0o600, "usher.db.open": 0o600}
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    key = default_key_path(activity.store_id(store.db))
    assert own_home in key.parents and key.name == f"{activity.store_id(store.db)}.key"
    assert (stat.S_IMODE(key.stat().st_mode), stat.S_IMODE(key.parent.stat().st_mode), key.stat().st_size) == (0o600, 0o700, 32)
    assert [(entry.action, entry.detail["organization"]) for entry in activity.page(store.db)] == [("store.created", ORGANIZATION)]
    store.close()


def test_the_default_places_are_in_the_home_and_apart(own_home: Path) -> None:
    assert own_home in default_store_path().parents
    assert default_store_path().parent not in default_key_path("x").parents


def test_every_connection_has_the_pragmas_it_needs(store: Store) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "trusted_schema": 0, "recursive_triggers": 1, "query_only": 1}
    assert {name: store.db.execute(f"pragma {name}").fetchone()[0] for name in wanted} == wanted


def test_there_is_no_store_over_another_and_a_failed_one_leaves_nothing(tmp_path: Path, store: Store, store_path: Path) -> None:
    with pytest.raises(StoreError, match="already"):
        make(store_path, tmp_path / "other.key")
    assert not (tmp_path / "other.key").exists()
    (tmp_path / "open.key").write_bytes(b"x" * 32)
    (tmp_path / "open.key").chmod(0o644)
    with pytest.raises(StoreError, match="read by other accounts"):
        make(tmp_path / "second" / "usher.db", tmp_path / "open.key")
    assert list((tmp_path / "second").iterdir()) == []
    assert (tmp_path / "open.key").exists()


def test_a_named_key_that_is_there_is_used(tmp_path: Path, key_file: Path, store: Store) -> None:
    before = key_file.read_bytes()
    second = make(tmp_path / "second" / "usher.db", key_file)
    session = open_session(second.path, actor=ADMINISTRATOR, key_file=key_file)
    assert session.vault.open("t", "r", "c", session.vault.seal("t", "r", "c", "x")).reveal() == "x"
    assert key_file.read_bytes() == before
    session.store.close()
    second.close()


def said(path: Path, code: str) -> StoreError:
    """The one sentence opening the store gives."""
    with pytest.raises(StoreError) as caught:
        open_session(path, actor=ADMINISTRATOR)
    assert caught.value.code == code, caught.value
    assert str(path) in caught.value.message and caught.value.hint and "\n" not in str(caught.value)
    assert caught.value.exit_status == 4
    return caught.value


def test_a_missing_store_says_how_to_make_one(tmp_path: Path) -> None:
    assert "usher init" in said(tmp_path / "none.db", "no-store").hint
    assert not (tmp_path / "none.db").exists()


def test_an_empty_file_a_text_and_a_strangers_database_are_refused_and_left_as_they_are(tmp_path: Path) -> None:
    empty, text, stranger = tmp_path / "empty.db", tmp_path / "text.db", tmp_path / "stranger.db"
    empty.touch()
    text.write_text("Dear diary, " * 200)
    with sqlite3.connect(stranger) as db:
        db.execute("create table diary (day)")
    db.close()
    for file in (empty, text, stranger):
        file.chmod(0o600)
    kept = stranger.read_bytes()
    said(empty, "store-empty")
    said(text, "store-damaged")
    said(stranger, "not-a-store")
    assert (stranger.read_bytes(), text.read_text()) == (kept, "Dear diary, " * 200)
    assert {file.name for file in tmp_path.iterdir()} >= {"empty.db", "text.db", "stranger.db"}


def test_a_damaged_store_is_refused_in_words(store: Store, store_path: Path) -> None:
    spoil(store, "setting")
    said(store_path, "store-damaged")


def test_a_truncated_store_is_refused_in_words(store: Store, store_path: Path) -> None:
    store.close()
    os.truncate(store_path, 8192)
    said(store_path, "store-damaged")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_a_store_others_can_reach_is_refused(store: Store, store_path: Path, mode: int) -> None:
    store.close()
    store_path.chmod(mode)
    assert f"chmod 600 {store_path}" in said(store_path, "store-open-to-others").hint


def test_a_link_a_folder_and_a_pipe_are_no_store(store: Store, store_path: Path, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(store_path)
    (tmp_path / "folder.db").mkdir()
    os.mkfifo(tmp_path / "pipe.db", 0o600)
    for name in ("link.db", "folder.db", "pipe.db"):
        said(tmp_path / name, "store-not-a-file")
    with pytest.raises(StoreError, match="already"):
        create_file(tmp_path / "link.db")


def test_a_store_that_vanishes_or_is_replaced_takes_no_more_writes(session: Session, store_path: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "other" / "usher.db", tmp_path / "other.key")
    other.close()
    kept = store_path.rename(tmp_path / "moved.db")
    with pytest.raises(StoreError, match="removed or replaced"):
        directory.add_user(session, "anna")
    other.path.rename(store_path)
    with pytest.raises(StoreError, match="removed or replaced"):
        directory.add_user(session, "anna")
    store_path.unlink()
    kept.rename(store_path)
    directory.add_user(session, "anna")


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder of an account with few rights, and this process acting as that account where it is root."""
    uid = os.geteuid()
    folder = Path(tempfile.mkdtemp())
    if uid == 0:
        os.chown(folder, 65534, -1)
        os.seteuid(65534)
    yield folder
    os.seteuid(uid)
    shutil.rmtree(folder)


def test_a_store_on_a_disk_that_may_not_be_written_to_is_refused_in_words(as_nobody: Path) -> None:
    path = as_nobody / "usher.db"
    make(path, as_nobody / "usher.key").close()
    path.chmod(0o400)
    as_nobody.chmod(0o500)
    with pytest.raises(StoreError) as caught:
        directory.add_user(open_session(path, actor=ADMINISTRATOR, key_file=as_nobody / "usher.key"), "anna")
    as_nobody.chmod(0o700)
    assert caught.value.code in ("store-read-only", "store-unreachable"), caught.value
    assert str(path) in caught.value.message and caught.value.hint


def test_a_folder_that_may_not_be_written_to_is_said_when_a_store_is_made(as_nobody: Path) -> None:
    as_nobody.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be made: Permission denied"):
        make(as_nobody / "usher.db", as_nobody / "usher.key")
    with pytest.raises(StoreError, match="cannot be made: Permission denied"):
        make(as_nobody / "new" / "usher.db", as_nobody / "usher.key")
    as_nobody.chmod(0o700)
    (as_nobody / "file").touch()
    with pytest.raises(StoreError, match="is no folder"):
        make(as_nobody / "file" / "usher.db", as_nobody / "usher.key")


def test_a_key_that_cannot_be_made_leaves_no_store_behind(as_nobody: Path) -> None:
    (as_nobody / "keys").mkdir(mode=0o500)
    for key in (as_nobody / "keys" / "usher.key", as_nobody / "keys" / "deeper" / "usher.key"):
        with pytest.raises(StoreError, match=r"key .* cannot be made: Permission denied"):
            make(as_nobody / "usher.db", key)
        assert [file.name for file in as_nobody.iterdir()] == ["keys"]


def test_a_read_only_session_reads_and_changes_nothing(session: Session, store_path: Path) -> None:
    fill_directory(session, 3)
    session.store.close()
    reader = open_session(store_path, actor=ADMINISTRATOR, read_only=True)
    assert directory.people_count(reader) == 3
    for attempt in (
        lambda: directory.add_user(reader, "anna"),
        lambda: settings.set_(reader, {"theme": "light"}),
        lambda: reader.store.transaction().__enter__(),
    ):
        with pytest.raises(Refused, match="reading only"):
            attempt()
    reader.store.close()


def test_a_console_for_reading_changes_nothing_though_its_store_could_be_written(session: Session) -> None:
    session.read_only = True
    for attempt in (lambda: directory.add_user(session, "anna"), lambda: settings.set_(session, {"theme": "light"})):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "read-only"
    assert activity.count(session.db) == 1


def test_a_viewer_and_an_unknown_role_change_no_setting(session: Session) -> None:
    session.actor = VIEWER
    with pytest.raises(Refused, match="needs the role administrator"):
        settings.set_(session, {"theme": "light"})


def test_nothing_is_written_outside_a_transaction(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        store.db.execute("update setting set value = 'x'")


def test_a_transaction_is_all_or_nothing_and_does_not_nest(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as db:
        db.execute("insert into setting values ('a', 'b')")
        1 / 0  # noqa: B018
    assert store.db.execute("select count(*) from setting where key = 'a'").fetchone()[0] == 0
    with store.transaction(), pytest.raises(RuntimeError, match="nest"), store.transaction():
        pass


def test_a_transaction_holds_the_write_lock_from_its_first_moment(store: Store) -> None:
    stranger = sqlite3.connect(store.path, isolation_level=None, timeout=0)  # as a tool that knows nothing of the queue
    with store.transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
        stranger.execute("begin immediate")
    stranger.execute("begin immediate")
    stranger.close()


def test_a_change_without_an_entry_in_the_record_is_not_kept(session: Session) -> None:
    with pytest.raises(RuntimeError, match="activity entry"), session.change() as change:
        change.db.execute("insert into setting values ('a', 'b')")
    assert session.db.execute("select count(*) from setting where key = 'a'").fetchone()[0] == 0


def test_a_rehearsal_shows_what_would_be_and_undoes_it(session: Session) -> None:
    with session.rehearse():
        directory.add_user(session, "anna")
        assert directory.people_count(session) == 1
    assert directory.people_count(session) == 0
    assert activity.count(session.db) == 1


def old_store(path: Path, steps: int) -> None:
    """A store as the program of `steps` steps made it."""
    from sqlite_utils import Database, Migrations

    create_file(path)
    store = Store(path)
    made = Migrations("usher")
    for name in STEPS[:steps]:
        made(name=name)(lambda db, name=name: [db.conn.execute(one) for one in statements(resources.files(migrations).joinpath(f"{name}.sql").read_text())])
    with store.transaction() as db:
        made.apply(Database(db, execute_plugins=False))
        db.execute(f"pragma user_version = {steps}")
        db.execute(f"pragma application_id = {APPLICATION_ID}")
        db.execute("insert into setting values ('store_id', 'OLD'), ('organization', 'Old Harbour')")
        if steps > 1:
            db.execute("insert into user (id, username, username_key, firstname, created_at) values ('u1', 'Anna', 'anna', 'Anna', '')")
    store.close()


@pytest.mark.parametrize("steps", range(1, VERSION))
def test_an_older_store_is_brought_up_to_date_and_keeps_what_it_held(tmp_path: Path, steps: int) -> None:
    path = tmp_path / "old" / "usher.db"
    old_store(path, steps)
    with pytest.raises(StoreError, match="must be brought to"):
        open_current(path, read_only=True)
    assert [each.name for each in path.parent.glob("usher.db.v*[0-9]")] == [], "who only reads brings nothing up to date"
    session = open_session(path, actor=ADMINISTRATOR)
    assert session.db.execute("pragma user_version").fetchone()[0] == VERSION
    assert settings.organization(session) == "Old Harbour"
    if steps > 1:
        assert directory.people_page(session, text="anna")[0].id == "u1"
    assert session.db.execute("select count(*) from push").fetchone()[0] == 0
    session.store.close()
    open_current(path, read_only=True).close()
    copy = path.with_name(f"usher.db.v{steps}")
    assert session.store.brought == f"The store was brought from version {steps} to {VERSION}; before that a copy was put to {copy}."
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    aside = open_store(copy, read_only=True)
    assert aside.db.execute("pragma user_version").fetchone()[0] == steps
    aside.close()
    again = open_current(path)
    assert again.brought == "" and [each.name for each in path.parent.glob("usher.db.v*[0-9]")] == [copy.name]
    again.close()


def test_a_migration_that_fails_half_way_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old" / "usher.db"
    old_store(path, 2)
    blocked = open_store(path)
    with blocked.transaction() as db:
        db.execute("create table push (stray)")  # the last step trips over it
    blocked.close()
    with pytest.raises(StoreError):
        open_current(path)
    assert not list(path.parent.glob("usher.db.v*[0-9]")), "a store that was left as it was needs no copy"
    store = open_store(path)
    assert store.db.execute("pragma user_version").fetchone()[0] == 2
    assert store.db.execute("select count(*) from sqlite_master where name = 'application'").fetchone()[0] == 0
    store.close()


def test_a_newer_store_is_refused_and_left_alone(store: Store, store_path: Path) -> None:
    with store.transaction() as db:
        db.execute(f"pragma user_version = {VERSION + 1}")
    store.close()
    assert f"version {VERSION + 1}" in said(store_path, "store-newer").message


@pytest.mark.parametrize(
    ("version", "fixed"), [((3, 40, 1), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False), ((3, 50, 7), True), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 53, 4), True)]
)  # fmt: skip
def test_the_wal_reset_fault_is_known_by_version(version: tuple[int, ...], fixed: bool) -> None:
    assert wal_reset_is_fixed(version) is fixed


WRITER = """
import sys, time
from pathlib import Path
from store.activity import Actor
from usher.services import directory
from usher.services.setup import open_session
session = open_session(Path(sys.argv[1]), actor=Actor(sys.argv[2], "operator", "command"))
written, end = 0, time.monotonic() + 2
while time.monotonic() < end:
    directory.add_user(session, f"{sys.argv[2]}-{written}")
    written += 1
print(written)
"""


def test_four_processes_write_at_once_and_nothing_is_refused_or_lost(store: Store, store_path: Path) -> None:
    root = Path(__file__).parents[2]
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(store_path), f"w{n}"], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for n in range(4)
    ]
    ended = [writer.communicate(timeout=60) for writer in writers]
    assert [errors for _, errors in ended] == [""] * 4
    written = [int(out) for out, _ in ended]
    assert sum(written) == store.db.execute("select count(*) from user").fetchone()[0] > 40
    assert min(written) > max(written) / 10, "the queue is fair"
    assert activity.count(store.db) == sum(written) + 1
    assert activity.verify(store.db) is None
    assert store.db.execute("pragma integrity_check").fetchone()[0] == "ok"


def test_a_writer_killed_in_the_middle_loses_nothing_it_acknowledged(store: Store, store_path: Path) -> None:
    endless = WRITER.replace("+ 2", "+ 60").replace("    written += 1", "    written += 1\n    print(written, flush=True)")
    root = Path(__file__).parents[2]
    writer = subprocess.Popen([sys.executable, "-c", endless, str(store_path), "w"], cwd=root, stdout=subprocess.PIPE, text=True)
    assert writer.stdout
    acknowledged = [int(writer.stdout.readline()) for _ in range(40)][-1]
    writer.kill()
    acknowledged = int(([acknowledged, *writer.stdout.read().split()])[-1])
    writer.wait()
    writer.stdout.close()
    assert acknowledged <= store.db.execute("select count(*) from user").fetchone()[0] <= acknowledged + 1
    assert activity.verify(store.db) is None
    with store.transaction():
        pass  # the queue is free again
