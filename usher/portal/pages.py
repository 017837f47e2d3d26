"""Answers: pages made of templates, each with the headers that keep it closed; redirects within the portal; the form that posts itself."""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from usher.portal.visit import Visit

if TYPE_CHECKING:
    from jinja2 import Environment

    from usher.saml.bindings import Post

_CSP = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action {forms}; frame-ancestors 'none'; base-uri 'none'{more}"


def page(visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """A page of the portal."""
    html = _environment().get_template(template).render(visit=visit, prefix=visit.portal.prefix, visitor=visit.visitor, **values)
    response = HTMLResponse(html, status)
    response.headers["Content-Security-Policy"] = _CSP.format(forms="'self'", more="")
    return close(visit, response)


def plain(prefix: str, status: int, title: str, sentence: str) -> Response:
    """A page that needs neither store nor session: what became of a request that was refused."""
    html = _environment().get_template("plain.html").render(prefix=prefix, title=title, sentence=sentence)
    response = HTMLResponse(html, status)
    response.headers["Content-Security-Policy"] = _CSP.format(forms="'none'", more="")
    return _closed(response)


def to_sign_in(prefix: str) -> Response:
    """To the sign-in page, for whoever's session has ended."""
    return _closed(RedirectResponse(f"{prefix}/login", 303))


def redirect(visit: Visit, path: str) -> Response:
    """To another page of the portal (303: always by GET)."""
    return close(visit, RedirectResponse(visit.portal.prefix + path, 303))


def leave(visit: Visit, url: str, label: str) -> Response:
    """To an application's registered address, with a message in it.

    As a page when the way began with a form: browsers hold a form's redirects against `form-action`, too.
    """
    if visit.request.method != "POST":
        return close(visit, RedirectResponse(url, 303), "no-referrer")
    html = _environment().get_template("leave.html").render(prefix=visit.portal.prefix, url=url, label=label)
    response = HTMLResponse(html)
    response.headers["Content-Security-Policy"] = _CSP.format(forms="'none'", more="")
    return close(visit, response, "no-referrer")


def auto_post(visit: Visit, post: Post, label: str) -> Response:
    """The form that carries a message to an application: posts itself, or by its button where scripts do not run.

    It runs nothing but its one line, and is kept by no cache (Bindings 3.5.5.1). Browsers hold a form's redirects against
    `form-action`, too, and applications send people on from their ACS URL to other hosts of theirs: beside its origin,
    what is encrypted is allowed, and the way back to us (single logout). Where it is not encrypted itself (on this machine),
    neither need be what follows.
    """
    nonce = secrets.token_urlsafe(16)
    html = _environment().get_template("auto_post.html").render(prefix=visit.portal.prefix, post=post, label=label, nonce=nonce)
    response = HTMLResponse(html)
    response.headers["Content-Security-Policy"] = _CSP.format(
        forms=f"{post.origin} https:{'' if post.origin.startswith('https:') else ' http:'} 'self'", more=f"; script-src 'nonce-{nonce}'"
    )
    response.headers["Pragma"] = "no-cache"
    return close(visit, response, "no-referrer")


def close(visit: Visit, response: Response, referrer: str = "same-origin") -> Response:
    """The headers every answer carries, and the cookies that are due."""
    if visit.came.secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return visit.dress(_closed(response, referrer))


def _closed(response: Response, referrer: str = "same-origin") -> Response:
    headers = response.headers
    headers.setdefault("Cache-Control", "no-cache, no-store, must-revalidate, private")
    headers["Referrer-Policy"] = referrer
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    return response


@cache
def _environment() -> Environment:
    """The templates, compiled when first used; everything they are given is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(loader=PackageLoader("usher.portal"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
