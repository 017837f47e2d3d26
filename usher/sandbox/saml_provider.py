"""The SAML side of the stand-in: it sends people to the portal, takes responses, judges them strictly, and shows what was asserted.

For an application whose SSO IdP URL ends in NAME it is the service provider at `/saml/NAME/`. It knows the identity provider by
the metadata that the portal publishes, and verifies with the same code that verifies what leaves the portal.
"""

from __future__ import annotations

import base64
import binascii
import re
import threading
import urllib.error
import urllib.request
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from store.errors import UsherError
from usher.saml import bindings, forms, keys, signature, xml
from usher.saml.names import DS, SAML, SAMLP
from usher.saml.refusal import Refusal, need
from usher.sandbox import saml_page
from usher.sandbox.web import Answer, Request

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_SKEW = timedelta(minutes=3)
_KEPT = 50
_MD = "urn:oasis:names:tc:SAML:2.0:metadata"
_NAME = re.compile(r"/saml/([A-Za-z0-9._~-]{1,100})(/acs|/login|/metadata|/)?")


@dataclass(frozen=True)
class Claims:
    """What was asserted of a person, and from which side the sign-in was begun."""

    nameid: str
    nameid_format: str
    attributes: tuple[tuple[str, tuple[str, ...]], ...]
    asked_for: bool
    relay_state: str
    at: str
    session_index: str


@dataclass(frozen=True)
class _Idp:
    entity_id: str
    sso_url: str
    keys: tuple[signature.PublicKey, ...]


