"""The frame: going about, finding out, following the store, asking before what cannot be taken back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from store.errors import Refused, UsageError
from tests.scenes import settled
from tests.stages import build, empty, harbour
from tests.tui.kit import console, press, run, text, until
from tui.commands import shown, uses
from tui.places import PLACES
from tui.screens.confirm import Confirm
from tui.screens.prompt import Prompt
from tui.widgets.fields import FieldSpec
from tui.widgets.inputs import TextInput
from usher.services import applications
from usher.services.session import Session


@pytest.fixture
def works(tmp_path: Path) -> Session:
    return build(harbour, tmp_path / "works")


def test_digits_go_to_places_and_esc_comes_back(works: Session) -> None:
    async def walk() -> None:
        async with console(works) as pilot:
            assert "› Overview" in text(pilot)
            assert "› SSO Applications" in await press(pilot, "2")
            assert "› Overview" in await press(pilot, "1")

    run(walk())


def test_the_rail_lies_over_a_narrow_screen_and_goes_where_enter_says(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps", size=(80, 24)) as pilot:
            assert "USER AUTHENTICATION" not in text(pilot)
            assert "USER AUTHENTICATION" in await press(pilot, "0")
            assert "› Overview" in await press(pilot, "k", "enter")
            assert "USER AUTHENTICATION" not in text(pilot)

    run(walk())


@pytest.mark.parametrize("place", [place.name for place in PLACES if place.key])
def test_every_key_that_is_bound_belongs_to_a_documented_command(works: Session, place: str) -> None:
    async def look() -> None:
        async with console(works, place) as pilot:
            screen: Any = pilot.app.screen
            for key, active in screen.active_bindings.items():
                assert re.fullmatch(r"app\.command\('\w+'\)", active.binding.action), f"{key} is bound past the registry: {active.binding}"
            names = [use.id for use in uses(screen)]
            assert len(names) == len(set(names))
            for use, _ in shown(screen):
                assert use.command.help().endswith("."), f"{use.id} has no help"
                assert use.command.name, f"{use.id} has no name"

    run(look())


def test_the_help_finds_a_key_and_does_it(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps") as pilot:
            assert "Keys that work here" in await press(pilot, "question_mark")
            assert "Delete applications" in await press(pilot, *"delete app")
            assert "Type 1, the number of applications, to delete" in await press(pilot, "enter")

    run(walk())


def test_the_palette_takes_the_command_lines_words(works: Session) -> None:
    async def walk() -> None:
        async with console(works) as pilot:
            assert "SSO Applications: travel" in await press(pilot, "colon", *"apps travel")
            after = await press(pilot, "enter")
            assert "filter “travel”  1 of 4" in after
            assert "Calendly" not in after

    run(walk())


def test_the_filter_narrows_as_is_typed_and_esc_shows_everything(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps") as pilot:
            narrowed = await press(pilot, "slash", *"cal")
            assert "1 of 4" in narrowed and "Travel desk" not in narrowed
            inverted = await press(pilot, "home", "exclamation_mark")
            assert "3 of 4" in inverted and "Travel desk" in inverted
            assert "Travel desk" in await press(pilot, "escape")
            assert "filter “" not in text(pilot)

    run(walk())


def test_what_another_operator_does_appears_within_half_a_second_and_the_cursor_stays(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps") as pilot:
            await press(pilot, "j", "j")
            table = pilot.app.screen.table  # type: ignore[attr-defined]
            assert table.row.label == "Staff handbook"
            applications.add(works, "bookmark", label="Almanac", bookmark_url="https://almanac.example")
            assert await until(pilot, "Almanac") < 0.5
            assert table.row.label == "Staff handbook"
            assert table.cursor == 3

    run(walk())


def test_applications_are_deleted_only_when_their_number_was_typed(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps") as pilot:
            assert "Type 2, the number of applications, to delete" in await press(pilot, "space", "space", "d")
            assert "Type 2 to go on" in await press(pilot, "1", "enter")
            assert len(applications.list_(works)) == 4
            done = await press(pilot, "backspace", "2", "enter")
            assert "✓ Deleted Calendly, Crane planner." in done
            assert [app.label for app in applications.list_(works)] == ["Staff handbook", "Travel desk"]

    run(walk())


def test_a_reader_is_told_why_not(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps", read_only=True) as pilot:
            assert "read-only" in text(pilot)
            assert "This console is for reading only." in await press(pilot, "d")
            assert len(applications.list_(works)) == 4

    run(walk())


def test_a_confirmation_begins_on_cancel(works: Session) -> None:
    async def walk() -> None:
        async with console(works) as pilot:
            answers: list[bool | None] = []
            pilot.app.push_screen(Confirm("Sure?", ["4 accounts are deactivated."], "Deactivate"), answers.append)
            await settled(pilot)
            await press(pilot, "enter")
            pilot.app.push_screen(Confirm("Sure?", ["4 accounts are deactivated."], "Deactivate"), answers.append)
            await settled(pilot)
            await press(pilot, "y")
            assert answers == [False, True]

    run(walk())


def test_under_a_dialog_stand_its_own_keys_and_afterwards_those_of_the_place(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps") as pilot:
            assert "a Add" in text(pilot)
            pilot.app.push_screen(Confirm("Sure?", ["4 accounts are deactivated."], "Deactivate"))
            await settled(pilot)
            asked = text(pilot)
            assert "enter Cancel   y Deactivate   esc Cancel   tab Next" in asked and "a Add" not in asked
            assert "enter Deactivate   esc Cancel" in await press(pilot, "tab")
            assert "a Add" in await press(pilot, "escape")

    run(walk())


def test_esc_shows_the_whole_list_before_it_goes_back_and_slash_types_over_the_filter(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            app: Any = pilot.app
            app.enter("apps", "travel")
            await settled(pilot)
            assert "1 of 4" in text(pilot)
            assert "filter “cal”" in await press(pilot, "slash", *"cal", "enter")
            whole = await press(pilot, "escape")
            assert "filter “" not in whole and "› SSO Applications" in whole
            assert "SSO Applications" not in (await press(pilot, "escape")).splitlines()[0]

    run(walk())


def test_the_newest_toast_alone_is_shown_until_one_goes_elsewhere(works: Session) -> None:
    async def walk() -> None:
        async with console(works) as pilot:
            app: Any = pilot.app
            app.say("The first.")
            app.say("The second.")
            await settled(pilot)
            assert "The second." in text(pilot) and "The first." not in text(pilot)
            assert "The second." not in await press(pilot, "2")

    run(walk())


def test_a_long_way_is_cut_from_the_left_and_goes_by_labels(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps", size=(80, 24)) as pilot:
            assert "› Calendly" in (await press(pilot, "enter")).splitlines()[0]
            app: Any = pilot.app
            app.enter("groups")
            await settled(pilot)
            assert "› SSO Applications › Calendly › User Groups" in text(pilot).splitlines()[0]
            app.enter("log", "")
            app.enter("activity", "")
            app.enter("log", "")
            app.enter("settings", "")
            await settled(pilot)
            first = text(pilot).splitlines()[0]
            assert "…" in first and first.endswith("› Settings")

    run(walk())


def test_a_refusal_stands_beside_its_field_and_what_was_typed_stays(works: Session) -> None:
    def refuse(values: Any) -> None:
        raise UsageError("name-taken", f"There is a group {values['name']} already.", "Choose another name.", "name")

    async def walk() -> None:
        async with console(works) as pilot:
            pilot.app.push_screen(Prompt("New group", [FieldSpec("name", "Name")], "Add", refuse))
            await settled(pilot)
            after = await press(pilot, *"Staff", "enter")
            assert "✗ There is a group Staff already." in after
            assert "New group" in after and "Staff" in after

    run(walk())


def test_an_error_nobody_foresaw_is_one_line_and_its_file_holds_no_values(works: Session, own_home: Path) -> None:
    def fall() -> None:
        token = "hunter2-token"
        raise ZeroDivisionError(len(token) // 1)

    async def walk() -> None:
        async with console(works) as pilot:
            pilot.app.screen.work(fall)  # type: ignore[attr-defined]
            await settled(pilot)
            assert "Something went wrong inside Usher" in text(pilot)
            kept = list((own_home / ".local/state/usher/crashes").glob("*.txt"))
            assert len(kept) == 1 and kept[0].stat().st_mode & 0o777 == 0o600
            assert "ZeroDivisionError" in kept[0].read_text() and "len(token)" in kept[0].read_text()
            assert "hunter2-token'" not in kept[0].read_text().replace('token = "hunter2-token"', "")

    run(walk())


def test_a_refusal_without_a_field_is_a_toast_with_what_to_do(works: Session) -> None:
    def refuse() -> None:
        raise Refused("sso-required", "SSO must be active first.", "Activate SSO on the SSO tab.")

    async def walk() -> None:
        async with console(works) as pilot:
            pilot.app.screen.work(refuse)  # type: ignore[attr-defined]
            await settled(pilot)
            assert "▲ SSO must be active first." in text(pilot) and "Activate SSO on the SSO tab." in text(pilot)

    run(walk())


def test_a_secret_field_is_neither_shown_nor_copied(works: Session) -> None:
    async def walk() -> None:
        async with console(works) as pilot:
            pilot.app.push_screen(Prompt("Token", [FieldSpec("token", "Token Key", password=True)], "Save", lambda values: None))
            await settled(pilot)
            seen = await press(pilot, *"hunter2", "shift+home", "ctrl+c")
            assert "hunter2" not in seen
            assert pilot.app.clipboard == ""
            await press(pilot, "ctrl+x")
            assert pilot.app.clipboard == ""
            assert pilot.app.screen.query_one(TextInput).value == "hunter2"

    run(walk())


def test_too_small_a_terminal_is_told_so_and_nothing_is_lost(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps", size=(80, 24)) as pilot:
            await press(pilot, "j", "space")
            await pilot.resize_terminal(60, 15)
            await settled(pilot)
            assert "Usher needs 80×20; this is 60×15." in text(pilot)
            await pilot.resize_terminal(80, 24)
            await settled(pilot)
            assert "1 ticked" in text(pilot)

    run(walk())


def test_a_first_morning_says_what_to_do(tmp_path: Path) -> None:
    async def walk() -> None:
        async with console(build(empty, tmp_path / "new")) as pilot:
            assert "No applications yet." in text(pilot)

    run(walk())
