"""Single sign-on as a browser meets it: an application's request, a tile, the way on after signing in, and the metadata."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.responses import Response

from store.applications import Application
from usher.portal.login import CODE_PAGE, FACTOR_PAGE, login_page
from usher.portal.pages import auto_post, close, page, redirect
from usher.portal.visit import Visit
from usher.saml.refusal import Answerable, Refusal
from usher.services import federation, refusals
from usher.services.federation import Prepared, Received
from usher.services.sign_ins import Attempt

if TYPE_CHECKING:
    from usher.saml.bindings import Incoming


def by_redirect(visit: Visit) -> Response:
    """An AuthnRequest in the address (Bindings 3.4). The browser's cookies come along: whoever is signed in is asserted at once."""
    from usher.saml import bindings

    query: bytes = visit.request.scope["query_string"]
    if not bindings.has_message(query):
        federation.application_at(visit.session, visit.path("slug"))
        raise Refusal("no-message", "Applications send people here to sign in. Start at the application, or from the portal.")
    return _begin(visit, lambda: bindings.from_query(query), from_own_site=True)


def by_post(visit: Visit) -> Response:
    """An AuthnRequest in a form (Bindings 3.5). A form from another site brings no cookie: the request is kept, and the
    browser comes for it by itself."""
    from usher.saml import bindings

    return _begin(visit, lambda: bindings.from_form(visit.body), from_own_site=False)


def _begin(visit: Visit, take: Callable[[], Incoming], *, from_own_site: bool) -> Response:
    try:
        received = federation.receive(visit.session, visit.path("slug"), take, visit.came.address)
    except Answerable as denied:
        return _deny(visit, denied)
    if from_own_site and visit.visitor is not None:
        return _go_on(visit, received, "")
    try:
        key = federation.keep(visit.session, received, visit.browser if from_own_site else "", visit.came.address)
    except Refusal as refused:
        refusals.note(visit.session, _attempt(visit, received), refused)
        raise
    return redirect(visit, f"/sso/continue/{key}")


def go_on(visit: Visit) -> Response:
    """The way on of a request that waits."""
    key = visit.path("key")
    return _go_on(visit, federation.waiting(visit.session, key, visit.browser), key)


def _go_on(visit: Visit, received: Received, key: str) -> Response:
    """Asserts, asks for what is lacking, or tells the application that it cannot be."""
    try:
        step = federation.next_step(visit.session, received, visit.visitor)
        if step != federation.ISSUE or visit.visitor is None:
            key = key or federation.keep(visit.session, received, visit.browser, visit.came.address)
            return _ask(visit, received.application, step, key)
        prepared = federation.answer(visit.session, received, visit.visitor, visit.came.address)
    except Answerable as denied:
        prepared = federation.deny(visit.session, denied, received.application, received.parties, visit.came.address, visit.visitor, received.key_hash)
    except Refusal as refused:
        refusals.note(visit.session, _attempt(visit, received), refused, user=visit.visitor.user if visit.visitor else None)
        return _sorry(visit, received.application, refused)
    return _send(visit, prepared, received.application, _attempt(visit, received))


def _attempt(visit: Visit, received: Received) -> Attempt:
    """What the record knows of an application's request."""
    return Attempt(visit.came.address, "sp", received.application, acs=received.request.acs_url, request_xml=received.request.xml)


def _ask(visit: Visit, application: Application, step: str, key: str) -> Response:
    """The page that asks for what is lacking; the request waits meanwhile."""
    if step == federation.LOGIN:
        known = visit.visitor.user.username if visit.visitor else ""
        return login_page(visit, key, application=application.label, username=known)
    return redirect(visit, f"{CODE_PAGE if step == federation.CODE else FACTOR_PAGE}?request={key}")


def launch(visit: Visit) -> Response:
    """A tile: the response leaves without a request (Profiles 4.1.5)."""
    from store import applications

    visit.fields()
    visitor = visit.visitor
    if visitor is None or visitor.lacks:
        return redirect(visit, "/login")
    application = applications.get(visit.session.db, visit.path("application"))
    if application is None:
        raise Refusal("no-such-application", "The application is not there any more.")
    step = federation.tile_step(visit.session, application, visitor)
    if step != federation.ISSUE:
        return redirect(visit, CODE_PAGE if step == federation.CODE else FACTOR_PAGE)
    try:
        prepared = federation.launch(visit.session, application.id, visitor, visit.came.address)
    except Refusal as refused:
        refusals.note(visit.session, Attempt(visit.came.address, "idp", application), refused, user=visitor.user)
        return _sorry(visit, application, refused)
    return _send(visit, prepared, application, Attempt(visit.came.address, "idp", application))


def _send(visit: Visit, prepared: Prepared, application: Application, attempt: Attempt) -> Response:
    """Lets the answer leave once its record is on the disk; what changed in the last moment keeps it here."""
    try:
        _refuse_leaving(visit, prepared, application)
        visit.portal.commits.submit(prepared.job).result()
    except Refusal as refused:
        refusals.note(visit.session, attempt, refused, user=visit.visitor.user if visit.visitor else None)
        return _sorry(visit, application, refused)
    return auto_post(visit, prepared.post, application.label)


def _refuse_leaving(visit: Visit, prepared: Prepared, application: Application) -> None:
    """In a rehearsal nothing leaves this machine, whatever ACS URL an application still has from the catalog."""
    if visit.leaves(prepared.post.action):
        raise Refusal("rehearsal", f"This is a rehearsal: nothing leaves this machine, and the ACS URL of {application.label} is elsewhere. Set it to the stand-in's.")  # fmt: skip


def _deny(visit: Visit, denied: Answerable) -> Response:
    """Tells the application at once why its request cannot be met."""
    application, parties = federation.application_at(visit.session, visit.path("slug"))
    prepared = federation.deny(visit.session, denied, application, parties, visit.came.address)
    return _send(visit, prepared, application, Attempt(visit.came.address, "sp", application, acs=denied.request.acs_url, request_xml=denied.request.xml))


def _sorry(visit: Visit, application: Application, refused: Refusal) -> Response:
    """Why a person does not get in; in our words, and nothing is sent anywhere."""
    status = 403 if refused.code in ("not-entitled", "sso-inactive") else 400
    return page(visit, "message.html", status, title=application.label, sentence=refused.message, link="/", link_text="To the portal")


def metadata(visit: Visit) -> Response:
    """The metadata of this identity provider for one application; open to all."""
    from usher.saml import metadata as saml

    _, parties = federation.application_at(visit.session, visit.path("slug"))
    response = Response(saml.document(parties.idp, parties.sp), media_type="application/samlmetadata+xml")
    response.headers["Cache-Control"] = "no-cache"
    return close(visit, response)
