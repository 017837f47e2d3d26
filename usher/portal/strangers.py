"""Whoever sends nonsense by the thousand is not even read any more, for the rest of the minute.

Counted in memory; the attempts to sign in are counted in the store (`usher.services.sign_in`), and how much of what was refused
is written down is for `usher.services.refusals`.
"""

from __future__ import annotations

import threading
import time

from usher.saml.refusal import Refusal
from usher.services.refusals import network

MOST_A_MINUTE = 1200
_MOST_ADDRESSES = 10_000


class Strangers:
    """Refused requests by address."""

    def __init__(self, most: int = MOST_A_MINUTE) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._minute = 0
        self._refused: dict[str, int] = {}

    def check(self, address: str) -> None:
        """`Refusal` (429) for an address that was refused too often in this minute."""
        if self._refused.get(network(address), 0) >= self._most and self._minute == _minute():
            raise Refusal("throttled", "Too many requests were refused. Try again in a minute.")

    def refused(self, address: str) -> None:
        """Counts one more."""
        with self._lock:
            if self._minute != _minute() or len(self._refused) > _MOST_ADDRESSES:
                self._minute = _minute()
                self._refused.clear()
            name = network(address)
            self._refused[name] = self._refused.get(name, 0) + 1


def _minute() -> int:
    return int(time.monotonic() // 60)
