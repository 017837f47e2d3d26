"""The web application: its addresses, the limits of what it reads, and how every refusal ends as a plain page and a row in the record.

Handlers run in threads: signing in, which is made slow on purpose, in few of their own, so that it holds nobody else up.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from store import settings as stored
from store.driver import sqlite3
from store.errors import StoreError, UsageError, UsherError
from store.records import dataclass
from usher.portal import account, gate, home, login, logout, pages, refusing, sso, style
from usher.portal.account import signed_in
from usher.portal.gate import Network
from usher.portal.strangers import Strangers
from usher.portal.visit import Handler, Portal, SessionOver, Visit
from usher.saml.bindings import LARGEST_BODY, LARGEST_QUERY
from usher.services import refusals
from usher.services.group_commit import GroupCommit
from usher.services.session import Session
from usher.services.sign_ins import Attempt

LARGEST_FORM = 32 * 1024
SECONDS_TO_READ = 20
_PAGES, _PASSWORDS = 32, 2
_LONGEST_PATH = 2048


def build(
    session: Session, *, trusted: tuple[Network, ...] = (), report: Callable[[BaseException], object] | None = None, stays_here: bool = False
) -> Starlette:
    """The portal over one store. `trusted` are the proxies whose forwarded headers count, `report` keeps what nobody foresaw
    (without it, it is raised). Close with `app.state.close()`; `app.state.refused(address, reason)` is for what HTTP itself refuses."""
    prefix = urlsplit(stored.get(session.db, "base_url")).path
    portal = Portal(session, GroupCommit(session.store), prefix, stays_here)
    door = _Door(portal, trusted, _Threads(), report, Strangers())
    app = Starlette(routes=[_route(door, *each) for each in _ROUTES])
    if prefix:  # whoever looks after the process asks there, whatever the base URL is
        app.routes.append(Route("/healthz", app.routes[-1].endpoint))  # type: ignore[attr-defined]
    app.add_exception_handler(HTTPException, functools.partial(_unknown, door))
    app.state.close, app.state.refused = functools.partial(_close, portal, door), door.refused
    return app


def _close(portal: Portal, door: _Door) -> None:
    """Ends the portal's threads; what they asked to be kept is kept, and what was only counted is told."""
    door.threads.close()
    refusals.tell(portal.session)
    portal.commits.close()


def health(visit: Visit) -> Response:
    """Whether the store can be read, and is still the file that was opened."""
    visit.session.store.check_still_there()
    stored.get(visit.session.db, "store_id")
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


_ROUTES: tuple[tuple[str, Handler | None, Handler | None], ...] = (
    # address, what answers GET, what takes POST
    ("/", home.show, None),
    ("/login", login.show_login, login.take_login),
    ("/logout", home.show, login.sign_out),
    ("/verify", login.show_code, login.take_code),
    ("/password/{token}", login.show_link, login.take_link),
    ("/account", signed_in(account.show), None),
    ("/account/password", signed_in(account.show), signed_in(account.change_password)),
    ("/account/second-factor", signed_in(account.show_factor, but="second-factor"), signed_in(account.take_factor, but="second-factor")),
    ("/account/second-factor/remove", None, signed_in(account.remove_factor)),
    ("/account/sessions/end", None, signed_in(account.end_session)),
    ("/account/sessions/end-others", None, signed_in(account.end_others)),
    ("/launch/{application}", None, sso.launch),
    ("/sso/continue/{key}", sso.go_on, None),
    ("/saml2/{slug}", sso.by_redirect, sso.by_post),
    ("/saml2/{slug}/metadata", sso.metadata, None),
    ("/saml2/{slug}/logout", logout.by_redirect, logout.by_post),
    ("/image/{application}", home.image, None),
    ("/style.css", style.sheet, None),
    ("/healthz", health, None),
)
_SLOW = {"/login", "/password/{token}", "/account/password", "/account/second-factor/remove"}
_FROM_ELSEWHERE = {"/saml2/{slug}", "/saml2/{slug}/logout"}
"""Applications post here: no token of ours can be in those forms, and they change nothing by themselves."""


class _Threads:
    """Where handlers run. Argon2 takes 19 MiB and all of a core for a while: few threads for those."""

    def __init__(self) -> None:
        self.pages = ThreadPoolExecutor(_PAGES, thread_name_prefix="pages")
        self.passwords = ThreadPoolExecutor(_PASSWORDS, thread_name_prefix="passwords")

    def close(self) -> None:
        """Ends them, once what they do is done."""
        self.pages.shutdown()
        self.passwords.shutdown()


