"""Strange characters in their one cell: what a terminal would obey, or draw wider or narrower than we think, is drawn plainly.

Names may hold marks of direction, invisible joiners and emoji put together of several. Terminals disagree on their width, and
a mark of direction turns round what follows it: on the screen each such cluster stands as its first character, padded to the
cells it was given. What is copied or exported is untouched.
"""

from __future__ import annotations

from functools import lru_cache
from unicodedata import category

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_JOINER = "\u200d"


class Tame(LineFilter):
    """Makes every line safe to send; lines of plain letters pass as they are."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with the same cells, and no character in them that acts."""
        plain = [tamed(segment.text) for segment in segments]
        if all(text is segment.text for text, segment in zip(plain, segments, strict=True)):
            return segments
        return [Segment(text, segment.style, segment.control) for text, segment in zip(plain, segments, strict=True)]


def tamed(text: str) -> str:
    """The text as it is drawn: as many cells, each character one that every terminal draws alike."""
    return text if text.isascii() and text.isprintable() else _tamed(text)


@lru_cache(4096)
def _tamed(text: str) -> str:
    if not any(_follows(c) or not c.isprintable() for c in text):
        return text
    return "".join(_plain(cluster) for cluster in _clusters(text))


def _clusters(text: str) -> list[str]:
    """The text in parts that are drawn together: a character and what only changes it."""
    found: list[str] = []
    for character in text:
        if found and (_follows(character) or found[-1].endswith(_JOINER)):
            found[-1] += character
        else:
            found.append(character)
    return found


def _follows(character: str) -> bool:
    """Whether it changes the character before it instead of standing for itself: joiners, variations, tones of skin."""
    return "\ufe00" <= character <= "\ufe0f" or "\U0001f3fb" <= character <= "\U0001f3ff" or category(character) in ("Cf", "Cc", "Cs", "Zl", "Zp")


def _plain(cluster: str) -> str:
    """A cluster as its first character, in the cells of the whole."""
    if len(cluster) == 1 and cluster.isprintable():
        return cluster
    cells = cell_len(cluster)
    first = "" if not cluster[0].isprintable() else cluster[0]
    if cell_len(first) > cells:
        first = ""
    return first + " " * (cells - cell_len(first))
