"""What an application's tabs can do is found from wherever the focus stands, and after scrolling one goes on from what is seen."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events

from tests.scenes import settled
from tests.stages import build, harbour
from tests.stages_application import active, with_sso
from tests.tui.kit import console, focused, press, run, screen, text
from usher.services import applications, groups


@pytest.mark.parametrize("way", ["question_mark", "colon"])
def test_deactivate_sso_is_found_from_the_panel_and_from_another_tab(tmp_path: Path, way: str) -> None:
    works = build(with_sso, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly", size=(80, 24)) as pilot:
            for first in ("i", "escape"):
                await press(pilot, first, *(["right", "right"] if first == "escape" else []))
                await press(pilot, way, *"deactivate sso", "enter")
                assert "Deactivate SSO?" in text(pilot) and screen(pilot).__class__.__name__ == "Confirm"
                await press(pilot, "escape")
                assert screen(pilot).current_tab == "sso"
            await press(pilot, "i", way, *"deactivate sso", "enter", "y")
            assert applications.get(works, "Calendly").sso == "inactive"

    run(walk())


def test_every_action_is_offered_once_whatever_tab_is_shown(tmp_path: Path) -> None:
    off, on = build(harbour, tmp_path / "off"), build(active, tmp_path / "on")
    test = ("Test connection", "Test the IdM connection")  # on its tab, and from elsewhere
    wanted = [
        (off, {"Activate SSO", "Download certificate", "Copy certificate", "Configure", test, "Push"}),
        (on, {"Deactivate SSO", "Download certificate", test, "Deactivate IdM connection", "Push"}),
    ]

    async def walk() -> None:
        from tui.screens.help import choices_of

        for works, names in wanted:
            async with console(works, "app Calendly", size=(80, 24)) as pilot:
                for key in ("i", "right_square_bracket", "right_square_bracket", "right_square_bracket"):
                    await press(pilot, key)
                    offered = [choice.name for choice in choices_of(screen(pilot)) if choice.group in ("Here", "This application")]
                    for name in names:
                        assert sum(each.startswith(name) for each in offered) == 1, (name, offered)

    run(walk())


def test_what_was_typed_is_saved_from_the_panel(tmp_path: Path) -> None:
    works = build(with_sso, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly", size=(120, 40)) as pilot:
            await press(pilot, "down", *" at sea", "escape", "i", "ctrl+s")
            assert applications.get(works, "Calendly at sea")

    run(walk())


def test_configure_is_reached_from_a_tab_nobody_has_left_yet(tmp_path: Path) -> None:
    works = build(with_sso, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly groups", size=(120, 40)) as pilot:
            await press(pilot, "colon", *"configure idm", "enter")
            assert screen(pilot).current_tab == "idm"
            await press(pilot, *"https://typed.example")
            assert "https://typed.example" in text(pilot)

    run(walk())


def test_after_a_page_down_one_goes_on_from_what_is_seen(tmp_path: Path) -> None:
    works = build(with_sso, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly sso", size=(80, 24)) as pilot:
            await press(pilot, "down")
            for _ in range(3):
                await press(pilot, "pagedown")
                body = screen(pilot).query_one(".pane-sso .pane-body")
                assert body.region.overlaps(focused(pilot).region)
            seen = body.scroll_y
            await press(pilot, "down")
            await settled(pilot)
            assert abs(body.scroll_y - seen) < body.size.height

    run(walk())


def test_why_fewer_may_come_in_than_a_group_has_members_is_said(tmp_path: Path) -> None:
    works = build(with_sso, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly groups", size=(80, 24)) as pilot:
            assert "suspended or staged" not in text(pilot), "no one is in that group"
            screen(pilot).query_one(".pane-groups VirtualTable").select(next(g.id for g in groups.groups(works) if g.name == "Office"))
            await settled(pilot)
            assert "Office: 1 may come in, 1 suspended or staged" in text(pilot)

    run(walk())


@pytest.mark.parametrize("pause", [0.0, 0.05, 0.15])
def test_no_key_is_lost_while_a_tab_is_being_filled(tmp_path: Path, pause: float) -> None:
    works = build(with_sso, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly", size=(80, 24)) as pilot:
            driver = pilot.app._driver
            assert driver is not None
            for key in ["right_square_bracket"] * 3 + ["left_square_bracket"] * 3:
                driver.process_message(events.Key(key, {"right_square_bracket": "]", "left_square_bracket": "["}[key]))
                await asyncio.sleep(pause)
            await settled(pilot)
            assert screen(pilot).current_tab == "general"

    run(walk())
