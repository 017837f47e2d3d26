"""Keys that are at hand: a private key is opened when it is first used and kept as an object, never as text.

Opening a key costs a hundred times what signing with it costs, because its primes are proved; those here were made or
proved by us before they were sealed, so that proof is left out.
"""

from __future__ import annotations

import base64
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import field
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from store.records import dataclass
from store.secrets import Secret
from usher.saml.names import SIGNATURES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

_MOST_KEPT = 2048


@dataclass(frozen=True)
class Signer:
    """What signs for an application: its opened key, its certificate (base64 DER, one line) and the algorithm (RSA-SHA256 …)."""

    key: RSAPrivateKey = field(repr=False)
    certificate: str
    algorithm: str = "RSA-SHA256"

    @property
    def algorithm_uri(self) -> str:
        """The algorithm as XML Signature names it."""
        return SIGNATURES[self.algorithm]

    @property
    def hash_name(self) -> str:
        """The algorithm's hash, as hashlib names it."""
        return self.algorithm.removeprefix("RSA-").lower()

    @property
    def public_key(self) -> RSAPublicKey:
        """What verifies what this signs: from the certificate, which is what service providers know."""
        return public_key_of(self.certificate)

    def sign(self, data: bytes) -> bytes:
        """The signature over `data` (RSA, PKCS #1 v1.5)."""
        return self.key.sign(data, pkcs1(), hash_of(self.hash_name))


class KeyRing:
    """Opened keys by certificate id, the most recently used ones; safe to share between threads."""

    def __init__(self, most: int = _MOST_KEPT) -> None:
        self._kept: OrderedDict[str, RSAPrivateKey] = OrderedDict()
        self._lock = threading.Lock()
        self._most = most

    def key(self, certificate_id: str, open_sealed: Callable[[], Secret]) -> RSAPrivateKey:
        """The key of a certificate; `open_sealed` gives its PEM when it is not at hand."""
        with self._lock:
            if found := self._kept.get(certificate_id):
                self._kept.move_to_end(certificate_id)
                return found
        opened = open_own(open_sealed())
        with self._lock:
            self._kept[certificate_id] = opened
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return opened

    def __repr__(self) -> str:
        return f"KeyRing({len(self._kept)} keys)"


@cache
def pkcs1() -> PKCS1v15:
    """The padding of every signature in SAML: RSA as PKCS #1 v1.5 has it."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    return PKCS1v15()


@cache
def hash_of(name: str) -> HashAlgorithm:
    """A hash that hashlib calls `name` (sha256, sha384 or sha512), as `cryptography` wants it."""
    from cryptography.hazmat.primitives import hashes

    found: HashAlgorithm = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[name]
    return found


def open_own(pem: Secret) -> RSAPrivateKey:
    """A private key of ours, made or checked before it was sealed: its primes are not proved again."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem.reveal().encode(), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, RSAPrivateKey)
    return key


@lru_cache(maxsize=_MOST_KEPT)
def one_line(pem: str) -> str:
    """A certificate's PEM as base64 DER on one line, without its frame."""
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificate

    return base64.b64encode(load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)).decode()


@lru_cache(maxsize=_MOST_KEPT)
def public_key_of(certificate: str) -> RSAPublicKey:
    """The RSA public key of a certificate given as one line of base64 DER."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import load_der_x509_certificate

    key = load_der_x509_certificate(base64.b64decode(certificate)).public_key()
    assert isinstance(key, RSAPublicKey)
    return key


def public_keys(pems: tuple[str, ...]) -> tuple[RSAPublicKey, ...]:
    """The RSA public keys of certificates given as PEM; how long they hold is not asked, as service providers' often have ended."""
    return tuple(public_key_of(one_line(pem)) for pem in pems)
