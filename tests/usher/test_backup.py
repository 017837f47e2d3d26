"""Backups: whole, closed, durable, described, and never over another file."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from store import activity
from store.errors import Refused, StoreError, UsageError
from tests.kit import ADMINISTRATOR, fill_directory, spoil
from usher.services import directory
from usher.services.backup import backup
from usher.services.session import Session
from usher.services.setup import open_session


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "monday.db"


def test_a_backup_opens_as_a_store_with_everything_that_was_there(session: Session, target: Path) -> None:
    fill_directory(session, 50, group="Pilots")
    sealed = session.vault.seal("connection", "a1", "token", "s3cret")
    made = backup(session, target)
    copy = open_session(target, actor=ADMINISTRATOR, key_file=session.key_file)
    assert (directory.people_count(copy), directory.get_group(copy, "Pilots").members) == (50, 50)
    assert activity.verify(copy.db) is None
    assert copy.vault.open("connection", "a1", "token", sealed).reveal() == "s3cret"
    copy.store.close()
    assert made.path == target and made.warning == ""


def test_the_manifest_says_what_the_copy_is_and_serves_as_an_anchor(session: Session, target: Path) -> None:
    directory.add_user(session, "anna")
    head = activity.page(session.db, limit=1)[0]
    backup(session, target)
    manifest = json.loads(target.with_name("monday.db.json").read_text())
    assert (manifest["seq"], manifest["hash"], manifest["store"]) == (head.seq, head.hash, activity.store_id(session.db))
    assert (manifest["sha256"], manifest["bytes"]) == (hashlib.sha256(target.read_bytes()).hexdigest(), target.stat().st_size)
    assert len(manifest["key_fingerprint"]) == 16
    assert session.key_file.read_bytes().hex() not in target.with_name("monday.db.json").read_text()
    assert activity.page(session.db, limit=1)[0].action == "backup.made"


def test_a_backup_is_closed_to_others_and_leaves_nothing_beside_it(session: Session, target: Path) -> None:
    before = os.umask(0o022)
    try:
        backup(session, target)
    finally:
        os.umask(before)
    assert {(file.name, stat.S_IMODE(file.stat().st_mode)) for file in target.parent.iterdir()} == {("monday.db", 0o600), ("monday.db.json", 0o600)}


@pytest.mark.parametrize("name", ["monday.db", "monday.db.json"])
def test_a_file_that_exists_is_never_written_over(session: Session, target: Path, name: str) -> None:
    target.with_name(name).write_text("precious")
    with pytest.raises(Refused, match="already"):
        backup(session, target)
    assert [(file.name, file.read_text()) for file in target.parent.iterdir()] == [(name, "precious")]


def test_a_link_in_its_place_is_not_followed(session: Session, target: Path, tmp_path: Path) -> None:
    target.symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(Refused, match="already"):
        backup(session, target)
    assert not (tmp_path / "elsewhere.db").exists()


def test_a_copy_that_fails_its_check_is_not_kept(session: Session, target: Path) -> None:
    fill_directory(session, 50)
    spoil(session.store, "user_by_state")
    damaged = open_session(session.store.path, actor=ADMINISTRATOR, key_file=session.key_file)
    with pytest.raises(StoreError, match="did not pass its check"):
        backup(damaged, target)
    assert list(target.parent.iterdir()) == []
    assert activity.page(damaged.db, limit=1)[0].action == "users.imported"
    damaged.store.close()


def test_a_folder_that_is_not_there_is_said_in_a_sentence(session: Session, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file"):
        backup(session, tmp_path / "nowhere" / "monday.db")


def test_a_backup_can_be_taken_without_the_key_and_says_so(session: Session, target: Path) -> None:
    session.key_file.unlink()
    assert "cannot be read without the key" in backup(session, target).warning


@pytest.mark.parametrize("progress", [None, lambda done, total: None], ids=["at-once", "in-pieces"])
def test_a_backup_under_writes_is_whole_and_loses_no_write(session: Session, target: Path, progress: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.backup._PIECE", 5)
    directory.add_group(session, "Pilots")
    names = [user.username for user in fill_directory(session, 60)]
    writer = threading.Thread(target=lambda: [directory.add_members(session, "Pilots", [name]) for name in names])
    writer.start()
    made = backup(session, target, progress)
    writer.join()
    assert directory.get_group(session, "Pilots").members == 60
    copy = open_session(target, actor=ADMINISTRATOR, key_file=session.key_file)
    assert activity.verify(copy.db) is None
    assert directory.get_group(copy, "Pilots").members == activity.count(copy.db) - 3 == made.manifest.seq - 3
    copy.store.close()


def test_a_confined_operator_backs_up_into_the_exchange_folder_alone(session: Session, target: Path) -> None:
    session.confined = True
    with pytest.raises(Refused, match="exchange folder"):
        backup(session, target)
    assert backup(session, Path("monday.db")).path.parent == session.exchange
