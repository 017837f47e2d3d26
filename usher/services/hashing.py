"""How passwords are hashed and what is made of random tokens. `cryptography` is imported when a password is first touched.

Argon2id with m = 19 MiB, t = 2, p = 1 (OWASP Password Storage); the parameters stand in the hash, so that raising
them here makes an old hash anew when its person signs in.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import unicodedata
from functools import cache

MEMORY_KIB, ROUNDS, LANES = 19 * 1024, 2, 1
_WANTED = f"$argon2id$v=19$m={MEMORY_KIB},t={ROUNDS},p={LANES}$"


def hash_password(password: str) -> str:
    """A PHC string of a password. Takes some 30 ms and 19 MiB on purpose."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    made: str = Argon2id(salt=os.urandom(16), length=32, iterations=ROUNDS, lanes=LANES, memory_cost=MEMORY_KIB).derive_phc_encoded(_bytes(password))
    return made


def verify_password(password: str, phc: str | None) -> bool:
    """Whether a password belongs to a hash. Without a hash the same work is done, and the answer is no."""
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        Argon2id.verify_phc_encoded(_bytes(password), phc or _nobodys())
    except InvalidKey:
        return False
    return phc is not None


def is_outdated(phc: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return not phc.startswith(_WANTED)


def new_token() -> str:
    """256 random bits, for a cookie or a link."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What the store keeps of a token (a hex SHA-256: the token is random, so nothing slower is needed)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def form_token(token: str) -> str:
    """What a form carries to show that it came from a page of ours: bound to the cookie's token, and telling nothing about it."""
    return hmac.new(token.encode("utf-8", "surrogatepass"), b"usher form", hashlib.sha256).hexdigest()


@cache
def _nobodys() -> str:
    """A hash that no password belongs to: what an unknown username is measured against."""
    return hash_password(secrets.token_hex(16))


def _bytes(password: str) -> bytes:
    """A password as it is hashed: composed, so that two keyboards' spellings of it meet."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
