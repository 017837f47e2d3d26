"""The IdP certificate is changed in steps, each of which can be taken back; an own pair is looked at whole first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from store import activity, saml_settings
from store.errors import Refused, UsageError
from store.secrets import Secret
from tests.kit import MORNING, VIEWER, SteppingClock
from usher.saml import certificate
from usher.saml.keys import one_line
from usher.services import applications, idp_metadata, parties, rotation, sso
from usher.services.certificates import save_certificate
from usher.services.session import Session


@pytest.fixture(autouse=True)
def wiki(session: Session) -> None:
    applications.add(session, "custom-saml", label="Wiki")
    sso.set_fields(session, "Wiki", {"sp_entity_id": "urn:wiki", "acs_urls": "https://wiki.example/acs"})
    sso.activate(session, "Wiki")


def places(session: Session) -> list[str]:
    return [each.place for each in rotation.list_(session, "Wiki")]


def published(session: Session) -> list[str]:
    """The fingerprints of the certificates in the metadata, in order."""
    text = idp_metadata.get(session, "Wiki").xml
    known = {one_line(each.pem): each.sha256 for each in rotation.list_(session, "Wiki")}
    return [known[part.split("<")[0]] for part in text.split("<ds:X509Certificate>")[1:]]


def signing(session: Session) -> str:
    """The fingerprint of the certificate whose key signs now; the key fits it."""
    found = parties.signer(session, applications.get(session, "Wiki").id)
    assert found.key.public_key() == found.public_key
    return next(each.sha256 for each in rotation.list_(session, "Wiki") if one_line(each.pem) == found.certificate)


def test_a_rotation_overlaps_from_the_first_step_to_the_last(session: Session) -> None:
    (old,) = rotation.list_(session, "Wiki")
    staged = rotation.stage(session, "Wiki")[1]
    assert (signing(session), published(session)) == (old.sha256, [old.sha256, staged.sha256])
    rotation.activate(session, "Wiki")
    assert (signing(session), published(session), places(session)) == (staged.sha256, [staged.sha256, old.sha256], ["active", "retiring"])
    rotation.retire(session, "Wiki")
    assert (published(session), places(session)) == ([staged.sha256], ["active", "retired"])
    assert [entry.action for entry in activity.page(session.db)[:3]] == ["certificate.retired", "certificate.activated", "certificate.staged"]


def test_each_step_can_be_taken_back(session: Session) -> None:
    (old,) = rotation.list_(session, "Wiki")
    rotation.stage(session, "Wiki")
    assert [each.sha256 for each in rotation.unstage(session, "Wiki")] == [old.sha256]
    new = rotation.stage(session, "Wiki")[1]
    rotation.activate(session, "Wiki")
    rotation.retire(session, "Wiki")
    rotation.restore(session, "Wiki")
    assert published(session) == [new.sha256, old.sha256]
    rotation.take_back(session, "Wiki")
    assert (signing(session), published(session), places(session)) == (old.sha256, [old.sha256, new.sha256], ["active", "staged"])


def test_a_step_out_of_turn_is_refused_and_changes_nothing(session: Session) -> None:
    for step, code in (
        (rotation.activate, "nothing-staged"), (rotation.retire, "nothing-retiring"), (rotation.unstage, "nothing-staged"), (rotation.take_back, "nothing-retiring"), (rotation.restore, "nothing-retired"),
    ):  # fmt: skip
        with pytest.raises(Refused) as found:
            step(session, "Wiki")
        assert found.value.code == code and found.value.hint
    rotation.stage(session, "Wiki")
    with pytest.raises(Refused, match="staged already"):
        rotation.stage(session, "Wiki")
    rotation.activate(session, "Wiki")
    rotation.stage(session, "Wiki")
    with pytest.raises(Refused, match="on its way out"):
        rotation.activate(session, "Wiki")
    with pytest.raises(Refused, match="staged already"):
        rotation.take_back(session, "Wiki")
    assert places(session) == ["active", "staged", "retiring"]


def test_a_retired_certificate_is_forgotten_with_its_key_when_the_next_is_staged(session: Session) -> None:
    old = rotation.list_(session, "Wiki")[0]
    for step in (rotation.stage, rotation.activate, rotation.retire, rotation.stage):
        step(session, "Wiki")
    assert places(session) == ["active", "staged"] and saml_settings.sealed_private_key(session.db, old.id) is None


def test_a_staged_certificate_that_expired_meanwhile_is_not_activated(session: Session, clock: SteppingClock) -> None:
    rotation.stage(session, "Wiki")
    clock.forward(days=6 * 365)
    with pytest.raises(Refused, match="expired meanwhile"):
        rotation.activate(session, "Wiki")


def test_the_staged_certificate_can_be_downloaded_as_pem_and_der(session: Session, tmp_path: Path) -> None:
    staged = rotation.stage(session, "Wiki")[1]
    pem = save_certificate(session, "Wiki", tmp_path / "next.pem", place="staged")
    der = save_certificate(session, "Wiki", der=True, place="staged")
    assert pem.read_text() == staged.pem and der.name == "certificate.der" and certificate.der_of(staged.pem) == der.read_bytes()
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509 import load_der_x509_certificate

    loaded, shown = load_der_x509_certificate(der.read_bytes()), sso.certificate(session, "Wiki", "staged")
    assert (loaded.fingerprint(hashes.SHA256()).hex(), loaded.fingerprint(hashes.SHA1()).hex()) == (shown.sha256, shown.sha1)


def own_pair(begin: datetime = MORNING - timedelta(days=1)) -> certificate.Made:
    return certificate.make("wiki", "Harbour Works", begin)


def test_an_own_pair_is_staged_and_then_signs(session: Session) -> None:
    pair = own_pair()
    rotation.upload(session, "Wiki", pair.pem, pair.private_key)
    assert places(session) == ["active", "staged"] and signing(session) != pair.sha256
    rotation.activate(session, "Wiki")
    assert signing(session) == pair.sha256


def made_certificate(bits: int = 2048, exponent: int = 65537) -> tuple[str, Secret]:
    """A pair as strong or weak as it is asked for."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    key = rsa.generate_private_key(exponent, bits) if bits else ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(x509.Name([])).public_key(key.public_key()).serial_number(1)
    found = builder.not_valid_before(MORNING).not_valid_after(MORNING + timedelta(days=9)).sign(key, hashes.SHA256())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return found.public_bytes(serialization.Encoding.PEM).decode(), Secret(private.decode())


