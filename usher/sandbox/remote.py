"""Steers a running stand-in over its control endpoint: for the commands of a rehearsal, and for tests.

Standard library only: the commands that use it must start quickly.
"""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from store.errors import Failed, NotFound, UsageError
from usher.sandbox.facts import read

_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class Remote:
    """The control endpoint of one stand-in. The token is read from its file at each call and kept nowhere."""

    page: str
    token_file: Path

    def state(self) -> dict[str, Any]:
        """Seats, how many are taken, what is switched on."""
        return self._call("GET", "")

    def users(self) -> list[dict[str, Any]]:
        """Everyone it holds, by userName."""
        found: list[dict[str, Any]] = self._call("GET", "/users")["users"]
        return found

    def requests(self) -> list[dict[str, Any]]:
        """The SCIM requests that came in, oldest first (the last thousand)."""
        found: list[dict[str, Any]] = self._call("GET", "/requests")["requests"]
        return found

    def fault(self, kind: str, *, count: int = 1, seconds: float | None = None, methods: tuple[str, ...] = (), skip: int = 0) -> dict[str, Any]:
        """Switches a fault on for the next `count` requests (-1: until cleared) that it concerns, after `skip` of them."""
        document: dict[str, Any] = {"kind": kind, "count": count, "methods": list(methods), "skip": skip}
        return self._call("POST", "/faults", document if seconds is None else {**document, "seconds": seconds})

    def clear(self) -> dict[str, Any]:
        """Switches every fault off."""
        return self._call("DELETE", "/faults")

    def seats(self, number: int) -> dict[str, Any]:
        """Changes the number of seats; nobody loses one that is taken."""
        return self._call("PUT", "/seats", {"seats": number})

    def _call(self, method: str, path: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
        address = urlsplit(self.page)
        connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=_TIMEOUT_SECONDS)
        try:
            body = None if document is None else json.dumps(document)
            connection.request(method, f"/control{path}", body, {"Authorization": f"Bearer {self._token()}"})
            answer = connection.getresponse()
            found: dict[str, Any] = json.loads(answer.read())
        except OSError as error:
            raise Failed(
                "stand-in-gone", f"The stand-in provider at {self.page} does not answer ({error.strerror or error}).", "Is the demo still running?"
            ) from error
        finally:
            connection.close()
        if answer.status != 200:
            raise UsageError("stand-in-refused", str(found.get("error") or found.get("detail") or f"The stand-in answered {answer.status}."))
        return found

    def _token(self) -> str:
        try:
            return self.token_file.read_text("utf-8").strip()
        except OSError:
            raise NotFound("no-rehearsal", f"The token file {self.token_file} is gone.", "Is the demo still running?") from None


def of_rehearsal(facts_file: str | None) -> Remote:
    """The stand-in of the demo whose `demo.json` this is; raises `UsageError` when there is none."""
    if not facts_file:
        raise UsageError("no-rehearsal", "No demo is named.", "Start one with usher demo and set USHER_DEMO as it says.")
    try:
        facts = read(Path(facts_file))
    except OSError:
        raise NotFound("no-rehearsal", f"There is no demo at {facts_file}.", "Start one with usher demo and set USHER_DEMO as it says.") from None
    except ValueError:
        raise UsageError("no-rehearsal", f"{facts_file} does not describe a demo.", "Set USHER_DEMO as usher demo says.") from None
    return Remote(facts.page, facts.token_file)
