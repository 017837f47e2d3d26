"""Strict reading of `application/x-www-form-urlencoded` text, as queries and bodies bring it.

One parse feeds the reader and the verifier of signatures: two parsers that disagree are a way in (CVE-2026-117691).
Names are taken literally: one that is written with percent signs, or twice, is refused.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import unquote_to_bytes

from usher.saml.refusal import Refusal, need

MOST_PARAMETERS = 64


def raw_parameters(raw: bytes, names: Collection[str]) -> dict[str, str]:
    """The parameters called `names`, their values still percent-encoded; others are passed over.

    Raises `Refusal` for octets that are not ASCII, for a name of ours in disguise or given twice, for too many.
    """
    try:
        query = raw.decode("ascii")
    except UnicodeDecodeError:
        raise Refusal("parameters-unfit", "The parameters are not encoded.") from None
    found: dict[str, str] = {}
    pieces = [piece for piece in query.split("&") if piece]
    need(len(pieces) <= MOST_PARAMETERS, "parameters-unfit", "There are too many parameters.")
    folded = {name.casefold() for name in names}
    for piece in pieces:
        key, _, value = piece.partition("=")
        name = _seen_by_others(key)
        if name.casefold() in folded:
            need(key in names, "parameter-disguised", "A parameter's name is not written plainly.")
            need(key not in found, "parameter-twice", f"The parameter {key} is given twice.")
            found[key] = value
    return found


def decoded(value: str, what: str) -> str:
    """A value without its encoding; `Refusal` when it is not UTF-8."""
    try:
        return unquote_to_bytes(value.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("parameters-unfit", f"{what} is not UTF-8.") from None


def form_fields(raw: bytes, *, names: Collection[str], largest: int) -> dict[str, str]:
    """The fields called `names` of a form, decoded; each at most `largest` octets."""
    fields = {name: decoded(value, name) for name, value in raw_parameters(raw, names).items()}
    for name, value in fields.items():
        need(len(value.encode()) <= largest, "field-too-large", f"{name} is too long.")
    return fields


def _seen_by_others(key: str) -> str:
    """A name as a laxer parser than this would read it."""
    return unquote_to_bytes(key.replace("+", " ")).decode("utf-8", "replace").strip().rstrip("\0")
