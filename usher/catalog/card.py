"""What a list of the catalog needs of a connector, read off its file without parsing it.

A search over five hundred files must be instant, and TOML takes a millisecond a file. Where a file is not written as
ours are, it is parsed after all; a test holds both ways together for every file that ships.
"""

from __future__ import annotations

import re

from store.records import dataclass
from usher.catalog.connector import supported

_TEXT = re.compile(r'^(name|vendor|kind|category|summary|confidence) = "([^"\\\n]*)"\s*$', re.MULTILINE)
_THERE = re.compile(r"^\s*(?:name|vendor|kind|category|summary|confidence|aliases)\s*=", re.MULTILINE)
_ALIASES = re.compile(r"^aliases = \[([^\]\n]*)\]\s*$", re.MULTILINE)
_QUOTED = re.compile(r'"([^"\\]*)"')
_SHORT = 120
"""Longer lines are texts, not switches."""

_NEEDED = {"name", "kind", "category", "summary"}


@dataclass(frozen=True)
class Card:
    """A line of the catalog. `own`: from the operator's own folder."""

    key: str
    name: str
    vendor: str
    kind: str
    category: str
    aliases: tuple[str, ...]
    summary: str
    confidence: str
    supports: tuple[str, ...]
    own: bool = False


def card(text: str, key: str, *, own: bool = False) -> Card | None:
    """The card of a connector's file; None where the file must be parsed to know."""
    head = text.split("\n[", 1)[0]
    found = dict(_TEXT.findall(head))
    aliases = _ALIASES.search(head)
    if not found.keys() >= _NEEDED or len(found) + (aliases is not None) != len(_THERE.findall(head)):
        return None
    lines = {line.partition("#")[0].replace(" ", "") for line in text.splitlines() if len(line) < _SHORT}
    return Card(
        key,
        found["name"],
        found.get("vendor", ""),
        found["kind"],
        found["category"],
        tuple(_QUOTED.findall(aliases[1])) if aliases else (),
        found["summary"],
        found.get("confidence", "own"),
        supported(
            found["kind"],
            saml="[saml]" in lines,
            idp="idp_initiated=false" not in lines,
            sp="sp_initiated=false" not in lines,
            scim="[scim]" in lines,
            groups="groups=true" in lines,
        ),
        own,
    )
