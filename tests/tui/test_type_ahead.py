"""Keys that come in a burst, as over a slow line: each is heard by what the one before led to, and none goes astray."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from tests.stages import build, harbour
from tests.tui.kit import console, place, run, screen, text, until
from tui.screens.application_sso import SsoPane
from usher.services import directory
from usher.services.session import Session


@pytest.fixture
def works(tmp_path: Path) -> Session:
    return build(harbour, tmp_path / "works")


def burst(pilot: Pilot[Any], *keys: str) -> None:
    """All of them at once."""
    driver: Any = pilot.app._driver
    for key in keys:
        driver.send_message(events.Key("minus" if key == "-" else key, key if len(key) == 1 else None))


@pytest.mark.parametrize(("start", "keys"), [("app Calendly", ["escape"]), ("apps", ["g", "enter"])])
@pytest.mark.parametrize("slow", [0, 0.1], ids=["at full speed", "on a slow machine"])
def test_what_is_typed_while_a_tab_is_made_stands_in_its_field(
    works: Session, monkeypatch: pytest.MonkeyPatch, start: str, keys: Sequence[str], slow: float
) -> None:
    content = SsoPane.content

    def slowly(pane: SsoPane) -> Any:
        time.sleep(slow)
        yield from content(pane)

    monkeypatch.setattr(SsoPane, "content", slowly)

    async def walk() -> None:
        async with console(works, start) as pilot:
            burst(pilot, *keys, "right_square_bracket", *"harbour-works")
            await until(pilot, "harbour-works", 20)
            assert len(pilot.app.screen_stack) == 1, "no letter was taken for a command"

    run(walk())


def test_a_dialog_gets_what_is_typed_after_the_key_that_opens_it(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "groups") as pilot:
            burst(pilot, "a", *"Quay side", "tab", *"Cranes", "ctrl+s")
            await until(pilot, "Added Quay side.", 20)
            assert directory.get_group(works, "Quay side").description == "Cranes"

    run(walk())


def test_where_nothing_takes_the_focus_keys_work_all_the_same(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Nowhere") as pilot:
            assert "Nowhere" in text(pilot) and screen(pilot).focused is None
            burst(pilot, "3")
            await until(pilot, "person0012@harbour.example", 20)
            assert place(pilot) == "users"

    run(walk())


def test_a_key_and_a_look_between_two_places_wait_for_the_next(works: Session) -> None:
    """While one place is left no screen stands: a timer or a key that comes then finds none."""

    async def walk() -> None:
        async with console(works, "activity") as pilot:
            app: Any = pilot.app
            stack, record = app._screen_stacks[app._current_mode], app.screen
            stack.clear()
            record._look()
            burst(pilot, "colon", *"groups")
            for _ in range(5):
                await asyncio.sleep(0.02)
            assert app.keys_on_their_way
            stack.append(record)
            await until(pilot, "User Groups", 20)

    run(walk())
