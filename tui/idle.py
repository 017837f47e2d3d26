"""When a console over SSH has been left alone for so long that it should end: somebody else may sit down at it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

WARNED_BEFORE = timedelta(minutes=1)
LOOK_EVERY = 5.0
"""Seconds between two looks at the clock."""


class Idle:
    """Counts the time since the last key or click. `limit` is read anew at each look: zero is never."""

    def __init__(self, limit: Callable[[], timedelta], clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._last = clock()
        self._warned = False

    def touched(self) -> None:
        """Somebody is there."""
        self._last, self._warned = self._clock(), False

    @property
    def minutes(self) -> int:
        """The limit, for a sentence."""
        return round(self._limit().total_seconds() / 60)

    def over(self) -> bool:
        """Whether the time is up."""
        limit = self._limit()
        return bool(limit) and self._clock() - self._last >= limit.total_seconds()

    def to_warn(self) -> bool:
        """Whether it is time to say, once, that it will be; not where the whole time is hardly longer than the warning."""
        limit = self._limit()
        due = limit >= 2 * WARNED_BEFORE and self._clock() - self._last >= (limit - WARNED_BEFORE).total_seconds()
        if due and not self._warned:
            self._warned = True
            return True
        return False
