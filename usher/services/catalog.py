"""The catalog as the operator searches it.

A file is read when it is first asked for, and what judges it is imported only then: a list of applications
needs no more than their connectors' names.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import usher.catalog
from store.errors import NotFound
from store.ids import fold

if TYPE_CHECKING:
    from usher.catalog.connector import Connector

_FIRST_LINE = re.compile(r'name = "([^"\\]+)"\n')
_FOLDER = Path(usher.catalog.__path__[0]) / "connectors"


def search(text: str = "") -> list[Connector]:
    """The connectors whose name, key, category or summary holds every word of `text`; by name, generic ones last."""
    words = fold(text).split()
    found = [connector for connector in map(get, _keys()) if all(word in _searched(connector) for word in words)]
    return sorted(found, key=lambda connector: (connector.category == "generic", fold(connector.name)))


@cache
def get(key: str) -> Connector:
    """The connector with that key; `NotFound` otherwise, `UsageError` naming file and line when its file is wrong."""
    from usher.catalog.reader import parse

    if key not in _keys():
        raise NotFound("no-such-connector", f"There is no connector {key!r} in the catalog.", "usher catalog search shows those there are.")
    return parse(_text(key), f"{key}.toml")


def known(key: str) -> Connector | None:
    """The connector of an application that was added, None when its file is no longer in the catalog."""
    return get(key) if key in _keys() else None


@cache
def name_of(key: str) -> str:
    """What an added application's connector is called; its key when its file is no longer in the catalog."""
    return _named(_text(key)) if key in _keys() else key


@cache
def _keys() -> frozenset[str]:
    """The names of the files, without opening them."""
    return frozenset(file.stem for file in _FOLDER.glob("*.toml"))


def _named(text: str) -> str:
    """The name a connector's file gives on its first line, as every one of ours does; else what a parser finds."""
    first = _FIRST_LINE.match(text)
    if first:
        return first[1]
    import tomllib

    return str(tomllib.loads(text)["name"])


def _text(key: str) -> str:
    return (_FOLDER / f"{key}.toml").read_text("utf-8")


@cache
def _searched(connector: Connector) -> str:
    """The text a search looks in."""
    return fold(" ".join((connector.key, connector.name, connector.category, connector.summary)))
