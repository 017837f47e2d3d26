"""Single sign-on tried before it goes live: what would be asserted of a person, and what a pasted message says."""

from __future__ import annotations

from datetime import timedelta

from store import applications, authorizations, directory
from store.errors import Refused
from store.records import dataclass
from usher.saml import contexts, issue
from usher.saml.judge import Judgement
from usher.saml.judge import judge as judged
from usher.saml.response import Attribute
from usher.services import assertions, parties
from usher.services.session import Session

_SESSION_LASTS = timedelta(hours=8)


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


def judge(session: Session, app: str, text: str) -> Judgement:
    """A pasted request or response read and judged for an application; nothing is kept or answered."""
    both = parties.of(session, applications.find(session.db, app))
    return judged(text, both.sp, both.idp, session.clock.now())
