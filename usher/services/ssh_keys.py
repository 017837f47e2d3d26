"""OpenSSH public keys, parsed strictly: one line, a known type, no options, a body that is what its type says.

The wire format is RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4 and OpenSSH's PROTOCOL.u2f.
"""

from __future__ import annotations

import base64
import binascii
import re

from store.errors import UsageError
from store.operators import OperatorKey

LONGEST = 16_384
LEAST_RSA_BITS = 2048
_POINTS = {"nistp256": 65, "nistp384": 97, "nistp521": 133}
KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", "ssh-rsa")  # fmt: skip
_HINT = "Paste the one line of the public key: the file that ends in .pub."


def parse_key(text: str, field: str = "key") -> OperatorKey:
    """The key on that line. `UsageError` at `field` with the reason; what was given is never repeated (it may be a private key)."""
    if "PRIVATE KEY" in text:
        raise _unfit("That is a private key: it stays with its owner, and should be replaced if it was sent to anyone.", field)
    line = text.strip(" \t\r\n")
    if not line:
        raise _unfit("There is no key.", field)
    if len(text) > LONGEST or "\n" in line or "\r" in line:
        raise _unfit("A public key is one line; this is more.", field)
    kind, _, rest = line.replace("\t", " ").partition(" ")
    body, _, comment = rest.strip().partition(" ")
    _check_kind(kind, field)
    fingerprint = _checked(kind, body, field)
    comment = "".join(letter for letter in comment.strip() if letter.isprintable())[:100]
    return OperatorKey(fingerprint, kind, body, comment)


def fingerprint_of(body: str) -> str:
    """The fingerprint of a key's base64 body, as OpenSSH writes it; empty when that is no base64."""
    try:
        return _fingerprint(base64.b64decode(body, validate=True))
    except (binascii.Error, ValueError):
        return ""


def is_fingerprint(text: str) -> bool:
    """Whether that is a `SHA256:…` fingerprint."""
    return re.fullmatch(r"SHA256:[A-Za-z0-9+/]{43}", text) is not None


def _check_kind(kind: str, field: str) -> None:
    if kind in KINDS:
        return
    if "-cert-v0" in kind:
        raise _unfit("That is a certificate, not a plain public key.", field)
    if any(kind.startswith(start) for start in ("ssh-dss", "ssh-rsa1")):
        raise _unfit(f"Keys of the type {kind} are too weak.", field)
    raise _unfit(f"A public key begins with its type ({', '.join(KINDS[:2])} …); options before it are not taken.", field)


def _checked(kind: str, body: str, field: str) -> str:
    """The fingerprint, once the body is found to be a key of that type and nothing more."""
    try:
        blob = base64.b64decode(body, validate=True)
        parts = _parts(blob)
    except (binascii.Error, ValueError):
        raise _unfit("The key is damaged: its body is not what ssh-keygen writes.", field) from None
    if not parts or parts[0] != kind.encode() or not _fits(kind, parts[1:]):
        raise _unfit(f"The key is damaged: its body is no {kind} key.", field)
    if kind == "ssh-rsa" and int.from_bytes(parts[2]).bit_length() < LEAST_RSA_BITS:
        raise _unfit(f"RSA keys need at least {LEAST_RSA_BITS} bits.", field)
    return _fingerprint(blob)


def _parts(blob: bytes) -> list[bytes]:
    """The length-prefixed strings the blob is made of, all of it (RFC 4251 §5)."""
    parts, at = list[bytes](), 0
    while at < len(blob):
        size = int.from_bytes(blob[at : at + 4])
        if len(blob) < at + 4 + size:
            raise ValueError("cut off")
        parts.append(blob[at + 4 : at + 4 + size])
        at += 4 + size
    return parts


def _fits(kind: str, parts: list[bytes]) -> bool:
    """Whether these are the parts of a key of that type."""
    if kind.startswith("sk-"):
        if not parts or not parts[-1].startswith(b"ssh:"):
            return False
        kind, parts = kind.removeprefix("sk-").removesuffix("@openssh.com"), parts[:-1]
    if kind == "ssh-ed25519":
        return [len(part) for part in parts] == [32]
    if kind == "ssh-rsa":
        return len(parts) == 2 and all(part and part[0] < 0x80 for part in parts)
    curve = kind.rpartition("-")[2]
    return len(parts) == 2 and parts[0] == curve.encode() and len(parts[1]) == _POINTS[curve] and parts[1][0] == 4


def _fingerprint(blob: bytes) -> str:
    import hashlib

    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _unfit(message: str, field: str) -> UsageError:
    return UsageError("key-unfit", message, _HINT, field)
