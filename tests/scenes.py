"""Scenes: what the console looks like where, as data. The snapshot tests and `screenshots/` both draw this list.

Set a scene up by state (a builder and a place) rather than by many keys. The clock stands still, ids are
counted, toasts stay: the picture is the same every time.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.filter import NoColor

from tests.scene import LARGE, LOOKS, SMALL, Scene
from tests.scenes_application import APPLICATION_SCENES, WIZARD_SCENES
from tests.scenes_directory import DIRECTORY_SCENES
from tests.scenes_keys import KEY_SCENES
from tests.scenes_log import LOG_SCENES
from tests.scenes_push import PUSH_SCENES
from tests.scenes_record import RECORD_SCENES
from tests.stages import at_work, empty
from tests.stages_sign_ins import day_of_both
from usher.sandbox.facts import VARIABLE, DemoFacts
from usher.sandbox.steps import steps

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tui.app import UsherApp

SCENES: list[Scene] = [
    Scene("overview", readme=True, caption="Overview: what there is, and what needs a person now"),
    Scene("overview-first-morning", store=empty),
    Scene("overview-day", store=day_of_both),
    Scene("applications", "apps", readme=True, caption="Configured Applications"),
    Scene("applications-none", "apps", store=empty),
    Scene("applications-filtered", "apps", ["slash", *"travel"]),
    Scene("applications-no-match", "apps", ["slash", *"zzz"]),
    Scene("applications-ticked-and-sorted", "apps", ["space", "space", "greater_than_sign", "R"]),
    Scene("applications-read-only", "apps", read_only=True),
    Scene("delete-applications", "apps", ["space", "space", "d"]),
    Scene("delete-applications-wrong-number", "apps", ["space", "space", "d", "3", "enter"]),
    Scene("reason-why-not", "apps", ["d"], read_only=True),
    Scene("help", "apps", ["question_mark"]),
    Scene("palette", "apps", ["colon", *"apps"]),
    Scene("places-overlaid", "apps", ["0", "k"], sizes=(SMALL,)),
    Scene("messages", "apps", ["colon", *"messages", "enter"]),
    Scene("too-small", "apps", sizes=((70, 18),)),
    Scene("delete-applications-waiting", "apps", ["space", "space", "d", "2", "enter"], unanswered=True),
    Scene("rehearsal", "rehearsal", store=empty, demo=True),
    Scene("rehearsal-none", "rehearsal", store=empty),
    *WIZARD_SCENES,
    *APPLICATION_SCENES,
    *PUSH_SCENES,
    *LOG_SCENES,
    *DIRECTORY_SCENES,
    *RECORD_SCENES,
    *KEY_SCENES,
]


@dataclass(frozen=True)
class Shot:
    """A scene at a size: played once, drawn in every look."""

    scene: Scene
    size: tuple[int, int]

    @property
    def name(self) -> str:
        """Its name; with a look behind it, the name of a picture among the snapshots."""
        return f"{self.scene.name}-{self.size[0]}x{self.size[1]}"

    def app(self) -> UsherApp:
        """The console as the scene begins."""
        from tui.app import UsherApp

        app = UsherApp(at_work(self.scene.store), self.scene.place, self.scene.read_only, toast_seconds=3600)
        if self.scene.unanswered and not self.scene.keys:
            answer_nothing(app)
        if self.scene.demo:
            os.environ[VARIABLE] = str(rehearsed(app.session.store.path))
        return app

    def draw(self, looks: Sequence[str] = LOOKS, then: Callable[[UsherApp], None] = lambda _: None) -> dict[str, str]:
        """Plays the scene and draws it: a picture (SVG) by look. `then` sees the console as it stands at the end."""
        drawn: dict[str, str] = {}

        async def play(pilot: Pilot[Any]) -> None:
            app: Any = pilot.app
            await self.play(pilot)
            for look in looks:
                if put_on(app, look):
                    await pilot.pause()
                drawn[look] = app.export_screenshot(title=app.title, simplify=True)
            then(app)
            app.exit()

        self.app().run(headless=True, auto_pilot=play, size=self.size)
        return drawn

    async def play(self, pilot: Pilot[Any]) -> None:
        """Presses the keys, then waits until nothing is at work but what is never answered."""
        await settled(pilot)
        left = list(self.scene.keys)
        while left:
            if self.scene.unanswered and len(left) == 1:
                answer_nothing(pilot.app)
            del left[: await press_some(pilot, left)]
            await settled(pilot)
        os.environ.pop(VARIABLE, None)


def put_on(app: UsherApp, look: str) -> bool:
    """Dresses a console that runs: one of the two themes, or what it looks like where NO_COLOR was set when it began.
    Returns whether it wore something else."""
    theme, plain = "usher-light" if look == "light" else "usher-dark", look == "plain"
    worn = (app.theme, app.no_color)
    if plain != app.no_color:
        app.no_color = plain
        bare = [each for each in app._filters if not isinstance(each, NoColor)]
        app._filters = [*bare[:-1], NoColor(), bare[-1]] if plain else bare
        app.refresh_css(animate=False)
    app.theme = theme
    return worn != (theme, plain)


def rehearsed(store: Path) -> Path:
    """The facts of a rehearsal on that store, as a file; where nothing shows which folder the tests run in."""
    folder = Path("/tmp/usher-demo-1a2b3c")
    token, downloads, base_url = folder / "token", folder / "Downloads", "http://127.0.0.1:8765/scim/v2"
    walk = steps(base_url, token, downloads)
    keys = (folder, store.absolute(), folder / "usher.key", token, downloads)
    facts = DemoFacts("Harbour Works", "https://sso.harbour.example", *keys, base_url, "http://127.0.0.1:8765/", 50, False, 60, ("Sales",), walk)
    file = store.parent / "demo.json"
    file.write_text(json.dumps(facts.document()), "utf-8")
    return file


def answer_nothing(app: Any) -> None:
    """From now on no work beside the screen comes to an end."""

    def begin(fn: Any, then: Any, *, busy: str, **_: Any) -> None:
        app.busy = busy
        if busy:
            app.show_frame()

    app.workbench.begin = begin


async def press_some(pilot: Pilot[Any], keys: Sequence[str]) -> int:
    """Presses the next key, or all the letters that go into a field; returns how many keys that was.

    Nobody waits between those letters: the screen is waited for after each key, which costs seconds for a path.
    """
    from textual import events
    from textual.widgets import Input

    letters = list(takewhile(lambda key: len(key) == 1, keys)) if isinstance(pilot.app.focused, Input) else []
    if not letters:
        await pilot.press(keys[0])
        return 1
    driver: Any = pilot.app._driver
    for letter in letters:
        driver.send_message(events.Key(letter, letter))
    await pilot.pause()
    return len(letters)


async def settled(pilot: Pilot[Any]) -> None:
    """Waits until every worker has reported and been heard, those included that wait for the typing to pause."""
    app: Any = pilot.app
    for _ in range(500):
        await pilot.pause()
        pausing = any(edit.pausing for screen in app.screen_stack for edit in screen.query("PersonEdit"))
        if not pausing and app.workbench.idle and all(worker.is_finished for worker in app.workers):
            break
        await asyncio.sleep(0.01)
    await pilot.pause()


def shots() -> list[Shot]:
    """Every scene at every size of its own."""
    return [Shot(scene, size) for scene in SCENES for size in scene.sizes]


def readme_shots() -> list[Shot]:
    """Those whose dark pictures stand in screenshots/."""
    return [Shot(scene, LARGE) for scene in SCENES if scene.readme]
