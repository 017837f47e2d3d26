"""The fields of the SSO tab: what each may hold, and the refusal that names it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from store import applications, saml_settings
from store.connection import Db
from store.errors import Refused, UsageError
from usher.catalog.vocabulary import NAMEID_FORMATS, SIGNATURE_ALGORITHMS, USER_ATTRIBUTES, nameid_format
from usher.services.general_fields import check_flag
from usher.services.settings import is_loopback
from usher.services.words import unfit

LONGEST_ENTITY_ID = 1024
"""SAML Core 8.3.6."""

LONGEST_URL = 2000
LONGEST_NAME = 256
MOST_VALUES = 64
_CALLED = {"acs_urls": "ACS URL", "login_url": "Login URL", "slo_url": "Single logout"}
"""The fields with an address, as the form names them."""

_URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


def check(db: Db, application_id: str, field: str, value: Any) -> Any:
    """The value of one field as it is kept. Raises `UsageError` or `Refused`, each with its `field`."""
    if field not in _CHECKS:
        raise UsageError("no-such-field", f"SSO has no field {field!r}.", f"Its fields are: {', '.join(_CHECKS)}.", field)
    if field == "idp_entity_id":
        return _idp_entity_id(db, application_id, str(value))
    if field == "nameid_source":
        return check_source(db, str(value), field)
    return _CHECKS[field](value, field)


def check_source(db: Db, text: str, field: str) -> str:
    """A user attribute: one that everybody has, or one that an import brought into the directory."""
    name = text.strip()
    if name in USER_ATTRIBUTES:
        return name
    known = sources(db)
    if name in known:
        return name
    raise UsageError("no-such-attribute", f"People have no attribute {name!r}.", f"They have: {', '.join(known)}.", field)


def sources(db: Db) -> list[str]:
    """The user attributes that SSO may take, in the order they are offered: those that `check_source` lets pass."""
    return list(dict.fromkeys((*USER_ATTRIBUTES, *sorted(applications.user_attributes(db)))))


def check_text(text: str, field: str, *, required: bool = False, longest: int = LONGEST_ENTITY_ID) -> str:
    """One line of text."""
    value = text.strip()
    if reason := unfit(value, required=required, longest=longest):
        raise UsageError("value-unfit", f"{field} {reason}.", f"Write one line of up to {longest} characters.", field)
    return value


def check_values(text: str, field: str) -> str:
    """The values of a constant, one a line; each once."""
    values = list(dict.fromkeys(check_text(line, field, required=True) for line in text.split("\n") if line.strip()))
    if not values:
        raise UsageError("value-unfit", f"{field} is empty.", "Write at least one value; several stand a line each.", field)
    if len(values) > MOST_VALUES:
        raise UsageError("too-many-values", f"{field} has more than {MOST_VALUES} values.", "Take some out.", field)
    return "\n".join(values)


def check_address(text: str, field: str) -> str:
    """An address a browser is sent to: https, or http on this machine; no fragment, no credentials."""
    url = text.strip()
    try:
        parts = urlsplit(url)
        host, credentials = parts.hostname or "", parts.username is not None or parts.password is not None
        if parts.port == 0:  # one that is none at all raises
            raise ValueError
    except ValueError:
        raise _unfit_address(url, field, "is no address") from None
    if not url or not _URI.fullmatch(url) or not host or parts.scheme not in ("https", "http") or len(url) > LONGEST_URL:
        raise _unfit_address(url, field, "is no https address")
    if parts.scheme == "http" and not is_loopback(host):
        raise _unfit_address(url, field, "is not encrypted: only https is taken, and http on this machine alone")
    if "#" in url:
        raise _unfit_address(url, field, "has a fragment (what follows #), which never reaches the application")
    if credentials:
        raise _unfit_address(url, field, "holds a user name or password")
    return url


def _unfit_address(url: str, field: str, why: str) -> UsageError:
    shown = "the address" if "@" in url else repr(url[:200])  # what stands before an @ may be a password
    return UsageError("url-unfit", f"{_CALLED.get(field, field)}: {shown} {why}.", "Write it whole, for instance https://app.example.com/saml/acs", field)


def _acs_urls(value: Any, field: str) -> tuple[str, ...]:
    """One or more addresses, comma-separated; the first is the default."""
    parts = value.split(",") if isinstance(value, str) else list(value)
    urls = tuple(check_address(part, field) for part in parts if part.strip())
    if len(set(urls)) != len(urls):
        raise UsageError("acs-url-twice", "An ACS URL is there twice.", "Name each one once; the first is the default.", field)
    return urls


def _optional_address(value: Any, field: str) -> str:
    return check_address(str(value), field) if str(value).strip() else ""


def _nameid_format(value: Any, field: str) -> str:
    found = nameid_format(str(value))
    if found is None:
        raise UsageError("no-such-format", f"{value!r} is no NameID format.", f"It is one of {', '.join(NAMEID_FORMATS.values())}.", field)
    return found


def _signature_algorithm(value: Any, field: str) -> str:
    found = str(value).strip().upper()
    if found not in SIGNATURE_ALGORITHMS:
        raise UsageError(
            "no-such-algorithm", f"{value!r} is no signature algorithm.", f"It is one of {', '.join(SIGNATURE_ALGORITHMS)}; SHA-1 is not offered.", field
        )
    return found


def _idp_entity_id(db: Db, application_id: str, text: str) -> str:
    """Free text, unique: an application tells identity providers apart by it."""
    name = check_text(text, "idp_entity_id", required=True)
    own = saml_settings.get(db, application_id)
    holder = saml_settings.idp_entity_id_holder(db, name)
    if holder and own and own.idp_entity_id != name:
        raise Refused("entity-id-taken", f"The IdP Entity ID {name!r} is that of {holder!r}.", "Each application needs one of its own.", "idp_entity_id")
    return name


def _flag(value: Any, field: str) -> bool:
    return value if isinstance(value, bool) else check_flag(str(value), field)


def _text(value: Any, field: str) -> str:
    return check_text(str(value), field)


def _entity_id(value: Any, field: str) -> str:
    """An entity ID is a URI (SAML Core 8.3.6): nothing that cannot be seen, and no blank, which is mostly one that was pasted along."""
    name = check_text(str(value), field)
    if not name.isprintable() or " " in name:
        raise UsageError(
            "entity-id-unfit", "The SP Entity ID holds a blank or a character that cannot be seen; it is a URI.", "Copy it anew from the application.", field
        )
    return name


def _name(value: Any, field: str) -> str:
    return check_text(str(value), field, longest=LONGEST_NAME)


_CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "sp_entity_id": _entity_id,
    "acs_urls": _acs_urls,
    "nameid_source": _text,
    "nameid_format": _nameid_format,
    "sign_assertion": _flag,
    "sign_response": _flag,
    "encrypt_assertion": _flag,
    "require_signed_requests": _flag,
    "signature_algorithm": _signature_algorithm,
    "default_relay_state": _text,
    "login_url": _optional_address,
    "idp_entity_id": _text,
    "declare_redirect_endpoint": _flag,
    "groups_attribute": _name,
    "require_second_factor": _flag,
}
FIELDS = tuple(_CHECKS)
