"""The two bindings: messages out of a raw query or form, and into a signed address or a form (SAML Bindings 3.4, 3.5)."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from dataclasses import field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from store.records import dataclass
from usher.saml import forms
from usher.saml.names import DEFLATE, SIGNATURE_HASHES
from usher.saml.refusal import Refusal, need
from usher.saml.xml import LARGEST

if TYPE_CHECKING:
    from usher.saml.keys import Signer
    from usher.saml.signature import PublicKey

LARGEST_BODY = 256 * 1024
"""Octets of a form. Whoever reads it from the network stops here."""

LARGEST_QUERY = 96 * 1024
LARGEST_RELAY_STATE = 4096
"""Octets. The standard says 80 (Bindings 3.4.3); service providers in use send more."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MESSAGES = ("SAMLRequest", "SAMLResponse")
_NAMES = (*_MESSAGES, "RelayState", "SigAlg", "Signature", "SAMLEncoding")


@dataclass(frozen=True)
class Incoming:
    """A message as it came: `kind` SAMLRequest or SAMLResponse, `binding` redirect or post; `xml` not yet parsed.

    `raw` are the parameters of a redirect still percent-encoded, which is what its signature covers.
    """

    kind: str
    binding: str
    xml: bytes
    relay_state: str | None
    raw: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def query_signed(self) -> bool:
        """Whether it came with a signature in the query (not: whether that holds)."""
        return "Signature" in self.raw or "SigAlg" in self.raw


@dataclass(frozen=True)
class Post:
    """A form that posts itself: where to, its hidden fields, and the origin it is posted to (for the CSP)."""

    action: str
    fields: tuple[tuple[str, str], ...]

    @property
    def origin(self) -> str:
        """Scheme, host and port of `action`."""
        parts = urlsplit(self.action)
        return f"{parts.scheme}://{parts.netloc}"


def has_message(raw: bytes) -> bool:
    """Whether a query holds a SAML message at all (a person who only opened the address has none)."""
    return any(name.encode() in raw for name in _MESSAGES)


def from_query(raw: bytes) -> Incoming:
    """A message by HTTP-Redirect: `raw` is the query as sent. `Refusal` when it is none."""
    need(len(raw) <= LARGEST_QUERY, "too-large", "The address is too long.")
    found = forms.raw_parameters(raw, _NAMES)
    kind = _kind(found)
    encoding = forms.decoded(found.get("SAMLEncoding", DEFLATE), "SAMLEncoding")
    need(encoding == DEFLATE, "encoding-unknown", "The message has an encoding that is not known here.")
    packed = _base64(forms.decoded(found[kind], kind), kind)
    return Incoming(kind, "redirect", inflate(packed), _relay_state(found), found)


def from_form(raw: bytes) -> Incoming:
    """A message by HTTP-POST: `raw` is the body of the form as sent. `Refusal` when it is none."""
    need(len(raw) <= LARGEST_BODY, "too-large", "The form is too large.")
    found = forms.raw_parameters(raw, _NAMES)
    kind = _kind(found)
    misplaced = [name for name in ("SigAlg", "Signature", "SAMLEncoding") if name in found]
    need(not misplaced, "parameter-misplaced", "A signature beside the message belongs to the redirect binding alone.")
    document = _base64(forms.decoded(found[kind], kind), kind)
    need(len(document) <= LARGEST, "too-large", f"The message is larger than {LARGEST // 1024} kB.")
    return Incoming(kind, "post", document, _relay_state(found))


def inflate(packed: bytes, cap: int = LARGEST) -> bytes:
    """Raw DEFLATE undone, up to `cap` octets and no further; `Refusal` for more, for a torn stream, for anything after it."""
    stream = zlib.decompressobj(-15)
    try:
        document = stream.decompress(packed, cap + 1)
    except zlib.error:
        raise Refusal("not-deflated", "The message is not deflated as the redirect binding wants it.") from None
    need(len(document) <= cap, "too-large", f"The message is larger than {cap // 1024} kB.")
    need(stream.eof and not stream.unused_data, "not-deflated", "The message is not deflated as the redirect binding wants it.")
    return document