@dataclass(frozen=True)
class _Door:
    """What every address shares."""

    portal: Portal
    trusted: tuple[Network, ...]
    threads: _Threads
    report: Callable[[BaseException], object] | None
    strangers: Strangers

    async def kept(self, scope: Any, address: str, error: UsherError, visit: Visit | None) -> None:
        """Returns when a refusal is in the record."""
        await asyncio.get_running_loop().run_in_executor(self.threads.pages, refusing.note, self.portal, scope, address, error, visit)

    def refused(self, address: str, reason: str) -> None:
        """Keeps what was refused before it was a request at all."""
        self.threads.pages.submit(refusals.note, self.portal.session, Attempt(address), reason)


def _route(door: _Door, path: str, get: Handler | None, post: Handler | None) -> Route:
    handlers = {"GET": get, "POST": post}
    slow, open_to_all = path in _SLOW, path in _FROM_ELSEWHERE

    async def answer(request: Request) -> Response:
        handler = handlers["POST" if request.method == "POST" else "GET"]
        assert handler is not None
        pool = door.threads.passwords if slow and request.method == "POST" else door.threads.pages
        return await _guarded(door, request, handler, open_to_all, pool)

    return Route(door.portal.prefix + path, answer, methods=[method for method, handler in handlers.items() if handler])


async def _guarded(door: _Door, request: Request, handler: Handler, open_to_all: bool, pool: ThreadPoolExecutor) -> Response:
    """Lets a request in, reads it, has it answered; whatever is refused on the way becomes a plain page and a row in the record."""
    scope: Any = request.scope
    portal, came, visit = door.portal, None, None
    try:
        came = _let_in(door, scope, open_to_all, handler is health)
        body = await _body(request, LARGEST_BODY if open_to_all else LARGEST_FORM) if request.method == "POST" else b""
        visit = Visit(portal, request, came, body)
        return await asyncio.get_running_loop().run_in_executor(pool, handler, visit)
    except SessionOver:
        return pages.to_sign_in(portal.prefix)
    except UsherError as error:
        address = came.address if came else refusing.client(scope, door.trusted)
        if open_to_all:
            door.strangers.refused(address)
        await door.kept(scope, address, error, visit)
        return refusing.page(portal.prefix, error)
    except sqlite3.Error as error:
        return refusing.page(portal.prefix, StoreError("store-unusable", type(error).__name__))
    except Exception as error:
        if door.report is None:
            raise
        door.report(error)
        return pages.plain(portal.prefix, 500, "Something went wrong", "It was our mistake, and it is noted.")


def _let_in(door: _Door, scope: Any, open_to_all: bool, to_health: bool) -> gate.Arrival:
    """How a request came, if it may come in."""
    given = gate.headers(scope)
    came = gate.arrival(scope, given, door.trusted)
    if len(scope["query_string"]) > LARGEST_QUERY or len(scope["path"]) > _LONGEST_PATH:
        raise refusing.address_too_long()
    if not to_health:
        base_url = stored.get(door.portal.session.db, "base_url")
        gate.refuse_unless_ours(came, base_url)
        if scope["method"] == "POST" and not open_to_all:
            gate.refuse_foreign_form(came, given, base_url)
        door.strangers.check(came.address)
    return came


async def _body(request: Request, largest: int) -> bytes:
    """The form as it was sent, up to `largest` octets and no further, within a time."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise UsageError("form-unfit", "Only forms are taken here.")
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:12]) > largest:
        raise refusing.body_too_large()
    taken = bytearray()
    try:
        async with asyncio.timeout(SECONDS_TO_READ):
            async for chunk in request.stream():
                taken += chunk
                if len(taken) > largest:
                    raise refusing.body_too_large()
    except TimeoutError:
        raise UsageError("too-slow", "The form took too long to arrive.") from None
    except ClientDisconnect:
        raise UsageError("gone", "The connection was closed.") from None
    return bytes(taken)


async def _unknown(door: _Door, request: Request, error: Exception) -> Response:
    """An address, or a method, that is not there. Only the second was meant for us, and is kept."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        scope: Any = request.scope
        await door.kept(scope, refusing.client(scope, door.trusted), UsageError("method-unknown", "The address does not take this method."), None)
    return refusing.unknown(door.portal.prefix, error)
