"""An application's metadata: read with suspicion, compared field by field, kept whole or not at all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from store import activity, service_providers
from store.errors import Refused, UsageError
from tests.kit import VIEWER
from tests.usher.saml.judges import pysaml2_client, python3_saml_settings
from tests.usher.saml.kit import ACS, NOW, SECOND_ACS, SLO, SP_ID, identity_provider, made, service_provider
from usher.saml import sp_metadata
from usher.saml.keys import one_line
from usher.saml.parties import Acs
from usher.saml.refusal import Refusal
from usher.saml.xml import attribute, instant
from usher.services import applications, parties, sso
from usher.services import sp_metadata as service
from usher.services.session import Session

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


def key(name: str, use: str = "") -> str:
    data = f'<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>\n{one_line(made(name).pem)}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo>'
    return f"<md:KeyDescriptor{f' use={use!r}' if use else ''}>{data}</md:KeyDescriptor>"


def acs(url: str, index: int, default: str = "", binding: str = "HTTP-POST") -> str:
    given = f' isDefault="{default}"' if default else ""
    return f'<md:AssertionConsumerService Binding="{BINDINGS}:{binding}" Location="{attribute(url)}" index="{index}"{given}/>'


SERVICES = acs("https://wiki.example/artifact", 0, binding="HTTP-Artifact") + acs(SECOND_ACS, 1, "false") + acs(ACS, 4, "true")


def document(inner: str = "", services: str = SERVICES, role: str = "", entity: str = "", around: str = "{}") -> bytes:
    described = (
        f'<md:EntityDescriptor xmlns:md="{MD}" entityID="{SP_ID}" {entity}><md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" {role}>'
        f"{inner}{services}</md:SPSSODescriptor></md:EntityDescriptor>"
    )
    return around.format(described).encode()


def test_it_says_who_the_application_is_and_where_it_takes_responses() -> None:
    found = sp_metadata.read(document(), NOW)
    assert found.entity_id == SP_ID and found.acs == (Acs(ACS, 4), Acs(SECOND_ACS, 1))
    assert any("HTTP-POST" in note for note in found.notes)


def test_a_key_without_a_use_is_for_both() -> None:
    found = sp_metadata.read(document(key("a", "signing") + key("b") + key("c", "encryption")), NOW)
    assert found.certificates == (made("a").pem, made("b").pem) and found.encryption_certificate == made("b").pem


def test_wishes_logout_and_formats_are_read() -> None:
    logout = f'<md:SingleLogoutService Binding="{BINDINGS}:HTTP-POST" Location="{SLO}/p"/><md:SingleLogoutService Binding="{BINDINGS}:HTTP-Redirect" Location="{SLO}" ResponseLocation="{SLO}/r"/>'
    formats = f"<md:NameIDFormat>{PERSISTENT}</md:NameIDFormat><md:NameIDFormat> {EMAIL} </md:NameIDFormat>"
    found = sp_metadata.read(document(logout + formats, role='AuthnRequestsSigned="true" WantAssertionsSigned="1"'), NOW)
    assert (found.slo_url, found.slo_response_url, found.slo_binding) == (SLO, f"{SLO}/r", "redirect")
    assert found.nameid_formats == (PERSISTENT, EMAIL) and found.signs_requests and found.wants_signed_assertion
    silent = sp_metadata.read(document(), NOW)
    assert silent.signs_requests is None and silent.slo_binding == ""


def test_metadata_that_is_over_is_refused_and_one_that_soon_will_be_is_said() -> None:
    with pytest.raises(Refusal, match="ended to hold"):
        sp_metadata.read(document(entity=f'validUntil="{instant(NOW)}"'), NOW)
    soon = sp_metadata.read(document(role=f'validUntil="{instant(NOW + timedelta(days=2))}"'), NOW)
    assert any("holds until 2026-03-04" in note for note in soon.notes)
    assert not [note for note in sp_metadata.read(document(entity='validUntil="2036-01-01T00:00:00Z"'), NOW).notes if "until" in note]


def test_comments_and_a_collection_of_one_are_fine() -> None:
    around = f'<?xml version="1.0"?>\n<!-- ours --><md:EntitiesDescriptor xmlns:md="{MD}"><!-- a <tag> -->{{}}</md:EntitiesDescriptor>'
    assert sp_metadata.read(document(around=around), NOW).entity_id == SP_ID


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not-xml"), (b"\x00\xff", "not-utf-8"), (b"<html/>", "not-metadata"), (b"nothing", "not-xml"), (b'<!DOCTYPE a [<!ENTITY x "y">]>' + document(), "markup-forbidden"),
        (document(services=""), "no-acs"), (document(services=acs(ACS, 0, binding="PAOS")), "no-acs"), (document().replace(SP_ID.encode(), b""), "entity-id-unfit"),
        (document().replace(b"SAML:2.0:protocol", b"SAML:1.1:protocol"), "no-service-provider"), (document().replace(b"SPSSO", b"IDPSSO"), "no-service-provider"),
        (document(around='<md:EntitiesDescriptor xmlns:md="' + MD + '">{0}{0}</md:EntitiesDescriptor>'), "several-service-providers"),
        (document(services=SERVICES * 40), "too-many-endpoints"), (document(services=acs(ACS, 4).replace('index="4"', 'index="x"')), "index-unfit"),
        (document(key("a").replace("MII", "!!!", 1)), "certificate-unfit"), (document(entity='validUntil="never"'), "time-unfit"), (b"<a>" + b" " * 1_100_000, "too-large"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "certificate-unfit"), (b"-----BEGIN CERTIFICATE-----", "certificate-unfit"),
        (made("a").pem.encode() + made("a").private_key.reveal().encode(), "certificate-unfit"),
    ],
)  # fmt: skip
def test_what_is_no_metadata_is_refused_with_a_reason(data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as found:
        sp_metadata.read(data, NOW)
    assert found.value.code == code and "PRIVATE" not in str(found.value)


def test_weak_and_foreign_keys_are_told() -> None:
    import base64

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding

    def text(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
        name = x509.Name([])
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key()).serial_number(1)
        builder = builder.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
        return base64.b64encode(builder.sign(private, hashes.SHA256()).public_bytes(Encoding.DER)).decode()

    notes: list[str] = []
    assert sp_metadata.certificate(text(ec.generate_private_key(ec.SECP256R1())), notes) == "" and "not RSA" in notes[0]
    assert sp_metadata.certificate(text(rsa.generate_private_key(65537, 1024)), notes) and "1024 bits only" in notes[1]


@pytest.fixture
def wiki(session: Session) -> None:
    applications.add(session, "custom-saml", label="Wiki")


@pytest.mark.usefixtures("wiki")
def test_taking_it_over_shows_each_field_first_and_keeps_all_of_them(session: Session) -> None:
    data = document(key("sp"), role='AuthnRequestsSigned="true"')
    shown = service.preview(session, "Wiki", data)
    assert [each.field for each in shown.changes] == [
        "sp_entity_id",
        "acs_urls",
        "require_signed_requests",
        "certificates",
        "encryption_certificate",
        "acs_indexes",
    ]
    before = activity.count(session.db)
    assert service.take_over(session, "Wiki", data) == shown and activity.count(session.db) == before + 1
    kept = applications.get(session, "Wiki")
    assert kept.saml and (kept.saml.sp_entity_id, kept.saml.acs_urls, kept.saml.require_signed_requests) == (SP_ID, (ACS, SECOND_ACS), True)
    sp = parties.by_slug(session, "wiki")
    assert sp and sp.sp.certificates == (made("sp").pem,) and sp.sp.acs == (Acs(ACS, 4), Acs(SECOND_ACS, 1))
    assert service.preview(session, "Wiki", data).changes == ()
    service.take_over(session, "Wiki", data)
    assert activity.count(session.db) == before + 1
    assert "BEGIN CERTIFICATE" not in str(activity.page(session.db)[0].detail)


@pytest.mark.usefixtures("wiki")
def test_a_bad_address_keeps_everything_as_it_was(session: Session) -> None:
    for services in (acs("http://wiki.example/acs", 0), acs("javascript:x", 0), acs(f"{ACS}#f", 0)):
        with pytest.raises(UsageError):
            service.take_over(session, "Wiki", document(key("sp"), services=services))
    assert service_providers.get(session.db, applications.get(session, "Wiki").id) == service_providers.ServiceProviderFacts()
    saml = applications.get(session, "Wiki").saml
    assert saml and saml.sp_entity_id == ""


@pytest.mark.usefixtures("wiki")
def test_nobody_is_locked_out_by_metadata_without_the_certificate_that_is_needed(session: Session) -> None:
    with pytest.raises(UsageError, match="no certificate to verify"):
        service.take_over(session, "Wiki", document(role='AuthnRequestsSigned="true"'))
    sso.set_fields(session, "Wiki", {"encrypt_assertion": "true"})
    with pytest.raises(UsageError, match="no certificate to encrypt"):
        service.take_over(session, "Wiki", document(key("sp", "signing")))


@pytest.mark.usefixtures("wiki")
def test_a_certificate_alone_changes_certificates_alone(session: Session) -> None:
    service.take_over(session, "Wiki", document(key("sp")))
    shown = service.take_over(session, "Wiki", made("next").pem.encode())
    assert [each.field for each in shown.changes] == ["certificates", "encryption_certificate"]
    facts = service_providers.get(session.db, applications.get(session, "Wiki").id)
    assert facts.certificates == (made("next").pem,) and dict(facts.acs_indexes) == {ACS: 4, SECOND_ACS: 1}


@pytest.mark.usefixtures("wiki")
def test_a_format_that_is_offered_is_kept_and_one_that_is_not_is_changed(session: Session) -> None:
    sso.set_fields(session, "Wiki", {"nameid_format": EMAIL})
    formats = f"<md:NameIDFormat>{PERSISTENT}</md:NameIDFormat>"
    both = document(formats + f"<md:NameIDFormat>{EMAIL}</md:NameIDFormat>")
    assert "nameid_format" not in [each.field for each in service.preview(session, "Wiki", both).changes]
    assert "nameid_format" in [each.field for each in service.preview(session, "Wiki", document(formats)).changes]


@pytest.mark.usefixtures("wiki")
def test_only_an_administrator_takes_metadata_over(session: Session) -> None:
    from dataclasses import replace

    with pytest.raises(Refused, match="role"):
        service.take_over(replace(session, actor=VIEWER), "Wiki", document())


def test_metadata_of_python3_saml_and_pysaml2_is_read(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    theirs = python3_saml_settings(identity_provider(), service_provider(), SECOND_ACS, authnRequestsSigned=True).get_sp_metadata()
    found = sp_metadata.read(theirs.encode() if isinstance(theirs, str) else theirs, datetime.now(UTC))
    assert found.entity_id == SP_ID and found.acs == (Acs(SECOND_ACS, 1),) and found.signs_requests and found.slo_url == SLO
    assert found.certificates == (made("sp").pem,) and any("holds until" in note for note in found.notes)

    from saml2.metadata import entity_descriptor

    client = pysaml2_client(identity_provider(), service_provider(), tmp_path)
    found = sp_metadata.read(str(entity_descriptor(client.config)).encode(), datetime.now(UTC))
    assert found.entity_id == SP_ID and found.acs[0].url == ACS and made("sp").pem in found.certificates
