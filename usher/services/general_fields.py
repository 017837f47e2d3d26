"""The fields of General Info: what each may hold, and the refusal that names it."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from store import applications
from store.connection import Db
from store.errors import Refused, UsageError
from usher.services.words import clean

LONGEST_TEXT = 2000
_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_SLUG = 63


def check_label(text: str) -> str:
    """The Display Label: required, one line, up to 300 characters."""
    return clean(text, "label", label="Display Label", required=True)


def refuse_taken_label(db: Db, label: str, own_id: str = "") -> None:
    """A label is unique, whatever the case."""
    other = applications.labelled(db, label)
    if other and other.id != own_id:
        raise Refused("label-taken", f"There is an application labelled {other.label!r} already.", "Choose another Display Label.", "label")


def check_description(text: str) -> str:
    """The Description: optional; it may have several lines."""
    description = text.strip()
    clean(description.replace("\n", " "), "description", label="Description", longest=LONGEST_TEXT)
    return description


def check_bookmark_url(text: str, field: str = "url") -> str:
    """The Bookmark URL: http or https, with a host and no credentials."""
    url = text.strip()
    if not url:
        raise UsageError("url-missing", "The Bookmark URL is empty.", "Enter the address that the portal's tile opens.", field)
    clean(url, field, label="Bookmark URL", longest=LONGEST_TEXT)
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(letter.isspace() or letter == "\\" for letter in url) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError("url-unfit", "The Bookmark URL is no http or https address.", "Write it whole, for instance https://wiki.example.com/start", field)
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "url-credentials",
            "The Bookmark URL holds a user name or password: everybody with the tile would see it.",
            "Take out what stands before the @.",
            field,
        )
    return url


def check_visible(text: str | bool) -> bool:
    """Show in User Portal."""
    return text if isinstance(text, bool) else check_flag(text, "visible")


def check_flag(text: str, field: str) -> bool:
    """`true` or `false`."""
    word = text.strip().lower()
    if word not in ("true", "false"):
        raise UsageError("not-true-or-false", f"{field} takes true or false, not {text!r}.", f"Write {field}=true or {field}=false.", field)
    return word == "true"


def choose_slug(db: Db, given: str, *names: str) -> str:
    """The last part of the SSO IdP URL: as given, else made from the first name that yields one, numbered where taken."""
    if given.strip():
        return _given_slug(db, given.strip())
    base = next((slug for slug in map(slugify, names) if slug), "app")
    slug, number = base, 1
    while applications.with_slug(db, slug):
        number += 1
        slug = f"{base[: _LONGEST_SLUG - len(str(number)) - 1].rstrip('-')}-{number}"
    return slug


def _given_slug(db: Db, slug: str) -> str:
    if not _SLUG.fullmatch(slug):
        raise UsageError(
            "slug-unfit", f"{slug!r} can't end the SSO IdP URL.", "Use up to 63 small letters a-z, digits and hyphens, with no hyphen at either end.", "slug"
        )
    if other := applications.with_slug(db, slug):
        raise Refused("slug-taken", f"The SSO IdP URL ending in {slug} is that of {other.label!r}.", "Choose another, or leave it empty.", "slug")
    return slug


def slugify(name: str) -> str:
    """A name in small letters, digits and single hyphens; empty when nothing of it can be written so."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].rstrip("-")
