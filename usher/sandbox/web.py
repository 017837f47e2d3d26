"""HTTP on loopback for the stand-in: one request in, one answer out, and a connection that can be cut.

The standard library's threaded server is enough here and lets a fault close the socket at the right moment.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

LARGEST_BODY = 1_048_576
LOOPBACK = "127.0.0.1"
SCIM_JSON = "application/scim+json"
_OUR_NAMES = {"127.0.0.1", "localhost"}


@dataclass(frozen=True)
class Request:
    """What a client sent. `path` is decoded; `headers` have lower-case names."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    target: str = ""

    def json(self) -> Any:
        """The body as JSON, or None when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True)
class Answer:
    """What goes back. `cut` closes the connection without a word instead."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def json_answer(document: Any, status: int = 200, media_type: str = "application/json", headers: dict[str, str] | None = None) -> Answer:
    """An answer with a JSON document."""
    return Answer(status, json.dumps(document, ensure_ascii=False).encode(), media_type, headers or {})


def scim_error(status: int, detail: str, scim_type: str = "", headers: dict[str, str] | None = None) -> Answer:
    """An error in SCIM's form (RFC 7644 §3.12: the status is a string)."""
    document = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}
    if scim_type:
        document["scimType"] = scim_type
    return json_answer(document, status, SCIM_JSON, headers)


class LoopbackServer(ThreadingHTTPServer):
    """A threaded HTTP/1.1 server on 127.0.0.1 alone that hands every request to one function."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, handle: Callable[[Request], Answer]) -> None:
        self.handle = handle
        super().__init__((LOOPBACK, port), _Handler)

    @property
    def port(self) -> int:
        """The port that was taken (interesting when 0 was asked for)."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away mid-way is no news; anything else went through `_Handler` already."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "usher-stand-in"
    sys_version = ""
    timeout = 300
    disable_nagle_algorithm = True
    server: LoopbackServer

    def __getattr__(self, name: str) -> Any:
        # The base class looks for do_GET, do_POST and so on: every method goes one way here.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        refusal = self._refusal()
        self._send(refusal if refusal is not None else self.server.handle(self._read()))

    def _refusal(self) -> Answer | None:
        """Requests that are not read: a foreign Host (a web page that found its way here), a body of unknown or great length."""
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        self.close_connection = self.close_connection or host not in _OUR_NAMES
        if host not in _OUR_NAMES:
            return Answer(421, b"This service answers on 127.0.0.1 only.\n")
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            return scim_error(411, "A Content-Length header is required.")
        if int(length) > LARGEST_BODY:
            self.close_connection = True
            return scim_error(413, f"The body is larger than {LARGEST_BODY} bytes.")
        return None

    def _read(self) -> Request:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True)), headers, body, self.path)

    def _send(self, answer: Answer) -> None:
        if answer.cut:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.wfile.write(self._head(answer) + (b"" if self.command == "HEAD" else answer.body))

    def _head(self, answer: Answer) -> bytes:
        """Status line and headers. They leave in one write with the body: two writes meet the 40 ms of a delayed ACK."""
        headers = {"Server": self.server_version, "Date": self.date_time_string(), **answer.headers}
        if answer.status != HTTPStatus.NO_CONTENT:
            headers |= {"Content-Type": answer.media_type, "Content-Length": str(len(answer.body))}
        if self.close_connection:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the request list of the control endpoint tells what came in."""
