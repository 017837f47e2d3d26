"""One connection to one provider: bytes out, bytes in, both sides recorded without the token.

httpx's own transport is used without its client: no redirects, cookies, proxies from the environment or
netrc can carry the token elsewhere, and a request costs half.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from store.errors import UsageError
from store.secrets import Secret
from usher.scim.answer import Answer
from usher.scim.errors import Unreachable
from usher.scim.redaction import REDACTED, Redaction
from usher.scim.shapes import ExchangeRecord

if TYPE_CHECKING:
    import httpx

KEPT = 4096
LARGEST = 32 * 1024 * 1024


class NoAnswer(Exception):
    """The request left, at least in part, and no whole answer came. Carries words, never the request."""


def ssl_context() -> ssl.SSLContext:
    """The trust of this machine (SSL_CERT_FILE and SSL_CERT_DIR are honoured), made once and shared by all lanes."""
    context = ssl.create_default_context()
    places = ssl.get_default_verify_paths()
    if not places.cafile and not (places.capath and any(Path(places.capath).iterdir())):
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def check_token(token: Secret) -> Secret:
    """The token without blanks around it; `UsageError` when it cannot be one (RFC 6750 §2.1: visible ASCII)."""
    text = token.reveal().strip()
    if not text:
        raise UsageError("token-empty", "The Token Key is empty.", "Paste the token that the application showed.", "token")
    if any(not "!" <= c <= "~" for c in text):
        raise UsageError(
            "token-characters",
            "The Token Key has a blank, a line break or a character that no token has.",
            "Paste the token alone, without the word Bearer.",
            "token",
        )
    return Secret(text)


class Transport:
    """One keep-alive connection. Times out in seconds; reads at most 32 MB of an answer.

    `authorization` is the header's value with `{token}` in it. A User-Agent always goes along: some turn away who sends none.
    """

    def __init__(self, base_url: str, token: Secret, context: ssl.SSLContext | None, connect: float, read: float, authorization: str) -> None:
        import httpx

        for name in ("httpx", "httpcore"):  # at DEBUG they would write down headers that a provider may fill with what we sent
            logging.getLogger(name).setLevel(logging.WARNING)
        self._base = base_url.rstrip("/")
        text = check_token(token).reveal()
        self._redaction = Redaction(text)
        verify = context or (ssl_context() if base_url.startswith("https:") else False)
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=30)
        self._pipe = httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=limits)
        common = [
            ("Host", urlsplit(self._base).netloc),
            ("Authorization", authorization.replace("{token}", text)),
            ("Accept", "application/scim+json, application/json"),
            ("Accept-Encoding", "identity"),
            ("User-Agent", "usher"),
        ]
        self._bare = httpx.Headers(common)
        self._typed = httpx.Headers([*common, ("Content-Type", "application/scim+json")])
        self._bare_text, self._typed_text = _lines(self._bare), _lines(self._typed)
        self._extensions = {"timeout": {"connect": connect, "read": read, "write": read, "pool": connect}}
        self._deadline = connect + 2 * read
        self._urls: dict[str, httpx.URL] = {}
        self.in_flight = False

    async def exchange(self, method: str, path: str, content: bytes | None, record: Callable[[ExchangeRecord], None]) -> Answer:
        """Sends one request below the base URL and records it. Raises `Unreachable` or `NoAnswer`."""
        at, began, answer, error = time.time(), time.perf_counter(), None, ""
        self.in_flight = True
        try:
            answer = await self._send(method, path, content)
            return answer
        except (Unreachable, NoAnswer) as failure:
            error = str(failure)
            raise
        except BaseException:
            error = "Stopped before an answer came."
            raise
        finally:
            self.in_flight = False
            record(self._record(at, time.perf_counter() - began, method, path, content, answer, error))

    async def _send(self, method: str, path: str, content: bytes | None) -> Answer:
        import httpx

        request = httpx.Request(method, self._url(path), headers=self._bare if content is None else self._typed, content=content, extensions=self._extensions)
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._pipe.handle_async_request(request)
                try:
                    body = await _body(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise NoAnswer("The application took too long to answer.") from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as failure:
            raise unreachable(failure, self._base) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as failure:
            raise NoAnswer(_lost(failure)) from None
        return self._clean(response.status_code, response.headers.raw, body)

    def _url(self, path: str) -> httpx.URL:
        """The address of a path; the few that are asked for again and again are kept parsed."""
        import httpx

        url = self._urls.get(path)
        if url is None:
            url = httpx.URL(self._base + path)
            if path == "/Users":
                self._urls[path] = url
        return url

    def _clean(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> Answer:
        """The answer, with the token taken out should the provider have echoed it."""
        clean = self._redaction
        texts = {clean.text(name.decode("latin-1").lower()): clean.text(value.decode("latin-1")) for name, value in headers}
        return Answer(status, texts, clean.bytes(body))

    def _record(self, at: float, seconds: float, method: str, path: str, content: bytes | None, answer: Answer | None, error: str) -> ExchangeRecord:
        head = self._bare_text if content is None else self._typed_text
        request_body = "" if content is None else _cut(content)
        if answer is None:
            return ExchangeRecord(at, method, self._base + path, head, request_body, None, "", "", error, round(seconds * 1000))
        shown = "\n".join([f"{name}: {REDACTED if name == 'set-cookie' else value}" for name, value in answer.headers.items()])
        return ExchangeRecord(at, method, self._base + path, head, request_body, answer.status, shown, _cut(answer.body), error, round(seconds * 1000))

    async def aclose(self) -> None:
        """Closes the connection."""
        await self._pipe.aclose()


async def _body(response: httpx.Response) -> bytes:
    """The whole body, up to the limit."""
    chunks, size = [], 0
    async for chunk in response.aiter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST:
            raise NoAnswer(f"The application's answer is larger than {LARGEST // 1024 // 1024} MB.")
    return b"".join(chunks) if len(chunks) != 1 else chunks[0]


def _cut(body: bytes) -> str:
    """The first 4 KB as text."""
    return body[:KEPT].decode("utf-8", "replace")


def _lines(headers: httpx.Headers) -> str:
    """Request headers as they are kept."""
    return "\n".join(f"{name}: {REDACTED if name == 'authorization' else value}" for name, value in headers.items())


def _lost(failure: Exception) -> str:
    """What became of a request that left, in our own words (the library's may quote it)."""
    import httpx

    if isinstance(failure, httpx.TimeoutException):
        return "The application took too long to answer."
    if isinstance(failure, httpx.RemoteProtocolError):
        return "The application closed the connection without a whole answer."
    return "The connection broke before an answer came."


def unreachable(failure: BaseException, base_url: str) -> Unreachable:
    """Why no connection could be made; the causes are looked through for what the system said."""
    import socket

    import httpx

    host = urlsplit(base_url).hostname or ""
    place = urlsplit(base_url).netloc
    seen: BaseException | None = failure
    chain = []
    while seen is not None and seen not in chain:
        chain.append(seen)
        seen = seen.__cause__ or seen.__context__
    if any(isinstance(e, socket.gaierror) for e in chain):
        return Unreachable("name-not-resolved", f"The name {host} cannot be resolved.", "Check the Base URL for a typing error, and this machine's DNS.")
    certificate = next((e for e in chain if isinstance(e, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return Unreachable(
            "tls",
            f"The certificate of {place} is not trusted: {certificate.verify_message}.",
            "Use a certificate from an authority this machine trusts, or add that authority (SSL_CERT_FILE).",
        )
    if any(isinstance(e, ssl.SSLError) for e in chain):
        return Unreachable("tls", f"No TLS connection to {place} could be made.", "Check that the Base URL's port speaks HTTPS.")
    if isinstance(failure, (httpx.ConnectTimeout, httpx.PoolTimeout)) or any(isinstance(e, TimeoutError) for e in chain):
        return Unreachable(
            "timeout", f"{place} does not answer: the connection timed out.", "Check the Base URL, and the firewall between this machine and it."
        )
    if any(isinstance(e, ConnectionRefusedError) for e in chain):
        return Unreachable("refused", f"{place} refuses the connection.", "Check the host and port of the Base URL, and that the service is running.")
    return Unreachable("broken", f"No connection to {place} could be made.", "Check the Base URL, and this machine's network.")
