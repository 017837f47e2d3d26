"""Our own strict look at every document before it leaves: read again from its text, as a suspicious service provider would.

Nothing here is shared with what made the document but the names: parsed by lxml, canonicalised by lxml, signatures held
against the certificate that is published. What does not hold is a fault of ours, and the document stays here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from usher.saml import bindings, signature, xml
from usher.saml.keys import Signer
from usher.saml.names import BEARER, SAML, SAMLP, XENC
from usher.saml.parties import IdentityProvider, ServiceProvider
from usher.saml.refusal import SUCCESS, Refusal, need
from usher.saml.response import Draft, Login, Person

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_FAULT = "not-issued"


def asserted(draft: Draft, idp: IdentityProvider, sp: ServiceProvider, signer: Signer, person: Person, login: Login) -> None:
    """Raises `Refusal` unless the draft is a response that asserts exactly this person to exactly this application."""
    root = _response(draft, idp)
    _expect([code.get("Value") for code in root.iter(f"{{{SAMLP}}}StatusCode")] == [SUCCESS], "the status is not Success")
    assertions = list(root.iterchildren(f"{{{SAML}}}Assertion"))
    if sp.encrypt_assertion:
        _expect(not assertions and len(root.findall(f"{{{SAML}}}EncryptedAssertion/{{{XENC}}}EncryptedData")) == 1, "the assertion is not encrypted")
        _signatures(root, {root: True}, signer)
        assertion = xml.parse(draft.assertion.encode())
        _signatures(assertion, {assertion: sp.sign_assertion}, signer)
    else:
        _expect(len(assertions) == 1 and root.find(f"{{{SAML}}}EncryptedAssertion") is None, "there is not exactly one assertion")
        assertion = assertions[0]
        _signatures(root, {root: sp.sign_response, assertion: sp.sign_assertion}, signer)
    _assertion(assertion, draft, idp, sp, login)
    _subject(assertion, draft, sp, person)
    _attributes(assertion, person)


def failed(draft: Draft, idp: IdentityProvider, signer: Signer, status: tuple[str, str]) -> None:
    """Raises `Refusal` unless the draft is a signed response that says `status` and asserts nothing."""
    root = _response(draft, idp)
    _signatures(root, {root: True}, signer)
    _expect([code.get("Value") for code in root.iter(f"{{{SAMLP}}}StatusCode")] == [each for each in status if each], "the status is another")
    _expect(SUCCESS not in status and not root.findall(f"{{{SAML}}}Assertion") and not root.findall(f"{{{SAML}}}EncryptedAssertion"), "it asserts something")


def signed(document: str, signer: Signer, name: str) -> None:
    """Raises `Refusal` unless a logout message is of that name and signed as a whole (for HTTP-POST)."""
    root = xml.parse(document.encode())
    _expect(root.tag == f"{{{SAMLP}}}{name}", "it is another message")
    _signatures(root, {root: True}, signer)


def address(url: str, signer: Signer, name: str, document: str) -> None:
    """Raises `Refusal` unless an address carries that message, and a signature of ours over it (for HTTP-Redirect)."""
    incoming = bindings.from_query(urlsplit(url).query.encode())
    _expect(incoming.xml == document.encode() and xml.parse(incoming.xml).tag == f"{{{SAMLP}}}{name}", "the address carries another message")
    try:
        bindings.verify_query(incoming, (signer.public_key,))
    except Refusal as refused:
        _expect(False, refused.message)


def _expect(holds: object, what: str) -> None:
    """Says that a document was kept back, and why."""
    need(holds, _FAULT, f"The message was not sent, for it did not pass our own check: {what}. Please report this.")


def _response(draft: Draft, idp: IdentityProvider) -> Element:
    """The root: a response to whom it should go, from us, now."""
    root = xml.parse(draft.document.encode())
    wanted = {"ID": draft.id, "Version": "2.0", "IssueInstant": xml.instant(draft.now), "Destination": draft.acs_url}
    if draft.in_response_to is not None:
        wanted["InResponseTo"] = draft.in_response_to
    _expect(root.tag == f"{{{SAMLP}}}Response" and dict(root.attrib) == wanted, "the response's head is another")
    _expect(root[0].tag == f"{{{SAML}}}Issuer" and root[0].text == idp.entity_id, "the response's Issuer is another")
    return root


def _signatures(root: Element, wanted: dict[Element, bool], signer: Signer) -> None:
    """The document's signatures are those wanted, and each holds."""
    places = [element for element, is_signed in wanted.items() if is_signed]
    _expect([each.getparent() for each in signature.signatures(root)] == places, "it is not signed where it should be")
    for element in places:
        try:
            signature.verify(element, (signer.public_key,))
        except Refusal as refusal:
            raise Refusal(_FAULT, f"The message was not sent, for its signature did not pass our own check: {refusal.message}") from refusal


