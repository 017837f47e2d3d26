"""Responses as text: the assertion, the frame around it, signed where the application wants it, encrypted where it can.

Each top-level `saml:` element carries its own namespace declaration and attributes are sorted, so that the text of an
element is its exclusive canonical form. Nothing leaves from here: `usher.saml.issue` verifies what this makes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from store.records import dataclass
from usher.saml import encryption, signature
from usher.saml.keys import Signer
from usher.saml.names import BASIC, BEARER, SAML, SAMLP, URI, XS, XSI
from usher.saml.parties import IdentityProvider, ServiceProvider
from usher.saml.refusal import SUCCESS, Refusal, need
from usher.saml.xml import attribute, instant, new_id, text

NOT_BEFORE = timedelta(seconds=60)
"""How far back the assertion holds: clocks differ."""

HOLDS = timedelta(minutes=5)
"""How long the assertion can be delivered."""

_XS_DECLARED = f' xmlns:xs="{XS}"'


@dataclass(frozen=True)
class Attribute:
    """An attribute of the assertion: its name exactly as configured, and its values."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Person:
    """Who is asserted: the NameID's value, and the attributes. Those without a value are left out."""

    nameid: str
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True)
class Login:
    """The sign-in that is vouched for: when it really was, its session's index and end, and the AuthnContextClassRef."""

    at: datetime
    session_index: str
    until: datetime
    context: str


@dataclass(frozen=True)
class Draft:
    """A response that nobody has verified yet. `assertion` is the signed plain text of what `document` holds, maybe encrypted."""

    document: str
    id: str
    acs_url: str
    in_response_to: str | None
    now: datetime
    assertion: str = ""
    assertion_id: str = ""


def success(
    idp: IdentityProvider, sp: ServiceProvider, signer: Signer, person: Person, login: Login, now: datetime, acs_url: str, in_response_to: str | None
) -> Draft:
    """A response that asserts `person`. `in_response_to` is None when it was started here. `Refusal` for an empty NameID."""
    need(text(person.nameid).strip(), "nameid-empty", "The person has no value for the NameID of this application.")
    need(sp.sign_assertion or sp.sign_response, "nothing-signed", "Neither the assertion nor the response would be signed.")
    id_, now = new_id(), now.replace(microsecond=0)
    plain, digested = _assertion(id_, idp, sp, person, login, now, acs_url, in_response_to)
    if sp.sign_assertion:
        plain = _with_signature(plain, signature.sign(digested, id_, signer))
    if sp.encrypt_assertion and not sp.encryption_certificate:
        raise Refusal("no-encryption-certificate", "The assertion is to be encrypted, but the application's certificate for that is not known here.")
    carried = encryption.encrypted_assertion(plain, sp.encryption_certificate) if sp.encrypt_assertion else plain
    status = f'<samlp:Status><samlp:StatusCode Value="{SUCCESS}"></samlp:StatusCode></samlp:Status>'
    signs = signer if sp.sign_response or sp.encrypt_assertion else None
    # Signed as text: an encrypted assertion and a plain one are canonical; one with xsi:type is digested without its unused prefix.
    digested_carried = carried.replace(_XS_DECLARED, "", 1) if sp.typed_values and not sp.encrypt_assertion else carried
    response_id, document = _response(idp, acs_url, in_response_to, now, status, carried, digested_carried, signs)
    return Draft(document, response_id, acs_url, in_response_to, now, plain, id_)


def failure(idp: IdentityProvider, signer: Signer, acs_url: str, in_response_to: str | None, status: tuple[str, str], message: str, now: datetime) -> Draft:
    """A signed response that says no: `status` is the first and the second-level status, `message` a sentence (SAML Core 3.2.2)."""
    now = now.replace(microsecond=0)
    inner = f'<samlp:StatusCode Value="{attribute(status[1])}"></samlp:StatusCode>' if status[1] else ""
    said = f"<samlp:StatusMessage>{text(message)}</samlp:StatusMessage>" if message else ""
    answer = f'<samlp:Status><samlp:StatusCode Value="{attribute(status[0])}">{inner}</samlp:StatusCode>{said}</samlp:Status>'
    id_, document = _response(idp, acs_url, in_response_to, now, answer, "", "", signer)
    return Draft(document, id_, acs_url, in_response_to, now)


