"""An application's own metadata: read with suspicion, told apart from what is registered, field by field (SAML Metadata 2.4.4).

What is taken over is kept as our own copy; when the document itself ends to hold is judged when it is read, and said.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from store.records import dataclass
from usher.saml import xml
from usher.saml.names import DS, METADATA, POST, REDIRECT, SAMLP
from usher.saml.parties import Acs
from usher.saml.refusal import Refusal, need

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

LARGEST = 1024 * 1024
_MOST_ENDPOINTS = 64
_WEAK_BITS, _USUAL_BITS = 1024, 2048


@dataclass(frozen=True)
class SpMetadata:
    """What a service provider says of itself. `entity_id` is None where only a certificate was given; `acs` has the default first;
    `wants_signed_assertion` and `signs_requests` are None where it says nothing; `notes` are sentences about what was left out."""

    entity_id: str | None
    acs: tuple[Acs, ...] = ()
    certificates: tuple[str, ...] = ()
    encryption_certificate: str = ""
    wants_signed_assertion: bool | None = None
    signs_requests: bool | None = None
    nameid_formats: tuple[str, ...] = ()
    slo_url: str = ""
    slo_response_url: str = ""
    slo_binding: str = ""
    notes: tuple[str, ...] = ()


def read(data: bytes, now: datetime) -> SpMetadata:
    """Metadata (XML), or a certificate alone (PEM). Raises `Refusal` for what is neither, is over, or names no service provider."""
    if data.lstrip().startswith(b"-----BEGIN CERTIFICATE-----"):
        return _certificate_alone(data)
    root = xml.parse(data, largest=LARGEST, comments=True)
    entity = _entity(root)
    notes: list[str] = []
    for holder in {root, entity}:
        _judge_end(holder, now, notes)
    role = _role(entity)
    _judge_end(role, now, notes)
    signing, encryption = _certificates(role, notes)
    slo = _logout(role)
    return SpMetadata(
        entity_id=str(entity.get("entityID")),
        acs=_acs(role, notes),
        certificates=signing,
        encryption_certificate=encryption[0] if encryption else "",
        wants_signed_assertion=_flag(role, "WantAssertionsSigned"),
        signs_requests=_flag(role, "AuthnRequestsSigned"),
        nameid_formats=tuple(dict.fromkeys(xml.plain(each, "NameIDFormat") for each in role.findall(f"{{{METADATA}}}NameIDFormat"))),
        slo_url=slo[0],
        slo_response_url=slo[1],
        slo_binding=slo[2],
        notes=tuple(dict.fromkeys(notes)),
    )


def _entity(root: Element) -> Element:
    """The one entity that is a service provider."""
    entities = [each for each in root.iter(f"{{{METADATA}}}EntityDescriptor") if each.find(f"{{{METADATA}}}SPSSODescriptor") is not None]
    need(root.tag in (f"{{{METADATA}}}EntityDescriptor", f"{{{METADATA}}}EntitiesDescriptor"), "not-metadata", "The file is no SAML metadata.")
    need(entities, "no-service-provider", "The metadata describes no service provider.")
    need(len(entities) == 1, "several-service-providers", f"The metadata describes {len(entities)} service providers; give that of one.")
    name = entities[0].get("entityID") or ""
    need(0 < len(name) <= 1024 and name == name.strip(), "entity-id-unfit", "The metadata's entity ID is missing or too long.")
    return entities[0]


def _role(entity: Element) -> Element:
    """The service provider's role, in SAML 2.0."""
    roles = [each for each in entity.findall(f"{{{METADATA}}}SPSSODescriptor") if SAMLP in (each.get("protocolSupportEnumeration") or "").split()]
    need(len(roles) == 1, "no-service-provider", "The metadata describes no service provider of SAML 2.0.")
    return roles[0]


def _judge_end(holder: Element, now: datetime, notes: list[str]) -> None:
    """`validUntil`: over is refused; when it will be is said."""
    until = holder.get("validUntil")
    if until is None:
        return
    end = xml.read_instant(until, "validUntil")
    need(end > now, "metadata-over", f"The metadata ended to hold at {xml.instant(end)}. Get a fresh copy from the application.")
    if end - now < timedelta(days=30):
        notes.append(f"The file says that it holds until {xml.instant(end)}. What was taken from it stays until it is changed here.")


