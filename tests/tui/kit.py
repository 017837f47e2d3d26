"""The console in a test: begin it at a place, press keys, read what stands on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from itertools import takewhile
from typing import Any

from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from tests.scenes import settled
from tui.app import UsherApp
from usher.services.session import Session


@asynccontextmanager
async def console(session: Session, place: str = "overview", *, size: tuple[int, int] = (100, 30), read_only: bool = False) -> AsyncIterator[Pilot[Any]]:
    """The console at work on `session`."""
    app = UsherApp(session, place, read_only, toast_seconds=3600)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(pilot)
        yield pilot


async def press(pilot: Pilot[Any], *keys: str) -> str:
    """Presses keys, waits until everything is done, and returns the text of the screen.

    Letters that go into a field are typed at once: waiting for the screen after each costs seconds for a path.
    """
    left = list(keys)
    while left:
        letters = "".join(takewhile(lambda key: len(key) == 1, left)) if isinstance(pilot.app.focused, Input) else ""
        if letters:
            await type_at_once(pilot, letters)
        else:
            await pilot.press(left[0])
        del left[: len(letters) or 1]
    await settled(pilot)
    return text(pilot)


async def type_at_once(pilot: Pilot[Any], letters: str) -> None:
    """Types as somebody fast does: every letter is a key, nobody waits between them."""
    driver: Any = pilot.app._driver
    for letter in letters:
        driver.send_message(events.Key(letter, letter))
    await pilot.pause()


def text(pilot: Pilot[Any]) -> str:
    """What stands on the screen, line by line."""
    return "\n".join(strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips())


async def until(pilot: Pilot[Any], wanted: str, seconds: float = 5) -> float:
    """Waits until `wanted` stands on the screen; returns how long it took."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    while wanted not in text(pilot):
        assert loop.time() - start < seconds, f"{wanted!r} did not appear:\n{text(pilot)}"
        await pilot.pause(0.02)
    return loop.time() - start


def run(scene: Coroutine[Any, Any, None]) -> None:
    """Runs an async test."""
    asyncio.run(scene)


def screen(pilot: Pilot[Any]) -> Any:
    """The screen on top."""
    return pilot.app.screen


def focused(pilot: Pilot[Any]) -> Any:
    """What has the focus."""
    return pilot.app.focused


def place(pilot: Pilot[Any]) -> str:
    """The place we are at, by its name."""
    app: Any = pilot.app
    return str(app.trail[-1].place)
