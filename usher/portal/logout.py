"""Single logout, whole: a session of the portal ends, and every application it was asserted to is told, one after the other,
through the browser (Profiles 4.4). What an application does not confirm is said at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from store import applications, portal_sessions
from store.applications import Application
from store.errors import Refused
from store.ids import moment, stamp
from store.portal_sessions import Asserted, Pending
from store.records import dataclass
from usher.portal.login import end_here
from usher.portal.pages import auto_post, leave, page, redirect
from usher.portal.visit import Visit
from usher.saml import logout
from usher.saml.refusal import Refusal, need
from usher.services import federation, hashing, parties, refusals, sign_ins
from usher.services.portal_sessions import Visitor
from usher.services.sign_ins import Attempt

if TYPE_CHECKING:
    from usher.saml.bindings import Incoming

_LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Chain:
    """A logout on its way: `left` are the applications still to be told, `asked` the one that is to answer now with the ID
    of what it was asked, `failed` who did not confirm; `origin` and `answers` the application that began it, and its request."""

    left: tuple[Asserted, ...]
    origin: str = ""
    answers: str = ""
    relay_state: str | None = None
    asked: str = ""
    asked_id: str = ""
    failed: tuple[str, ...] = ()

    def as_json(self) -> str:
        """As it is kept between two answers."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Chain:
        """The reverse of `as_json`."""
        kept: dict[str, Any] = json.loads(text)
        return cls(**{**kept, "left": tuple(Asserted(**each) for each in kept["left"]), "failed": tuple(kept["failed"])})


def begin(visit: Visit, visitor: Visitor) -> Response:
    """A person signs out at the portal."""
    told = tuple(portal_sessions.asserted_to(visit.session.db, visitor.session.id))
    end_here(visit, visitor)
    if not told:
        return redirect(visit, "/login")
    return _next(visit, Chain(told))


def by_redirect(visit: Visit) -> Response:
    """A logout message in the address."""
    from usher.saml import bindings

    query: bytes = visit.request.scope["query_string"]
    return _take(visit, lambda: bindings.from_query(query))


def by_post(visit: Visit) -> Response:
    """A logout message in a form."""
    from usher.saml import bindings

    return _take(visit, lambda: bindings.from_form(visit.body))


def _take(visit: Visit, take: Callable[[], Incoming]) -> Response:
    """A request begins a logout, a response goes on with one; what does not hold is kept in the record."""
    attempt = Attempt(visit.came.address, "sp", app_label=visit.path("slug"))
    try:
        application, both = federation.application_at(visit.session, visit.path("slug"))
        attempt = sign_ins.of_application(attempt, application)
        incoming = take()
        attempt = replace(attempt, request_xml=incoming.xml.decode("utf-8", "replace"))
        if incoming.kind == "SAMLResponse":
            return _go_on(visit, application, both, incoming, attempt)
        return _requested(visit, application, both, incoming, attempt)
    except Refusal as refused:
        refusals.note(visit.session, attempt, refused)
        raise


def _requested(visit: Visit, application: Application, both: parties.Parties, incoming: Incoming, attempt: Attempt) -> Response:
    """An application's person signed out there: their sessions here end, then the other applications are told."""
    session, now = visit.session, visit.session.clock.now()
    request = logout.read_request(incoming, both.sp, both.idp, now)
    known = portal_sessions.asserted_as(session.db, application.id, request.nameid)
    meant = [each for each in known if not request.session_indexes or each.session_index in request.session_indexes]
    others = [each for one in meant for each in portal_sessions.asserted_to(session.db, one.session_id) if each.application_id != application.id]
    with session.store.transaction() as db:
        need(portal_sessions.consume(db, application.id, request.id, stamp(request.keep_until)), "request-answered", "This request was answered already.")
        for one in meant:
            portal_sessions.end(db, one.session_id)
        row = sign_ins.row(
            session, attempt, "signed-out", f"{len(meant)} session(s) ended at the application's request.", asserted=sign_ins.Asserted(request.nameid)
        )
        sign_ins.add(db, row)
    return _next(visit, Chain(tuple(others), application.id, request.id, request.relay_state))


