"""HTTP as uvicorn has it, with a bound on what a client may send before it has asked for anything: octets, and time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 512 * 1024
SECONDS_FOR_HEAD = 20
_REFUSAL = b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `refused` hears the address and the reason of what is no request the portal will ever see."""

    refused: Callable[[str, str], object] = staticmethod(lambda address, reason: None)

    _head = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begins to count and to wait."""
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        """Counts what comes before a request's head is complete."""
        if self._timer is not None:
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                self._stop()
                self._tell(f"The head of a request was larger than {LARGEST_HEAD // 1024} kB.")
                self.transport.write(_REFUSAL)
                self.transport.close()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Another request on the same connection."""
        super().on_message_begin()
        if self._timer is None:
            self._begin()

    def on_headers_complete(self) -> None:
        """The head is whole: from here on the portal counts."""
        self._stop()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for any more."""
        self._stop()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP."""
        self._tell("What came was no request of HTTP.")
        super().send_400_response(msg)

    def _tell(self, reason: str) -> None:
        self.refused(self.client[0] if self.client else "", reason)

    def _begin(self) -> None:
        self._head = 0
        self._timer = self.loop.call_later(SECONDS_FOR_HEAD, self._give_up)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        self.transport.close()


def bounded(refused: Callable[[str, str], object]) -> type[BoundedProtocol]:
    """The protocol of a server whose `refused` keeps what is refused before it is a request."""
    return type("Bounded", (BoundedProtocol,), {"refused": staticmethod(refused)})
