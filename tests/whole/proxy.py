"""A proxy on loopback that lets everything through to a SCIM server, except what a test tells it to spoil.

with FaultProxy(server.base_url) as proxy:
    proxy.spoil("close-after", method="POST", times=1)
    … talk to proxy.base_url …
    assert proxy.count("POST") == 1
"""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

HTML = b"<!doctype html><html><head><title>Please sign in</title></head><body><form></form></body></html>"


@dataclass
class Rule:
    """`fault` for the next `times` requests (None: for ever) of `method` (empty: any) whose target has `path` in it,
    leaving out the first `skip` of them.

    Faults: `close-before` (nothing is forwarded), `close-after` (forwarded, and the answer swallowed), `429-seconds`,
    `429-date`, `429-vendor` (X-Retry-After), `429` (says nothing), `503` , `503-later` (Retry-After), `500`, `slow`
    (`seconds`, then as usual), `slow-after` (forwarded, then `seconds`), `garbage`, `html`, `empty` (forwarded, 204),
    `{}` (200, nothing forwarded), `redirect` (to `location`), or any status as a number with `body`.
    """

    fault: str
    method: str = ""
    path: str = ""
    times: int | None = 1
    skip: int = 0
    seconds: float = 1
    location: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def takes(self, method: str, target: str) -> bool:
        """Whether this request is meant; uses up one of `skip` or `times`."""
        if self.times == 0 or (self.method and method != self.method) or self.path not in target:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(frozen=True)
class Seen:
    """A request that came: `fault` says what was done to it, empty when it went through."""

    method: str
    target: str
    body: bytes
    headers: dict[str, str] = field(repr=False)
    fault: str = ""
    at: float = 0


class FaultProxy:
    """Listens on a port of its own in a thread; rules are judged in the order they were given."""

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream)
        self.rules: list[Rule] = []
        self.seen: list[Seen] = []
        self.lock = threading.Lock()
        self.closed = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}{self.upstream.path}"

    def spoil(self, fault: str, method: str = "", path: str = "", times: int | None = 1, **more: Any) -> Rule:
        """Adds a rule and returns it."""
        rule = Rule(fault, method, path, times, **more)
        with self.lock:
            self.rules.append(rule)
        return rule

    def heal(self) -> None:
        """Forgets every rule."""
        with self.lock:
            self.rules.clear()

    def count(self, method: str = "", path: str = "") -> int:
        """How many requests came."""
        with self.lock:
            return sum((not method or s.method == method) and path in s.target for s in self.seen)

    def note(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Rule | None:
        """Keeps a request and says what is to be done to it."""
        with self.lock:
            rule = next((r for r in self.rules if r.takes(method, target)), None)
            self.seen.append(Seen(method, target, body, headers, rule.fault if rule else "", time.monotonic()))
        return rule

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.closed.set()  # a slow request must not reach the server in the next test
        self._server.shutdown()
        self._server.server_close()


def _handler(proxy: FaultProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, TimeoutError):
                self.close_connection = True

        def any_method(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            rule = proxy.note(self.command, self.path, body, dict(self.headers))
            if rule is None:
                self.reply(*self.forward(body))
            else:
                self.spoiled(rule, body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = any_method

        def spoiled(self, rule: Rule, body: bytes) -> None:
            fault = rule.fault
            if fault.startswith("close"):
                if fault == "close-after":
                    self.forward(body)
                self.close_connection = True
            elif fault.startswith("slow"):
                if fault == "slow" and proxy.closed.wait(rule.seconds):
                    self.close_connection = True
                    return
                answer = self.forward(body)
                if fault == "slow-after":
                    proxy.closed.wait(rule.seconds)
                self.reply(*answer)
            elif fault == "empty":
                self.forward(body)
                self.reply(204, {}, b"")
            elif fault == "garbage":
                self.wfile.write(b"\x00\xffnot http at all\r\n\r\n")
                self.close_connection = True
            else:
                self.reply(*_made_up(rule))

        def forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            assert proxy.upstream.hostname
            connection = http.client.HTTPConnection(proxy.upstream.hostname, proxy.upstream.port, timeout=20)
            try:
                passed = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "content-length")}
                connection.request(self.command, self.path, body or None, passed)
                answer = connection.getresponse()
                content = answer.read()
                return answer.status, {k: v for k, v in answer.getheaders() if k.lower() in ("content-type", "location", "etag", "retry-after")}, content
            finally:
                connection.close()

        def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _made_up(rule: Rule) -> tuple[int, dict[str, str], bytes]:
    """An answer of the proxy's own."""
    limited = b"Too many requests"
    answers: dict[str, tuple[int, dict[str, str], bytes]] = {
        "429": (429, {}, limited),
        "429-seconds": (429, {"Retry-After": f"{rule.seconds:g}"}, limited),
        "429-date": (429, {"Retry-After": formatdate(time.time() + rule.seconds, usegmt=True)}, limited),
        "429-vendor": (429, {"X-Retry-After": f"{rule.seconds:g}"}, limited),
        "503": (503, {"Content-Type": "text/html"}, b"<html><title>Down for maintenance</title></html>"),
        "503-later": (503, {"Retry-After": f"{rule.seconds:g}"}, b"<html><title>Down for maintenance</title></html>"),
        "html": (200, {"Content-Type": "text/html"}, HTML),
        "{}": (200, {"Content-Type": "application/json"}, b"{}"),
        "redirect": (302, {"Location": rule.location}, b""),
    }
    if rule.fault in answers:
        return answers[rule.fault]
    return int(rule.fault), {"Content-Type": "application/scim+json", **rule.headers}, rule.body
