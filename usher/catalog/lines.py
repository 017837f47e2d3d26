"""Where in a TOML file something stands, so that an error can name the line.

`tomllib` says the line of a syntax error only; what is wrong in meaning is found again here by its keys.
"""

from __future__ import annotations

import re

Place = tuple[str | int, ...]
"""Keys and, for a table of an array, its index from 0: `("mapping", 2, "source")`."""

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.\-]+)\s*\]")
_KEY = re.compile(r"\s*([\w\-]+)\s*=")
_INLINE = re.compile(r"\s*\{")
_QUOTED = re.compile(r'"""|\'\'\'|"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*')


def line_of(text: str, place: Place) -> int:
    """The line, from 1, where `place` is set; that of the nearest table around it when it is not there."""
    places = dict(reversed(list(_places(text))))
    while place and place not in places:
        place = place[:-1]
    return places.get(place, 1)


def _places(text: str) -> list[tuple[Place, int]]:
    """Every table header and key with its line."""
    found: list[tuple[Place, int]] = []
    table: Place = ()
    counts: dict[str, int] = {}
    depth, fence = 0, ""
    array: Place = ()
    for number, line in enumerate(text.splitlines(), 1):
        if not depth and not fence:
            if header := _HEADER.match(line):
                table = _table(header[1], header[2], counts)
                found += [(table, number), *([(table[:-1], number)] if table[-1] == 0 else [])]
                continue
            if key := _KEY.match(line):
                found.append(((*table, key[1]), number))
                array = (*table, key[1])
        elif depth == 1 and not fence and _INLINE.match(line):
            counts[str(array)] = counts.get(str(array), -1) + 1
            found.append(((*array, counts[str(array)]), number))
        depth, fence = _open_after(line, depth, fence)
    return found


def _table(bracket: str, name: str, counts: dict[str, int]) -> Place:
    """The place a header opens; `[[name]]` opens the next one of its array."""
    if bracket == "[":
        return tuple(name.split("."))
    counts[name] = counts.get(name, -1) + 1
    return (*name.split("."), counts[name])


def _open_after(line: str, depth: int, fence: str) -> tuple[int, str]:
    """How many brackets, and which multi-line string, are still open at the end of a line."""
    if fence:
        if fence not in line:
            return depth, fence
        line = line.split(fence, 1)[1]
    bare = _QUOTED.sub(lambda match: match[0] if len(match[0]) == 3 and match[0][0] * 3 == match[0] else "", line)
    opened = next((mark for mark in ('"""', "'''") if bare.count(mark) % 2), "")
    return depth + sum(bare.count(mark) for mark in "[{") - sum(bare.count(mark) for mark in "]}"), opened
