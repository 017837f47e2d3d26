"""The sign-on itself: what an application's request, or a tile, leads to, and the answer that leaves.

Everything about who may is read here, at the time of issue, and once more in the transaction that keeps the record: an
assertion leaves only after its Sign-ins row is on the disk, and its request is answered once. Errors end in two ways:
`Refusal` is a page of ours; `Answerable` a signed error Response to the application.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from store import accounts, applications, portal_sessions, saml_settings
from store.applications import Application
from store.connection import Db
from store.errors import Refused
from store.ids import moment, stamp
from store.portal_sessions import Pending
from store.records import dataclass
from store.sign_ins import SignIn
from usher.saml import refusal
from usher.saml.refusal import Answerable, Refusal
from usher.services import hashing, refusals, sign_ins
from usher.services.portal_sessions import Visitor
from usher.services.session import Session
from usher.services.sign_ins import Asserted, Attempt

if TYPE_CHECKING:
    from usher.saml.authn import AuthnRequest
    from usher.saml.bindings import Incoming, Post
    from usher.services.parties import Parties

LOGIN, CODE, SECOND_FACTOR, ISSUE = "login", "code", "second-factor", "issue"
"""What comes next for a person: sign in (again), show a code, set up a second factor, or be asserted."""

MOST_WAITING = 5000
"""How many requests may wait at once: anybody can send one."""

_NO_ACCESS = "{person} may not use {app}: no group of theirs is authorised for it."


@dataclass(frozen=True)
class Received:
    """A request that holds: from whom it came and what it asks for. `since` is when it came, `key_hash` under which key
    it waits (empty: it does not)."""

    application: Application
    parties: Parties
    request: AuthnRequest
    since: datetime
    key_hash: str = ""


@dataclass(frozen=True)
class Prepared:
    """An answer that may leave once `job` is on the disk."""

    post: Post
    job: Callable[[Db], None]


def application_at(session: Session, slug: str) -> tuple[Application, Parties]:
    """The application whose SSO IdP URL ends so; `Refusal` where there is none."""
    from usher.services import parties

    application = applications.with_slug(session.db, slug)
    if application is None:
        raise Refusal("no-such-application", "There is no application at this address.")
    return application, parties.of(session, application)


def receive(session: Session, slug: str, take: Callable[[], Incoming], address: str) -> Received:
    """Reads a request of an application. What does not hold is kept in the record and raised again."""
    from usher.saml import request

    attempt = Attempt(address, "sp", app_label=slug)
    try:
        application, parties = application_at(session, slug)
        attempt = Attempt(address, "sp", application)
        incoming = take()
        attempt = Attempt(address, "sp", application, request_xml=incoming.xml.decode("utf-8", "replace"))
        now = session.clock.now()
        found = request.read(incoming, parties.sp, parties.idp, now)
        return Received(application, parties, found, now)
    except Answerable:
        raise
    except Refusal as refused:
        refusals.note(session, attempt, refused)
        raise


def keep(session: Session, received: Received, browser: str, address: str) -> str:
    """Keeps a request until its person has signed in; the key that leads to it. `browser` may be empty: it is then bound
    to the first that comes for it."""
    refusals.need_room(session, address)
    if portal_sessions.is_consumed(session.db, received.application.id, received.request.id):
        raise _replayed()
    key = hashing.new_token()
    bound = hashing.digest(browser) if browser else ""
    waiting = Pending(received.application.id, bound, received.request.as_json(), stamp(received.since))
    with session.store.transaction() as db:
        portal_sessions.put_pending(db, hashing.digest(key), waiting, stamp(received.request.keep_until))
        if portal_sessions.pending_count(db, MOST_WAITING + 1) > MOST_WAITING:
            raise Refusal("throttled", "Too many sign-ins wait to be finished. Try again in a few minutes.")
    return key


def waiting(session: Session, key: str, browser: str) -> Received:
    """The request that waits under a key, for the browser it belongs to."""
    from usher.saml.authn import AuthnRequest
    from usher.services import parties

    key_hash = hashing.digest(key)
    found = portal_sessions.pending(session.db, key_hash, session.now())
    if found is None:
        raise Refusal("request-over", "This sign-in was finished already, or took too long.")
    owner = hashing.digest(browser)
    if found.browser_hash != owner:
        with session.store.transaction() as db:
            if not portal_sessions.bind_pending(db, key_hash, owner):
                raise Refusal("request-elsewhere", "This sign-in was begun in another browser.")
    application = applications.get(session.db, found.application_id)
    if application is None:
        raise Refusal("no-such-application", "The application is not there any more.")
    return Received(application, parties.of(session, application), AuthnRequest.from_json(found.body), moment(found.made_at), key_hash)


def asked_by(session: Session, key: str, browser: str) -> str:
    """The label of the application whose request waits under that key for that browser; empty where none does."""
    found = portal_sessions.pending(session.db, hashing.digest(key), session.now()) if key else None
    application = applications.get(session.db, found.application_id) if found and found.browser_hash == hashing.digest(browser) else None
    return application.label if application else ""


def next_step(session: Session, received: Received, visitor: Visitor | None) -> str:
    """What comes next before the application can be answered. `Answerable` where the application forbids asking."""
    step = _next_step(session, received, visitor)
    if step != ISSUE and received.request.is_passive:
        raise received.request.deny(refusal.NO_PASSIVE, "passive", "The person would have to be asked, and the application forbids that.")
    return step


def _next_step(session: Session, received: Received, visitor: Visitor | None) -> str:
    request = received.request
    if visitor is None or (request.force_authn and visitor.signed_in_at < received.since and not visitor.lacks):
        return LOGIN
    if visitor.lacks:
        return visitor.lacks
    context_needs = request.context(False) is None and request.context(True) is not None
    if (context_needs or received.parties.saml.require_second_factor) and not visitor.session.second_factor:
        return _missing_factor(session, visitor)
    return ISSUE


def tile_step(session: Session, application: Application, visitor: Visitor) -> str:
    """The same for a tile."""
    if _wants_second_factor(session, application.id) and not visitor.session.second_factor:
        return _missing_factor(session, visitor)
    return ISSUE


def _missing_factor(session: Session, visitor: Visitor) -> str:
    from usher.services import second_factor

    return CODE if second_factor.is_set_up(session, visitor.user.id) else SECOND_FACTOR


def _wants_second_factor(session: Session, application_id: str) -> bool:
    fields = saml_settings.get(session.db, application_id)
    return fields is not None and fields.require_second_factor


def answer(session: Session, received: Received, visitor: Visitor, address: str) -> Prepared:
    """The assertion for an application's request."""
    attempt = Attempt(address, "sp", received.application, acs=received.request.acs_url, request_xml=received.request.xml)
    return _asserted(session, received.application, received.parties, visitor, attempt, received)


