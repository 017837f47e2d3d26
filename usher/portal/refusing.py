"""What becomes of a request that is refused: a plain page with its status, and a row in the record of sign-ins.

The page says no more than whoever asked may know; the row says where it was asked, for which application, and for which host.
Nothing of an address but its first part is kept: what follows may be a key.
"""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from store import applications
from store.driver import sqlite3
from store.errors import NotFound, StoreError, UsageError, UsherError
from usher.portal import gate, pages
from usher.portal.visit import Portal, Visit
from usher.services import refusals
from usher.services.sign_ins import Attempt

_TITLES = {400: "That did not work", 403: "Not allowed", 404: "Nothing here", 405: "Nothing here", 408: "Too slow", 413: "Too large", 414: "Too long", 421: "Nothing here", 429: "Too many attempts"}  # fmt: skip
_STATUS = {
    "no-such-application": 404, "not-found": 404, "sso-inactive": 403, "not-entitled": 403, "throttled": 429,
    "body-too-large": 413, "address-too-long": 414, "too-slow": 408, "gone": 408, "method-unknown": 405,
}  # fmt: skip
_LONGEST = 200


def body_too_large() -> UsageError:
    """More was sent than is read (413)."""
    return UsageError("body-too-large", "More was sent than is taken here.")


def address_too_long() -> UsageError:
    """The address is longer than any of ours (414)."""
    return UsageError("address-too-long", "The address is too long.")


def page(prefix: str, error: UsherError) -> Response:
    """The page for a refusal. A store that cannot be used is ours to mend, and its details are nobody's business."""
    if isinstance(error, StoreError):
        return pages.plain(prefix, 503, "Not available", "Try again in a moment.")
    status = _status(error)
    return pages.plain(prefix, status, _TITLES.get(status, _TITLES[400]), error.message)


def unknown(prefix: str, error: Exception) -> Response:
    """The page for an address, or a method, that is not there."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    response = pages.plain(prefix, status, _TITLES.get(status, _TITLES[400]), "There is nothing at this address.")
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


def _status(error: UsherError) -> int:
    if isinstance(error, gate.Misdirected):
        return 421
    if isinstance(error, gate.Foreign):
        return 403
    if error.code in _STATUS:
        return _STATUS[error.code]
    return 404 if isinstance(error, NotFound) else 400


def client(scope: dict[str, Any], trusted: tuple[gate.Network, ...]) -> str:
    """Who asks, as far as it can be told."""
    try:
        return gate.arrival(scope, gate.headers(scope), trusted).address
    except gate.Misdirected:
        return str((scope.get("client") or ("",))[0])


def note(portal: Portal, scope: dict[str, Any], address: str, error: UsherError, visit: Visit | None = None) -> None:
    """Keeps the refusal in the record, unless it is there already. An image that is not there is no sign-in."""
    if isinstance(error, StoreError) or error.code == "not-found":
        return
    visitor = visit.visitor_if_asked if visit else None
    try:
        attempt = _attempt(portal, scope, address)
    except (StoreError, sqlite3.Error):
        return
    refusals.note(portal.session, attempt, error, user=visitor.user if visitor else None, said=_said(portal, scope, error))


def _attempt(portal: Portal, scope: dict[str, Any], address: str) -> Attempt:
    """What is known of it: the flow and, where it is one of ours, the application."""
    given, place = scope.get("path_params") or {}, _place(portal, scope)
    if slug := given.get("slug"):
        found = applications.with_slug(portal.session.db, str(slug)[:_LONGEST])
        return Attempt(address, "sp", found, app_label="" if found else str(slug)[:_LONGEST])
    if place == "/launch":
        return Attempt(address, "idp", applications.get(portal.session.db, str(given.get("application", ""))))
    return Attempt(address, "sp" if place in ("/saml2", "/sso") else "portal")


def _said(portal: Portal, scope: dict[str, Any], error: UsherError) -> str:
    """The reason with what only an operator is told."""
    where = f" ({scope['method'][:20]} {_place(portal, scope)})"
    if error.code != "host-unknown":
        return error.message + where
    hosts = b", ".join(value for name, value in scope["headers"] if name == b"host").decode("latin-1")
    return f"The request was for the host {hosts[:_LONGEST]!r}, which is not this portal.{where}"


def _place(portal: Portal, scope: dict[str, Any]) -> str:
    """The first part of the path, below the base URL's own."""
    return "/" + str(scope["path"]).removeprefix(portal.prefix).lstrip("/").partition("/")[0][:_LONGEST]
