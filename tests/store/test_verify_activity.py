"""The stand-alone check of the record: what somebody with the file and a SQLite shell can do, and what is found out, by the
chain alone and with an anchor that was kept elsewhere."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store import activity, verify_activity
from store.backup import copy_to
from store.connection import Store
from store.verify_activity import Anchor, check, entry_hash, main, read_anchors
from usher.services.session import Session

ENTRIES = 20


@pytest.fixture
def twenty(session: Session) -> Session:
    """A record of twenty entries; some are about somebody's own values."""
    for number in range(ENTRIES - 1):
        with session.change("administrator") as change:
            change.record("setting.changed", f"key “{number}”\u2028\x7f", {"value": ["ö\n", number]}, {"name": f"Person {number}"} if number % 3 else None)
    return session


def unlocked(session: Session) -> Any:
    """A transaction of somebody who has dropped the triggers."""
    with session.store.transaction() as db:
        for row in db.execute("select name from sqlite_master where type = 'trigger' and name like 'activity%'").fetchall():
            db.execute(f"drop trigger {row[0]}")
    session.store.db.execute("pragma foreign_keys = off")
    return session.store.transaction()


def edit(db: Any) -> None:
    db.execute("update activity set actor = 'nobody' where seq = 7")


def delete(db: Any) -> None:
    db.execute("delete from activity where seq = 9")


def cut(count: int) -> Callable[[Any], None]:
    def cut_off(db: Any) -> None:
        db.execute("delete from activity_personal where seq > ?", (ENTRIES - count,))
        db.execute("delete from activity where seq > ?", (ENTRIES - count,))

    return cut_off


def rewrite(db: Any) -> None:
    """Everything from entry 7 on, with hashes that fit."""
    db.execute("update activity set actor = 'nobody' where seq = 7")
    prev = db.execute("select hash from activity where seq = 6").fetchone()[0]
    for row in db.execute("select * from activity where seq > 6 order by seq").fetchall():
        digest = entry_hash(prev, [row[name] for name in ("seq", "at", "actor", "role", "via", "action", "target", "detail")])
        db.execute("update activity set prev = ?, hash = ? where seq = ?", (prev, digest, row["seq"]))
        prev = digest


