"""The one gate that every lane to a provider passes: pacing, waiting when told to, backing off."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable


class Gate:
    """Shared by all lanes of a run.

    `rate` is the most writes a second; 0 or None: no pacing until the provider says 429. `sleep`, `monotonic`
    and `jitter` (0…1) are handed in so that tests keep the time.
    """

    def __init__(
        self,
        rate: float | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.ceiling = rate or None
        self.rate: float | None = self.ceiling
        self.unauthorized = 0
        self._sleep, self._monotonic, self._jitter = sleep, monotonic, jitter

    @property
    def waits(self) -> float:
        """Seconds until anybody may send again (after a 429, 503 or a broken connection); 0 when open."""
        raise NotImplementedError
