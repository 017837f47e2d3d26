"""What can be made to go wrong at the stand-in, while it runs."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from usher.sandbox.web import Answer, Request, scim_error

FOREVER = -1
_DEFAULT_SECONDS = 2.0
_LONGEST = 600.0


class FaultKind(StrEnum):
    """One way of going wrong."""

    TOO_MANY = "too-many"
    UNAVAILABLE = "unavailable"
    SLOW = "slow"
    DROP_BEFORE = "drop-before"
    DROP_AFTER = "drop-after"
    UNAUTHORIZED = "unauthorized"
    NO_PATCH = "no-patch"
    HTML = "html"
    REDIRECT = "redirect"


MEANINGS = {
    FaultKind.TOO_MANY: "429 with Retry-After (seconds)",
    FaultKind.UNAVAILABLE: "503 with a plain text page",
    FaultKind.SLOW: "answers after so many seconds",
    FaultKind.DROP_BEFORE: "closes the connection; nothing was done",
    FaultKind.DROP_AFTER: "does what was asked, then closes the connection",
    FaultKind.UNAUTHORIZED: "401: the token has expired",
    FaultKind.NO_PATCH: "501 to every PATCH",
    FaultKind.HTML: "200 with a web page, as a login wall gives",
    FaultKind.REDIRECT: "307 to another host name",
}


@dataclass(frozen=True)
class Fault:
    """A fault that is switched on: how often still (`FOREVER`: until cleared), after how many requests it spares, for which methods."""

    kind: FaultKind
    count: int = 1
    seconds: float = _DEFAULT_SECONDS
    methods: tuple[str, ...] = ()
    skip: int = 0

    def concerns(self, request: Request) -> bool:
        """Whether this request is one it may hit."""
        methods = ("PATCH",) if self.kind is FaultKind.NO_PATCH else self.methods
        return not methods or request.method in methods


def parse(document: Any) -> Fault:
    """A fault from `{"kind", "count", "seconds", "methods", "skip"}`; raises `ValueError` with a sentence."""
    if not isinstance(document, dict) or document.get("kind") not in list(FaultKind):
        raise ValueError(f"A fault needs a kind: {', '.join(FaultKind)}.")
    unknown = set(document) - {"kind", "count", "seconds", "methods", "skip"}
    if unknown:
        raise ValueError(f"A fault has no {sorted(unknown)[0]}.")
    count, skip, seconds, methods = document.get("count", 1), document.get("skip", 0), document.get("seconds", _DEFAULT_SECONDS), document.get("methods", [])
    if not _whole(count) or (count < 1 and count != FOREVER) or not _whole(skip) or skip < 0:
        raise ValueError(f"count is 1 or more ({FOREVER}: until cleared), skip 0 or more.")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= _LONGEST:
        raise ValueError(f"seconds is between 0 and {_LONGEST:g}.")
    if not isinstance(methods, list) or not all(isinstance(method, str) for method in methods):
        raise ValueError("methods is a list of HTTP methods.")
    return Fault(FaultKind(document["kind"]), count, float(seconds), tuple(method.upper() for method in methods), skip)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class Faults:
    """The faults that are switched on, oldest first. Shared by the server's threads."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Switches one on."""
        with self._lock:
            self._armed.append(fault)

    def clear(self) -> None:
        """Switches all off."""
        with self._lock:
            self._armed.clear()

    def documents(self) -> list[dict[str, Any]]:
        """What is switched on, as JSON."""
        with self._lock:
            return [asdict(fault) for fault in self._armed]

    def hit(self, request: Request) -> Fault | None:
        """The fault this request meets, if any; its count goes down by one."""
        with self._lock:
            for place, fault in enumerate(self._armed):
                if not fault.concerns(request):
                    continue
                if fault.skip:
                    self._armed[place] = replace(fault, skip=fault.skip - 1)
                    continue
                self._spend(place, fault)
                return fault
        return None

    def _spend(self, place: int, fault: Fault) -> None:
        if fault.count == 1:
            del self._armed[place]
        elif fault.count != FOREVER:
            self._armed[place] = replace(fault, count=fault.count - 1)


def answer(fault: Fault, elsewhere: str) -> Answer | None:
    """What the client gets instead of an answer; None when the fault lets the request through (slow, drop-after)."""
    match fault.kind:
        case FaultKind.TOO_MANY:
            return scim_error(429, "Too many requests.", headers={"Retry-After": f"{fault.seconds:g}"})
        case FaultKind.UNAVAILABLE:
            return Answer(503, b"Service Unavailable\n")
        case FaultKind.UNAUTHORIZED:
            return scim_error(401, "The bearer token has expired.", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        case FaultKind.NO_PATCH:
            return scim_error(501, "PATCH is not supported.")
        case FaultKind.HTML:
            return Answer(200, b"<!doctype html><title>Log in</title><p>Please log in to continue.</p>\n", "text/html; charset=utf-8")
        case FaultKind.REDIRECT:
            return Answer(307, headers={"Location": elsewhere})
        case FaultKind.DROP_BEFORE:
            return Answer(0, cut=True)
        case _:
            return None
