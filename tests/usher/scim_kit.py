"""Quick lanes for the tests of the SCIM client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from store.secrets import Secret
from tests.whole.servers import TOKEN
from usher.scim.client import ExchangeRecord, ScimClient
from usher.scim.dialect import Dialect
from usher.scim.gate import Gate

T = TypeVar("T")
PATHS = ("userName", "emails.value", "active", "displayName", "externalId")


def person(name: str = "ann@harbour.example", **more: Any) -> dict[str, Any]:
    """The five attributes of the article for one person."""
    return {"userName": name, "emails.value": name, "active": True, "displayName": "Ann Ö", "externalId": "7", **more}


class Bench:
    """Runs a piece of work over one lane and keeps what was recorded. Waits are noted, and cut short."""

    def __init__(self, base_url: str, token: str = TOKEN, dialect: Dialect | None = None, paths: tuple[str, ...] = PATHS) -> None:
        self.base_url, self.token, self.paths = base_url, token, paths
        self.dialect = dialect or Dialect()
        self.records: list[ExchangeRecord] = []
        self.waited: list[float] = []
        self.offset = 0.0
        self.gate = Gate(sleep=self._sleep, monotonic=lambda: self.offset, jitter=lambda: 1.0)

    async def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.offset += seconds
        await asyncio.sleep(0)

    def run(self, work: Callable[[ScimClient], Awaitable[T]], **more: Any) -> T:
        async def whole() -> T:
            lane = ScimClient(self.base_url, Secret(self.token), self.dialect, paths=self.paths, gate=self.gate, record=self.records.append, **more)
            async with lane:
                return await work(lane)

        return asyncio.run(whole())

    def requests(self) -> list[str]:
        """`POST /Users 201` and so on, in order."""
        return [f"{r.method} {r.url.removeprefix(self.base_url)} {r.status}" for r in self.records]
