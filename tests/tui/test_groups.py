"""User groups and one group: its members and the applications it opens, by key presses over a real store."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from store.activity import Actor
from tests.stages import build, empty
from tests.stages_directory import staff
from tests.tui.kit import console, press, run, text, until
from usher.services import authorizations, directory, impact
from usher.services.session import Session


@pytest.fixture
def works(tmp_path: Path) -> Session:
    return build(staff, tmp_path / "works")


def flat(screen: str) -> str:
    """The text of a screen without the lines of its boxes, on one line."""
    return " ".join(screen.replace("│", " ").split())


def opened(session: Session, group: str) -> list[str]:
    return [access.label for access in authorizations.for_group(session, group) if access.authorized]


def test_the_list_says_members_and_applications(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "groups", size=(120, 40)) as pilot:
            shown = text(pilot)
            assert "All Staff" in shown and "55" in shown and "Calendly, Staff handbook" in shown and "opens nothing" in shown
            assert "2 of 6" in await press(pilot, "slash", *"handbook")

    run(walk())


def test_an_empty_list_says_what_to_press(tmp_path: Path) -> None:
    async def walk() -> None:
        async with console(build(empty, tmp_path / "new"), "groups") as pilot:
            assert "Press a to add one." in text(pilot)

    run(walk())


def test_a_group_is_added_renamed_and_its_name_is_its_own(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "groups") as pilot:
            assert "There is a group Sales already." in flat(await press(pilot, "a", *"sales", "ctrl+s"))
            added = await press(pilot, "end", *" west", "ctrl+s")
            assert "Added sales west." in added and "Nobody is in this group yet." in added
            renamed = await press(pilot, "e", "end", *"ern", "enter")
            assert "sales west is called sales western now." in flat(renamed)
            assert directory.get_group(works, "sales western").members == 0

    run(walk())


def test_deleting_says_who_loses_access_to_what_and_begins_on_cancel(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "group Sales") as pilot:
            asked = await press(pilot, "d")
            assert "17 members stay in the directory." in flat(asked)
            assert "Travel desk" in asked and "15 people lose access" in asked
            await press(pilot, "enter")
            assert directory.get_group(works, "Sales").members == 17
            await press(pilot, "d", "y")
            assert "Sales" not in [group.name for group in directory.groups(works)]

    run(walk())


def test_people_are_found_ticked_and_added_with_the_impact_before(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "group Engineering") as pilot:
            picked = await press(pilot, "a", *"contr", "down", "space", "space")
            assert "is a member" in picked and "+ 1 create" in picked and "Add zoe.contractor@example.org" in picked
            await press(pilot, "enter")
            await until(pilot, "zoe.contractor@example.org put into Engineering.")
            assert directory.get_group(works, "Engineering").members == 18

    run(walk())


def test_what_adding_somebody_would_bring_is_not_said_once_nobody_is_found(works: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, slow, rehearsed = Event(), Event(), impact.rehearsed

    def rehearsed_late(*given: Any, **named: Any) -> Any:
        asked.set()
        slow.wait(20)
        return rehearsed(*given, **named)

    monkeypatch.setattr(impact, "rehearsed", rehearsed_late)

    async def walk() -> None:
        async with console(works, "group Visitors", size=(120, 40)) as pilot:
            await pilot.press("a")
            while not asked.is_set():
                await pilot.pause(0.02)
            await pilot.press(*"zzz")
            await until(pilot, "Nobody goes by that name.", 20)
            app: Any = pilot.app
            nothing_awaited = app.workbench.idle
            slow.set()
            assert nothing_awaited and "Impact" not in await press(pilot)

    run(walk())


def test_ticks_in_the_picker_outlive_another_search(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "group Visitors") as pilot:
            await press(pilot, "a", *"madonna", "down", "space", "slash", "ctrl+u", *"ulrike", "down", "space")
            assert "Add 2 people" in text(pilot)
            await press(pilot, "ctrl+s")
            assert directory.get_group(works, "Visitors").members == 2

    run(walk())


def test_people_are_taken_out_after_the_count(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "group All Staff") as pilot:
            asked = await press(pilot, "space", "space", "x")
            assert "Take 2 people out of All Staff?" in asked and "○ 1 deactivate" in asked
            await press(pilot, "y")
            assert directory.get_group(works, "All Staff").members == 53
            assert directory.people_count(works) == 60

    run(walk())


def test_an_application_is_authorised_and_revoked_from_the_groups_side(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "group Sales") as pilot:
            asked = await press(pilot, "l", "t")
            assert "Authorise Sales for Calendly?" in asked
            await press(pilot, "y")
            assert opened(works, "Sales") == ["Calendly", "Staff handbook", "Travel desk"]
            await until(pilot, "Sales is authorised for Calendly.")
            asked = await press(pilot, "j", "j", "enter")
            assert "Revoke Sales at Travel desk?" in asked and "15 people lose access" in asked
            await press(pilot, "t", "escape")
            assert "Travel desk" in opened(works, "Sales"), "the key that asked does not confirm"
            await press(pilot, "t", "y")
            assert opened(works, "Sales") == ["Calendly", "Staff handbook"]

    run(walk())


def test_who_is_let_in_is_for_administrators(works: Session) -> None:
    works.actor = Actor("bo", "operator", "terminal")

    async def walk() -> None:
        async with console(works, "group Sales") as pilot:
            assert "This needs the role administrator; you are operator." in flat(await press(pilot, "l", "t"))
            assert opened(works, "Sales") == ["Staff handbook", "Travel desk"]

    run(walk())


def test_what_another_operator_does_to_a_group_appears(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "group Visitors") as pilot:
            assert "Nobody is in this group yet." in text(pilot)
            directory.add_members(works, "Visitors", ["build.bot@example.com"])
            assert await until(pilot, "build.bot@example.com") < 0.6
            assert "Members 1" in text(pilot)

    run(walk())
