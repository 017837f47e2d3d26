"""A certificate and key of the operator's own: looked at whole before anything is kept."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from store.ids import stamp
from store.secrets import Secret
from usher.saml.certificate import Made
from usher.saml.refusal import Refusal, need

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

_LEAST_BITS, _MOST_BITS = 2048, 8192
_HASHES = ("sha256", "sha384", "sha512")


def check(certificate: str, key: Secret, now: datetime) -> Made:
    """A pair given as PEM, when it can be used: they match, RSA of 2048 bits or more, SHA-256 or better, within its dates.

    `Refusal` says which of these does not hold.
    """
    from cryptography.hazmat.primitives import hashes, serialization

    found, private = _certificate(certificate), _key(key)
    public = found.public_key()
    need(public == private.public_key(), "pair-mismatch", "The key is not the one of the certificate.")
    _check_strength(found, private)
    begin, end = found.not_valid_before_utc, found.not_valid_after_utc
    need(begin <= now, "certificate-early", f"The certificate holds from {begin:%Y-%m-%d %H:%M} UTC on, not yet.")
    need(now < end, "certificate-expired", f"The certificate expired on {end:%Y-%m-%d}.")
    pkcs8 = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = found.public_bytes(serialization.Encoding.PEM).decode()
    return Made(pem, found.fingerprint(hashes.SHA256()).hex(), stamp(begin), stamp(end), Secret(pkcs8.decode()))


def _certificate(text: str) -> Certificate:
    """The one certificate of a PEM text (a chain's first is the one that counts)."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(text.encode())[0]
    except (ValueError, IndexError):
        raise Refusal("certificate-unfit", "The certificate is no PEM text of a certificate.") from None


def _key(secret: Secret) -> RSAPrivateKey:
    """An RSA key in PEM, its primes proved; what is wrong with one that is none is said without showing it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(secret.reveal().encode(), None)
    except TypeError:
        raise Refusal("key-encrypted", "The key is protected by a passphrase. Give it without one: it is sealed here.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise Refusal("key-unfit", "The key is no PEM text of a private key.") from None
    if not isinstance(key, RSAPrivateKey):
        raise Refusal("key-not-rsa", "The key is not an RSA key, the only kind that all service providers take.")
    return key


def _check_strength(certificate: Certificate, key: RSAPrivateKey) -> None:
    """RSA of a fit size and exponent; signed with SHA-256 or better."""
    need(_LEAST_BITS <= key.key_size <= _MOST_BITS, "key-weak", f"The key has {key.key_size} bits; {_LEAST_BITS} to {_MOST_BITS} are taken.")
    need(key.public_key().public_numbers().e == 65537, "key-weak", "The key's public exponent is not 65537.")
    used = certificate.signature_hash_algorithm
    need(used is not None and used.name in _HASHES, "certificate-weak", "The certificate is signed with a weak hash; SHA-256 or better is taken.")
