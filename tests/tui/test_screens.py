"""Every screen and dialog looks as it was last approved, and the pictures in screenshots/ are of today's screens."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App

from tests.scene import LARGE, LOOKS, SMALL
from tests.scenes import SCENES, Shot, readme_shots, shots
from tests.shoot import FOLDER, index, render
from tests.tui.coverage_of_scenes import on_stage, screens

pytestmark = pytest.mark.snapshot

DRAWN: dict[str, dict[str, str]] = {}
"""Of the scene that was played last: its pictures by look. Playing takes longer than drawing."""
PLAYED: dict[str, set[tuple[type[Any], tuple[int, int]]]] = {}
"""By scene and size: which screens stood there."""


@pytest.mark.parametrize(("shot", "look"), [pytest.param(shot, look, id=f"{shot.name}-{look}") for shot in shots() for look in LOOKS])
def test_it_looks_as_it_was_approved(shot: Shot, look: str, snap_compare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if shot.name not in DRAWN:
        DRAWN.clear()
        DRAWN[shot.name] = shot.draw(then=lambda app: PLAYED.update({shot.name: {(each, shot.size) for each in on_stage(app)}}))
    monkeypatch.setattr("textual._doc.take_svg_screenshot", lambda **_: DRAWN[shot.name][look])
    assert snap_compare(App())


def test_every_screen_and_dialog_has_a_picture_at_both_sizes() -> None:
    if len(PLAYED) < len(shots()):
        pytest.skip("not every picture was drawn")
    seen = set().union(*PLAYED.values())
    missing = [f"{each.__module__}.{each.__name__} at {size[0]}x{size[1]}" for each in screens() for size in (SMALL, LARGE) if (each, size) not in seen]
    assert not missing, "add scenes: " + ", ".join(sorted(missing))


@pytest.mark.parametrize("shot", readme_shots(), ids=lambda shot: shot.scene.name)
def test_the_picture_is_not_stale(shot: Shot) -> None:
    assert (FOLDER / f"{shot.scene.name}.svg").read_text("utf-8") == render(shot), "run make screenshots"


def test_there_is_no_picture_of_a_scene_that_is_gone() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == {shot.scene.name for shot in readme_shots()}
    assert (FOLDER / "README.md").read_text("utf-8") == index()


def test_scenes_have_names_of_their_own() -> None:
    assert len({scene.name for scene in SCENES}) == len(SCENES)
