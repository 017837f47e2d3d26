"""The places of the console, in the order of the rail: one line each, and nothing else to edit.

A place's screen is imported when it is first gone to.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.screens.base import PlaceScreen


@dataclass(frozen=True)
class Place:
    """`name` is the command line's word for it, `screen` is `module:Class`, `key` the digit that goes there;
    `section` is its heading in the rail. One without a key is reached from another place and not in the rail."""

    name: str
    title: str
    screen: str
    help: str
    section: str = ""
    key: str = ""

    def load(self) -> type[PlaceScreen]:
        """The class of its screen."""
        module, _, name = self.screen.partition(":")
        found: type[PlaceScreen] = getattr(import_module(module), name)
        return found


PLACES: tuple[Place, ...] = (
    Place("overview", "Overview", "tui.screens.overview:Overview", "What there is, and what needs a person now.", "", "1"),
    Place("apps", "SSO Applications", "tui.screens.apps:Apps", "Configured Applications: add, open, delete.", "USER AUTHENTICATION", "2"),
)

BY_NAME = {place.name: place for place in PLACES}


def rail() -> list[Place]:
    """The places that stand in the rail."""
    return [place for place in PLACES if place.key]


@dataclass(frozen=True)
class Visit:
    """Being at a place: its name and what it is about (an id, a label, a filter; often nothing)."""

    place: str
    argument: str = ""


def parse(words: str) -> Visit | None:
    """`log calendly status=failed` as a visit; None when the first word is no place."""
    name, _, argument = words.strip().partition(" ")
    return Visit(name, argument.strip()) if name in BY_NAME else None
