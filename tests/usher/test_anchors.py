"""Anchors: heads of the record appended elsewhere, by hand and by workers, and held against it later."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from store.connection import Store
from store.errors import Refused, UsageError
from tests.kit import ADMINISTRATOR
from usher.provisioning.worker import Worker
from usher.services import activity, anchors, backup, directory, settings
from usher.services.session import Session


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "elsewhere" / "anchor.jsonl"


def cut(session: Session, beyond: int) -> None:
    """What somebody with the file could do to the end of the record."""
    with session.store.transaction() as db:
        db.execute("drop trigger activity_no_delete")
        db.execute("delete from activity_personal where seq > ?", (beyond,))
        db.execute("delete from activity where seq > ?", (beyond,))


def test_a_head_is_appended_closed_to_others_and_read_again(session: Session, anchor: Path) -> None:
    first = anchors.append(session, anchor)
    directory.add_group(session, "Pilots")
    second = anchors.append(session, anchor)
    assert (first.seq, second.seq) == (1, 2) and stat.S_IMODE(anchor.stat().st_mode) == 0o600
    assert [set(json.loads(line)) for line in anchor.read_text().splitlines()] == [{"at", "hash", "seq", "store"}] * 2
    assert anchors.of_file(session, anchor) == [first, second]


def test_the_settings_anchor_is_held_against_the_record(session: Session, anchor: Path) -> None:
    settings.set_(session, {"anchor_file": str(anchor)})
    assert activity.verify(session).anchored == 0, "nothing was written yet"
    kept = anchors.keep(session, 0)
    assert anchors.keep(session, kept) == kept == 2 and len(anchor.read_text().splitlines()) == 1, "only what is new is written"
    directory.add_group(session, "Pilots")
    found = activity.verify(session)
    assert (found.intact, found.anchored, found.entries) == (True, 2, 3) and "1 came after it" in found.proof
    assert anchors.keep(session, kept) == 3
    cut(session, 2)
    found = activity.verify(session)
    assert (found.intact, found.first_bad) == (False, 3) and "cut off" in found.sentence
    assert not activity.verify_file(session.store.path).intact, "so does the command"


def test_a_backup_is_verified_by_itself_and_by_its_manifest(session: Session, anchor: Path, tmp_path: Path) -> None:
    settings.set_(session, {"anchor_file": str(anchor)})
    made = backup.backup(session, tmp_path / "monday.db")
    anchors.append(session, anchor)  # newer than the backup
    before = made.path.read_bytes()
    assert activity.verify_file(made.path).intact
    assert activity.verify_file(made.path, anchors.read(made.manifest_path, made.path)).anchored == made.manifest.seq
    assert not activity.verify_file(made.path, anchors.read(anchor, made.path)).intact, "it lacks what came after it"
    assert made.path.read_bytes() == before and not list(tmp_path.glob("monday.db-*"))


def test_a_worker_writes_the_head_and_does_without_while_the_file_is_away(session: Session, anchor: Path) -> None:
    settings.set_(session, {"anchor_file": str(anchor)})
    worker = Worker(session, kind="worker", automatic=False)
    worker._heartbeat()
    assert [kept.seq for kept in anchors.of_file(session, anchor)] == [2]
    anchor.parent.rename(anchor.parent.with_name("unmounted"))
    directory.add_group(session, "Pilots")
    worker._heartbeat()
    anchor.parent.with_name("unmounted").rename(anchor.parent)
    worker._leave()
    assert anchors.of_file(session, anchor)[-1].seq == 3


def test_a_line_that_was_cut_short_is_followed_by_a_whole_one(session: Session, anchor: Path) -> None:
    anchors.append(session, anchor)
    anchor.write_text(anchor.read_text() + '{"at":"2026')
    directory.add_group(session, "Pilots")
    anchors.append(session, anchor)
    assert anchor.read_text().count("\n") == 3
    assert [kept.seq for kept in anchors.of_file(session, anchor)] == [1, 2]


def test_only_a_file_of_its_own_is_written_to(session: Session, store: Store, anchor: Path) -> None:
    anchor.write_text("export PATH\n")
    with pytest.raises(UsageError, match="something else than anchors"):
        anchors.append(session, anchor)
    assert anchor.read_text() == "export PATH\n"
    for file in (store.path, store.path.with_name("usher.db-wal")):
        with pytest.raises(Refused, match="the store itself"):
            anchors.append(session, file)
        with pytest.raises(Refused, match="the store itself"):
            anchors.read(file, store.path)
        with pytest.raises(Refused, match="the store itself"):
            anchors.of_file(session, file)
    anchor.unlink()
    anchors.append(session, anchor)
    anchor.chmod(0o666)
    with pytest.raises(Refused, match="Other accounts may write"):
        anchors.append(session, anchor)
    anchor.with_name("link").symlink_to(anchor)
    with pytest.raises(UsageError, match="cannot be written"):
        anchors.append(session, anchor.with_name("link"))


def test_the_setting_is_a_whole_path_and_not_for_the_confined(session: Session, anchor: Path) -> None:
    with pytest.raises(UsageError, match="whole path"):
        settings.set_(session, {"anchor_file": "anchor.jsonl"})
    for beside, why in ((anchor.parent / "gone" / "x", "There is no folder"), (anchor.parent, "not a regular file")):
        with pytest.raises(UsageError, match=why):
            settings.set_(session, {"anchor_file": str(beside)})
    session.confined = True
    with pytest.raises(Refused, match="outside the exchange folder"):
        settings.set_(session, {"anchor_file": str(anchor)})
    assert session.actor == ADMINISTRATOR
