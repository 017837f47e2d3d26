"""Time and identity, handed in from outside so that tests and pictures are the same every time."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime
from typing import Protocol

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """The current time, timezone-aware, UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The current time in UTC."""
        return datetime.now(UTC)


class IdSource(Protocol):
    """Makes identifiers."""

    def new(self) -> str:
        """A new identifier: text, unique, sorting in the order of making."""
        ...


class Ulids:
    """ULIDs: 48 bits of milliseconds, 80 bits of randomness, 26 characters, rising within one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def new(self) -> str:
        """The next ULID."""
        with self._lock:
            value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
            self._last = value = max(value, self._last + 1)
        return encode_ulid(value)


class CountingIds:
    """Predictable identifiers for tests and pictures: 0…01, 0…02, and so on."""

    def __init__(self, start: int = 0) -> None:
        self._count = start

    def new(self) -> str:
        """The next number, as a ULID."""
        self._count += 1
        return encode_ulid(self._count)


def encode_ulid(value: int) -> str:
    """128 bits as 26 characters of Crockford's base 32."""
    letters = [""] * 26
    for place in range(25, -1, -1):
        letters[place] = _CROCKFORD[value & 31]
        value >>= 5
    return "".join(letters)


def stamp(moment: datetime) -> str:
    """A moment as the store keeps it: UTC, ISO 8601, milliseconds, `Z`; sorts as text."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def moment(text: str) -> datetime:
    """The reverse of `stamp`."""
    return datetime.fromisoformat(text)


def fold(name: str) -> str:
    """A name as our own names are compared: what looks the same is the same (Unicode's NFKC_Casefold).

    Case, full-width and other compatible letters, and what cannot be seen at all (joiners, marks of direction) make no
    difference. Empty when nothing of the name can be seen.
    """
    if name.isascii():
        return name.strip().casefold()
    import unicodedata

    seen = "".join(c for c in name if unicodedata.category(c) != "Cf" and not "\ufe00" <= c <= "\ufe0f")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold()).strip()


def fold_case(name: str) -> str:
    """A name as a provider's names are compared: in any case, composed or not. Look-alikes there are other people."""
    import unicodedata

    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.strip()).casefold())