def _acs(role: Element, notes: list[str]) -> tuple[Acs, ...]:
    """The assertion consumer services by HTTP-POST: the default first, then by index."""
    found = role.findall(f"{{{METADATA}}}AssertionConsumerService")
    need(len(found) <= _MOST_ENDPOINTS, "too-many-endpoints", "The metadata has too many ACS URLs.")
    by_post = [each for each in found if each.get("Binding") == POST]
    if len(by_post) < len(found):
        notes.append("ACS URLs of other bindings than HTTP-POST were left out.")
    need(by_post, "no-acs", "The metadata has no ACS URL for HTTP-POST.")
    urls: dict[str, tuple[bool, int]] = {}
    for each in by_post:
        index = each.get("index") or "0"
        need(re.fullmatch("[0-9]{1,5}", index), "index-unfit", "An ACS index of the metadata is no number.")
        urls.setdefault(str(each.get("Location") or ""), (each.get("isDefault") not in ("true", "1"), int(index)))
    ordered = sorted(urls.items(), key=lambda item: item[1])
    return tuple(Acs(url, index) for url, (_, index) in ordered)


def _certificates(role: Element, notes: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The certificates for signing and for encryption, as PEM. A KeyDescriptor without `use` is for both (CVE-2026-16443)."""
    signing: list[str] = []
    encryption: list[str] = []
    for key in role.findall(f"{{{METADATA}}}KeyDescriptor"):
        use = key.get("use")
        for node in key.iter(f"{{{DS}}}X509Certificate"):
            pem = certificate(xml.plain(node, "X509Certificate"), notes)
            if pem and use in (None, "signing"):
                signing.append(pem)
            if pem and use in (None, "encryption"):
                encryption.append(pem)
    return tuple(dict.fromkeys(signing)), tuple(dict.fromkeys(encryption))


def certificate(text: str, notes: list[str]) -> str:
    """A certificate given as base64 as PEM; empty, with a note, for one whose key cannot be used here. `Refusal` for what is none."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_der_x509_certificate

    try:
        found = load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))
        key = found.public_key()
    except (binascii.Error, ValueError):
        raise Refusal("certificate-unfit", "A certificate cannot be read.") from None
    if not isinstance(key, RSAPublicKey):
        notes.append("A certificate whose key is not RSA was left out.")
        return ""
    need(key.key_size >= _WEAK_BITS, "certificate-weak", f"A certificate has an RSA key of {key.key_size} bits: anybody can forge its signatures.")
    if key.key_size < _USUAL_BITS:
        notes.append(f"A certificate has an RSA key of {key.key_size} bits only; {_USUAL_BITS} are usual.")
    return found.public_bytes(Encoding.PEM).decode()


def _certificate_alone(data: bytes) -> SpMetadata:
    """A file with one or more certificates: they verify what the application signs, the first is encrypted for."""
    notes: list[str] = []
    blocks = re.findall(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----", data[:LARGEST])
    need(blocks and b"PRIVATE KEY" not in data, "certificate-unfit", "The file holds no certificate alone. The application keeps its private key to itself.")
    found = tuple(pem for block in blocks if (pem := certificate(block.decode(), notes)))
    need(found, "certificate-unfit", "The file holds no certificate with an RSA key.")
    return SpMetadata(None, certificates=found, encryption_certificate=found[0], notes=tuple(notes))


def _logout(role: Element) -> tuple[str, str, str]:
    """Where logout messages go: address, address of answers, binding; by redirect where there is a choice."""
    found = {each.get("Binding"): each for each in reversed(role.findall(f"{{{METADATA}}}SingleLogoutService"))}
    for uri, name in ((REDIRECT, "redirect"), (POST, "post")):
        if uri in found and found[uri].get("Location"):
            return str(found[uri].get("Location")), found[uri].get("ResponseLocation") or "", name
    return "", "", ""


def _flag(role: Element, name: str) -> bool | None:
    value = role.get(name)
    return None if value is None else value.strip() in ("true", "1")
