"""One request of a browser: who it is, what it brought, and what is put into its cookies.

Handlers are plain functions of a `Visit`, run in a thread of their own: the store is never waited for on the event loop.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from store.records import dataclass
from usher.portal.gate import Arrival, Foreign
from usher.saml import forms
from usher.services import hashing, portal_sessions, settings
from usher.services.portal_sessions import Visitor
from usher.services.session import Session
from usher.services.sign_ins import Attempt

if TYPE_CHECKING:
    from usher.services.group_commit import GroupCommit

SESSION, BROWSER = "usher-session", "usher-browser"
"""The cookies' names; `__Host-` stands before them wherever the connection is encrypted."""

LARGEST_FIELD = 8 * 1024
_KEY = 64


class SessionOver(Exception):
    """A form of a page that was opened in a session which has ended since: its person signs in again."""


@dataclass(frozen=True)
class Portal:
    """What all requests share. `prefix` is the path of the base URL, empty for most; `stays_here` in a rehearsal, where
    nothing is sent to an application that is not on this machine."""

    session: Session
    commits: GroupCommit
    prefix: str = ""
    stays_here: bool = False


class Visit:
    """One request, its body already read."""

    def __init__(self, portal: Portal, request: Request, came: Arrival, body: bytes = b"") -> None:
        self.portal, self.request, self.came, self.body = portal, request, came, body
        self.session = portal.session
        self._cookies: list[Callable[[Response], None]] = []
        self._browser = request.cookies.get(self._named(BROWSER), "")
        self._token = request.cookies.get(self._named(SESSION), "")

    def leaves(self, url: str) -> bool:
        """Whether that address is elsewhere while nothing may leave this machine (a rehearsal)."""
        return self.portal.stays_here and not settings.is_loopback(urlsplit(url).hostname or "")

    @cached_property
    def visitor(self) -> Visitor | None:
        """Who is signed in in this browser, in part or in full."""
        return portal_sessions.find(self.session, self._token)

    @property
    def visitor_if_asked(self) -> Visitor | None:
        """The same, where it was found out already."""
        found: Visitor | None = self.__dict__.get("visitor")
        return found

    @property
    def browser(self) -> str:
        """A random token that tells this browser from others before anybody signed in; made when there is none."""
        if not 20 <= len(self._browser) <= _KEY:
            self._browser = hashing.new_token()
            self._set(BROWSER, self._browser)
        return self._browser

    @property
    def known_browser(self) -> str:
        """The same, but empty for a browser that has none."""
        return self._browser

    @property
    def form_token(self) -> str:
        """What every form of ours carries: bound to the session, or to the browser before there is one."""
        return hashing.form_token(self._token if self.visitor else self.browser)

    def fields(self, *names: str) -> dict[str, str]:
        """The form's fields called `names`, empty where they are missing. `Foreign` when the form is not one of ours,
        `SessionOver` when it was one of a session that has ended."""
        found = forms.form_fields(self.body, names=("csrf", *names), largest=LARGEST_FIELD)
        given, expected = found.get("csrf", ""), self._token if self.visitor else self._browser
        if not _is_token_of(expected, given):
            if self.visitor is None and _is_token_of(self._token, given):
                raise SessionOver
            raise Foreign("form-stale", "This page was open for too long, or was opened in another session. Load it again.")
        return {name: found.get(name, "") for name in names}

    def query(self, name: str) -> str:
        """A parameter of the address."""
        return forms.form_fields(self.request.scope["query_string"], names=(name,), largest=LARGEST_FIELD).get(name, "")

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    @property
    def agent(self) -> str:
        """What the browser calls itself."""
        return self.request.headers.get("user-agent", "")

    def attempt(self) -> Attempt:
        """What the record knows of whoever signs in at the portal itself."""
        return Attempt(self.came.address)

    def sign_in(self, user_id: str, *, shown: bool = False) -> None:
        """Begins a session under a new token; the one that was there ends."""
        replaces = self.visitor.session if self.visitor else None
        self._token = portal_sessions.begin(self.session, user_id, address=self.came.address, agent=self.agent, shown=shown, replaces=replaces)
        self._set(SESSION, self._token)
        self.__dict__.pop("visitor", None)

    def sign_out(self) -> None:
        """Takes the session's token out of the browser."""
        self._token = ""
        self._drop(SESSION)
        self.__dict__.pop("visitor", None)

    def dress(self, response: Response) -> Response:
        """Puts the cookies on the answer."""
        for put in self._cookies:
            put(response)
        return response

    @property
    def organization(self) -> str:
        """The organisation's name."""
        return settings.organization(self.session)

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.came.secure else name

    def _set(self, name: str, value: str) -> None:
        def put(response: Response) -> None:
            response.set_cookie(self._named(name), value, path="/", secure=self.came.secure, httponly=True, samesite="lax")

        self._cookies.append(put)

    def _drop(self, name: str) -> None:
        def put(response: Response) -> None:
            response.delete_cookie(self._named(name), path="/", secure=self.came.secure, httponly=True, samesite="lax")

        self._cookies.append(put)


def _is_token_of(secret: str, given: str) -> bool:
    """Whether a form carries the token that belongs to a session's or a browser's secret."""
    return bool(secret) and hmac.compare_digest(given.encode(), hashing.form_token(secret).encode())


Handler = Callable[[Visit], Response]
State = dict[str, Any]
