"""The record of sign-ins: written by the portal, found and paged for screens and commands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from store import applications, events, sign_ins
from store.applications import Application
from store.connection import Db
from store.directory import User, find_user
from store.errors import NotFound
from store.records import dataclass
from store.sign_ins import SignIn, Wanted
from usher.services.session import Session

RESULTS = ("asserted", "refused", "error", "signed-in", "signed-out")
FLOWS = ("idp", "sp", "portal")
_LONGEST_XML = 16 * 1024
_LONGEST_TEXT = 1000


@dataclass(frozen=True)
class SignInQuery:
    """What to look for; empty fields mean any. `app` and `user` by name or id (of some deleted since, too), times as
    the store keeps them (`until` itself left out), `text` words that all occur."""

    app: str = ""
    user: str = ""
    result: str = ""
    flow: str = ""
    since: str = ""
    until: str = ""
    text: str = ""


@dataclass(frozen=True)
class Attempt:
    """What is known of an attempt before it is decided."""

    address: str
    flow: str = "portal"
    application: Application | None = None
    app_label: str = ""
    acs: str = ""
    request_xml: str = ""


@dataclass(frozen=True)
class Asserted:
    """What an answer said: the NameID, the certificate that signed it (SHA-256), and the document."""

    nameid: str = ""
    acs: str = ""
    certificate: str = ""
    response_xml: str = ""


def page(session: Session, query: SignInQuery, *, before: int | None = None, after: int | None = None, limit: int = 100, skip: int = 0) -> list[SignIn]:
    """A page by key: newest first from below `before`, or oldest first from above `after`. Without the XML."""
    return sign_ins.page(session.db, wanted(session, query), before=before, after=after, limit=limit, skip=skip)


def count(session: Session, query: SignInQuery, cap: int = 10_000) -> int:
    """How many attempts match, counted up to `cap`."""
    return sign_ins.count(session.db, wanted(session, query), cap)


def newer(session: Session, query: SignInQuery, seq: int) -> int:
    """How many matching attempts came after that one."""
    return sign_ins.newer(session.db, wanted(session, query), seq)


def last(session: Session) -> int:
    """The newest attempt's number, whatever is looked for."""
    return sign_ins.last(session.db)


def rows(session: Session, query: SignInQuery) -> Iterator[SignIn]:
    """Every attempt that matches, oldest first."""
    found, after = wanted(session, query), 0
    while part := sign_ins.page(session.db, found, after=after, limit=500):
        yield from part
        after = part[-1].seq


def show(session: Session, sign_in_id: str) -> SignIn:
    """One attempt with the XML of request and response; `NotFound`."""
    found = sign_ins.get(session.db, sign_in_id)
    if found is None:
        raise NotFound("no-such-sign-in", f"There is no sign-in {sign_in_id}.", "usher sign-ins list prints their ids.")
    return found


def wanted(session: Session, query: SignInQuery) -> Wanted:
    """The query with names as ids; a name that nobody has, or had, is `NotFound`."""
    app = _application_id(session, query.app) if query.app else ""
    user = _user_id(session, query.user) if query.user else ""
    return Wanted(app, user, query.result, query.flow, query.since, query.until, query.text)


def row(session: Session, attempt: Attempt, result: str, reason: str, *, user: User | None = None, asserted: Asserted | None = None) -> SignIn:
    """The row an attempt leaves behind."""
    said = asserted or Asserted()
    application = attempt.application
    return SignIn(
        id=session.ids.new(),
        at=session.now(),
        application_id=application.id if application else "",
        app_label=(application.label if application else attempt.app_label)[:_LONGEST_TEXT],
        user_id=user.id if user else "",
        username=user.username if user else "",
        flow=attempt.flow,
        result=result,
        reason=_plain(reason),
        nameid=said.nameid,
        acs=said.acs or attempt.acs,
        address=attempt.address,
        certificate=said.certificate,
        request_xml=_plain(attempt.request_xml, _LONGEST_XML),
        response_xml=said.response_xml,
    )


def add(db: Db, found: SignIn) -> None:
    """Keeps a row inside the caller's transaction, and tells the screens."""
    sign_ins.add(db, [found])
    events.add(db, found.at, "sign-in", found.id)


def write(session: Session, attempt: Attempt, result: str, reason: str, *, user: User | None = None, asserted: Asserted | None = None) -> SignIn:
    """Keeps what came of an attempt; on the disk when this returns."""
    found = row(session, attempt, result, reason, user=user, asserted=asserted)
    with session.store.transaction() as db:
        add(db, found)
    return found


def of_application(attempt: Attempt, application: Application) -> Attempt:
    """The attempt, now that it is known which application it is about."""
    return replace(attempt, application=application)


def _plain(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Text as the store can keep it: whole characters, no NUL, of bounded length."""
    return text[:longest].encode("utf-8", "replace").decode("utf-8").replace("\0", "�")


def _application_id(session: Session, name: str) -> str:
    try:
        return applications.find(session.db, name).id
    except NotFound:
        found = sign_ins.application_once_called(session.db, name)
        if found is None:
            raise
        return found


def _user_id(session: Session, name: str) -> str:
    try:
        return find_user(session.db, name).id
    except NotFound:
        found = sign_ins.user_once_called(session.db, name)
        if found is None:
            raise
        return found
