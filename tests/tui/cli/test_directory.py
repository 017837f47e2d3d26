"""People and groups as commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.cli.conftest import Usher

FIELDS = {"id", "username", "email", "firstname", "lastname", "displayname", "employeeIdentifier", "state", "groups"}


def test_a_row_of_the_list_has_its_shape(calendly: Usher) -> None:
    ada, grace = calendly("users", "list", "--json").json
    assert set(ada) >= FIELDS
    assert (ada["username"], ada["displayname"], ada["state"], ada["groups"]) == ("ada@harbour.example", "Ada Lovelace", "ACTIVATED", [])
    assert (grace["employeeIdentifier"], grace["groups"]) == ("1906", ["Engineering"])
    assert calendly("users", "show", "ADA@harbour.example", "--json").json == ada
    assert calendly("users", "show", ada["id"], "--json").json == ada


def test_the_list_is_narrowed_by_words_and_state(calendly: Usher) -> None:
    assert [u["username"] for u in calendly("users", "list", "lovel", "--json").json] == ["ada@harbour.example"]
    calendly("users", "suspend", "grace@harbour.example")
    assert [u["username"] for u in calendly("users", "list", "--state", "suspended", "--json").json] == ["grace@harbour.example"]
    assert calendly("users", "list", "zzz").out == "Nobody matches.\n"


def test_a_person_is_changed(calendly: Usher) -> None:
    words = ["users", "set", "ada@harbour.example", "displayname=Ada L.", "employeeIdentifier=1815", "department=Engines"]
    changed = calendly(*words, "--json").json
    assert (changed["displayname"], changed["employeeIdentifier"], changed["attributes"]) == ("Ada L.", "1815", {"department": "Engines"})
    assert calendly("users", "set", "ada@harbour.example", "email=nonsense").status == 2


def test_suspending_and_activating_says_who_was_so_already(calendly: Usher) -> None:
    assert calendly("users", "suspend", "ada@harbour.example").out == "Suspended: ada@harbour.example.\n"
    assert "was suspended already" in calendly("users", "suspend", "ada@harbour.example", "grace@harbour.example").out
    assert [u["state"] for u in calendly("users", "activate", "ada@harbour.example", "grace@harbour.example", "--json").json] == ["ACTIVATED", "ACTIVATED"]


def test_deleting_says_that_it_is_for_good_and_wants_to_be_told_so(calendly: Usher) -> None:
    refused = calendly("users", "delete", "ada@harbour.example")
    assert refused.status == 2
    assert "1 person is deleted" in refused.err and "usher users suspend" in refused.err
    assert len(calendly("users", "list", "--json").json) == 2
    gone = calendly("users", "delete", "ada@harbour.example", "--permanently", "--json").json
    assert [one["username"] for one in gone["deleted"]] == ["ada@harbour.example"]
    assert calendly("users", "show", "ada@harbour.example").status == 2


def test_an_import_shows_first_and_keeps_then(calendly: Usher, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "username,email,displayname,groups\nalan@harbour.example,alan@harbour.example,Alan,Engineering;Night shift\nADA@harbour.example,ada@harbour.example,Ada,\n"
    )
    shown = calendly("users", "import", str(file), "--dry-run", "--json").json
    assert shown == {"dry_run": True, "create": 1, "update": 1, "unchanged": 0, "groups_new": ["Night shift"], "errors": []}
    assert len(calendly("users", "list", "--json").json) == 2
    assert calendly("users", "import", str(file), "--json").json == {**shown, "dry_run": False}
    assert calendly("users", "show", "alan@harbour.example", "--json").json["groups"] == ["Engineering", "Night shift"]


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_bad_row_is_named_by_line_column_and_reason_and_nothing_is_kept(calendly: Usher, tmp_path: Path, more: list[str]) -> None:
    file = tmp_path / "people.csv"
    file.write_text("username,email,state\nalan@harbour.example,alan@harbour.example,ACTIVATED\nbob,bob@harbour.example,RETIRED\n")
    plain, found = calendly("users", "import", str(file), *more), calendly("users", "import", str(file), *more, "--json")
    assert plain.status == found.status == 2
    assert [(e["line"], e["column"]) for e in found.json["errors"]] == [(3, "state")]
    assert "state" in plain.out and len(plain.err.splitlines()) == 1
    assert len(calendly("users", "list", "--json").json) == 2


def test_groups_have_their_shape_and_life(calendly: Usher) -> None:
    (group,) = calendly("groups", "list", "--json").json
    assert set(group) == {"id", "name", "members", "applications"}
    assert (group["members"], group["applications"]) == (1, ["Calendly"])
    assert calendly("groups", "rename", "engineering", "Builders", "--json").json["name"] == "Builders"
    assert calendly("groups", "show", "builders", "--json").json["id"] == group["id"]
    assert "no longer opens Calendly" in calendly("groups", "delete", "Builders").out
    assert calendly("groups", "list", "--json").json == []


def test_members_come_and_go_several_at_once(calendly: Usher) -> None:
    calendly("users", "add", "alan", "--email", "alan@harbour.example")
    ended = calendly("groups", "members", "Engineering", "--add", "ada@harbour.example", "alan", "--remove", "grace@harbour.example", "--json")
    assert (ended.json["added"], ended.json["removed"], ended.json["members"]) == (2, 1, 2)
    assert [u["username"] for u in calendly("groups", "members", "Engineering", "--json").json] == ["ada@harbour.example", "alan"]
    assert calendly("groups", "members", "--add", "grace@harbour.example", "Engineering", "--json").json["members"] == 3
    assert calendly("groups", "members", "Engineering", "--add", "nobody").status == 2


def test_a_name_from_outside_cannot_command_the_terminal(usher: Usher) -> None:
    usher("users", "add", "eve", "--email", "eve@x.example", "--displayname", "a\u202eb\u200b")
    assert "\u202e" not in usher("users", "list").out
