"""What people may type as a value: one rule for names, labels and attributes."""

from __future__ import annotations

import unicodedata

from store.errors import UsageError
from store.ids import fold

LONGEST = 300
_REFUSED = {"Cc", "Cs", "Zl", "Zp"}  # controls, lone surrogates, line and paragraph separators


def clean(text: str, field: str, *, label: str = "", required: bool = False, longest: int = LONGEST) -> str:
    """`text` without blanks around it. Emoji, accents and right-to-left letters are fine; control characters,
    an overlong value, or an empty one where it is `required` raise `UsageError` at `field`."""
    value = text.strip()
    if reason := unfit(value, required=required, longest=longest):
        raise UsageError("value-unfit", f"The {label or field} {reason}.", f"Write one line of up to {longest} characters.", field)
    return value


def unfit(value: str, *, required: bool = False, longest: int = LONGEST) -> str:
    """Why a trimmed value cannot be taken, as the rest of a sentence; empty when it can."""
    if required and not value:
        return "is required"
    if required and not fold(value):
        return "holds nothing that can be seen"
    if len(value) > longest:
        return f"is too long ({len(value)} characters, {longest} are allowed)"
    if not value.isprintable() and any(unicodedata.category(letter) in _REFUSED for letter in value):
        return "contains a control character"
    return ""


def unfit_email(value: str) -> str:
    """Why a trimmed, non-empty value does not look like an address; empty when it does. Lenient: the application judges."""
    name, at, host = value.rpartition("@")
    return "" if at and name and host and len(value.split()) == 1 else "does not look like an e-mail address"