def launch(session: Session, application_id: str, visitor: Visitor, address: str) -> Prepared:
    """The assertion for a tile: the same checks, and no request to answer (Profiles 4.1.5)."""
    from usher.services import parties

    application = applications.get(session.db, application_id)
    if application is None or application.kind != "saml":
        raise Refusal("no-such-application", "The application is not there any more.")
    return _asserted(session, application, parties.of(session, application), visitor, Attempt(address, "idp", application), None)


def _asserted(session: Session, application: Application, parties: Parties, visitor: Visitor, attempt: Attempt, received: Received | None) -> Prepared:
    """Builds the document, and the job that keeps its record if the person may have it: what was built in vain goes nowhere."""
    from usher.saml import contexts, issue
    from usher.services import assertions
    from usher.services import parties as keys

    try:
        request = received.request if received else None
        person = assertions.person(session, application, visitor.user, parties.saml)
        if request and request.subject is not None and request.subject != person.nameid:
            raise request.deny(refusal.UNKNOWN_PRINCIPAL, "other-person", "The application asked for somebody else.")
        shown = visitor.session.second_factor
        context = request.context(shown) if request else contexts.default(shown)
        if request and context is None:
            raise request.deny(refusal.NO_AUTHN_CONTEXT, "no-context", "The application asked for a way of signing in that is not offered here.")
        now, index = session.clock.now(), f"_{secrets.token_hex(16)}"
        login = issue.Login(visitor.signed_in_at, index, visitor.until, str(context))
        url = request.acs_url if request else parties.sp.acs[0].url
        signer = keys.signing(session, parties)
        made = issue.asserted(parties.idp, parties.sp, signer, person, login, now, url, request.id if request else None)
    except Answerable:
        raise
    except Refused as refused:
        refusals.note(session, attempt, refused, user=visitor.user)
        raise
    asserted = Asserted(made.nameid, url, _fingerprint(signer.certificate), made.xml)
    row = sign_ins.row(session, attempt, "asserted", "", user=visitor.user, asserted=asserted)
    noted = portal_sessions.Asserted(visitor.session.id, application.id, index, made.nameid, parties.sp.nameid_format)
    state = _relay_state(parties, received)
    return Prepared(made.post(state), lambda db: _keep(db, application, visitor, received, row, noted))


