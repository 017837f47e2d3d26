"""An application's own metadata taken over: shown field by field first, kept all together or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from store import applications, service_providers
from store.connection import Db
from store.errors import UsageError
from store.records import dataclass
from store.saml_settings import SamlSettings
from store.service_providers import ServiceProviderFacts
from usher.catalog.vocabulary import nameid_format
from usher.saml import sp_metadata
from usher.saml.certificate import der_of
from usher.saml.refusal import Refusal
from usher.saml.sp_metadata import SpMetadata
from usher.services import sso, sso_fields
from usher.services.files import read_file
from usher.services.session import Session

LARGEST = sp_metadata.LARGEST
NO_LOGOUT = "Single logout stays off until the application's signing certificate is known too: logout messages must be signed. Take it over as PEM."
"""Said of an application that names a logout address and no certificate."""

_LABELS = {
    "sp_entity_id": "SP Entity ID",
    "acs_urls": "ACS URLs",
    "acs_indexes": "ACS indexes",
    "certificates": "Certificates of the application",
    "encryption_certificate": "Certificate to encrypt for",
    "nameid_format": "NameID format",
    "sign_assertion": "Sign the assertion",
    "require_signed_requests": "Requests must be signed",
    "slo_url": "Single logout",
    "slo_response_url": "Single logout, answers",
    "slo_binding": "Single logout by",
}


@dataclass(frozen=True)
class FieldChange:
    """One field that the metadata would change: its name, what a person calls it, and both values as text
    (certificates by their SHA-256 fingerprint)."""

    field: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class SpImport:
    """What taking the metadata over changes (or changed), and what is to be said about it."""

    changes: tuple[FieldChange, ...]
    notes: tuple[str, ...]


def known(session: Session, app: str) -> ServiceProviderFacts:
    """What was taken over, or given, beside the fields of the SSO tab."""
    return service_providers.get(session.db, applications.find(session.db, app).id)


def read(session: Session, path: Path) -> bytes:
    """A metadata file (for a confined operator one of the exchange folder)."""
    return read_file(session, path, LARGEST, "sp_metadata")


def check(session: Session, data: bytes) -> None:
    """Raises `UsageError` for a file that no application's metadata could be taken from."""
    _told(session, data)


def preview(session: Session, app: str, data: bytes) -> SpImport:
    """What the metadata (XML, or a certificate as PEM) would change. Raises `UsageError` for what cannot be taken."""
    told = _told(session, data)
    application, saml = sso.with_saml(session.db, app)
    return _compared(session.db, application.id, saml, told)[0]


def take_over(session: Session, app: str, data: bytes) -> SpImport:
    """Keeps what the metadata says: all of it or nothing. The same refusals as `preview`."""
    session.check_allowed("administrator")
    told = _told(session, data)
    with session.change("administrator") as change:
        application, saml = sso.with_saml(change.db, app)
        result, fields, facts = _compared(change.db, application.id, saml, told)
        if result.changes:
            service_providers.put(change.db, application.id, facts)
            beside = {each.field: [each.before, each.after] for each in result.changes if each.field not in fields}
            sso.keep(change, application, saml, fields, "sso.sp-metadata", beside)
    return result


def _told(session: Session, data: bytes) -> SpMetadata:
    """What the file says; a refusal with what to do about it."""
    try:
        return sp_metadata.read(data, session.clock.now())
    except Refusal as refused:
        hint = "Get it anew from the application, or fill in the fields of the SSO tab by hand."
        raise UsageError(refused.code, refused.message, hint, "sp_metadata") from refused


def _compared(db: Db, application_id: str, saml: SamlSettings, told: SpMetadata) -> tuple[SpImport, dict[str, Any], ServiceProviderFacts]:
    """What changes, the SSO fields to keep, and the facts beside them."""
    wanted = _fields(told, saml)
    fields = {name: sso_fields.check(db, application_id, name, value) for name, value in wanted.items()}
    kept = service_providers.get(db, application_id)
    facts = _facts(told, kept)
    _refuse_unverifiable(fields, saml, facts)
    changes = _changes(vars(saml), fields) + _changes(vars(kept), vars(facts))
    return SpImport(tuple(changes), (*told.notes, *([NO_LOGOUT] if facts.slo_url and not facts.certificates else []))), fields, facts


def _fields(told: SpMetadata, saml: SamlSettings) -> dict[str, Any]:
    """The SSO fields the metadata speaks of. What it is silent about stays; a wish switches on and never off."""
    if told.entity_id is None:
        return {}
    fields: dict[str, Any] = {"sp_entity_id": told.entity_id, "acs_urls": tuple(acs.url for acs in told.acs)}
    formats = [found for each in told.nameid_formats if (found := nameid_format(each))]
    if formats and saml.nameid_format not in formats:
        fields["nameid_format"] = formats[0]
    if told.wants_signed_assertion:
        fields["sign_assertion"] = True
    if told.signs_requests:
        fields["require_signed_requests"] = True
    return fields


def _facts(told: SpMetadata, kept: ServiceProviderFacts) -> ServiceProviderFacts:
    """What is kept beside the SSO fields; a certificate alone changes nothing but certificates."""
    if told.entity_id is None:
        return replace(kept, certificates=told.certificates, encryption_certificate=told.encryption_certificate)
    for url in (told.slo_url, told.slo_response_url):
        if url:
            sso_fields.check_address(url, "slo_url")
    return replace(
        kept,
        certificates=told.certificates,
        encryption_certificate=told.encryption_certificate,
        acs_indexes={acs.url: acs.index for acs in told.acs},
        slo_url=told.slo_url,
        slo_response_url=told.slo_response_url,
        slo_binding=told.slo_binding,
    )


def _refuse_unverifiable(fields: Mapping[str, Any], saml: SamlSettings, facts: ServiceProviderFacts) -> None:
    """Nobody is locked out: what must be signed or encrypted needs its certificate."""
    if fields.get("require_signed_requests", saml.require_signed_requests) and not facts.certificates:
        raise UsageError(
            "no-sp-certificate",
            "Requests must be signed, but the metadata holds no certificate to verify them with.",
            "Ask for metadata with the signing certificate, or set require_signed_requests=false first.",
            "certificates",
        )
    if saml.encrypt_assertion and not facts.encryption_certificate:
        raise UsageError(
            "no-encryption-certificate",
            "Assertions are to be encrypted, but the metadata holds no certificate to encrypt for.",
            "Ask for metadata with one, or set encrypt_assertion=false first.",
            "encryption_certificate",
        )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """The fields that differ, as a person reads them."""
    return [FieldChange(name, _LABELS[name], _shown(before[name]), _shown(value)) for name, value in after.items() if value != before[name]]


def _shown(value: Any) -> str:
    """A value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(_shown(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{index}: {url}" for url, index in sorted(value.items(), key=lambda item: item[1]))
    text = str(value)
    return f"SHA-256 {fingerprint(text)}" if text.startswith("-----BEGIN") else text


def fingerprint(pem: str) -> str:
    """The SHA-256 fingerprint of a certificate, hex without colons."""
    return hashlib.sha256(der_of(pem)).hexdigest()
