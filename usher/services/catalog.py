"""The catalog as the operator searches it: the connectors that ship, and those in the operator's own folder.

A file is read when it is first asked for, and what judges it is imported only then: a list of applications
needs no more than their connectors' names. A bad file of one's own never stands in the way of the rest.
"""

from __future__ import annotations

import contextlib
import os
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import usher.catalog
from store.errors import NotFound, UsageError
from store.records import dataclass

if TYPE_CHECKING:
    from usher.catalog.card import Card
    from usher.catalog.connector import Connector
    from usher.catalog.finding import Finder

_FIRST_LINE = re.compile(r'name = "([^"\\]+)"\n')
_FOLDER = Path(usher.catalog.__path__[0]) / "connectors"
VARIABLE = "USHER_CONNECTORS"
LARGEST = 65_536


@dataclass(frozen=True)
class Problem:
    """A file of one's own that cannot be used, and why (with its line)."""

    file: Path
    message: str


def search(text: str = "") -> list[Card]:
    """The connectors that match by name, alias, vendor, category or summary, best first; all by name without a text."""
    return _finder(*_own_state()).find(text)


def cards() -> list[Card]:
    """A line for each connector that can be read, by key."""
    return [*_shipped_cards(), *_own_cards(*_own_state())]


def get(key: str) -> Connector:
    """The connector with that key; `NotFound` otherwise, `UsageError` naming file and line when its file is wrong."""
    file = _file(key)
    if file is None:
        raise NotFound("no-such-connector", f"There is no connector {key!r} in the catalog.", "usher catalog search shows those there are.")
    return _parsed(file, *_stamp(file))


def known(key: str) -> Connector | None:
    """The connector of an application that was added, None when its file is no longer in the catalog."""
    return get(key) if _file(key) is not None else None


def name_of(key: str) -> str:
    """What an added application's connector is called; its key when its file is no longer in the catalog, or wrong."""
    file = _file(key)
    return key if file is None else _name(file, *_stamp(file))


def check(name: str, data: bytes) -> Connector:
    """Judges what is in a file of one's own, called `name`; `UsageError` names the line of what is wrong."""
    from usher.catalog.reader import parse

    file = Path(name).name
    _refuse_shipped(file)
    return parse(_decoded(data, file), file)


def own_folder() -> Path:
    """Where one's own connectors are: USHER_CONNECTORS, else `connectors/` in the platform's config folder."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    import platformdirs

    return platformdirs.user_config_path("usher", appauthor=False) / "connectors"


def problems() -> list[Problem]:
    """The files in one's own folder that cannot be used, and why; each is read whole."""
    found = []
    for file in _own_files():
        try:
            _refuse_shipped(file.name)
            _parse(file)
        except UsageError as error:
            found.append(Problem(file, error.message))
    return found


def _file(key: str) -> Path | None:
    """The connector's file: one that ships, else one's own."""
    if key in _keys():
        return _FOLDER / f"{key}.toml"
    return next((file for file in _own_files() if file.stem == key), None)


@cache
def _keys() -> frozenset[str]:
    """The names of the files that ship, without opening them."""
    return frozenset(file.stem for file in _FOLDER.glob("*.toml"))


def _own_files() -> list[Path]:
    try:
        return sorted(file for file in own_folder().glob("*.toml") if file.is_file())
    except OSError:
        return []


def _own_state() -> tuple[tuple[Path, ...], tuple[tuple[int, int], ...]]:
    """One's own files and when each was last changed: what is read again only when it moves."""
    files = tuple(file for file in _own_files() if file.stem not in _keys())
    return files, tuple(map(_stamp, files))


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@cache
def _shipped_cards() -> tuple[Card, ...]:
    return tuple(_card(file, own=False) for file in sorted(_FOLDER.glob("*.toml")))


@lru_cache(maxsize=2)
def _finder(files: tuple[Path, ...], stamps: tuple[tuple[int, int], ...]) -> Finder:
    """Everything, ready to be searched; made anew when a file of one's own changed."""
    from usher.catalog.finding import Finder

    return Finder([*_shipped_cards(), *_own_cards(files, stamps)])


@lru_cache(maxsize=2)
def _own_cards(files: tuple[Path, ...], _: tuple[tuple[int, int], ...]) -> tuple[Card, ...]:
    """The cards of one's own files, read again when a file changed; those that give none are left to `problems`."""
    found = []
    for file in files:
        with contextlib.suppress(UsageError):
            found.append(_card(file, own=True))
    return tuple(found)


def _card(file: Path, *, own: bool) -> Card:
    """The file's card, read off its lines; by the parser where they are not written as ours are."""
    from usher.catalog.card import Card, card

    made = card(_text(file), file.stem, own=own)
    if made is not None:
        return made
    c = _parse(file)
    return Card(c.key, c.name, c.vendor, c.kind, c.category, c.aliases, c.summary, c.confidence, c.supports, own)


@cache
def _parsed(file: Path, *_: int) -> Connector:
    """The connector of a file as it was at a moment."""
    return _parse(file)


def _parse(file: Path) -> Connector:
    from usher.catalog.reader import parse

    return parse(_text(file), file.name)


@cache
def _name(file: Path, *_: int) -> str:
    """The name a file gives on its first line, as every one of ours does; else what a parser finds."""
    try:
        return _named(_text(file))
    except (UsageError, ValueError, KeyError):
        return file.stem


def _named(text: str) -> str:
    first = _FIRST_LINE.match(text)
    if first:
        return first[1]
    import tomllib

    return str(tomllib.loads(text)["name"])


def _text(file: Path) -> str:
    """The file's text; `UsageError` where it cannot be read."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise UsageError("bad-connector", f"{file.name}: cannot be read: {error.strerror}.", "Check its rights.") from None
    return _decoded(data, file.name)


def _decoded(data: bytes, name: str) -> str:
    if len(data) > LARGEST:
        raise UsageError("bad-connector", f"{name}: larger than {LARGEST // 1024} KB; no connector is.", "Name a connector file.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError("bad-connector", f"{name}, line {line}: is not UTF-8 text.", "Save the file as UTF-8.") from None


def _refuse_shipped(name: str) -> None:
    key = name.removesuffix(".toml")
    if key in _keys():
        raise UsageError("bad-connector", f"{name}: the catalog has a connector {key} already.", "Give the file another name.")