ATTACKS: dict[str, tuple[Callable[[Any], None], int, int | None, int | None]] = {
    # what is done; the entry the anchor was made at; what the chain alone finds, and with the anchor
    "one entry is edited": (edit, 15, 7, 7),
    "one entry is deleted": (delete, 15, 9, 9),
    "the last ten are cut, all newer than the anchor": (cut(10), 10, None, None),
    "the end is cut through what the anchor holds": (cut(10), 15, None, 11),
    "everything from entry 7 is rewritten, the anchor is older": (rewrite, 6, None, None),
    "everything from entry 7 is rewritten": (rewrite, 15, None, 15),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_an_attack_leaves_to_be_found(twenty: Session, attack: str) -> None:
    do, at, by_the_chain, with_the_anchor = ATTACKS[attack]
    kept = [Anchor(row[0], row[1], activity.store_id(twenty.db)) for row in twenty.db.execute("select seq, hash from activity where seq = ?", (at,))]
    with unlocked(twenty) as db:
        do(db)
    assert check(twenty.db).first_bad == by_the_chain
    found = check(twenty.db, kept)
    assert found.first_bad == with_the_anchor and bool(found.reason) == (with_the_anchor is not None)


def test_an_anchor_says_how_far_it_reaches(twenty: Session) -> None:
    kept = [Anchor(row[0], row[1]) for row in twenty.db.execute("select seq, hash from activity where seq in (3, 12)")]
    assert check(twenty.db, kept) == (ENTRIES, None, "", 12)
    assert check(twenty.db) == (ENTRIES, None, "", 0)
    assert check(twenty.db, [Anchor(12, kept[1].hash), Anchor(12, "made up")]).first_bad == 12
    assert check(twenty.db, [Anchor(12, kept[1].hash, "another store")]).first_bad == 1


def test_what_is_no_text_any_more_is_found_not_stumbled_over(twenty: Session) -> None:
    with unlocked(twenty) as db:
        db.execute("pragma ignore_check_constraints = on")
        db.execute("update activity set detail = 'no json' where seq = 5")
        db.execute("pragma ignore_check_constraints = off")
    assert check(twenty.db)[:3] == (ENTRIES, 5, "entry 5 was changed")


def test_an_entry_of_any_characters_hashes_as_json_has_it() -> None:
    fields = [3, "at", 'a"b\\', "\u2028\x00\x1f\x7f", "é", "", "山", json.dumps({"b": 1})]
    plain = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    assert entry_hash("p", fields) == verify_activity.sha256(f"audit/1\0p{plain}".encode()).hexdigest()


def test_anchors_are_read_from_whatever_holds_them() -> None:
    lines = '{"seq": 1, "hash": "a", "store": "s"}\n\n{"seq": 2, "hash": "b", "target": "x\u2028y"}\n'
    assert read_anchors(lines) == [(1, "a", "s"), (2, "b", "")]
    assert len(read_anchors(lines + '{"seq": 3, "ha')) == 2, "a last line that was cut short"
    for wrong in ("", "hello\n", '{"seq": 1}\n', lines + "torn\n" + lines, "[1]\n", '{"seq": "x", "hash": ""}\n'):
        with pytest.raises(ValueError, match="anchor"):
            read_anchors(wrong)


def copied(session: Session, path: Path) -> Path:
    """The store as one file, as an auditor is given it."""
    copy_to(session.db, path)
    return path


def test_the_check_ends_with_what_it_found(twenty: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    anchor = tmp_path / "anchor"
    head = activity.head(twenty.db)
    anchor.write_text(json.dumps(head._asdict()) + "\n")
    assert main([str(copied(twenty, tmp_path / "good.db")), "--anchor", str(anchor)]) == 0
    assert "proves the first 20" in capsys.readouterr().out
    with unlocked(twenty) as db:
        cut(4)(db)
    bad = str(copied(twenty, tmp_path / "bad.db"))
    assert main([bad]) == 0 and "none was cut off the end" in capsys.readouterr().out
    assert main([bad, "--anchor", str(anchor)]) == 1
    assert "entries 17 to 20 were there" in capsys.readouterr().out


def test_what_cannot_be_read_is_said_so(twenty: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text").write_text("hello, I am no database at all\n" * 100)
    (tmp_path / "empty").touch()
    good = str(copied(twenty, tmp_path / "good.db"))
    for words in ([str(tmp_path / "nowhere")], [str(tmp_path / "text")], [str(tmp_path / "empty")], [str(tmp_path)], [], ["a", "b"], ["--help"]):
        assert main(words) == 2, words
    for anchor in ("nowhere", "text", "empty", "good.db"):
        assert main([good, "--anchor", str(tmp_path / anchor)]) == 2, anchor
    assert capsys.readouterr().out == ""


def test_an_auditor_needs_the_one_file_alone(twenty: Session, tmp_path: Path) -> None:
    backup = copied(twenty, tmp_path / "good.db")
    before = backup.read_bytes()
    alone = shutil.copy(verify_activity.__file__, tmp_path / "verify_activity.py")
    done = subprocess.run([sys.executable, "-I", alone, str(backup)], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("All 20 entries hold: nothing was found changed.")
    assert backup.read_bytes() == before and sorted(file.name for file in tmp_path.glob("good*")) == ["good.db"]


def test_a_live_store_is_read_as_it_is_now_and_left_alone(twenty: Session, store: Store) -> None:
    root = Path(verify_activity.__file__).parents[1]
    command = [sys.executable, "-m", "store.verify_activity", str(store.path)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.startswith("All 20 entries hold: nothing was found changed."), "what is still in the log is read with it"
    with twenty.change("administrator") as change:
        change.record("setting.changed", "x")
    assert check(twenty.db).entries == ENTRIES + 1
