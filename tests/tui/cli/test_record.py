"""The record, backups and the doctor as commands."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from store.driver import sqlite3
from tests.tui.cli.conftest import Usher


def tamper(store: Path, sql: str) -> None:
    """What somebody with the file in hand could do."""
    with sqlite3.connect(store) as db:
        db.execute("drop trigger activity_no_update")
        db.execute("drop trigger activity_no_delete")
        db.execute(sql)
    db.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop" / "usher.db"


def test_a_row_of_the_record_has_its_shape(calendly: Usher) -> None:
    rows = [json.loads(line) for line in calendly("activity", "--format", "jsonl").out.splitlines()]
    assert all(set(row) == {"seq", "at", "actor", "role", "via", "action", "target", "detail", "hash"} for row in rows)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert rows == calendly("activity", "--json").json
    assert [row["action"] for row in rows][:3] == ["store.created", "application.added", "user.added"]


def test_the_record_is_cut_by_age_and_number(calendly: Usher) -> None:
    assert calendly("activity", "--since", "2999-01-01").out == "Nothing was recorded in that time.\n"
    rows = calendly("activity", "--json").json
    assert calendly("activity", "--json", "--limit", "2").json == rows[-2:]
    assert calendly("activity", "--json", "--since", "1h").json == rows


def test_a_person_is_called_by_name_in_the_table(calendly: Usher) -> None:
    assert "ada@harbour.example" in calendly("activity").out


def test_an_intact_record_is_said_to_be_so(calendly: Usher) -> None:
    entries = len(calendly("activity", "--json").json)
    ended = calendly("activity", "verify", "--json")
    assert (ended.status, ended.json) == (0, {"entries": entries, "intact": True, "first_bad": None})
    said = calendly("activity", "verify").out
    assert said.startswith(f"All {entries} entries hold: nothing was found changed. ") and "tamper" not in said


def test_a_changed_entry_is_found(calendly: Usher, file: Path) -> None:
    tamper(file, "update activity set actor = 'mallory' where seq = 3")
    ended = calendly("activity", "verify", "--json")
    assert ended.status == 1
    assert (ended.json["intact"], ended.json["first_bad"]) == (False, 3)
    assert calendly("doctor").status == 1


def test_a_cut_end_is_found_with_an_anchor_alone(calendly: Usher, file: Path, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.jsonl"
    anchor.write_text(calendly("activity", "--format", "jsonl").out.splitlines()[-1])
    assert calendly("activity", "verify", "--anchor", str(anchor)).status == 0
    last = json.loads(anchor.read_text())["seq"]
    tamper(file, f"delete from activity_personal where seq = {last}")
    tamper_again = sqlite3.connect(file)
    tamper_again.execute(f"delete from activity where seq = {last}")
    tamper_again.commit()
    tamper_again.close()
    assert calendly("activity", "verify").status == 0
    ended = calendly("activity", "verify", "--anchor", str(anchor), "--json")
    assert (ended.status, ended.json["first_bad"]) == (1, last)


def test_an_anchor_is_written_by_a_command_and_taken_from_the_settings(calendly: Usher, file: Path, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.jsonl"
    head = calendly("activity", "anchor", str(anchor), "--json").json
    assert head["seq"] == calendly("activity", "--json").json[-1]["seq"] and stat.S_IMODE(anchor.stat().st_mode) == 0o600
    assert f"proves the first {head['seq']}" in calendly("activity", "verify", "--anchor", str(anchor)).out
    assert calendly("settings", "set", f"anchor_file={anchor}").status == 0
    assert f"proves the first {head['seq']}" in calendly("activity", "verify").out


def test_what_cannot_be_verified_ends_with_two(calendly: Usher, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database" * 1000)
    (tmp_path / "text").chmod(0o600)
    for named in ("nowhere.db", "text"):
        ended = calendly("--store", str(tmp_path / named), "activity", "verify", "--json")
        assert ended.status == 2 and ended.error["code"] in ("no-store", "store-damaged"), ended.err


def test_what_is_no_anchor_is_refused(calendly: Usher, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("hello\n")
    assert calendly("activity", "verify", "--anchor", str(tmp_path / "x")).status == 2
    assert calendly("activity", "verify", "--anchor", str(tmp_path / "missing")).status == 2


def test_a_backup_is_a_whole_store_closed_to_others_and_an_anchor(calendly: Usher, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    made = calendly("backup", str(target), "--json")
    assert made.status == 0 and made.json["file"] == str(target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert calendly("--store", str(target), "apps", "list", "--json").json[0]["label"] == "Calendly"
    again = calendly("backup", str(target), "--json")
    assert (again.status, again.error["code"]) == (3, "file-exists")
    assert calendly("activity", "verify", "--anchor", made.json["manifest"]).status == 0


def test_the_doctor_finds_a_well_kept_store_well(calendly: Usher) -> None:
    ended = calendly("doctor", "--json")
    assert ended.status == 0
    assert all(set(finding) == {"level", "subject", "message", "hint"} for finding in ended.json)
    assert "bad" not in {finding["level"] for finding in ended.json}


def test_the_doctor_names_what_is_bad(calendly: Usher, bare: Usher, tmp_path: Path) -> None:
    (tmp_path / "keys" / "shop.key").unlink()
    assert calendly("doctor").status == 4
    assert calendly("--store", str(tmp_path / "nowhere.db"), "doctor").status == 4


def test_a_store_is_restored_by_command_and_the_one_before_is_kept(calendly: Usher, tmp_path: Path, file: Path) -> None:
    target = tmp_path / "backup.db"
    assert calendly("backup", str(target)).status == 0
    assert calendly("users", "add", "late@harbour.example", "--email", "late@harbour.example").status == 0
    again = calendly("restore", str(target), "--json")
    assert (again.status, again.error["code"]) == (3, "store-exists")
    done = calendly("restore", str(target), "--replace", "--json")
    assert done.status == 0 and set(done.json) == {"store", "file", "made_at", "seq", "kept", "warning"}
    assert "late@harbour.example" not in calendly("users", "list").out
    assert "late@harbour.example" in calendly("--store", done.json["kept"], "users", "list").out
    assert calendly("activity", "verify", "--anchor", f"{target}.json").status == 0
    assert calendly("--confined", "restore", str(target), "--replace").status == 3


def test_a_timer_makes_backups_in_the_folder_of_the_settings(calendly: Usher, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    assert calendly("settings", "set", f"backup_folder={folder}", "backup_keep=1").status == 0
    assert calendly("backup", "--scheduled").status == 0
    done = calendly("backup", "--scheduled", "--json")
    assert done.status == 0 and Path(done.json["file"]).parent == folder
    assert [str(path) for path in folder.glob("*.db")] == [done.json["file"]] and len(done.json["removed"]) == 1
    assert calendly("backup").status == calendly("backup", "x.db", "--scheduled").status == 2


def test_only_an_administrator_restores_and_a_damaged_store_asks_nobody(calendly: Usher, tmp_path: Path, file: Path) -> None:
    target = tmp_path / "backup.db"
    for words in (["operators", "add", "ada", "--role", "administrator"], ["operators", "add", "vera", "--role", "viewer"], ["backup", str(target)]):
        assert calendly(*words).status == 0
    refused = calendly("--operator", "vera", "restore", str(target), "--replace", "--json")
    assert (refused.status, refused.error["code"]) == (3, "not-allowed")
    file.write_bytes(b"no store at all" * 1000)
    assert calendly("users", "list").status == 4
    assert calendly("restore", str(target), "--replace").status == 0
    assert "grace@harbour.example" in calendly("users", "list").out


@pytest.mark.parametrize(
    ("words", "status", "said"), [(["apps", "list"], 0, True), (["apps", "delete", "Nothing"], 2, True), (["apps", "list", "--json"], 0, False)]
)
def test_a_store_that_is_brought_up_to_date_says_so_beside_the_result(calendly: Usher, file: Path, words: list[str], status: int, said: bool) -> None:
    undone = "drop index activity_by_target; drop index activity_by_id; delete from _sqlite_migrations where name like '%0011%'; pragma user_version = 10"
    older = sqlite3.connect(file)
    older.executescript(undone)
    older.close()
    assert "must be brought to" in calendly("--read-only", "apps", "list").err
    ended = calendly(*words)
    told = f"The store was brought from version 10 to 11; before that a copy was put to {file}.v10."
    assert ended.status == status and (told in ended.err) == said and told not in ended.out
    assert stat.S_IMODE(file.with_name(f"{file.name}.v10").stat().st_mode) == 0o600
    assert "brought" not in calendly("apps", "list").err
