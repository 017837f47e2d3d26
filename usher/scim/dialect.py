"""What one service provider can do: announced by its discovery endpoints, corrected by use.

One `Dialect` is shared by every lane to a provider; lanes write into it what they learn, and the run keeps
it with the connection (`as_json`, `from_json`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CAPABILITIES = ("patch", "filter", "bulk", "groups", "etag", "change_password")


@dataclass
class Dialect:
    """None means: not known yet. `by_put` are paths that PATCH refuses and PUT takes, `unsupported` those
    that neither takes, `added` those that must be added and cannot be replaced; `active_form` is the form of
    PATCH that (de)activates: `path`, `pathless` or `put`."""

    patch: bool | None = None
    filter: bool | None = None
    bulk: bool | None = None
    groups: bool | None = None
    etag: bool | None = None
    change_password: bool | None = None
    put: bool | None = None
    active_form: str = "path"
    by_put: set[str] = field(default_factory=set)
    unsupported: set[str] = field(default_factory=set)

    def capabilities(self) -> dict[str, bool | None]:
        """The six that people are shown."""
        return {name: getattr(self, name) for name in CAPABILITIES}

    def as_json(self) -> dict[str, Any]:
        """For the connection's `capabilities` column."""
        learned = {"put": self.put, "active_form": self.active_form, "by_put": sorted(self.by_put), "unsupported": sorted(self.unsupported)}
        return {**self.capabilities(), "learned": learned}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Dialect:
        """The reverse of `as_json`; anything missing or odd is not known yet."""
        learned = kept.get("learned")
        learned = learned if isinstance(learned, Mapping) else {}
        known = {name: kept[name] for name in CAPABILITIES if isinstance(kept.get(name), bool)}
        put, form = learned.get("put"), learned.get("active_form")
        return cls(
            **known,
            put=put if isinstance(put, bool) else None,
            active_form=form if form in ("path", "pathless", "put") else "path",
            by_put=set(map(str, learned.get("by_put") or ())),
            unsupported=set(map(str, learned.get("unsupported") or ())),
        )
