"""Encryption of an assertion for one application: AES-256-GCM, its key by RSA-OAEP (XML Encryption 1.1).

Never CBC, Triple-DES or RSA 1.5: those have been broken through service providers that say what went wrong.
"""

from __future__ import annotations

import base64
import os

from usher.saml.keys import one_line, public_key_of
from usher.saml.names import AES_256_GCM, DS, RSA_OAEP, SAML, XENC


def encrypted_assertion(assertion: str, certificate: str) -> str:
    """`saml:EncryptedAssertion` in canonical form. `assertion` declares every namespace it uses; `certificate` is the application's (PEM)."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key, nonce = AESGCM.generate_key(256), os.urandom(12)
    box = nonce + AESGCM(key).encrypt(nonce, assertion.encode(), None)
    wrapped = public_key_of(one_line(certificate)).encrypt(key, OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None))  # noqa: S303 - the one that all can open; OAEP's hash need not resist collisions
    return (
        f'<saml:EncryptedAssertion xmlns:saml="{SAML}"><xenc:EncryptedData xmlns:xenc="{XENC}" Type="{XENC}Element">'
        f'<xenc:EncryptionMethod Algorithm="{AES_256_GCM}"></xenc:EncryptionMethod>'
        f'<ds:KeyInfo xmlns:ds="{DS}"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="{RSA_OAEP}">'
        f'<ds:DigestMethod Algorithm="{DS}sha1"></ds:DigestMethod></xenc:EncryptionMethod>'
        f"<xenc:CipherData><xenc:CipherValue>{_base64(wrapped)}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>"
        f"<xenc:CipherData><xenc:CipherValue>{_base64(box)}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>"
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
