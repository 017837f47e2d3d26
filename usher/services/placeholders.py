"""Placeholders such as YOUR_ID: asked for once, put into every SSO field that has them, and remembered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from store.errors import UsageError
from store.saml_settings import Placeholder, SamlSettings

if TYPE_CHECKING:
    from usher.catalog.connector import Saml

TEXT_FIELDS = ("sp_entity_id", "acs_urls", "login_url", "default_relay_state", "idp_entity_id")


LONGEST = 200
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
"""What may stand in an address without being written otherwise (RFC 3986 §2.3)."""


def check_value(placeholders: tuple[Placeholder, ...], token: str, text: str) -> str:
    """What a placeholder is to be replaced with: the bare value, not an address, not a placeholder again."""
    known = {placeholder.token: placeholder for placeholder in placeholders}
    if token not in known:
        hint = f"It has {', '.join(known)}." if known else "It has none."
        raise UsageError("no-such-placeholder", f"The application has no placeholder {token!r}.", hint, token)
    value, label = text.strip(), known[token].label
    if not value:
        raise UsageError("placeholder-empty", f"{label} ({token}) is empty.", known[token].place, token)
    if any(each in value for each in known):
        raise UsageError("placeholder-itself", f"{label}: {value!r} is the placeholder, not the value that replaces it.", known[token].place, token)
    if len(value) > LONGEST:
        hint = f"Up to {LONGEST} characters: the part that replaces {token}. {known[token].place}"
        raise UsageError("placeholder-too-long", f"{label} has {len(value)} characters.", hint, token)
    if not _UNRESERVED.fullmatch(value):
        hint = f"Letters, digits, '-', '_', '.' and '~' only: the part that replaces {token}. {known[token].place}"
        raise UsageError("placeholder-unfit", f"{label}: {value[:80]!r} is not the value alone.", hint, token)
    return value


def filled(saml: SamlSettings, placeholders: tuple[Placeholder, ...], values: Mapping[str, str], defaults: Saml | None) -> dict[str, Any]:
    """The SSO fields that change when `values` replace their placeholders.

    A field that still is the connector's default with an earlier value in it takes the new one; a field that
    was edited by hand changes only where the token itself stands.
    """
    earlier = {placeholder.token: placeholder.value for placeholder in placeholders if placeholder.value}
    changed: dict[str, Any] = {}
    for field in TEXT_FIELDS:
        current = getattr(saml, field)
        default = getattr(defaults, field, None)
        untouched = bool(default) and current == substituted(default, earlier)
        new = substituted(default, {**earlier, **values}) if untouched else substituted(current, values)
        if new != current:
            changed[field] = new
    return changed


def substituted(value: Any, values: Mapping[str, str]) -> Any:
    """A text, or each of several, with the tokens replaced where they stand as whole words."""
    if isinstance(value, tuple):
        return tuple(substituted(each, values) for each in value)
    for token, replacement in values.items():
        value = replacement.join(re.split(rf"\b{re.escape(token)}\b", value))
    return value
