"""Two parties with real keys, requests as an application writes them, and the ways they travel."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote

from tests.kit import ORGANIZATION
from usher.saml import bindings, certificate, issue, request, signature
from usher.saml.authn import AuthnRequest
from usher.saml.bindings import Incoming
from usher.saml.keys import Signer, one_line, open_own
from usher.saml.parties import Acs, IdentityProvider, ServiceProvider
from usher.saml.xml import attribute, instant, text

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ENDPOINT = "https://sso.harbour.example/saml2/wiki"
ACS = "https://wiki.example/saml/acs?tenant=7&b=%20"
SECOND_ACS = "https://wiki.example/saml/other"
SP_ID = "https://wiki.example/saml/metadata"
SLO = "https://wiki.example/saml/slo"
PPT = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
SAML_NS = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP_NS = "urn:oasis:names:tc:SAML:2.0:protocol"


@cache
def made(name: str) -> certificate.Made:
    """A key pair by name, made once a run."""
    return certificate.make(name, ORGANIZATION, NOW - timedelta(days=1))


def signer(name: str = "idp", algorithm: str = "RSA-SHA256") -> Signer:
    pair = made(name)
    return Signer(open_own(pair.private_key), one_line(pair.pem), algorithm)


def identity_provider(**changed: Any) -> IdentityProvider:
    return replace(IdentityProvider("Harbour Works wiki", ENDPOINT, (made("idp").pem,), True, ORGANIZATION), **changed)


def service_provider(**changed: Any) -> ServiceProvider:
    """An application that signs its requests if it likes, with two ACS URLs."""
    plain = ServiceProvider("01APP", "Wiki", SP_ID, (Acs(ACS, 0), Acs(SECOND_ACS, 3)), certificates=(made("sp").pem,))
    return replace(plain, **changed)


def logging_out(binding: str = "redirect", **changed: Any) -> ServiceProvider:
    return service_provider(slo_url=SLO, slo_binding=binding, **changed)


PERSON = issue.Person("ada@harbour.example", (issue.Attribute("email", ("ada@harbour.example",)), issue.Attribute("groups", ("Engineering", "Sales"))))


def login(now: datetime = NOW) -> issue.Login:
    return issue.Login(now - timedelta(minutes=1), "_session1", now + timedelta(hours=8), PPT)


def authn_request(inner: str = "", *, issuer: str | None = SP_ID, sign: str = "", algorithm: str = "RSA-SHA256", **attributes: str | None) -> str:
    """An AuthnRequest as text. `inner` follows the Issuer; an attribute of None is left out; `sign` names the key of an enveloped signature."""
    given = {"ID": "_request1", "Version": "2.0", "IssueInstant": instant(NOW), "Destination": ENDPOINT, "AssertionConsumerServiceURL": ACS, **attributes}
    return _message("AuthnRequest", given, inner, issuer, sign, algorithm)


def logout_message(name: str, inner: str, *, issuer: str | None = SP_ID, sign: str = "", **attributes: str | None) -> str:
    given = {"ID": "_logout1", "Version": "2.0", "IssueInstant": instant(NOW), "Destination": f"{ENDPOINT}/logout", **attributes}
    return _message(name, given, inner, issuer, sign, "RSA-SHA256")


def _message(name: str, given: dict[str, str | None], inner: str, issuer: str | None, sign: str, algorithm: str) -> str:
    said = "".join(f' {key}="{attribute(value)}"' for key, value in sorted(given.items()) if value is not None)
    head = f'<samlp:{name} xmlns:samlp="{SAMLP_NS}"{said}>'
    who = f'<saml:Issuer xmlns:saml="{SAML_NS}">{text(issuer)}</saml:Issuer>' if issuer is not None else ""
    tail = f"{inner}</samlp:{name}>"
    signed = signature.sign(head + who + tail, str(given["ID"]), signer(sign, algorithm)) if sign else ""
    return head + who + signed + tail


def deflated(document: str | bytes) -> str:
    """Raw DEFLATE and base64, as the redirect binding has it."""
    data = document.encode() if isinstance(document, str) else document
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(stream.compress(data) + stream.flush()).decode()


def redirected(document: str | bytes, relay_state: str | None = None, sign: str = "", kind: str = "SAMLRequest", algorithm: str = "RSA-SHA256") -> bytes:
    """The query that carries a message, signed by the key named."""
    parts = [f"{kind}={quote(deflated(document), safe='')}"]
    if relay_state is not None:
        parts.append(f"RelayState={quote(relay_state, safe='')}")
    if sign:
        key = signer(sign, algorithm)
        parts.append(f"SigAlg={quote(key.algorithm_uri, safe='')}")
        parts.append(f"Signature={quote(base64.b64encode(key.sign('&'.join(parts).encode())).decode(), safe='')}")
    return "&".join(parts).encode()


def posted(document: str | bytes, relay_state: str | None = None, kind: str = "SAMLRequest") -> bytes:
    """The form that carries a message."""
    data = document.encode() if isinstance(document, str) else document
    parts = [f"{kind}={quote(base64.b64encode(data).decode(), safe='')}"]
    if relay_state is not None:
        parts.append(f"RelayState={quote(relay_state, safe='')}")
    return "&".join(parts).encode()


def take(raw: bytes, binding: str = "redirect") -> Incoming:
    return bindings.from_query(raw) if binding == "redirect" else bindings.from_form(raw)


def read(raw: bytes, binding: str = "redirect", sp: ServiceProvider | None = None, now: datetime = NOW) -> AuthnRequest:
    """What comes of a query or form that an application sends."""
    return request.read(take(raw, binding), sp or service_provider(), identity_provider(), now)
