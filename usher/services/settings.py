"""The organisation's settings: which there are, what they may hold, and who hears of a change."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from store import settings
from store.connection import Db
from store.errors import NotFound, Refused, UsageError
from store.records import dataclass
from usher.services import meanwhile
from usher.services.anchors import check_path as check_anchor_file
from usher.services.backup_plan import DEFAULTS, EVERY, check_at, check_every, check_folder
from usher.services.session import Session

THEMES = ("dark", "light", "system")
SECOND_FACTOR = ("optional", "required")
_LONGEST = 200
_LONGEST_URL = 2000


@dataclass(frozen=True)
class Setting:
    """One setting as a screen shows it; `why` says what keeps it when it is not editable. `part` is organisation, portal,
    backups or record; `options` are the values it may have where they are few, `hint` what to write otherwise; `may_be_empty`
    says whether nothing is a value."""

    key: str
    value: str
    label: str
    editable: bool = True
    why: str = ""
    part: str = "organisation"
    hint: str = ""
    options: tuple[str, ...] = ()
    may_be_empty: bool = False


def list_(session: Session) -> list[Setting]:
    """Every setting, in the order of the screen."""
    held = _held(session.db)
    return [_shown(session.db, key, rule, held if key == "base_url" else "") for key, rule in _RULES.items()]


def set_(session: Session, values: Mapping[str, str], *, expected: Mapping[str, str] | None = None) -> list[Setting]:
    """Keeps `values` (all or none) and returns every setting. Raises `NotFound`, `UsageError`, and
    `Refused` for a base URL that SAML applications depend on."""
    for key in {"backup_folder", "anchor_file"} & set(values) if session.confined else ():
        raise Refused("confined", "A confined operator names nothing outside the exchange folder.", "Set it at the machine itself.", key)
    checked = {key: _checked(key, value) for key, value in values.items()}
    with session.change("administrator") as change:
        before = {key: settings.get(change.db, key, _RULES[key].default) for key in checked}
        meanwhile.check(change.db, "This setting", ["settings"], meanwhile.about(checked, expected), before)
        changed = {key: value for key, value in checked.items() if value != before[key]}
        if "base_url" in changed and (held := _held(change.db)):
            raise Refused("base-url-fixed", held, "Delete those applications first.", "base_url")
        for key, value in changed.items():
            settings.put(change.db, key, value)
            change.event("setting", key)
        if changed:
            change.record("setting.changed", "settings", {key: [before[key], value] for key, value in changed.items()})
    return list_(session)


def organization(session: Session) -> str:
    """The organisation's name."""
    return settings.get(session.db, "organization")


def base_url(session: Session) -> str:
    """The identity provider's base URL, without a slash at the end."""
    return settings.get(session.db, "base_url")


def theme(session: Session) -> str:
    """The console's theme: one of `THEMES`."""
    return settings.get(session.db, "theme", _RULES["theme"].default)


def session_idle(session: Session) -> timedelta:
    """How long a session of the portal lasts that is not used."""
    return timedelta(minutes=int(_value(session, "session_idle_minutes")))


def session_lifetime(session: Session) -> timedelta:
    """How long a session of the portal lasts at most."""
    return timedelta(hours=int(_value(session, "session_hours")))


def console_idle(session: Session) -> timedelta:
    """How long a confined console stays open that nobody uses; nothing: for ever."""
    return timedelta(minutes=int(_value(session, "console_idle_minutes")))


def second_factor_required(session: Session) -> bool:
    """Whether everybody needs a second factor to sign in."""
    return _value(session, "second_factor") == "required"


def portal_colour(session: Session) -> str:
    """The organisation's colour on the portal, `#rrggbb`."""
    return _value(session, "portal_colour")


def _value(session: Session, key: str) -> str:
    return settings.get(session.db, key, _RULES[key].default)


def check_organization(text: str) -> str:
    """The organisation's name, trimmed; refuses an empty or overlong one and control characters."""
    import unicodedata

    name = text.strip()
    if not name:
        raise UsageError("organization-empty", "The organisation needs a name.", "Give the name people know it by.", "organization")
    if len(name) > _LONGEST or any(unicodedata.category(letter) == "Cc" for letter in name):
        raise UsageError("organization-unfit", f"The organisation's name takes up to {_LONGEST} characters and no control characters.", "", "organization")
    return name


def check_base_url(text: str) -> str:
    """The base URL in its one spelling: https (http on loopback only), no credentials, query or fragment,
    host in lower case, no slash at the end. Raises `UsageError` with the reason."""
    import unicodedata
    from urllib.parse import unquote, urlsplit

    url = text.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _unfit_url("is not a URL") from None
    strange = any(letter.isspace() or letter == "\\" or unicodedata.category(letter) in ("Cc", "Cf") for letter in url)
    if not host.strip(".") or ".." in host or parts.scheme not in ("https", "http") or strange:
        raise _unfit_url("is not a URL of the form https://host")
    if port == 0:
        raise _unfit_url("names the port 0, where nothing answers")
    if len(url) > _LONGEST_URL:
        raise _unfit_url(f"is too long ({len(url)} characters, {_LONGEST_URL} are allowed)")
    if any(unquote(part) in (".", "..") for part in parts.path.split("/")):
        raise _unfit_url("may not hold . or .. as a part of its path: what is asked for would stand elsewhere")
    if parts.username is not None or "?" in url or "#" in url:
        raise _unfit_url("may not carry credentials, a query or a fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise _unfit_url("must begin with https:// (http:// is for this machine alone)")
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}{f':{port}' if port is not None else ''}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unfit_url(reason: str) -> UsageError:
    return UsageError("base-url-unfit", f"The base URL {reason}.", "Give it as https://sso.example.org", "base_url")


