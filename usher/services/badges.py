"""The badge that stands for an application in a terminal: one or two letters on a colour of a fixed palette."""

from __future__ import annotations

import zlib

from store.errors import UsageError
from store.ids import fold

COLOURS = ("red", "orange", "amber", "lime", "green", "teal", "cyan", "blue", "indigo", "violet", "pink", "slate")
"""By name; what each looks like is the theme's business."""


def check_badge(text: str, label: str) -> str:
    """The badge as given (one or two letters or digits), or made from the label when empty."""
    badge = text.strip()
    if not badge:
        return letters_of(label)
    if len(badge) > 2 or not badge.isalnum():
        raise UsageError("badge-unfit", f"The badge {badge!r} is not one or two letters or digits.", "Leave it empty to have it made from the label.", "badge")
    return badge


def check_colour(text: str, label: str) -> str:
    """A colour of the palette as given, or the one that the label leads to when empty."""
    colour = text.strip().lower()
    if not colour:
        return COLOURS[zlib.crc32(fold(label).encode()) % len(COLOURS)]
    if colour not in COLOURS:
        raise UsageError("colour-unknown", f"There is no colour {colour!r}.", f"Choose one of {', '.join(COLOURS)}.", "colour")
    return colour


def letters_of(label: str) -> str:
    """The first letters of the first two words, or the first two letters of the only one."""
    cleaned = "".join(letter if letter.isalnum() else " " for letter in label)
    words = cleaned.split()
    if not words:
        return "?"
    return (words[0][0] + words[1][0]).upper() if len(words) > 1 else words[0][0].upper() + words[0][1:2].lower()
