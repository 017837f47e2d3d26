"""The catalog as the operator searches it. The files are read when they are first asked for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from store.errors import NotFound
from store.ids import fold
from usher.catalog.connector import Connector, parse

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def search(text: str = "") -> list[Connector]:
    """The connectors whose name, key, category or summary holds every word of `text`; by name, generic ones last."""
    words = fold(text).split()
    found = [connector for connector in map(get, _keys()) if all(word in _searched(connector) for word in words)]
    return sorted(found, key=lambda connector: (connector.category == "generic", fold(connector.name)))


@cache
def get(key: str) -> Connector:
    """The connector with that key; `NotFound` otherwise, `UsageError` naming file and line when its file is wrong."""
    if key not in _keys():
        raise NotFound("no-such-connector", f"There is no connector {key!r} in the catalog.", "usher catalog search shows those there are.")
    return parse(_folder().joinpath(f"{key}.toml").read_text("utf-8"), f"{key}.toml")


def known(key: str) -> Connector | None:
    """The connector of an application that was added, None when its file is no longer in the catalog."""
    return get(key) if key in _keys() else None


@cache
def _keys() -> frozenset[str]:
    """The names of the files, without opening them."""
    return frozenset(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))


@cache
def _searched(connector: Connector) -> str:
    """The text a search looks in."""
    return fold(" ".join((connector.key, connector.name, connector.category, connector.summary)))


def _folder() -> Traversable:
    """Where the connector files are, also when the package is in an archive."""
    from importlib import resources

    return resources.files("usher.catalog").joinpath("connectors")
