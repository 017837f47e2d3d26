"""A store with a day of sign-ins to look at: asserted from either side, refused for this and that."""

from __future__ import annotations

from tests.stages_directory import staff
from tests.stages_push import busy_week
from usher.services import applications, directory, sign_ins
from usher.services.session import Session
from usher.services.sign_ins import Asserted, Attempt

ACS = "https://calendly.com/users/auth/saml/callback"
CERTIFICATE = "5d" * 32
"""A fingerprint that is the same each day; the application's own belongs to a key made afresh with each store."""
REQUEST = (
    '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_7f3a" Version="2.0" IssueInstant="2026-03-02T09:10:00Z">'
    '<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">https://calendly.com/</saml:Issuer></samlp:AuthnRequest>'
)
RESPONSE = (
    f'<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Destination="{ACS}" ID="_90aa" InResponseTo="_7f3a" Version="2.0">'
    '<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">Harbour Works</saml:Issuer></samlp:Response>'
)


def sign_in_day(session: Session) -> None:
    """Three people of sixty, one of whom may not, and a request from nowhere."""
    staff(session)
    app = applications.get(session, "Calendly")
    from store import applications as rows

    calendly = rows.get(session.db, app.id)
    people = directory.people_page(session, limit=3)
    for person in people[:2]:
        sign_ins.write(session, Attempt("198.51.100.7"), "signed-in", "Signed in with a password.", user=person)
    said = Asserted(people[0].email, ACS, CERTIFICATE, RESPONSE)
    sign_ins.write(session, Attempt("198.51.100.7", "sp", calendly, acs=ACS, request_xml=REQUEST), "asserted", "", user=people[0], asserted=said)
    sign_ins.write(
        session, Attempt("198.51.100.7", "idp", calendly), "asserted", "", user=people[1], asserted=Asserted(people[1].email, ACS, CERTIFICATE, RESPONSE)
    )
    refused = f"{people[2].username} may not use Calendly: no group of theirs is authorised for it."
    sign_ins.write(session, Attempt("203.0.113.80", "sp", calendly, acs=ACS, request_xml=REQUEST), "refused", refused, user=people[2])
    sign_ins.write(session, Attempt("203.0.113.80"), "refused", "The password is wrong.", user=people[2])
    nowhere = "The request's AssertionConsumerServiceURL is not registered for Calendly."
    sign_ins.write(session, Attempt("192.0.2.200", "sp", calendly, request_xml=REQUEST), "refused", nowhere)


def day_of_both(session: Session) -> None:
    """Pushes, some of which failed, and a few people who signed in."""
    busy_week(session)
    for person in directory.people_page(session, limit=3):
        sign_ins.write(session, Attempt("198.51.100.7"), "signed-in", "Signed in with a password.", user=person)
    sign_ins.write(session, Attempt("203.0.113.80"), "refused", "The password is wrong.", user=person)