def _go_on(visit: Visit, application: Application, both: parties.Parties, incoming: Incoming, attempt: Attempt) -> Response:
    """An application answered our request: noted, and on to the next. An answer that does not hold confirms nothing, and
    keeps the others from being told as little as one that says no."""
    session = visit.session
    key_hash = _key_hash(incoming.relay_state or "")
    kept = portal_sessions.pending(session.db, key_hash, session.now())
    need(kept is not None and kept.application_id == application.id, "answers-nothing", "The logout response answers no request that was sent.")
    assert kept is not None
    chain = Chain.from_json(kept.body)
    with session.store.transaction() as db:
        portal_sessions.drop_pending(db, key_hash)
    try:
        answer = logout.read_response(incoming, both.sp, both.idp, session.clock.now(), chain.asked_id)
        trouble = "" if answer.success else f"{application.label} did not end its session: {answer.status.rpartition(':')[2]}."
    except Refusal as refused:
        trouble = refused.message
    if trouble:
        refusals.note(session, attempt, trouble)
    return _next(visit, replace(chain, asked="", asked_id="", failed=(*chain.failed, application.label) if trouble else chain.failed))


def _next(visit: Visit, chain: Chain) -> Response:
    """Tells the next application that can be told; in the end whoever began it, or the person."""
    session, left = visit.session, list(chain.left)
    while left:
        asserted = left.pop(0)
        application = applications.get(session.db, asserted.application_id)
        if application is None:
            continue
        key, now = hashing.new_token(), session.clock.now()
        try:
            both = parties.of(session, application)
            sent = logout.request(both.idp, both.sp, parties.signing(session, both), asserted.nameid, (asserted.session_index,), now, key)
        except Refused:  # no single logout there, or no key for it any more
            chain = replace(chain, failed=(*chain.failed, application.label))
            continue
        if _kept_here(visit, sent, application):
            chain = replace(chain, failed=(*chain.failed, application.label))
            continue
        _keep(visit, key, replace(chain, left=tuple(left), asked=application.id, asked_id=sent.id), application.id)
        return _out(visit, sent, application.label)
    return _finish(visit, chain)


def _finish(visit: Visit, chain: Chain) -> Response:
    application = applications.get(visit.session.db, chain.origin) if chain.origin else None
    if application is None:
        named = ", ".join(dict.fromkeys(chain.failed))
        sentence = f"You may still be signed in at {named}: close the browser, or sign out there." if named else "You are signed out everywhere."
        return page(visit, "message.html", title="You are signed out", sentence=sentence, link="/login", link_text="Sign in again")
    both, now = parties.of(visit.session, application), visit.session.clock.now()
    signer = parties.signing(visit.session, both)
    sent = logout.response(both.idp, both.sp, signer, chain.answers, now, chain.relay_state, partial=bool(chain.failed))
    if said := _kept_here(visit, sent, application):
        return page(visit, "message.html", title="You are signed out", sentence=said, link="/login", link_text="Sign in again")
    return _out(visit, sent, application.label)


def _kept_here(visit: Visit, sent: logout.Outgoing, application: Application) -> str:
    """Why a message does not leave a rehearsal, which is put on record; nothing where it may go."""
    url = sent.post.action if sent.post is not None else sent.url or ""
    if not visit.leaves(url):
        return ""
    said = f"This is a rehearsal: nothing leaves this machine, and the logout address of {application.label} is elsewhere."
    refusals.note(visit.session, sign_ins.of_application(Attempt(visit.came.address, "sp"), application), said)
    return said


def _keep(visit: Visit, key: str, chain: Chain, application_id: str) -> None:
    now = visit.session.now()
    waiting = Pending(application_id, "", chain.as_json(), now)
    with visit.session.store.transaction() as db:
        portal_sessions.put_pending(db, _key_hash(key), waiting, stamp(moment(now) + _LASTS))


def _key_hash(key: str) -> str:
    """Logouts and sign-ins wait under keys of two kinds: neither can be taken for the other."""
    return hashing.digest(f"logout|{key}")


def _out(visit: Visit, sent: logout.Outgoing, label: str) -> Response:
    if sent.post is not None:
        return auto_post(visit, sent.post, label)
    assert sent.url is not None
    return leave(visit, sent.url, label)
