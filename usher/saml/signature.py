"""Signatures in XML: made from text that is its own canonical form; held against one allowed shape and nothing else.

What a signature wraps, refers to or carries along is never believed: one reference, to the element it stands in, two
transforms, keys from the application's registered certificates alone (CVE-2020-5390, CVE-2021-21239, CVE-2024-45409,
CVE-2025-47949, CVE-2025-29774 are what happens otherwise).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, TypeAlias

from usher.saml.keys import hash_of, pkcs1
from usher.saml.names import DIGESTS, DS, ENVELOPED, EXCLUSIVE, SIGNATURE_HASHES, XENC
from usher.saml.refusal import Refusal, need
from usher.saml.xml import canonical, paths

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from lxml.etree import _Element as Element

    from usher.saml.keys import Signer

PublicKey: TypeAlias = "RSAPublicKey"

_SHAPE = "signature-misshapen"
_DIGEST_URIS = {name: uri for uri, name in DIGESTS.items()}


def sign(canonical_text: str, id_: str, signer: Signer) -> str:
    """A `ds:Signature` over the element with ID `id_`, whose text without it is `canonical_text`. It goes right after the Issuer."""
    digest = base64.b64encode(hashlib.new(signer.hash_name, canonical_text.encode()).digest()).decode()
    body = (
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="{signer.algorithm_uri}"></ds:SignatureMethod>'
        f'<ds:Reference URI="#{id_}"><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"></ds:Transform><ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{_DIGEST_URIS[signer.hash_name]}"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>'
    )
    value = base64.b64encode(signer.sign(f'<ds:SignedInfo xmlns:ds="{DS}">{body}</ds:SignedInfo>'.encode())).decode()
    return (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>{body}</ds:SignedInfo><ds:SignatureValue>{value}</ds:SignatureValue>'
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{signer.certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
    )


def holds(key: PublicKey, signature: bytes, signed: bytes, hash_name: str) -> bool:
    """Whether `key` made `signature` over `signed` (RSA, PKCS #1 v1.5)."""
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(signature, signed, pkcs1(), hash_of(hash_name))
    except InvalidSignature:
        return False
    return True


def signatures(root: Element) -> list[Element]:
    """Every signature in a document, wherever it stands."""
    return list(root.iter(f"{{{DS}}}Signature"))


def verify(element: Element, keys: tuple[PublicKey, ...]) -> None:
    """Holds the signature that is a child of `element` against `keys`; `Refusal` unless it covers exactly that element.

    The caller sees to it that there is no other signature (`signatures`), and reads from `element` alone afterwards.
    """
    signature = _own(element)
    info, hash_name = _signed_info(signature, element)
    value = _octets(_text(_part(signature, "SignatureValue")), "signature")
    if not any(holds(key, value, canonical(info), hash_name) for key in keys):
        raise Refusal("signature-invalid", "The signature was made by none of the certificates it may be made by, or what it covers was changed.")
    reference = info[2]
    digest = hashlib.new(DIGESTS[str(reference[1].get("Algorithm"))], _without(element, signature)).digest()
    if not hmac.compare_digest(digest, _octets(_text(reference[2]), "digest")):
        raise Refusal("digest-mismatch", "The message was changed after it was signed.")


def _own(element: Element) -> Element:
    """The one signature among an element's children: Issuer, then the signature, as the schema has them."""
    own = list(element.iterchildren(f"{{{DS}}}Signature"))
    need(len(own) == 1 and len(element) > 1 and element[1] is own[0], _SHAPE, "The signature does not stand where it belongs.")
    signature = own[0]
    parts = [child.tag for child in signature]
    wanted = [f"{{{DS}}}{name}" for name in ("SignedInfo", "SignatureValue", "KeyInfo")]
    need(parts in (wanted, wanted[:2]), _SHAPE, "The signature has parts it must not have.")
    return signature


def _signed_info(signature: Element, element: Element) -> tuple[Element, str]:
    """SignedInfo and its hash, when it has the one allowed shape."""
    info = signature[0]
    _exactly(info, "CanonicalizationMethod", "SignatureMethod", "Reference")
    _algorithm(info[0], {EXCLUSIVE})
    _algorithm(info[1], SIGNATURE_HASHES)
    reference = info[2]
    _exactly(reference, "Transforms", "DigestMethod", "DigestValue")
    _exactly(reference[0], "Transform", "Transform")
    _algorithm(reference[0][0], {ENVELOPED})
    _algorithm(reference[0][1], {EXCLUSIVE})
    _algorithm(reference[1], DIGESTS)
    id_ = element.get("ID")
    need(id_ and reference.get("URI") == f"#{id_}", _SHAPE, "The signature covers something else than the message it stands in.")
    need(_times(element, str(id_)) == 1, _SHAPE, "The ID that the signature names is there more than once.")
    return info, SIGNATURE_HASHES[str(info[1].get("Algorithm"))]


def _times(element: Element, id_: str) -> int:
    """How often an ID, in any spelling of the attribute, stands in the whole document."""
    return int(paths().same_ids(element, id=id_))


def _exactly(node: Element, *names: str) -> None:
    """Exactly these children, in this order, and no text among them."""
    need([child.tag for child in node] == [f"{{{DS}}}{name}" for name in names], _SHAPE, "The signature has a shape that is not allowed.")
    need(not (node.text or "").strip() and not any((child.tail or "").strip() for child in node), _SHAPE, "The signature has text where none belongs.")


def _algorithm(node: Element, allowed: object) -> None:
    """An algorithm of the list, without parameters."""
    name = node.get("Algorithm")
    need(len(node) == 0 and not (node.text or "").strip(), _SHAPE, "An algorithm of the signature has parameters.")
    need(name in allowed, "algorithm-refused", f"The signature uses an algorithm that is not taken: {_short(name)}.")  # type: ignore[operator]


def _short(name: str | None) -> str:
    return (name or "none").removeprefix(DS).removeprefix(XENC)[:80]


def _part(signature: Element, name: str) -> Element:
    return next(child for child in signature if child.tag == f"{{{DS}}}{name}")


def _text(node: Element) -> str:
    need(len(node) == 0, _SHAPE, "The signature holds elements where a value belongs.")
    return node.text or ""


def _octets(value: str, what: str) -> bytes:
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(_SHAPE, f"The {what} is not base64.") from None


def _without(element: Element, signature: Element) -> bytes:
    """The canonical form of an element without its own signature; the text after that stays, and the tree is as before."""
    issuer, tail = element[0], signature.tail
    before = issuer.tail
    issuer.tail = (before or "") + (tail or "") or None
    signature.tail = None
    element.remove(signature)
    try:
        return canonical(element)
    finally:
        issuer.tail = before
        element.insert(1, signature)
        signature.tail = tail