def _response(
    idp: IdentityProvider, acs_url: str, in_response_to: str | None, now: datetime, status: str, carried: str, digested: str, signer: Signer | None
) -> tuple[str, str]:
    """The ID and text of a response around `carried`, whose canonical form is `digested`; signed by `signer`, when there is one."""
    id_ = new_id()
    answers = f' InResponseTo="{attribute(in_response_to)}"' if in_response_to is not None else ""
    head = (
        f'<samlp:Response xmlns:samlp="{SAMLP}" Destination="{attribute(acs_url)}" ID="{id_}"{answers} IssueInstant="{instant(now)}" Version="2.0">'
        f'<saml:Issuer xmlns:saml="{SAML}">{text(idp.entity_id)}</saml:Issuer>'
    )
    signed = signature.sign(f"{head}{status}{digested}</samlp:Response>", id_, signer) if signer else ""
    return id_, f"{head}{signed}{status}{carried}</samlp:Response>"


def _assertion(
    id_: str, idp: IdentityProvider, sp: ServiceProvider, person: Person, login: Login, now: datetime, acs_url: str, in_response_to: str | None
) -> tuple[str, str]:
    """The assertion as sent, without its signature, and as digested: the same, but for a prefix that stands in values alone."""
    begin, end, at = instant(now - NOT_BEFORE), instant(now + HOLDS), instant(now)
    answers = f' InResponseTo="{attribute(in_response_to)}"' if in_response_to is not None else ""
    statement = _attributes(person.attributes, sp.typed_values)
    declared = _XS_DECLARED if sp.typed_values and statement else ""
    body = (
        f' ID="{id_}" IssueInstant="{at}" Version="2.0"><saml:Issuer>{text(idp.entity_id)}</saml:Issuer>'
        f'<saml:Subject><saml:NameID Format="{attribute(sp.nameid_format)}">{text(person.nameid)}</saml:NameID>'
        f'<saml:SubjectConfirmation Method="{BEARER}"><saml:SubjectConfirmationData{answers} NotOnOrAfter="{end}" Recipient="{attribute(acs_url)}">'
        "</saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{begin}" NotOnOrAfter="{end}"><saml:AudienceRestriction><saml:Audience>{text(sp.entity_id)}</saml:Audience>'
        "</saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{instant(login.at)}" SessionIndex="{attribute(login.session_index)}" SessionNotOnOrAfter="{instant(login.until)}">'
        f"<saml:AuthnContext><saml:AuthnContextClassRef>{text(login.context)}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        f"{statement}</saml:Assertion>"
    )
    opening = f'<saml:Assertion xmlns:saml="{SAML}"'
    return f"{opening}{declared}{body}", f"{opening}{body}"


def _attributes(attributes: tuple[Attribute, ...], typed: bool) -> str:
    """The attribute statement; empty when nothing has a value. White space alone is a value no application tells from none."""
    begin = f'<saml:AttributeValue xmlns:xsi="{XSI}" xsi:type="xs:string">' if typed else "<saml:AttributeValue>"
    parts = []
    for each in attributes:
        values = "".join([f"{begin}{text(value)}</saml:AttributeValue>" for value in each.values if text(value).strip()])
        if values:
            parts.append(f'<saml:Attribute Name="{attribute(each.name)}" NameFormat="{_name_format(each.name)}">{values}</saml:Attribute>')
    return f"<saml:AttributeStatement>{''.join(parts)}</saml:AttributeStatement>" if parts else ""


def _name_format(name: str) -> str:
    """What kind of name an attribute has: a URI reference or a plain one (SAML Profiles 8.1, 8.2)."""
    return URI if name.startswith(("urn:", "http://", "https://")) else BASIC


def _with_signature(assertion: str, signed: str) -> str:
    """The assertion with its signature right after the Issuer."""
    issuer = "</saml:Issuer>"
    at = assertion.index(issuer) + len(issuer)
    return assertion[:at] + signed + assertion[at:]