def _assertion(assertion: Element, draft: Draft, idp: IdentityProvider, sp: ServiceProvider, login: Login) -> None:
    """Head, conditions and authentication statement (SAML Profiles 4.1.4.2)."""
    now = draft.now
    head = {"ID": draft.assertion_id, "Version": "2.0", "IssueInstant": xml.instant(now)}
    _expect(dict(assertion.attrib) == head and assertion[0].text == idp.entity_id, "the assertion's head is another")
    conditions = _one(assertion, "Conditions")
    _window(conditions.get("NotBefore"), now - timedelta(minutes=5), now, "NotBefore")
    _window(conditions.get("NotOnOrAfter"), now, now + timedelta(minutes=5), "NotOnOrAfter")
    audiences = [each.text for each in conditions.iter(f"{{{SAML}}}Audience")]
    _expect(audiences == [sp.entity_id] and len(conditions) == 1, "the audience is another")
    statement = _one(assertion, "AuthnStatement")
    said = {"AuthnInstant": xml.instant(login.at), "SessionIndex": login.session_index, "SessionNotOnOrAfter": xml.instant(login.until)}
    _expect(dict(statement.attrib) == said and login.session_index, "the sign-in is another")
    _expect(_one(_one(statement, "AuthnContext"), "AuthnContextClassRef").text == login.context, "the authentication context is another")
    _expect(login.at <= now + timedelta(seconds=1) and login.until > now, "the sign-in is not one that holds now")


def _subject(assertion: Element, draft: Draft, sp: ServiceProvider, person: Person) -> None:
    """The NameID, and the one bearer confirmation for this very delivery."""
    subject = _one(assertion, "Subject")
    nameid = _one(subject, "NameID")
    _expect(len(nameid) == 0 and nameid.text == person.nameid and nameid.get("Format") == sp.nameid_format, "the NameID is another")
    confirmation = _one(subject, "SubjectConfirmation")
    data = _one(confirmation, "SubjectConfirmationData")
    given = dict(data.attrib)
    _window(given.pop("NotOnOrAfter", None), draft.now, draft.now + timedelta(minutes=5), "NotOnOrAfter")
    wanted = {"Recipient": draft.acs_url, **({} if draft.in_response_to is None else {"InResponseTo": draft.in_response_to})}
    _expect(confirmation.get("Method") == BEARER and given == wanted, "the confirmation is another")


def _attributes(assertion: Element, person: Person) -> None:
    """The attributes, value for value."""
    found = {
        each.get("Name"): [value.text if len(value) == 0 else None for value in each.iterchildren(f"{{{SAML}}}AttributeValue")]
        for statement in assertion.iterchildren(f"{{{SAML}}}AttributeStatement")
        for each in statement.iterchildren(f"{{{SAML}}}Attribute")
    }
    wanted = {each.name: kept for each in person.attributes if (kept := [value for value in each.values if value.strip()])}
    _expect(found == wanted, "the attributes are others")


def _window(value: str | None, earliest: datetime, latest: datetime, what: str) -> None:
    _expect(value is not None and earliest <= xml.read_instant(value, what) <= latest, f"{what} is out of bounds")


def _one(parent: Element, name: str) -> Element:
    """The one child of that name."""
    found = list(parent.iterchildren(f"{{{SAML}}}{name}"))
    _expect(len(found) == 1, f"there is not exactly one {name}")
    return found[0]