def verify_query(incoming: Incoming, keys: tuple[PublicKey, ...]) -> None:
    """Holds the query's signature against registered keys; `Refusal` unless one of them made it (Bindings 3.4.4.1).

    The octets as sent are what was signed. As a second try the values are encoded like JavaScript's `encodeURIComponent`: Node's
    SAML libraries sign `%20` and send `+`.
    """
    from usher.saml.signature import holds

    raw = incoming.raw
    hash_name = SIGNATURE_HASHES.get(forms.decoded(raw.get("SigAlg", ""), "SigAlg"))
    need(hash_name, "algorithm-refused", "The request is signed with an algorithm that is not taken: RSA with SHA-256, SHA-384 or SHA-512 is.")
    assert hash_name is not None
    signature = _base64(forms.decoded(raw.get("Signature", ""), "Signature"), "Signature")
    names = [name for name in (incoming.kind, "RelayState", "SigAlg") if name in raw]
    for encode in (str, _as_browsers_do):
        signed = "&".join(f"{name}={encode(raw[name])}" for name in names).encode()
        if any(holds(key, signature, signed, hash_name) for key in keys):
            return
    raise Refusal("signature-invalid", "The request's signature was made by none of the application's certificates, or the request was changed.")


def redirect(url: str, kind: str, document: str, relay_state: str | None, signer: Signer | None) -> str:
    """The address that carries a message by HTTP-Redirect, signed when there is a `signer`."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = stream.compress(document.encode()) + stream.flush()
    query = f"{kind}={_escaped(base64.b64encode(packed).decode())}"
    if relay_state:
        query += f"&RelayState={_escaped(relay_state)}"
    if signer:
        query += f"&SigAlg={_escaped(signer.algorithm_uri)}"
        query += f"&Signature={_escaped(base64.b64encode(signer.sign(query.encode())).decode())}"
    return f"{url}{'&' if '?' in url else '?'}{query}"


def post(url: str, kind: str, document: str, relay_state: str | None) -> Post:
    """The form that carries a message by HTTP-POST. RelayState is given back as it came, and left out where there was none."""
    fields = [(kind, base64.b64encode(document.encode()).decode())]
    if relay_state is not None:
        fields.append(("RelayState", relay_state))
    return Post(url, tuple(fields))


def _kind(found: dict[str, str]) -> str:
    """Which message it is; exactly one."""
    kinds = [name for name in _MESSAGES if name in found]
    need(kinds, "no-message", "There is no SAML message.")
    need(len(kinds) == 1, "parameter-twice", "There is a SAML request and a SAML response.")
    return kinds[0]


def _relay_state(found: dict[str, str]) -> str | None:
    """RelayState, opaque: within bounds, nothing in it that a form could not give back."""
    if "RelayState" not in found:
        return None
    value = forms.decoded(found["RelayState"], "RelayState")
    need(len(value.encode()) <= LARGEST_RELAY_STATE, "relay-state-too-long", f"RelayState is longer than {LARGEST_RELAY_STATE} octets.")
    need(not _CONTROL.search(value), "relay-state-unfit", "RelayState holds control characters.")
    return value


def _base64(value: str, what: str) -> bytes:
    """Base64 undone; line breaks are let through, anything else is not."""
    bare = value.translate({9: None, 10: None, 13: None, 32: None})
    try:
        return base64.b64decode(bare, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("not-base64", f"{what} is not base64.") from None


def _as_browsers_do(value: str) -> str:
    """A percent-encoded value written again as `encodeURIComponent` writes it."""
    return quote(forms.decoded(value, "A parameter"), safe="!'()*~")


def _escaped(value: str) -> str:
    return quote(value, safe="")
