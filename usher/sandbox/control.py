"""The stand-in's control endpoint: look at its people and requests, switch faults, change the seats.

Under `/control`, beside the SCIM path and behind the same token; faults never touch it.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from usher.sandbox import faults
from usher.sandbox.accounts import Accounts
from usher.sandbox.web import Answer, Request, json_answer

MOST_SEATS = 1_000_000


@dataclass(frozen=True)
class Seen:
    """One SCIM request that came in, and the status it got (0: the connection was cut)."""

    method: str
    target: str
    status: int
    fault: str = ""


class RequestLog:
    """The last thousand SCIM requests, and how many there were."""

    def __init__(self) -> None:
        self._seen: deque[Seen] = deque(maxlen=1000)
        self._lock = threading.Lock()
        self._total = 0

    def add(self, seen: Seen) -> None:
        """Keeps one."""
        with self._lock:
            self._seen.append(seen)
            self._total += 1

    def document(self) -> dict[str, Any]:
        """All of it, oldest first."""
        with self._lock:
            return {"total": self._total, "requests": [asdict(seen) for seen in self._seen]}


class Control:
    """Answers under `/control`."""

    def __init__(self, accounts: Accounts, armed: faults.Faults, log: RequestLog, strict: bool) -> None:
        self._accounts = accounts
        self._faults = armed
        self._log = log
        self._strict = strict

    def answer(self, request: Request, path: str) -> Answer:
        """The answer to a request for `path`, relative to `/control`."""
        try:
            document = self._document(request, path.strip("/"))
        except ValueError as error:
            return json_answer({"error": str(error)}, 400)
        if document is None:
            return json_answer({"error": "Try GET / users requests faults, POST or DELETE faults, PUT seats."}, 404)
        return json_answer(document)

    def _document(self, request: Request, path: str) -> dict[str, Any] | None:
        match request.method, path:
            case "GET", "":
                return self._state()
            case "GET", "users":
                return {"users": [asdict(view) for view in self._accounts.views()]}
            case "GET", "requests":
                return self._log.document()
            case "POST", "faults":
                self._faults.add(faults.parse(request.json()))
            case "DELETE", "faults":
                self._faults.clear()
            case "PUT", "seats":
                self._accounts.seats = _seats(request.json())
            case "GET", "faults":
                pass
            case _:
                return None
        return self._state()

    def _state(self) -> dict[str, Any]:
        return {"seats": self._accounts.seats, "taken": self._accounts.taken(), "strict": self._strict, "faults": self._faults.documents()}


def _seats(document: Any) -> int:
    value = document.get("seats") if isinstance(document, dict) else None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_SEATS:
        raise ValueError(f'Send {{"seats": N}} with N from 0 to {MOST_SEATS}.')
    return value
