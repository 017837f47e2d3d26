"""Key pairs and certificates as they are made: one kind, and nothing in them that could be guessed."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate

from tests.kit import MORNING, ORGANIZATION
from usher.saml import certificate


def test_a_certificate_is_rsa_self_signed_with_sha256_for_three_to_five_years() -> None:
    made = certificate.make("wiki", ORGANIZATION, MORNING)
    found = load_pem_x509_certificate(made.pem.encode())
    key = found.public_key()
    assert isinstance(key, RSAPublicKey) and key.key_size in (2048, 3072) and key.public_numbers().e == 65537
    assert isinstance(found.signature_hash_algorithm, SHA256) and found.issuer == found.subject
    key.verify(found.signature, found.tbs_certificate_bytes, PKCS1v15(), SHA256())
    years = (found.not_valid_after_utc - found.not_valid_before_utc).days / 365
    assert 3 <= years <= 5.1 and found.not_valid_before_utc <= MORNING


def test_no_two_certificates_share_a_key_or_a_serial_number() -> None:
    one, two = (load_pem_x509_certificate(certificate.make("wiki", ORGANIZATION, MORNING).pem.encode()) for _ in range(2))
    assert one.serial_number != two.serial_number and one.serial_number.bit_length() > 64
    assert one.public_key() != two.public_key()


def test_a_private_key_shows_in_no_text_of_it() -> None:
    made = certificate.make("wiki", ORGANIZATION, MORNING)
    assert "PRIVATE" not in made.pem and "PRIVATE" not in repr(made) and "PRIVATE" in made.private_key.reveal()
