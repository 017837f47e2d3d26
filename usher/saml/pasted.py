"""A message as a person copies it: an address, a form's body, a page, base64 with or without DEFLATE, or XML."""

from __future__ import annotations

import base64
import binascii
import html
import re
from urllib.parse import unquote

from usher.saml import bindings
from usher.saml.bindings import Incoming
from usher.saml.refusal import Refusal, need

_LONGEST = 512 * 1024
_FIELD = re.compile(r"""<input\b[^>]*\bname=["'](SAMLRequest|SAMLResponse)["'][^>]*\bvalue=["']([^"']*)["']""", re.IGNORECASE)
_PARAMETER = re.compile(r"(?:^|[?&])((?:SAMLRequest|SAMLResponse)=.*)", re.DOTALL)


def incoming(text: str) -> Incoming:
    """The message in a pasted text. Its kind is guessed where the text does not say. `Refusal` when there is none in it."""
    bare = text.strip(" \t\r\n\ufeff")
    need(bare, "nothing-pasted", "There is nothing to read.")
    need(len(bare) <= _LONGEST, "too-large", "The text is too long for a SAML message.")
    if field := _FIELD.search(bare):
        return _coded(html.unescape(field[2]), field[1])
    if parameters := _PARAMETER.search(bare.partition("#")[0] if bare.startswith("http") else bare):
        return _parameters(_whole(bare, parameters))
    if bare.startswith("<"):
        return Incoming(_guess(bare), "post", bare.encode(), None)
    return _coded(unquote(bare) if "%" in bare else bare, "")


def _whole(bare: str, found: re.Match[str]) -> str:
    """All parameters of an address, or of a body whose first ones stand before the message."""
    query = bare.partition("?")[2] if bare.startswith("http") else bare
    return (query or found[1]).partition("#")[0].replace("\n", "").replace("\r", "").strip()


def _parameters(query: str) -> Incoming:
    """A query or a form's body, read as strictly as when it comes over the network."""
    raw = query.encode()
    try:
        return bindings.from_query(raw)
    except Refusal as by_redirect:
        if by_redirect.code != "not-deflated":
            raise
    return bindings.from_form(raw)


def _coded(value: str, kind: str) -> Incoming:
    """Base64, deflated or not."""
    try:
        data = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("not-a-message", "This is no SAML message: no address, no form, no base64 and no XML.") from None
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        document = bindings.inflate(data)
        return Incoming(kind or _guess(document.decode("utf-8", "replace")), "redirect", document, None)
    return Incoming(kind or _guess(data.decode("utf-8", "replace")), "post", data, None)


def _guess(document: str) -> str:
    """Request or response, by the name of the first element."""
    first = re.search(r"<(?:[\w.-]+:)?(\w+)", document.partition("?>")[2] or document)
    return "SAMLResponse" if first and first[1].endswith("Response") else "SAMLRequest"
