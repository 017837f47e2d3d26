"""A provider on a bad day, by command: what answers garbage, slowly or never is named in one line and nothing is activated."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.tui.cli.conftest import bare, mask
from tests.whole.hardship import Shop, seed, shop
from usher.scim import probe

__all__ = ["bare", "mask", "seed", "shop"]

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 33\r\n\r\n<html><title>Sign in</title></html>"
LIST = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": "lots", "Resources": ["not", "people", 7]}


class Stranger:
    """Listens on a port of its own and gives every caller whatever `says` does with the connection."""

    def __init__(self, says: Callable[[socket.socket, threading.Event], None]) -> None:
        self._says, self._closed = says, threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._server.getsockname()[1]}/scim/v2"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller = self._server.accept()[0]
                threading.Thread(target=self._answer, args=(caller,), daemon=True).start()

    def _answer(self, caller: socket.socket) -> None:
        with caller, contextlib.suppress(OSError):
            caller.recv(65536)
            self._says(caller, self._closed)

    def close(self) -> None:
        self._closed.set()
        self._server.close()


def never(caller: socket.socket, closed: threading.Event) -> None:
    closed.wait()


def drop_by_drop(caller: socket.socket, closed: threading.Event) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/scim+json\r\nContent-Length: 100000\r\n\r\n")
    while not closed.wait(0.02):
        caller.sendall(b" ")


def without_end(caller: socket.socket, closed: threading.Event) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/scim+json\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not closed.is_set():
        caller.sendall(b"100000\r\n" + b"[" * 0x100000 + b"\r\n")


def saying(words: bytes) -> Callable[[socket.socket, threading.Event], None]:
    return lambda caller, closed: caller.sendall(words)


def body(words: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/scim+json\r\nContent-Length: %d\r\n\r\n%b" % (len(words), words)


BAD = {
    "never": never,
    "drop by drop": drop_by_drop,
    "without end": without_end,
    "silence": saying(b""),
    "noise": saying(b"\x00\xff\x00\xffSSH-2.0-OpenSSH\r\n\r\n"),
    "half a head": saying(b"HTTP/1.1 200 O"),
    "less than it promised": saying(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{}"),
    "a sign-in page": saying(PAGE),
    "broken JSON": saying(body(b'{"schemas": [')),
    "deep JSON": saying(body(b"[" * 200_000)),
    "other bytes": saying(body(b"\xff\xfe\x00{")),
    "a list of nothing": saying(body(json.dumps(LIST).encode())),
    "a number": saying(body(b"1e999")),
}


@pytest.fixture
def stranger(request: pytest.FixtureRequest) -> Iterator[Stranger]:
    """What the case names, listening."""
    found = Stranger(BAD[request.param])
    yield found
    found.close()


@pytest.mark.parametrize("stranger", BAD, indirect=True)
def test_a_provider_that_is_none_is_named_and_nothing_is_activated(shop: Shop, stranger: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "CONNECT_SECONDS", 0.4)
    monkeypatch.setattr(probe, "READ_SECONDS", 0.4)
    assert shop.usher("apps", "fill", "Calendly", "YOUR_ID=42").status == 0
    assert shop.usher("apps", "sso", "Calendly", "activate").status == 0
    assert shop.usher("idm", "configure", "Calendly", "--base-url", stranger.base_url, "--token-file", "-", stdin="canary-4711").status == 0
    ended = shop.refuses("idm", "activate", "Calendly", status=3)
    assert "Nothing was changed." in ended.err and "canary" not in ended.err and len(ended.err) < 600
    tested = shop.usher("idm", "test", "Calendly", "--json")
    assert tested.json["verified"] is False and "canary" not in tested.out
    assert shop.usher("apps", "show", "Calendly", "--json").json["idm"] == "inactive"
