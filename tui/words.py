"""States, times and counts as the console writes them: always a glyph and a word, never a colour alone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from store.ids import moment
from tui.widgets.ink import Span, Spans

if TYPE_CHECKING:
    from usher.saml.certificate import CertificateState
    from usher.services.application_views import AccountCounts

_STATES = {
    "active": ("●", "ok"),
    "inactive": ("○", "dim"),
    "unsupported": ("–", "faint"),
    "ACTIVATED": ("●", "ok"),
    "STAGED": ("○", "info"),
    "SUSPENDED": ("▲", "warn"),
    "planned": ("○", "info"),
    "held": ("▲", "warn"),
    "queued": ("○", "info"),
    "running": ("●", "info"),
    "paused": ("▲", "warn"),
    "succeeded": ("✓", "ok"),
    "failed": ("✗", "bad"),
    "cancelled": ("○", "dim"),
    "interrupted": ("▲", "warn"),
    "blocked": ("✗", "bad"),
    "sending": ("●", "info"),
    "unknown": ("▲", "warn"),
    "skipped": ("○", "dim"),
}


URGENT = 7
"""Days before the end from which on a certificate is no longer merely to be looked at."""


def state(word: str) -> Spans:
    """A state as glyph and word, in its tone; `unsupported` is a dash."""
    glyph, tone = _STATES.get(word, ("○", "dim"))
    if word == "unsupported":
        return glyph, tone
    return [(f"{glyph} ", tone), (word.lower(), "dim" if tone == "dim" else "text")]


def action(word: str) -> Spans:
    """What an operation does, as glyph and word: `+ create`, `▼ delete`."""
    from tui.widgets.gauges import IMPACT_WORDS

    sign, _, tone = IMPACT_WORDS.get(word, ("○", word, "dim"))
    return [(f"{sign} ", tone), (word, "text")]


def glyph(word: str) -> Spans:
    """The glyph of a state alone, for where the word stands elsewhere."""
    sign, tone = _STATES.get(word, ("○", "dim"))
    return f"{sign} ", tone


def accounts(counts: AccountCounts) -> Spans:
    """In step, pending and failed accounts: `✓ 46  ▲ 3  ✗ 1`; a dash when there are none. Whoever cannot be sent is among
    the last; accounts kept while nothing is compared: `○ 46 kept`."""
    if counts.kept:
        return [("○ ", "dim"), (f"{counts.kept:,} kept", "dim")]
    spans: list[Span] = []
    for number, glyph, tone in ((counts.in_step, "✓", "ok"), (counts.pending, "▲", "warn"), (counts.failed + counts.blocked, "✗", "bad")):
        if number:
            spans += ["  "] if spans else []
            spans += [(f"{glyph} ", tone), f"{number:,}"]
    return spans or ("–", "faint")


def certificate(found: CertificateState | None) -> Spans:
    """How the certificate stands, in days left: calm, to be looked at (60 days), urgent (7), over."""
    if found is None:
        return "–", "faint"
    left = {0: "< 1 day", 1: "1 day"}.get(found.days_left, f"{found.days_left} days")
    if found.state == "valid":
        return [("✓ ", "ok"), left]
    if found.state == "expiring":
        return [("▲ ", "bad" if found.days_left <= URGENT else "warn"), left]
    return [("✗ ", "bad"), found.state]


def ago(stamp: str | None, now: datetime) -> str:
    """How long ago that was, in one unit; a dash when it never was."""
    if not stamp:
        return "–"
    seconds = max(0, int((now - moment(stamp)).total_seconds()))
    for size, word in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {word} ago"
    return "just now"


def count(number: int, one: str, many: str = "") -> str:
    """`1 person`, `3 people`, `1,204 accounts`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
