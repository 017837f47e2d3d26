"""The fields of General Info: what each may hold, and the refusal that names it."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from store import applications
from store.connection import Db
from store.errors import Refused, UsageError

LONGEST_LABEL = 300
LONGEST_TEXT = 2000
_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_SLUG = 63


def check_label(text: str) -> str:
    """The Display Label: required, one line, up to 300 characters."""
    label = " ".join(text.split(" ")).strip()
    if not label:
        raise UsageError("label-missing", "The Display Label is empty.", "Type the name people know the application by.", "label")
    if len(label) > LONGEST_LABEL:
        raise UsageError("label-too-long", f"The Display Label has {len(label)} characters; {LONGEST_LABEL} is the most.", "Shorten it.", "label")
    refuse_controls(label, "label", "The Display Label")
    return label


def refuse_taken_label(db: Db, label: str, own_id: str = "") -> None:
    """A label is unique, whatever the case."""
    other = applications.labelled(db, label)
    if other and other.id != own_id:
        raise Refused("label-taken", f"There is an application labelled {other.label!r} already.", "Choose another Display Label.", "label")


def check_description(text: str) -> str:
    """The Description: optional; line breaks are allowed."""
    description = text.strip()
    if len(description) > LONGEST_TEXT:
        raise UsageError(
            "description-too-long", f"The Description has {len(description)} characters; {LONGEST_TEXT} is the most.", "Shorten it.", "description"
        )
    refuse_controls(description.replace("\n", ""), "description", "The Description")
    return description


def check_bookmark_url(text: str, field: str = "url") -> str:
    """The Bookmark URL: http or https, with a host and no credentials."""
    url = text.strip()
    if not url:
        raise UsageError("url-missing", "The Bookmark URL is empty.", "Enter the address that the portal's tile opens.", field)
    refuse_controls(url, field, "The Bookmark URL")
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(letter.isspace() for letter in url) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or len(url) > LONGEST_TEXT:
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
        raise UsageError("not-true-or-false", f"{field} takes true or false, not {text!r}.", "", field)
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


def refuse_controls(text: str, field: str, name: str) -> None:
    """Control and direction-changing characters could make a line on a screen say something else."""
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" for letter in text):
        raise UsageError("control-character", f"{name} holds a control character.", "Type it again instead of pasting it.", field)
