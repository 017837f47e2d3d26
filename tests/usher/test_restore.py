"""Restoring: checked before anything changes, refused over a live store, and the old store or the new one at every moment."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from store import activity
from store.connection import Store
from store.driver import sqlite3
from store.errors import Refused, StoreError, UsherError
from store.secrets import Secret
from tests.kit import ADMINISTRATOR, BASE_URL
from tests.whole.house import ROOT
from usher.services import directory, keys
from usher.services.backup import backup
from usher.services.restore import Restored, restore
from usher.services.session import Session
from usher.services.setup import create_store, open_session


@pytest.fixture
def copy(session: Session, tmp_path: Path) -> Path:
    """A backup of a store with Anna in it; Bert came later. The store is closed."""
    (tmp_path / "backups").mkdir()
    directory.add_user(session, "anna")
    made = backup(session, tmp_path / "backups" / "monday.db")
    directory.add_user(session, "bert")
    session.store.close()
    return made.path


def back(session: Session, file: Path, *, replace: bool = True, key: Path | None = None) -> Restored:
    return restore(session.store.path, file, actor=ADMINISTRATOR, key_file=key or session.key_file, replace=replace, clock=session.clock)


def people(path: Path, session: Session) -> list[str]:
    opened = open_session(path, actor=ADMINISTRATOR, key_file=session.key_file)
    try:
        return [user.username for user in directory.people_page(opened)]
    finally:
        opened.store.close()


def refused(session: Session, file: Path, code: str) -> UsherError:
    """Restoring is refused, and the store is as it was, with nothing beside it."""
    before = sorted(path.name for path in session.store.path.parent.iterdir())
    with pytest.raises(UsherError) as caught:
        back(session, file)
    assert caught.value.code == code, caught.value
    assert {path.name for path in session.store.path.parent.iterdir()} <= {*before, "usher.db.open", "usher.db-wal", "usher.db-shm"}
    assert people(session.store.path, session) == ["anna", "bert"]
    return caught.value


def test_a_backup_takes_the_place_of_the_store_and_the_old_one_is_kept(session: Session, copy: Path) -> None:
    done = back(session, copy)
    assert people(done.path, session) == ["anna"]
    assert done.kept is not None and done.kept.name.startswith("usher.db.replaced-20260302T09")
    assert {path.name for path in done.path.parent.glob("usher.db.replaced-*")} == {done.kept.name}, "in one piece"
    assert people(done.kept, session) == ["anna", "bert"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in done.path.parent.iterdir() if path.is_file()} == {0o600}
    assert done.warning == "" and done.made_at.startswith("2026-03-02")


def test_it_is_recorded_in_the_store_that_comes_of_it_and_the_record_holds(session: Session, copy: Path) -> None:
    back(session, copy)
    opened = open_session(session.store.path, actor=ADMINISTRATOR, key_file=session.key_file)
    last = activity.page(opened.db, limit=1)[0]
    assert (last.action, last.actor, last.detail["file"]) == ("store.restored", "ada", str(copy))
    assert last.detail["seq"] == last.seq - 1 == json.loads(copy.with_name("monday.db.json").read_text())["seq"]
    assert activity.verify(opened.db) is None
    opened.store.close()


def test_where_no_store_is_left_it_is_made_from_the_backup(session: Session, copy: Path) -> None:
    for file in session.store.path.parent.iterdir():
        file.unlink()
    session.store.path.parent.rmdir()
    assert back(session, copy, replace=False).kept is None
    assert people(session.store.path, session) == ["anna"]
    assert stat.S_IMODE(session.store.path.parent.stat().st_mode) == 0o700


def test_a_store_that_is_there_is_not_replaced_unasked(session: Session, copy: Path) -> None:
    with pytest.raises(Refused, match="There is a store at"):
        back(session, copy, replace=False)
    assert people(session.store.path, session) == ["anna", "bert"]


def test_a_live_store_is_not_replaced_and_who_has_it_open_is_named(session: Session, copy: Path) -> None:
    words = [sys.executable, "-m", "usher.provisioning.worker", "--store", str(session.store.path), "--key-file", str(session.key_file)]
    with subprocess.Popen(words, cwd=ROOT) as worker:
        try:
            while session.store.path.name + "-shm" not in os.listdir(session.store.path.parent):
                assert worker.poll() is None
            with pytest.raises(Refused, match=rf"in use by a worker \(process {worker.pid}, since 20..-..-.. ..:.. UTC\)"):
                back(session, copy)
        finally:
            worker.kill()
    assert people(back(session, copy).path, session) == ["anna"]


def test_another_program_that_has_it_open_is_seen_too(session: Session, copy: Path) -> None:
    code = "import sys; from store.driver import sqlite3; db = sqlite3.connect(sys.argv[1]); db.execute('select 1 from setting'); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code, str(session.store.path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline()
        with pytest.raises(Refused, match=f"process {other.pid}"):
            back(session, copy)
        other.kill()


def test_a_damaged_store_is_replaced_and_kept_with_its_log(session: Session, copy: Path) -> None:
    path = session.store.path
    path.write_bytes(b"not a database at all" * 300)
    path.with_name("usher.db-wal").write_bytes(b"left over")
    done = back(session, copy)
    assert people(path, session) == ["anna"]
    assert done.kept is not None and done.kept.read_bytes().startswith(b"not a database") and done.kept.with_name(done.kept.name + "-wal").exists()


def test_the_log_of_a_store_that_is_gone_is_not_taken_for_the_new_ones(session: Session, copy: Path) -> None:
    session.store.path.unlink()
    session.store.path.with_name("usher.db-wal").write_bytes(b"stale" * 1000)
    back(session, copy)
    assert people(session.store.path, session) == ["anna"]


def test_what_is_no_sound_backup_is_refused_in_words(session: Session, copy: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.db"
    alone.write_bytes(b"")
    refused(session, alone, "backup-empty")
    alone.write_bytes(b"word" * 5000)
    refused(session, alone, "backup-damaged")
    alone.write_bytes(copy.read_bytes()[:-8192])
    refused(session, alone, "backup-damaged")
    alone.unlink()
    with sqlite3.connect(alone) as db:
        db.execute("create table recipe (name text)")
    db.close()
    refused(session, alone, "backup-foreign")
    refused(session, tmp_path / "missing.db", "backup-unreadable")
    refused(session, tmp_path, "backup-unreadable")
    refused(session, session.store.path, "same-file")


def test_a_backup_that_was_changed_since_is_refused(session: Session, copy: Path) -> None:
    with sqlite3.connect(copy) as db:
        db.execute("update user set email = 'mallory@elsewhere.example'")
    db.close()
    refused(session, copy, "backup-differs")
    manifest = copy.with_name("monday.db.json")
    manifest.write_text(manifest.read_text().replace('"seq": ', '"seq": "x'))
    refused(session, copy, "manifest-unreadable")


def test_a_record_that_was_tampered_with_is_refused_without_a_manifest_too(session: Session, copy: Path) -> None:
    copy.with_name("monday.db.json").unlink()
    with sqlite3.connect(copy) as db:
        db.execute("drop trigger activity_no_update")
        db.execute("update activity set actor = 'nobody' where seq = 2")
    db.close()
    assert "entry 2" in refused(session, copy, "backup-tampered").message


def test_without_a_manifest_it_goes_on_and_says_so(session: Session, copy: Path) -> None:
    copy.with_name("monday.db.json").unlink()
    assert "no manifest" in back(session, copy).warning


def test_a_newer_backup_is_refused(session: Session, copy: Path) -> None:
    copy.with_name("monday.db.json").unlink()
    db = sqlite3.connect(copy)
    db.execute("pragma user_version = 999")
    db.close()
    assert "newer Usher" in refused(session, copy, "backup-newer").message


def test_a_live_store_is_no_backup(session: Session, copy: Path, tmp_path: Path) -> None:
    other = create_store(tmp_path / "other" / "other.db", session.key_file, organization="Other", base_url=BASE_URL, actor=ADMINISTRATOR)
    refused(session, other.path, "not-a-backup")
    other.close()


def test_the_backup_of_another_store_is_refused(session: Session, copy: Path, tmp_path: Path) -> None:
    other = create_store(tmp_path / "other" / "other.db", session.key_file, organization="Other", base_url=BASE_URL, actor=ADMINISTRATOR)
    made = backup(Session(other, ADMINISTRATOR, session.key_file), tmp_path / "other.copy")
    other.close()
    refused(session, made.path, "another-store")


def test_it_needs_the_key_and_says_which(session: Session, copy: Path) -> None:
    fingerprint = json.loads(copy.with_name("monday.db.json").read_text())["key_fingerprint"]
    kept = session.key_file.read_bytes()
    session.key_file.write_bytes(os.urandom(32))
    assert fingerprint in refused(session, copy, "wrong-key").message
    session.key_file.unlink()
    assert fingerprint in refused(session, copy, "no-key").message
    session.key_file.write_bytes(kept)


def test_a_confused_folder_of_backups_is_not_written_to(session: Session, copy: Path) -> None:
    before = {path.name: path.read_bytes() for path in copy.parent.iterdir()}
    back(session, copy)
    assert {path.name: path.read_bytes() for path in copy.parent.iterdir()} == before


KILL = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from store import restore as stored
from usher.services import restore as service
from tests.kit import ADMINISTRATOR
step = sys.argv[2]
def dying(real):
    def die(*given, **named):
        real(*given, **named)
        os._exit(9)
    return die
for module in (stored, service):
    if hasattr(module, step):
        setattr(module, step, dying(getattr(module, step)))
service.restore(Path(sys.argv[3]), Path(sys.argv[4]), actor=ADMINISTRATOR, key_file=Path(sys.argv[5]), replace=True)
os._exit(0)
"""


