"""Users and one person: found, added, changed, suspended, deleted, imported, by key presses over a real store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from store.activity import Actor
from tests.kit import fill_directory
from tests.scenes import settled
from tests.stages import build, empty
from tests.stages_directory import BAD, GOOD, staff
from tests.tui.kit import console, press, run, text, until
from tui.follow import Follower
from tui.widgets.window import KEEP
from usher.services import directory
from usher.services.session import Session

AMELIE = "amelie.lefevre@example.com"


@pytest.fixture
def works(tmp_path: Path) -> Session:
    return build(staff, tmp_path / "works")


def state(session: Session, user: str) -> str:
    return str(directory.get_user(session, user).state)


def test_many_people_open_at_once_and_only_a_window_of_them_is_in_memory(tmp_path: Path) -> None:
    session = build(empty, tmp_path / "crowd")
    fill_directory(session, 3000)

    async def walk() -> None:
        async with console(session, "users") as pilot:
            assert "person0001" in text(pilot) and "3,000" in text(pilot)
            assert "person3000" in await press(pilot, "G")
            table = pilot.app.screen.table  # type: ignore[attr-defined]
            assert len(table._window.rows) <= KEEP + 200
            assert "person0001" in await press(pilot, "g")

    run(walk())


def test_the_filter_finds_by_any_name_by_exclusion_and_by_state(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            narrowed = await press(pilot, "slash", *"rossi")
            assert "valentina.rossi" in narrowed and AMELIE not in narrowed and "1 of 60" in narrowed
            await press(pilot, "escape")
            assert "57 of 60" in await press(pilot, "slash", *"!ross !sato !liu")
            await press(pilot, "escape")
            by_state = await press(pilot, "f", "f", "f")
            assert "filter “state=suspended”  3 of 60" in by_state and "lars.moller" in by_state
            assert "▲ suspended" in by_state and "● activated" not in by_state

    run(walk())


def test_who_comes_back_from_a_person_finds_the_list_as_it_was_narrowed(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            await press(pilot, "slash", *"rossi", "enter", "enter")
            assert "Valentina" in text(pilot)
            back = await press(pilot, "escape")
            assert "filter “rossi”  1 of 60" in back and AMELIE not in back

    run(walk())


def test_the_order_can_be_turned_round(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            turned = await press(pilot, "greater_than_sign", "R", "g")
            assert "zoe.contractor" in turned and AMELIE not in turned
            assert AMELIE in await press(pilot, "G")

    run(walk())


def test_a_person_is_added_and_a_refusal_stands_beside_its_field(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            refused = await press(pilot, "a", *"AMELIE.lefevre@example.com", "ctrl+s")
            assert "✗ There is a user" in refused and "Choose another" in refused and "Add a person" in refused
            await press(pilot, "end", *"X", "tab", *"a@b.example", "tab", *"Amy", "tab", *"Lee", "ctrl+s")
            assert "Added AMELIE.lefevre@example.comX." in text(pilot)
            assert directory.get_user(works, "amelie.lefevre@example.comx").displayname == "Amy Lee"

    run(walk())


def test_suspending_says_what_it_brings_with_its_count_and_is_reversible(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            asked = await press(pilot, "space", "space", "s")
            assert "Suspend 2 people?" in asked and "reversible" in asked
            assert "○ 2 deactivate" in asked and "Calendly" in asked
            await press(pilot, "enter")
            assert state(works, AMELIE) == "ACTIVATED", "enter is Cancel"
            await press(pilot, "s", "s")
            assert state(works, AMELIE) == "ACTIVATED", "the key that asked does not confirm"
            assert "✓ Suspended 2 people." in await press(pilot, "y")
            assert state(works, AMELIE) == "SUSPENDED"
            assert "ticked" not in text(pilot)
            asked = await press(pilot, "g", "v")
            assert f"Activate {AMELIE}?" in asked
            await press(pilot, "y")
            assert state(works, AMELIE) == "ACTIVATED"

    run(walk())


def test_deleting_says_permanently_with_a_count_for_each_application(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            asked = " ".join((await press(pilot, "d")).replace("│", " ").split())
            assert "1 account is deleted PERMANENTLY by the next push" in asked and "✗ 1 at Calendly" in asked
            assert "▼ 1 delete for good" in asked
            await press(pilot, "d", "enter")
            assert directory.people_count(works) == 60, "neither the key that asked nor enter confirms"
            await press(pilot, "d", "y")
            assert directory.people_count(works) == 59

    run(walk())


def test_deleting_several_asks_for_their_number(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            assert "Type 3, the number of people, to delete" in await press(pilot, "space", "space", "space", "d")
            assert "Type 3 to go on" in await press(pilot, "2", "enter")
            assert directory.people_count(works) == 60
            await press(pilot, "backspace", "3", "enter")
            assert directory.people_count(works) == 57

    run(walk())


def test_a_rehearsal_changes_nothing(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            before = works.db.execute("select count(*) from activity").fetchone()[0]
            await press(pilot, "space", "d", "escape", "s", "escape")
            assert works.db.execute("select count(*) from activity").fetchone()[0] == before

    run(walk())


def test_a_reader_sees_people_and_changes_none(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users", read_only=True) as pilot:
            assert "This console is for reading only." in await press(pilot, "d")
            for key in ("a", "e", "s", "i"):
                await press(pilot, key)
                assert len(pilot.app.screen_stack) == 1

    run(walk())


def test_an_import_is_looked_at_before_it_is_kept(works: Session, tmp_path: Path) -> None:
    file = tmp_path / "march.csv"
    file.write_text(GOOD, "utf-8")

    async def walk() -> None:
        async with console(works, "users", size=(120, 40)) as pilot:
            shown = await press(pilot, "i", *str(file), "enter")
            assert "+ 2 create" in shown and "● 2 update" in shown and "○ 1 unchanged" in shown and "Night shift" in shown
            assert "Lefèvre → Lefèvre-Roy" in shown and "2 create · ● 2 update" in shown
            assert directory.people_count(works) == 60
            await press(pilot, "y")
            await until(pilot, "Imported march.csv: 2 created, 2 updated, 1 unchanged.")
            assert directory.people_count(works) == 62

    run(walk())


def test_a_bad_file_is_told_by_line_and_column_and_cannot_be_imported(works: Session, tmp_path: Path) -> None:
    file = tmp_path / "broken.csv"
    file.write_text(BAD, "utf-8")

    async def walk() -> None:
        async with console(works, "users") as pilot:
            shown = await press(pilot, "i", *str(file), "enter")
            assert "4 bad values" in shown and "must be STAGED, ACTIVATED, SUSPENDED" in shown
            await press(pilot, "y", "escape")
            assert directory.people_count(works) == 60

    run(walk())


def test_a_confined_operator_imports_from_the_exchange_folder_alone(works: Session, tmp_path: Path) -> None:
    works.confined = True
    (tmp_path / "march.csv").write_text(GOOD, "utf-8")

    async def walk() -> None:
        async with console(works, "users") as pilot:
            refused = " ".join((await press(pilot, "i", *str(tmp_path / "march.csv"), "enter")).replace("│", " ").split())
            assert "exchange folder alone" in refused and "File *" in refused

    run(walk())


def test_a_person_shows_groups_applications_and_why(works: Session) -> None:
    async def walk() -> None:
        async with console(works, f"user {AMELIE}") as pilot:
            shown = text(pilot)
            assert "Amélie Lefèvre" in shown and "All Staff" in shown and "account active" in shown and "in step" in shown
            chain = await press(pilot, "j", "j", "w")
            assert "Let in." in chain and "The account is as wanted" in chain and "Member of All Staff." in chain

    run(walk())


def test_an_edit_shows_its_impact_and_is_saved(works: Session) -> None:
    async def walk() -> None:
        async with console(works, f"user {AMELIE}") as pilot:
            await pilot.press("e", "tab", "tab", "tab", "tab", *" Roy")
            await pilot.pause()
            assert "1 update" not in text(pilot), "it is counted once the typing pauses"
            typed = await press(pilot)
            assert "Impact" in typed and "1 update" in typed
            assert f"✓ Saved {AMELIE}." in await press(pilot, "ctrl+s")
            assert directory.get_user(works, AMELIE).displayname == "Amélie Lefèvre Roy"

    run(walk())


def test_what_somebody_else_changed_meanwhile_is_told_and_nothing_typed_is_lost(works: Session) -> None:
    async def walk() -> None:
        async with console(works, f"user {AMELIE}", size=(120, 40)) as pilot:
            await press(pilot, "e", "tab", "tab", "tab", "tab", *" Roy")
            directory.set_user(works, AMELIE, {"email": "amelie@example.com", "displayname": "A. Lefèvre"})
            await until(pilot, "Ada changed this person meanwhile.")
            shown = text(pilot)
            assert "Amélie Lefèvre Roy" in shown and "saving keeps yours" in shown
            assert f"{AMELIE} → amelie@example.com" in shown
            await press(pilot, "ctrl+s")
            kept = directory.get_user(works, AMELIE)
            assert (kept.displayname, kept.email) == ("Amélie Lefèvre Roy", "amelie@example.com")

    run(walk())


def test_a_save_that_comes_too_late_is_refused_and_told(works: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Follower, "poll", lambda self: None)  # the news has not come yet

    async def walk() -> None:
        async with console(works, f"user {AMELIE}", size=(120, 40)) as pilot:
            await press(pilot, "e", "tab", "tab", "tab", "tab", *" Roy")
            directory.set_user(works, AMELIE, {"email": "amelie@example.com"})
            shown = await press(pilot, "ctrl+s")
            assert "Look at what changed, then save again." in shown
            assert directory.get_user(works, AMELIE).displayname == "Amélie Lefèvre"
            await press(pilot, "ctrl+s")
            assert directory.get_user(works, AMELIE).displayname == "Amélie Lefèvre Roy"

    run(walk())


def test_leaving_a_form_with_something_typed_asks(works: Session) -> None:
    async def walk() -> None:
        async with console(works, f"user {AMELIE}") as pilot:
            assert "Stop editing?" in await press(pilot, "e", *"x", "escape")
            await press(pilot, "escape")
            screen: Any = pilot.app.screen
            assert screen.editing
            await press(pilot, "escape", "y")
            assert not screen.editing

    run(walk())


def test_a_person_deleted_by_somebody_else_is_said_to_be_gone(works: Session) -> None:
    async def walk() -> None:
        async with console(works, f"user {AMELIE}") as pilot:
            directory.delete_users(works, [AMELIE])
            await until(pilot, "There is no user")
            assert "Deleted meanwhile" in text(pilot)

    run(walk())


def test_an_operator_may_change_people(works: Session) -> None:
    works.actor = Actor("bo", "operator", "terminal")

    async def walk() -> None:
        async with console(works, "users") as pilot:
            await press(pilot, "s", "y")
            await settled(pilot)
            assert state(works, AMELIE) == "SUSPENDED"

    run(walk())
