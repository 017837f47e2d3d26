"""What a scene is: a place of the console, keys, and the store it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.stages import Builder, harbour

SMALL, LARGE = (80, 24), (120, 40)
LOOKS = ("dark", "light", "plain")
"""Our two themes, and a terminal where NO_COLOR is set."""


@dataclass(frozen=True)
class Scene:
    """A place (as the command line writes it), then keys; with `unanswered`, what is asked last (by the last key, or by coming
    here) is never answered: the picture of waiting; with `demo` the store belongs to a rehearsal. It is drawn at each of `sizes` in every look;
    `readme` puts it, at 120x40 and dark, into screenshots/ with `caption`."""

    name: str
    place: str = "overview"
    keys: Sequence[str] = ()
    store: Builder = harbour
    readme: bool = False
    caption: str = ""
    read_only: bool = False
    unanswered: bool = False
    demo: bool = False
    sizes: Sequence[tuple[int, int]] = (SMALL, LARGE)