class SamlSide:
    """The service provider of each application of the rehearsal. `portal` is the identity provider's base URL."""

    def __init__(self, portal: str) -> None:
        self.portal = portal
        self.origin = ""
        self._asked: dict[str, datetime] = {}
        self._taken: deque[str] = deque(maxlen=1000)
        self._seen: deque[tuple[str, Claims]] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """Everything below `/saml/`."""
        found = _NAME.fullmatch(request.path)
        if found is None:
            return Answer(404, b"There is nothing at this address.\n")
        name, part = found[1], found[2] or "/"
        try:
            if part == "/acs":
                return self._take(name, request) if request.method == "POST" else Answer(405, b"Responses are posted here.\n", headers={"Allow": "POST"})
            if part == "/metadata":
                return Answer(200, self._metadata(name).encode(), "application/samlmetadata+xml")
            if part == "/login":
                return self._ask(name, request.query.get("binding") == "post")
            return saml_page.front(name, self._entity(name), self._acs(name), self._of(name))
        except UsherError as refused:
            return saml_page.refused(name, refused.message)

    def _entity(self, name: str) -> str:
        return f"{self.origin}/saml/{name}"

    def _acs(self, name: str) -> str:
        return f"{self._entity(name)}/acs"

    def _of(self, name: str) -> list[Claims]:
        with self._lock:
            return [claims for application, claims in reversed(self._seen) if application == name]

    def _metadata(self, name: str) -> str:
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<md:EntityDescriptor xmlns:md="{_MD}" entityID="{xml.attribute(self._entity(name))}">'
            f'<md:SPSSODescriptor AuthnRequestsSigned="false" WantAssertionsSigned="true" protocolSupportEnumeration="{SAMLP}">'
            f'<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{xml.attribute(self._acs(name))}" index="0" isDefault="true"/>'
            "</md:SPSSODescriptor></md:EntityDescriptor>\n"
        )

    def _idp(self, name: str) -> _Idp:
        """The identity provider, as its metadata has it now."""
        url = f"{self.portal}/saml2/{quote(name)}/metadata"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - the portal's own address, given at the start
                root = xml.parse(answer.read(xml.LARGEST))
        except (OSError, urllib.error.HTTPError):
            raise Refusal("no-identity-provider", f"The portal has no metadata at {url}: add an application with SSO there first.") from None
        found = [each.text or "" for each in root.iter(f"{{{DS}}}X509Certificate")]
        places = [str(each.get("Location")) for each in root.iter(f"{{{_MD}}}SingleSignOnService")]
        need(found and places, "no-identity-provider", "The portal's metadata names no certificate.")
        pems = tuple(f"-----BEGIN CERTIFICATE-----\n{''.join(each.split())}\n-----END CERTIFICATE-----\n" for each in found)
        return _Idp(str(root.get("entityID")), places[0], keys.public_keys(pems))

    def _ask(self, name: str, by_post: bool) -> Answer:
        """Sends the browser to the portal with a request of ours."""
        idp, id_, now = self._idp(name), xml.new_id(), datetime.now(UTC)
        with self._lock:
            self._asked = {known: at for known, at in self._asked.items() if now - at < timedelta(hours=1)} | {id_: now}
        head = f'AssertionConsumerServiceURL="{xml.attribute(self._acs(name))}" Destination="{xml.attribute(idp.sso_url)}" ID="{id_}" IssueInstant="{xml.instant(now)}" Version="2.0"'
        document = f'<samlp:AuthnRequest xmlns:samlp="{SAMLP}" {head}><saml:Issuer xmlns:saml="{SAML}">{xml.text(self._entity(name))}</saml:Issuer></samlp:AuthnRequest>'
        state = "begun at the application"
        if by_post:
            return saml_page.posting(bindings.post(idp.sso_url, "SAMLRequest", document, state))
        return Answer(303, headers={"Location": bindings.redirect(idp.sso_url, "SAMLRequest", document, state, None), "Cache-Control": "no-store"})

    def _take(self, name: str, request: Request) -> Answer:
        """A response: verified, then shown."""
        fields = forms.form_fields(request.body, names=("SAMLResponse", "RelayState"), largest=xml.LARGEST * 2)
        need("SAMLResponse" in fields, "no-response", "There is no SAML response in the form.")
        try:
            document = base64.b64decode("".join(fields["SAMLResponse"].split()), validate=True)
        except (binascii.Error, ValueError):
            raise Refusal("no-response", "The SAML response is not base64.") from None
        claims = self._judged(name, xml.parse(document), fields.get("RelayState", ""))
        with self._lock:
            self._seen.append((name, claims))
        return saml_page.signed_in(name, claims)

    def _judged(self, name: str, root: Element, relay_state: str) -> Claims:
        """What a response says, if all of it holds (SAML Profiles 4.1.4.3)."""
        need(root.tag == f"{{{SAMLP}}}Response", "no-response", "That is no SAML response.")
        need(root.get("Destination") == self._acs(name), "destination", "The response was meant for another address.")
        code = root.find(f"{{{SAMLP}}}Status/{{{SAMLP}}}StatusCode")
        inner = code.find(f"{{{SAMLP}}}StatusCode") if code is not None else None
        said = str((inner if inner is not None else code).get("Value")).rpartition(":")[2] if code is not None else "nothing"
        assertions = root.findall(f"{{{SAML}}}Assertion")
        need(assertions or code is None or said == "Success", "refused", f"The identity provider says no: {said}.")
        need(len(assertions) == 1, "assertion", "There is not exactly one assertion in clear in the response.")
        idp, assertion = self._idp(name), assertions[0]
        signed = [each.getparent() for each in signature.signatures(root)]
        need(signed and all(each is root or each is assertion for each in signed), "unsigned", "Neither response nor assertion is signed where it should be.")
        for each in signed:
            signature.verify(each, idp.keys)
        need(_text(assertion, "Issuer") == idp.entity_id, "issuer", "The assertion is of somebody else.")
        return self._read(name, assertion, relay_state)

    def _read(self, name: str, assertion: Element, relay_state: str) -> Claims:
        now = datetime.now(UTC)
        conditions, data = _one(assertion, "Conditions"), _one(assertion, "Subject/SubjectConfirmation/SubjectConfirmationData")
        for part in (conditions, data):
            begins, ends = part.get("NotBefore"), part.get("NotOnOrAfter")
            need(begins is None or xml.read_instant(begins, "NotBefore") <= now + _SKEW, "early", "The assertion does not hold yet.")
            need(ends is not None and xml.read_instant(ends, "NotOnOrAfter") > now - _SKEW, "late", "The assertion is over.")
        need(_text(conditions, "AudienceRestriction/Audience") == self._entity(name), "audience", "The assertion is meant for another application.")
        need(data.get("Recipient") == self._acs(name), "recipient", "The assertion is meant for another address.")
        asked = data.get("InResponseTo")
        with self._lock:
            need(asked is None or self._asked.pop(asked, None) is not None, "answers-nothing", "The assertion answers a request that was never sent.")
            need(assertion.get("ID") not in self._taken, "replayed", "The assertion was used before.")
            self._taken.append(str(assertion.get("ID")))
        nameid = _one(assertion, "Subject/NameID")
        values = tuple(
            (str(each.get("Name")), tuple(value.text or "" for value in each.findall(f"{{{SAML}}}AttributeValue")))
            for each in assertion.iter(f"{{{SAML}}}Attribute")
        )
        index = str(_one(assertion, "AuthnStatement").get("SessionIndex") or "")
        return Claims(nameid.text or "", str(nameid.get("Format")), values, asked is not None, relay_state, f"{now:%H:%M:%S} UTC", index)


def _one(parent: Element, path: str) -> Element:
    found = parent.findall("/".join(f"{{{SAML}}}{step}" for step in path.split("/")))
    need(len(found) == 1, "assertion", f"There is not exactly one {path} in the assertion.")
    return found[0]


def _text(parent: Element, path: str) -> str:
    return _one(parent, path).text or ""