@pytest.mark.parametrize("step", ["inspect", "settle", "_also_called", "make_durable"])
def test_broken_off_it_leaves_the_old_store_or_the_new_one_and_can_be_done_again(session: Session, copy: Path, step: str) -> None:
    words = [sys.executable, "-c", KILL, str(ROOT), step, str(session.store.path), str(copy), str(session.key_file)]
    assert subprocess.run(words, cwd=ROOT).returncode == 9
    assert people(session.store.path, session) in (["anna", "bert"], ["anna"])
    assert people(back(session, copy).path, session) == ["anna"]
    assert not [path for path in session.store.path.parent.iterdir() if path.name.startswith(".")]


def test_a_write_that_is_only_in_the_log_is_kept_with_the_old_store(session: Session, copy: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from tests.kit import ADMINISTRATOR; from usher.services import directory; from usher.services.setup import open_session; "
        "s = open_session(Path(sys.argv[1]), actor=ADMINISTRATOR, key_file=Path(sys.argv[2])); directory.add_user(s, 'cleo'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(session.store.path), str(session.key_file)], cwd=ROOT)
    assert session.store.path.with_name("usher.db-wal").stat().st_size
    kept = back(session, copy).kept
    assert kept is not None and people(kept, session) == ["anna", "bert", "cleo"]
    assert people(session.store.path, session) == ["anna"]


def test_a_key_under_a_passphrase_is_unlocked_for_it(session: Session, tmp_path: Path) -> None:
    passphrase = Secret("correct horse battery staple")
    keys.to_passphrase(session, passphrase)
    made = backup(session, tmp_path / "monday.db")
    assert made.warning == "" and made.manifest.key_fingerprint == session.vault.source.fingerprint()
    session.store.close()
    with pytest.raises(StoreError) as caught:
        back(session, made.path)
    assert caught.value.code == "key-locked"
    done = restore(session.store.path, made.path, actor=ADMINISTRATOR, key_file=session.key_file, replace=True, clock=session.clock, ask=lambda: passphrase)
    assert done.kept is not None


def test_who_only_stands_ready_to_use_the_store_keeps_it_too(session: Session, copy: Path) -> None:
    standing = Store(session.store.path)  # has not asked it for anything yet
    refused(session, copy, "store-in-use")
    standing.close()
    back(session, copy)
