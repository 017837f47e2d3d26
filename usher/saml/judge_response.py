"""A response looked at as the application would look at it, against what is registered and published here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from usher.saml import signature, xml
from usher.saml.keys import public_keys
from usher.saml.lines import Line, judged
from usher.saml.names import BEARER, SAML, SAMLP
from usher.saml.parties import IdentityProvider, ServiceProvider
from usher.saml.refusal import SUCCESS, Refusal, need

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_NO = "does-not-hold"


def response_lines(root: Element, sp: ServiceProvider, idp: IdentityProvider, now: datetime) -> list[Line]:
    """The judgement of a response, the frame first and then the assertion in it."""
    assertion = root.find(f"{{{SAML}}}Assertion")
    encrypted = root.find(f"{{{SAML}}}EncryptedAssertion") is not None
    urls = [acs.url for acs in sp.acs]
    lines = [
        judged("It is a Response of SAML 2.0", lambda: need(root.get("Version") == "2.0", _NO, f"Its version is {root.get('Version')}.")),
        judged("It was sent by this identity provider", lambda: _equal("Issuer", _text(root, f"{{{SAML}}}Issuer"), idp.entity_id)),
        judged("It goes to a registered ACS URL", lambda: need(root.get("Destination") in urls, _NO, f"Its Destination is {root.get('Destination')}.")),
        judged("It says Success", lambda: _status(root)),
        *_signature_lines(root, assertion, sp, idp),
    ]
    if encrypted:
        return [*lines, Line("Its assertion", None, "It is encrypted: the application alone can read it.")]
    if assertion is None:
        return [*lines, Line("It asserts somebody", None, "It holds no assertion.")]
    return lines + [judged(what, check) for what, check in _assertion_checks(assertion, sp, idp, urls, now)]


def _assertion_checks(assertion: Element, sp: ServiceProvider, idp: IdentityProvider, urls: list[str], now: datetime) -> list[tuple[str, Callable[[], object]]]:
    """What an application asks of the assertion (SAML Profiles 4.1.4.3)."""
    data = assertion.find(f"{{{SAML}}}Subject/{{{SAML}}}SubjectConfirmation/{{{SAML}}}SubjectConfirmationData")
    conditions = assertion.find(f"{{{SAML}}}Conditions")
    audiences = [(each.text or "").strip() for each in assertion.iter(f"{{{SAML}}}Audience")]
    return [
        ("The assertion is this identity provider's", lambda: _equal("Issuer", _text(assertion, f"{{{SAML}}}Issuer"), idp.entity_id)),
        ("It is for this application alone", lambda: need(audiences == [sp.entity_id], _NO, f"Its audience is {', '.join(audiences) or 'nobody'}.")),
        ("It names somebody", lambda: _nameid(assertion)),
        ("The NameID has the application's format", lambda: _equal("The format", _format(assertion), sp.nameid_format)),
        ("It may be delivered to a registered ACS URL", lambda: _recipient(assertion, data, urls)),
        ("It can be delivered now", lambda: _times(None, data.get("NotOnOrAfter") if data is not None else None, now)),
        ("It holds now", lambda: _times(*_window(conditions), now)),
        ("It says when and how the person signed in", lambda: _sign_in(assertion)),
    ]


def response_facts(root: Element) -> list[tuple[str, str]]:
    """What a response says, in its own words."""
    facts = [(name, str(value)) for name, value in root.attrib.items()]
    facts.append(("Issuer", _text(root, f"{{{SAML}}}Issuer")))
    facts += [("StatusCode", str(each.get("Value"))) for each in root.iter(f"{{{SAMLP}}}StatusCode")]
    facts += [("StatusMessage", (each.text or "").strip()) for each in root.iter(f"{{{SAMLP}}}StatusMessage")]
    facts += [("NameID", (each.text or "").strip()) for each in root.iter(f"{{{SAML}}}NameID")]
    for each in root.iter(f"{{{SAML}}}AuthnStatement"):
        facts += [(name, str(value)) for name, value in each.attrib.items()]
    facts += [("AuthnContextClassRef", (each.text or "").strip()) for each in root.iter(f"{{{SAML}}}AuthnContextClassRef")]
    for each in root.iter(f"{{{SAML}}}Attribute"):
        values = [(value.text or "") for value in each.findall(f"{{{SAML}}}AttributeValue")]
        facts.append((f"Attribute {each.get('Name')}", "; ".join(values)))
    return facts


def _signature_lines(root: Element, assertion: Element | None, sp: ServiceProvider, idp: IdentityProvider) -> list[Line]:
    """Whether each signature holds, and whether something that counts is signed."""
    keys = public_keys(idp.certificates)
    places = [(root, "response", sp.sign_response)] + ([(assertion, "assertion", sp.sign_assertion)] if assertion is not None else [])
    lines = []
    found = [each.getparent() for each in signature.signatures(root)]
    for element, name, wanted in places:
        if element in found:
            lines.append(judged(f"The {name}'s signature holds", lambda element=element: signature.verify(element, keys)))  # type: ignore[misc]
        elif wanted:
            lines.append(Line(f"The {name} is signed", False, f"The application's settings say that the {name} is signed."))
    if not found:
        lines.append(Line("It is signed", False, "Neither the response nor the assertion carries a signature."))
    if any(parent is not root and parent is not assertion for parent in found):
        lines.append(Line("Every signature stands where it belongs", False, "There is a signature elsewhere in the document."))
    return lines


def _equal(what: str, found: str, wanted: str) -> None:
    need(found == wanted, _NO, f"{what} is {found[:200] or 'missing'}; it should be {wanted}.")


def _status(root: Element) -> None:
    codes = [str(each.get("Value")).rpartition(":")[2] for each in root.iter(f"{{{SAMLP}}}StatusCode")]
    said = " ".join((each.text or "").strip() for each in root.iter(f"{{{SAMLP}}}StatusMessage"))
    need(codes == [SUCCESS.rpartition(":")[2]], _NO, f"It says {', '.join(codes) or 'nothing'}. {said}".strip())


def _text(parent: Element, path: str) -> str:
    node = parent.find(path)
    return (node.text or "").strip() if node is not None else ""


def _nameid(assertion: Element) -> str:
    nameid = _text(assertion, f"{{{SAML}}}Subject/{{{SAML}}}NameID")
    need(nameid, _NO, "There is no NameID.")
    return nameid


def _format(assertion: Element) -> str:
    nameid = assertion.find(f"{{{SAML}}}Subject/{{{SAML}}}NameID")
    return (nameid.get("Format") or "") if nameid is not None else ""


def _recipient(assertion: Element, data: Element | None, urls: list[str]) -> None:
    confirmation = assertion.find(f"{{{SAML}}}Subject/{{{SAML}}}SubjectConfirmation")
    need(confirmation is not None and data is not None, _NO, "There is no bearer confirmation.")
    assert confirmation is not None and data is not None
    need(confirmation.get("Method") == BEARER, _NO, f"The confirmation's method is {confirmation.get('Method')}.")
    need(data.get("Recipient") in urls, _NO, f"The Recipient is {data.get('Recipient')}.")


def _window(conditions: Element | None) -> tuple[str | None, str | None]:
    return (conditions.get("NotBefore"), conditions.get("NotOnOrAfter")) if conditions is not None else (None, None)


def _times(begin: str | None, end: str | None, now: datetime) -> str:
    """Whether now is within both ends; there must be a later one."""
    if end is None:
        raise Refusal(_NO, "It does not say until when.")
    need(begin is None or xml.read_instant(begin, "NotBefore") <= now, _NO, f"It holds from {begin} on; now it is {xml.instant(now)}.")
    need(now < xml.read_instant(end, "NotOnOrAfter"), _NO, f"It was over at {end}; now it is {xml.instant(now)}.")
    return f"until {end}"


def _sign_in(assertion: Element) -> str:
    statement = assertion.find(f"{{{SAML}}}AuthnStatement")
    need(statement is not None, _NO, "There is no AuthnStatement.")
    assert statement is not None
    at = xml.read_instant(statement.get("AuthnInstant") or "", "AuthnInstant")
    return f"{xml.instant(at)}, {_text(statement, f'{{{SAML}}}AuthnContext/{{{SAML}}}AuthnContextClassRef').rpartition(':')[2]}"
