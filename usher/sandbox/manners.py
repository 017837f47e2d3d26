"""How a stand-in differs from the one of the demo: the ways of another application, as its connector tells them.

So that every switch of the engine can be met by a provider that behaves so, on loopback, before a real one is.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from usher.sandbox.rules import Refusal, Rules
from usher.sandbox.web import Answer, Request, scim_error

if TYPE_CHECKING:
    from usher.catalog.connector import Connector

_WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Manners:
    """`authorization` is the header it takes, with `{token}`; `update` learn (either), patch or put; `rate` the writes a second
    it takes; `accepts` the attributes it has (none: those of the demo), `refuses` those it turns away;
    `on_deactivate` and `on_delete` as in a connector's file."""

    authorization: str = "Bearer {token}"
    needs_user_agent: bool = False
    update: str = "learn"
    rate: float | None = None
    accepts: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    username_is_email: bool = True
    on_deactivate: str = "deactivates"
    on_delete: str = "erases"

    def rules(self, strict: bool) -> Rules:
        """What it accepts of a person."""
        return Rules(strict, self.accepts, self.refuses, self.username_is_email)

    def refusal(self, request: Request, path: str) -> Answer | None:
        """A request that it turns away before looking at what is in it."""
        if self.needs_user_agent and not request.headers.get("user-agent"):
            return scim_error(403, "Request forbidden: a User-Agent header is required.")
        if request.method == "PATCH" and self.update == "put":
            return scim_error(405, "PATCH is not supported here; use PUT.")
        if request.method == "PUT" and self.update == "patch":
            return scim_error(405, "PUT is not supported here; use PATCH.")
        if request.method == "DELETE" and self.on_delete == "nothing" and path.lower().startswith("/users"):
            return scim_error(405, "Users cannot be deleted. Deactivate the user instead.")
        return None


CALENDLY = Manners()


def like(connector: Connector) -> Manners:
    """The manners that a connector's file tells of; raises `Refusal` where it has no SCIM."""
    scim = connector.scim
    if scim is None:
        raise Refusal(404, f"{connector.name} has no SCIM.")
    from usher.scim.body import parse_path

    return Manners(
        authorization=scim.authorization,
        needs_user_agent=scim.needs_user_agent,
        update=scim.update_method,
        rate=scim.rate,
        accepts=tuple(dict.fromkeys(parse_path(row.path).name for row in connector.mapping if not row.path.startswith("urn:"))),
        refuses=scim.refuses,
        username_is_email=scim.username_is_email,
        on_deactivate=scim.on_deactivate,
        on_delete=scim.on_delete,
    )


class Meter:
    """Counts writes: more than `rate` of them within a second (and one to spare) are too many."""

    def __init__(self, rate: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = None if rate is None else math.ceil(rate) + 1
        self._clock = clock
        self._seen: deque[float] = deque()
        self._lock = threading.Lock()

    def refusal(self, request: Request) -> Answer | None:
        """429 for a write too many, None for one that may go on."""
        if self._most is None or request.method not in _WRITES:
            return None
        with self._lock:
            now = self._clock()
            while self._seen and self._seen[0] <= now - 1:
                self._seen.popleft()
            if len(self._seen) >= self._most:
                return scim_error(429, "Too many requests.", headers={"Retry-After": "1"})
            self._seen.append(now)
        return None