def _check_theme(text: str) -> str:
    theme = text.strip().lower()
    if theme not in THEMES:
        raise UsageError("theme-unknown", f"There is no theme {theme!r}.", f"Choose one of {', '.join(THEMES)}.", "theme")
    return theme


def _check_second_factor(text: str) -> str:
    word = text.strip().lower()
    if word not in SECOND_FACTOR:
        raise UsageError("second-factor-unknown", f"The second factor cannot be {word!r}.", f"Choose one of {', '.join(SECOND_FACTOR)}.", "second_factor")
    return word


def _check_colour(text: str) -> str:
    colour = text.strip().lower()
    if not re.fullmatch(r"#[0-9a-f]{6}", colour):
        raise UsageError("colour-unfit", f"{text.strip()!r} is no colour.", "Write it as #1f6feb: red, green and blue.", "portal_colour")
    return colour


def _check_number(field: str, least: int, most: int) -> Callable[[str], str]:
    """A whole number within bounds."""

    def check(text: str) -> str:
        digits = text.strip()
        if not (digits.isascii() and digits.isdigit() and least <= int(digits[:9]) <= most):
            raise UsageError("number-unfit", f"{field} takes a whole number from {least} to {most}.", "", field)
        return str(int(digits))

    return check


def _checked(key: str, value: str) -> str:
    """The value as it is kept, or the reason it cannot be."""
    if key not in _RULES:
        raise NotFound("setting-unknown", f"There is no setting {key}.", f"Settings are: {', '.join(_RULES)}.", key)
    return _RULES[key].check(value)


def _held(db: Db) -> str:
    """Why the base URL cannot change, or nothing: the SSO IdP URLs of SAML applications are made of it."""
    labels = settings.saml_labels(db)
    if not labels:
        return ""
    named = ", ".join(labels[:3]) + (f" and {len(labels) - 3} more" if len(labels) > 3 else "")
    return f"The base URL cannot be changed while SAML applications exist ({named}): their SSO IdP URLs are made of it."


@dataclass(frozen=True)
class _Rule:
    """What one key is called, what it may hold, and how it is asked for (see `Setting`)."""

    label: str
    default: str
    check: Callable[[str], str]
    part: str = "organisation"
    hint: str = ""
    options: tuple[str, ...] = ()
    may_be_empty: bool = False


def _shown(db: Db, key: str, rule: _Rule, why: str) -> Setting:
    value = settings.get(db, key, rule.default)
    return Setting(key, value, rule.label, not why, why, rule.part, rule.hint, rule.options, rule.may_be_empty)


_RULES = {
    "organization": _Rule("Organisation", "", check_organization, hint="The name people know it by; it is the default IdP Entity ID too."),
    "base_url": _Rule("Identity provider's base URL", "", check_base_url, hint="https://sso.example.org; http:// for this machine alone"),
    "theme": _Rule("Theme", "dark", _check_theme, options=THEMES),
    "console_idle_minutes": _Rule(
        "Unused console, minutes",
        "10",
        _check_number("console_idle_minutes", 0, 1440),
        "consoles",
        "A console over SSH ends after so many without a key; 0 is never.",
    ),
    "portal_colour": _Rule("Portal's colour", "#24569c", _check_colour, "portal", "Red, green and blue, as #1f6feb."),
    "second_factor": _Rule("Second factor", "optional", _check_second_factor, "portal", options=SECOND_FACTOR),
    "session_idle_minutes": _Rule(
        "Unused session, minutes", "60", _check_number("session_idle_minutes", 1, 1440), "portal", "After so many without a click a person signs in again."
    ),
    "session_hours": _Rule(
        "Session at most, hours", "12", _check_number("session_hours", 1, 720), "portal", "After so many a person signs in again, whatever they do."
    ),
    "backup_every": _Rule("Automatic backups", DEFAULTS["backup_every"], check_every, "backups", options=EVERY),
    "backup_at": _Rule("Backup time (UTC)", DEFAULTS["backup_at"], check_at, "backups", "As 02:30, in UTC; hourly ones take the minutes."),
    "backup_folder": _Rule(
        "Backup folder", DEFAULTS["backup_folder"], check_folder, "backups", "From the root; empty is the folder backups beside the store.", may_be_empty=True
    ),
    "backup_keep": _Rule("Backups kept", DEFAULTS["backup_keep"], _check_number("backup_keep", 1, 1000), "backups", "Older ones are taken away."),
    "anchor_file": _Rule(
        "Anchor file", "", check_anchor_file, "record", "A file elsewhere that the end of the record is written to; empty is none.", may_be_empty=True
    ),
}
