"""What an examination finds."""

from __future__ import annotations

from typing import Literal

from store.records import dataclass

Level = Literal["ok", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `hint` is what to do, empty when it is well."""

    level: Level
    subject: str
    message: str
    hint: str = ""
