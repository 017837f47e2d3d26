"""The one gate that every lane to a provider passes: pacing, waiting when told to, backing off."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping

from usher.scim.answer import retry_after

FIRST_WAIT, LONGEST_BACKOFF = 0.25, 60.0
CLEAN_SECONDS, RAISE, LEAST_RATE = 10.0, 1.1, 0.2


class Gate:
    """Shared by all lanes of a run; used from one event loop.

    `rate` is the most writes a second; 0 or None: no pacing until the provider says 429. A 429 halves the
    rate (of the writes measured, when there was none), ten clean seconds raise it by a tenth, up to the one
    given. `sleep`, `monotonic`, `wall` (Unix time) and `jitter` (0…1) are handed in so that tests keep the time.
    """

    def __init__(
        self,
        rate: float | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.ceiling = rate or None
        self.rate: float | None = self.ceiling
        self.unauthorized = 0
        self._sleep, self._monotonic, self.wall, self._jitter = sleep, monotonic, wall, jitter
        self._until = self._slot = 0.0
        self._window, self._written = monotonic(), 0
        self._clean_since = self._window

    @property
    def waits(self) -> float:
        """Seconds until anybody may send again (after a 429, 503 or a broken connection); 0 when open."""
        return max(0.0, self._until - self._monotonic())

    async def turn(self, write: bool) -> None:
        """Waits until a request may leave. Reads wait for the gate to be open, writes for their turn as well."""
        if write and self.rate:
            now = self._monotonic()
            slot = max(self._slot, self._until, now)
            self._slot = slot + 1 / self.rate
            if slot > now:
                await self._sleep(slot - now)
        while (wait := self._until - self._monotonic()) > 0:
            await self._sleep(wait)
        if write:
            self._count()

    def _count(self) -> None:
        """Counts a write, in windows of ten seconds."""
        now = self._monotonic()
        if now - self._window > CLEAN_SECONDS:
            self._window, self._written = now, 0
        self._written += 1

    def clean(self) -> None:
        """An answer that complains about nothing: the token is good, and after ten such seconds the rate rises."""
        self.unauthorized = 0
        if self.rate is not None and self.rate != self.ceiling:
            now = self._monotonic()
            if now - self._clean_since >= CLEAN_SECONDS:
                self.rate, self._clean_since = self.rate * RAISE, now
                if self.ceiling is not None:
                    self.rate = min(self.rate, self.ceiling)

    def limited(self, headers: Mapping[str, str], attempt: int) -> float | None:
        """429: everybody waits, and the rate is halved (once for a burst of them). Returns what the provider asked for."""
        now = self._monotonic()
        if now >= self._until:
            before = self.rate or self._written / max(now - self._window, 0.5)
            self.rate = max(LEAST_RATE, before / 2)
            self._slot = 0.0
        self._clean_since = now
        return self.back_off(headers, attempt)

    def back_off(self, headers: Mapping[str, str], attempt: int) -> float | None:
        """Everybody waits as long as Retry-After says, else a quarter of a second doubled with each attempt (1, 2, …),
        spread over its upper half, at most a minute. Returns what the provider asked for."""
        asked = retry_after(headers, self.wall())
        spread = min(FIRST_WAIT * 2 ** min(attempt - 1, 10), LONGEST_BACKOFF) * (0.5 + 0.5 * self._jitter())
        self._until = max(self._until, self._monotonic() + (spread if asked is None else asked))
        self._clean_since = self._monotonic()
        return asked

    def refused(self) -> bool:
        """401 or 403: whether it is the second in a row (the run should pause)."""
        self.unauthorized += 1
        return self.unauthorized >= 2
