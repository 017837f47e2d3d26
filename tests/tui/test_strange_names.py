"""Names as strange as they may be are drawn without breaking the frame: every line as wide as the screen, nothing obeyed."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from tests.tui.kit import console, press, run
from tui.widgets.tame import tamed
from usher.services import applications, authorizations, directory
from usher.services.session import Session

NAMES = {
    "long": "x" * 300,
    "long words": "harbour " * 37 + "end",
    "emoji": "🚢⚓️🏴‍☠️ Fleet 👩🏽‍🚀",
    "right to left": "סידני שלום מרחבא",
    "arabic": "مرحبا بالميناء",
    "turned round": "\u202egnp.exe\u202c \u2066x\u2069",
    "combining": "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334a\u034a\u0310lgo e\u0301" * 5,
    "wide": "港の予定表　全角",
    "markup": "[bold red]not bold[/] [@click=app.quit]x[/]",
    "invisible": "a\u200bb\u00adc\u2060d\ufeff",
    "private": "\ue000\U000f0000 \ufffd",
}


@pytest.fixture
def strange(session: Session) -> Session:
    """An application, a person and a group of each name."""
    for name in NAMES.values():
        applications.add(session, "bookmark", label=name, bookmark_url="https://x.example")
        directory.add_user(session, name, displayname=name, firstname=name)
        directory.add_group(session, name)
        directory.add_members(session, name, [name])
        authorizations.authorize(session, name, [name])
    return session


def check(pilot: Pilot[Any], where: str) -> None:
    """Every line is exactly as wide as the screen, and no character of it acts on a terminal."""
    width = pilot.app.size.width
    for number, strip in enumerate(pilot.app.screen._compositor.render_strips()):
        assert strip.cell_length == width == cell_len(strip.text), (where, number, ascii(strip.text))
        acting = [c for c in strip.text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
        assert not acting, (where, number, ascii(strip.text))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_the_frame_stands_whatever_the_names(strange: Session, size: tuple[int, int]) -> None:
    async def walk() -> None:
        for place in ("apps", "users", "groups", "activity", "overview"):
            async with console(strange, place, size=size) as pilot:
                check(pilot, place)
                for key in ("j", "G", "space"):
                    await press(pilot, key)
                    check(pilot, f"{place} {key}")

    run(walk())


def test_what_is_behind_a_strange_name_opens_and_stands(strange: Session) -> None:
    async def walk() -> None:
        for place in (
            *(f"app {name}" for name in NAMES.values()),
            *(f"{kind} {NAMES[name]}" for kind in ("user", "group") for name in ("emoji", "turned round")),
        ):
            async with console(strange, place, size=(80, 24)) as pilot:
                check(pilot, place)
                await press(pilot, "d")
                check(pilot, f"{place} d")

    run(walk())


def test_each_stands_in_its_own_cells_and_plain_letters_pass_untouched() -> None:
    assert [tamed(text) for text in ("Zoë  Ångström", "港の予定表", "│ é │", "[b]x[/]", "e\u0301")] == [
        "Zoë  Ångström",
        "港の予定表",
        "│ é │",
        "[b]x[/]",
        "e\u0301",
    ]
    assert (tamed("a\u202eb"), tamed("\x1b[31m"), tamed("x\u200b\ufeff"), tamed("👩🏽\u200d🚀!"), tamed("☠\ufe0f!")) == ("ab", "[31m", "x", "👩!", "☠ !")
    for text in NAMES.values():
        assert cell_len(tamed(text)) == cell_len(text)
