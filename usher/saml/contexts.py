"""How somebody proved who they are, in SAML's words, and whether that is enough for a request (SAML Core 3.3.2.2.1)."""

from __future__ import annotations

_CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
PASSWORD_PROTECTED = f"{_CLASSES}PasswordProtectedTransport"
TIME_SYNC_TOKEN = f"{_CLASSES}TimeSyncToken"

STRENGTH = {
    f"{_CLASSES}unspecified": 0,
    f"{_CLASSES}Password": 1,
    PASSWORD_PROTECTED: 2,
    TIME_SYNC_TOKEN: 3,
    "https://refeds.org/profile/mfa": 3,
    "http://schemas.microsoft.com/claims/multipleauthn": 3,
}
"""The classes that can be asserted, weakest first. What is stronger than a password over TLS takes the second factor."""

COMPARISONS = ("exact", "minimum", "maximum", "better")
_NEEDS_SECOND_FACTOR = 3


def default(second_factor: bool) -> str:
    """The class that is asserted when none is asked for; the same with and without a second factor, as most applications want it."""
    return PASSWORD_PROTECTED


def choose(asked: tuple[str, ...], comparison: str, second_factor: bool) -> str | None:
    """The class to assert for a sign-in with or without a second factor; None when it would not be what was asked for.

    `exact`: one of those asked, in their order. `minimum`: at least as strong as one of them. `better`: stronger than all.
    `maximum`: the strongest that does not go beyond one of them.
    """
    if not asked:
        return default(second_factor)
    reached = _NEEDS_SECOND_FACTOR if second_factor else _NEEDS_SECOND_FACTOR - 1
    possible = [name for name, strength in STRENGTH.items() if strength <= reached]
    if comparison == "exact":
        return next((name for name in asked if name in possible), None)
    strengths = [STRENGTH[name] for name in asked if name in STRENGTH]
    if not strengths:
        return None
    fitting = {
        "minimum": [name for name in possible if STRENGTH[name] >= min(strengths)],
        "better": [name for name in possible if len(strengths) == len(asked) and STRENGTH[name] > max(strengths)],
        "maximum": [name for name in possible if STRENGTH[name] <= max(strengths)],
    }[comparison]
    return _preferred(fitting, asked)


def _preferred(fitting: list[str], asked: tuple[str, ...]) -> str | None:
    """Of the classes that fit the strongest; among equals one that was asked for."""
    if not fitting:
        return None
    strongest = max(STRENGTH[name] for name in fitting)
    equals = [name for name in fitting if STRENGTH[name] == strongest]
    return next((name for name in asked if name in equals), equals[0])
