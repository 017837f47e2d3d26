"""`usher serve`: the portal on a socket, and the worker for automatic pushes beside it, until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn

from store import events
from store.activity import Actor
from store.errors import Refused, StoreError, UsageError
from store.ids import moment
from store.records import dataclass
from usher.portal.app import build
from usher.portal.gate import Network
from usher.portal.protocol import bounded
from usher.process import harden
from usher.provisioning import unlocking
from usher.provisioning import worker as engine
from usher.services.session import Session
from usher.services.settings import is_loopback

ACTOR = Actor("portal", "portal", "portal")
AGAIN = 5.0
"""Seconds until a worker that had to end is started again."""

_CLOCK_BACK = 300


@dataclass(frozen=True)
class Listening:
    """Where to listen, and how it is encrypted: by our own certificate, or by a proxy that is trusted. In a `rehearsal`
    nothing is sent to an application that is not on this machine."""

    host: str = "127.0.0.1"
    port: int = 8080
    certificate: Path | None = None
    key: Path | None = None
    trusted: tuple[Network, ...] = ()
    rehearsal: bool = False
    descriptor: int | None = None
    """Of a socket that was bound by who starts this; `host` and `port` are not used then."""

    @property
    def scheme(self) -> str:
        """What a client speaks to this socket."""
        return "https" if self.certificate else "http"


def check(where: Listening) -> None:
    """Refuses what would carry passwords in the clear, and certificates that cannot be used."""
    if (where.certificate is None) != (where.key is None):
        raise UsageError("certificate-alone", "A certificate needs its key, and a key its certificate.", "Give --certificate and --key.")
    if where.certificate and where.key:
        _check_pair(where.certificate, where.key)
    elif not is_loopback(where.host) and not where.trusted:
        raise Refused(
            "not-encrypted",
            f"The portal is not served without encryption on {where.host}: only on this machine's loopback.",
            "Give --certificate and --key, or name the TLS proxy in front with --trusted-proxy.",
        )


def serve(session: Session, where: Listening, *, with_worker: bool, ready: Callable[[str], None], report: Callable[[BaseException], object]) -> None:
    """Serves until it is told to end. `ready` is called with the URL once connections are taken; `report` keeps what nobody foresaw."""
    check(where)
    harden()
    listener = _listen(where)
    app = build(replace_actor(session, ACTOR), trusted=where.trusted, report=report, stays_here=where.rehearsal)
    try:
        runner: Any = _runner()
        runner(_serve(session, where, listener, app, with_worker, ready, report))
    finally:
        app.state.close()
        listener.close()


def clock_warning(session: Session) -> str:
    """A sentence when the machine's clock is behind what the store remembers: assertions would be dated wrongly."""
    newest = events.newest_at(session.db)
    behind = (moment(newest) - session.clock.now()).total_seconds() if newest else 0
    return f"The system clock is {behind / 60:.0f} minutes behind what this store last noted: applications will refuse sign-ins." if behind > _CLOCK_BACK else ""  # fmt: skip


def replace_actor(session: Session, actor: Actor) -> Session:
    """The same store for somebody else at work."""
    return replace(session, actor=actor, operator="", entered_with="", read_only=False)


async def _serve(
    session: Session,
    where: Listening,
    listener: socket.socket,
    app: Any,
    with_worker: bool,
    ready: Callable[[str], None],
    report: Callable[[BaseException], object],
) -> None:
    server = _Server(_config(app, where))
    worker = asyncio.create_task(_work(session, server, report) if with_worker else unlocking.wait(session, server.ending))
    announce = asyncio.create_task(_announce(server, where, listener, ready))
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, server.stop)
    try:
        await server.serve(sockets=[listener])
    finally:
        server.stop()
        announce.cancel()
        await asyncio.gather(announce, worker, return_exceptions=True)


class _Server(uvicorn.Server):
    """uvicorn's server without its own signal handlers: ours end the worker as well, and the exit status is 0."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ending = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals to us."""
        yield

    def stop(self) -> None:
        """Ends: what is under way is answered first."""
        self.should_exit = True
        self.ending.set()


def _config(app: Any, where: Listening) -> uvicorn.Config:
    logging.getLogger("uvicorn").addHandler(logging.NullHandler())  # what strangers send is in the record, and fills no journal
    return uvicorn.Config(
        app,
        http=bounded(app.state.refused),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
        backlog=512,
        ssl_certfile=where.certificate,
        ssl_keyfile=where.key,
    )


async def _announce(server: _Server, where: Listening, listener: socket.socket, ready: Callable[[str], None]) -> None:
    """Says where once connections are taken."""
    while not server.started:
        await asyncio.sleep(0.01)
    host, port = listener.getsockname()[:2]
    ready(f"{where.scheme}://{f'[{host}]' if ':' in host else host}:{port}")


async def _work(session: Session, server: _Server, report: Callable[[BaseException], object]) -> None:
    """Automatic pushes. A worker that had to end (a store busy for long) is followed by another; the portal goes on meanwhile."""
    while not server.ending.is_set():
        worker = engine.Worker(replace_actor(session, engine.ACTOR), kind="serve", automatic=True)
        watch = asyncio.create_task(_pass_on(server.ending, worker.stop))
        try:
            await worker.run()
        except StoreError:
            pass
        except Exception as error:
            report(error)
        finally:
            watch.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.ending.wait(), AGAIN)


async def _pass_on(given: asyncio.Event, to: asyncio.Event) -> None:
    await given.wait()
    to.set()


def _runner() -> Callable[[Any], None]:
    """uvloop's where it is, else asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    return uvloop.run


def _listen(where: Listening) -> socket.socket:
    if where.descriptor is not None:
        return socket.socket(fileno=where.descriptor)
    try:
        family = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family[0], socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(family[4])
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "no such address"
        raise UsageError("port-taken", f"Port {where.port} on {where.host} cannot be used: {reason}.", "Name another one with --port.") from None
    return listener


def _check_pair(certificate: Path, key: Path) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "they cannot be read"
        raise UsageError("certificate-unfit", f"The certificate {certificate} and the key {key} cannot be used: {reason}.", "Both are PEM files that belong together, the key without a passphrase.") from None  # fmt: skip