def _keep(db: Db, application: Application, visitor: Visitor, received: Received | None, row: SignIn, noted: portal_sessions.Asserted) -> None:
    """In the transaction: all must hold still, the request is used up, the record is there."""
    refuse_unless_entitled(db, application, visitor)
    if received is not None:
        if not portal_sessions.consume(db, application.id, received.request.id, stamp(received.request.keep_until)):
            raise _replayed()
        if received.key_hash:
            portal_sessions.drop_pending(db, received.key_hash)
    portal_sessions.note_asserted(db, noted, row.at)
    sign_ins.add(db, row)


def deny(
    session: Session, denied: Answerable, application: Application, parties: Parties, address: str, user: Visitor | None = None, key_hash: str = ""
) -> Prepared:
    """The signed error Response to an application, and the job that keeps its record and uses the request up. `Refusal` where too many were begun."""
    from usher.saml import issue
    from usher.services import parties as keys

    request = denied.request
    refusals.need_room(session, address)
    made = issue.refused(parties.idp, parties.sp, keys.signing(session, parties), denied, session.clock.now())
    attempt = Attempt(address, "sp", application, acs=request.acs_url, request_xml=request.xml)
    asserted = Asserted(acs=request.acs_url, response_xml=made.xml)
    row = sign_ins.row(session, attempt, "refused", denied.message, user=user.user if user else None, asserted=asserted)

    def job(db: Db) -> None:
        if not portal_sessions.consume(db, application.id, request.id, stamp(request.keep_until)):
            raise _replayed()
        if key_hash:
            portal_sessions.drop_pending(db, key_hash)
        sign_ins.add(db, row)

    return Prepared(made.post(request.relay_state), job)


def refuse_unless_entitled(db: Db, application: Application, visitor: Visitor) -> None:
    """Default deny: the session is there, SSO is active, the person is active and in an authorised group."""
    now = applications.get(db, application.id)
    if now is None or now.sso != "active":
        raise Refusal("sso-inactive", f"SSO of {application.label} is not active.")
    if portal_sessions.by_id(db, visitor.session.id) is None:
        raise Refusal("session-over", "The session has ended.")
    if not accounts.is_entitled(db, application.id, visitor.user.id):
        raise Refusal("not-entitled", _NO_ACCESS.format(person=visitor.user.username, app=application.label))


def _relay_state(parties: Parties, received: Received | None) -> str | None:
    """What the application gave, unchanged; for a tile what is set for the application."""
    if received is not None:
        return received.request.relay_state
    return parties.saml.default_relay_state or None


@lru_cache(2048)
def _fingerprint(certificate: str) -> str:
    """The SHA-256 of a certificate (base64 DER), hex."""
    return hashlib.sha256(base64.b64decode(certificate)).hexdigest()


def _replayed() -> Refusal:
    return Refusal("request-answered", "This request was answered already.")
