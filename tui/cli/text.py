"""Text as it meets a terminal, a spreadsheet or a person's command line: pure functions."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from store.errors import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def clean(text: str) -> str:
    """The text with control, direction and broken characters made visible, so that none is obeyed."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _visible(c) for c in text)


def _visible(character: str) -> str:
    """A character that must not act, spelled out. Line ends become a mark of one cell."""
    if character in "\r\n":
        return "⏎"
    if character == "\t" or character.isspace():
        return " "
    return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"


def width(text: str) -> int:
    """How many cells the text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, cells: int) -> str:
    """The text in at most that many cells, with … where some of it is missing."""
    if width(text) <= cells:
        return text
    kept, taken = "", 0
    for character in text:
        taken += width(character)
        if taken > cells - 1:
            break
        kept += character
    return f"{kept}…"


def pad(text: str, cells: int, right: bool = False) -> str:
    """The text filled with blanks to that many cells."""
    blanks = " " * max(0, cells - width(text))
    return blanks + text if right else text + blanks


def csv_cell(value: object) -> object:
    """A value no spreadsheet takes for a formula: a leading = + - @ tab or return gets an apostrophe."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def assignments(words: tuple[str, ...], what: str = "FIELD=VALUE") -> dict[str, str]:
    """`a=1 b=2` as a dictionary; the value may hold anything, also nothing and further `=`."""
    found: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        name = name.strip()
        if not sign or not name:
            raise UsageError(
                "not-an-assignment", f"‘{word if not sign else sign + value}’ is not {what}.", f"Write {what}, in quotes when the value has blanks."
            )
        if name in found:
            raise UsageError("given-twice", f"{name} is given twice.", "Give each once.")
        found[name] = value
    return found


def several(words: tuple[str, ...], what: str) -> dict[str, str]:
    """`a=1 a=2 b=3` as a dictionary: the values of a name that is given again stand a line each."""
    found: dict[str, str] = {}
    for word in words:
        for name, value in assignments((word,), what).items():
            found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


def since(text: str, now: str) -> str:
    """A moment given as an ISO time (UTC unless it says otherwise) or as an age (30m, 24h, 7d), as the store keeps it."""
    from datetime import UTC, datetime, timedelta

    from store.ids import moment, stamp

    text = text.strip()
    if text[:-1].isdecimal() and text.isascii() and text[-1:] in _UNITS and len(text) < 10:
        age = timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]])
        present = moment(now)
        return stamp(present - min(age, present - datetime(1970, 1, 1, tzinfo=UTC)))
    try:
        when = datetime.fromisoformat(text)
        return stamp(when if when.tzinfo else when.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise UsageError("not-a-time", f"‘{text}’ is not a time.", "Write an ISO time (2026-05-01, 2026-05-01T08:30:00Z) or an age (30m, 24h, 7d).") from None


def shown_time(then: str | None) -> str:
    """A stored moment as a table shows it: UTC, to the second."""
    return then[:19].replace("T", " ") if then else ""


def plural(count: int, noun: str, nouns: str = "") -> str:
    """`1 account`, `2 accounts`."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
