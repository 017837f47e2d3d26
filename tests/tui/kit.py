"""The console in a test: begin it at a place, press keys, read what stands on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from tests.scenes import press_some, settled
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
    """Presses keys, waits until everything is done, and returns the text of the screen."""
    left = list(keys)
    while left:
        del left[: await press_some(pilot, left)]
    await settled(pilot)
    return text(pilot)


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
