"""Single sign-on tried before it goes live: what would be asserted of a person, and what a pasted message says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from store import accounts, applications, authorizations, directory
from store.errors import Refused
from store.ids import moment
from store.records import dataclass
from store.sign_ins import SignIn
from usher.saml import contexts, issue
from usher.saml.judge import Judgement, Line
from usher.saml.judge import judge as judged
from usher.saml.response import Attribute
from usher.services import assertions, parties, sign_ins
from usher.services.session import Session
from usher.services.sign_ins import SignInQuery

_SESSION_LASTS = timedelta(hours=8)
_INSTANT = re.compile(r'\bIssueInstant="(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z)"')
_NO_ADDRESS = "The document carries no signature; one in its address (HTTP-Redirect) is not kept."


@dataclass(frozen=True)
class AssertionPreview:
    """What an application would be told of a person now: `xml` the whole signed response, indented only where it is shown.

    `plain` is the assertion in clear where it would be encrypted; `entitled` whether the person would get it at all.
    """

    username: str
    nameid: str
    nameid_format: str
    attributes: tuple[Attribute, ...]
    acs_url: str
    xml: str
    plain: str
    entitled: bool


def preview(session: Session, app: str, user: str) -> AssertionPreview:
    """Builds, signs and verifies the response for a person as for a tile, and sends nothing; `Refused` for what would fail.

    SSO need not be active, nor the person be entitled: both are only said.
    """
    application, person = applications.find(session.db, app), directory.find_user(session.db, user)
    both = parties.of(session, application)
    if not both.sp.acs or not both.sp.entity_id:
        raise Refused("sso-incomplete", f"{application.label} has no SP Entity ID or no ACS URL yet.", "Fill them in on the SSO tab.")
    asserted, now = assertions.person(session, application, person), session.clock.now()
    login = issue.Login(now, "_preview", now + _SESSION_LASTS, contexts.default(second_factor=False))
    made = issue.asserted(both.idp, both.sp, parties.signer(session, application.id), asserted, login, now, both.sp.acs[0].url, None)
    entitled = authorizations.entitled_count(session.db, application.id, [person.id]) > 0
    return AssertionPreview(person.username, made.nameid, both.sp.nameid_format, asserted.attributes, made.acs_url, made.xml, made.plain, entitled)


def somebody(session: Session, app: str) -> str:
    """The username of one who may use the application, to try things with; empty where nobody may."""
    person = next(accounts.entitled(session.db, applications.find(session.db, app).id), None)
    return person.username if person else ""


def judge(session: Session, app: str, text: str) -> Judgement:
    """A pasted request or response read and judged for an application; nothing is kept or answered."""
    both = parties.of(session, applications.find(session.db, app))
    return judged(text, both.sp, both.idp, session.clock.now())


@dataclass(frozen=True)
class KeptMessage:
    """A message of the record: the attempt it belongs to, whether it is its `request` or its `response`, and its XML."""

    sign_in: SignIn
    kind: str
    xml: str


def messages(session: Session, app: str, most: int = 60) -> tuple[KeptMessage, ...]:
    """The requests and responses of the latest `most` sign-ins of an application, newest first."""
    rows = sign_ins.page(session, SignInQuery(app=applications.find(session.db, app).id), limit=most)
    return tuple(message for row in rows for message in messages_of(sign_ins.show(session, row.id)))


def messages_of(row: SignIn) -> tuple[KeptMessage, ...]:
    """What an attempt left behind of what was sent, the last first."""
    both = (("response", row.response_xml), ("request", row.request_xml))
    return tuple(KeptMessage(row, kind, xml) for kind, xml in both if xml)


def judge_kept(session: Session, message: KeptMessage) -> Judgement:
    """A message of the record, judged as of when it was sent, against the settings of now."""
    both = parties.of(session, applications.find(session.db, message.sign_in.application_id))
    found = judged(message.xml, both.sp, both.idp, _sent(message))
    return replace(found, lines=tuple(map(_as_kept, found.lines)))


def _sent(message: KeptMessage) -> datetime:
    """When a message was there. A request that led to a person was found in time when it came, which is not on record."""
    said = _INSTANT.search(message.xml) if message.kind == "request" and message.sign_in.user_id else None
    return moment(said[1]) if said else moment(message.sign_in.at)


def _as_kept(line: Line) -> Line:
    """A signature that may have been in the address can't be missed in the document."""
    missed = line.holds is False and line.detail.startswith("The message must be signed")
    return Line(line.what, None, _NO_ADDRESS) if missed or line.detail == "It is not signed." else line