def test_a_pair_that_cannot_be_used_is_refused_and_nothing_is_replaced(session: Session) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    good, other = own_pair(), own_pair()
    locked = load_pem_private_key(good.private_key.reveal().encode(), None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    wrong: list[tuple[str, Secret, str]] = [
        (good.pem, other.private_key, "pair-mismatch"), ("nothing", good.private_key, "certificate-unfit"), (good.pem, Secret("nothing"), "key-unfit"), (good.pem, Secret(locked.decode()), "key-encrypted"),
        (*made_certificate(1024), "key-weak"), (*made_certificate(2048, 3), "key-weak"), (*made_certificate(0), "key-not-rsa"), (good.private_key.reveal(), good.private_key, "certificate-unfit"),
    ]  # fmt: skip
    for pem, key, code in wrong:
        with pytest.raises(UsageError) as found:
            rotation.upload(session, "Wiki", pem, key)
        assert found.value.code == code, found.value.message
        assert "PRIVATE" not in str(found.value) and found.value.hint
    assert places(session) == ["active"]


def test_a_pair_outside_its_dates_is_refused(session: Session) -> None:
    for begin, code in ((MORNING - timedelta(days=5 * 365 + 1), "certificate-expired"), (MORNING + timedelta(days=1), "certificate-early")):
        pair = own_pair(begin)
        with pytest.raises(UsageError) as found:
            rotation.upload(session, "Wiki", pair.pem, pair.private_key)
        assert found.value.code == code


def test_a_certificate_is_one_applications_alone(session: Session) -> None:
    applications.add(session, "custom-saml", label="Other")
    pair = own_pair()
    rotation.upload(session, "Other", pair.pem, pair.private_key)
    with pytest.raises(Refused, match="for Other"):
        rotation.upload(session, "Wiki", pair.pem, pair.private_key)


def test_only_an_administrator_rotates_and_only_where_there_is_saml(session: Session) -> None:
    watching = replace(session, actor=VIEWER)
    for step in (rotation.stage, rotation.activate, rotation.retire, rotation.unstage, rotation.take_back, rotation.restore):
        with pytest.raises(Refused, match="role"):
            step(watching, "Wiki")
    applications.add(session, "bookmark", label="Menu", bookmark_url="https://menu.example")
    with pytest.raises(Refused, match="no SAML"):
        rotation.stage(session, "Menu")
    assert rotation.list_(session, "Menu") == ()


def test_no_key_is_in_what_is_shown_recorded_or_written(session: Session) -> None:
    pair = own_pair()
    shown = rotation.upload(session, "Wiki", pair.pem, pair.private_key)
    said = repr(shown) + repr([vars(entry) for entry in activity.page(session.db)]) + repr(parties.signer(session, applications.get(session, "Wiki").id))
    secret = pair.private_key.reveal().splitlines()[1]
    assert "PRIVATE" not in said and secret not in said
    assert secret.encode() not in session.store.path.read_bytes()
