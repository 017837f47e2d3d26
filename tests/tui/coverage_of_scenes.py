"""Which screens and dialogs there are, and which of them the scenes show: a screen without a picture is one nobody looked at."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from textual.screen import Screen

from tui.screens.small import TooSmall

FLOOR = Path(__file__).parents[2] / "tui"
EXEMPT = {TooSmall}
"""Drawn at a size of its own."""


def screens() -> set[type[Screen[Any]]]:
    """Every class of screen that something opens: not those that only others are made from."""
    for path in sorted((FLOOR / "screens").glob("*.py")):
        importlib.import_module(f"tui.screens.{path.stem}")
    importlib.import_module("tui.app")
    made = _names_called()
    found = {each for each in _below(Screen) if each.__module__.startswith("tui.")}
    return {each for each in found if each.__name__ in made or not each.__subclasses__()} - EXEMPT


def _below(base: type[Any]) -> Iterator[type[Any]]:
    for each in base.__subclasses__():
        yield each
        yield from _below(each)


def _names_called() -> set[str]:
    """What is called by its name anywhere upstairs."""
    found: set[str] = set()
    for path in FLOOR.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                target = node.func.value if isinstance(node.func, ast.Subscript) else node.func
                found.add(getattr(target, "id", getattr(target, "attr", "")))
    return found


def on_stage(app: Any) -> set[type[Screen[Any]]]:
    """The screens that stand there now, the covered ones too."""
    return {type(screen) for screen in app.screen_stack}
