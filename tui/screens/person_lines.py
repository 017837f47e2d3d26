"""A person in lines: fields, groups, applications, operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from store.directory import User
from store.groups import GroupSummary
from store.journal import JournalRow
from tui import words
from tui.places import Visit
from tui.screens.person_fields import LABELS
from tui.screens.reader import folded
from tui.widgets.gauges import IMPACT_WORDS
from tui.widgets.ink import Span, Spans, badge, fit
from tui.widgets.sheet import Line
from usher.services.person import PersonAt

_LABEL = 14


@dataclass(frozen=True)
class Asked:
    """A line about an application: opening it asks why."""

    application_id: str
    label: str


def heading(text: str, fact: str = "") -> Line:
    """A part's heading, with its number."""
    return Line([(text, "faint bold"), (f"  {fact}", "dim")])


def field_lines(user: User, width: int) -> list[Line]:
    """Every field, a dash for an empty one; a long value goes on under itself."""
    pairs = [(label, user.value(name)) for name, label in LABELS.items() if name != "state"]
    pairs += sorted(user.attributes.items())
    lines = [heading("PERSON")]
    for label, value in pairs:
        for at in range(0, max(1, len(value)), max(10, width - _LABEL)):
            part = value[at : at + max(10, width - _LABEL)]
            lines.append(Line([*fit((label if not at else "", "dim"), _LABEL), (part or "–", "text" if part else "faint")]))
    return lines


def group_lines(groups: Sequence[GroupSummary]) -> list[Line]:
    """Every group of the person, and what it opens."""
    lines = [heading("USER GROUPS", f"{len(groups)}" if groups else "")]
    for group in groups:
        opens: Span = (", ".join(group.applications), "dim") if group.applications else ("opens nothing", "faint")
        lines.append(Line([*fit((group.name, "strong"), 22), "  ", opens], Visit("group", group.id)))
    if not groups:
        lines.append(Line([("○ ", "dim"), ("In no group: nobody lets this person in anywhere.", "dim")]))
    return lines


def application_lines(user: User, found: Sequence[PersonAt] | None, width: int) -> list[Line]:
    """Where the person is let in, or still has an account."""
    if found is None:
        return [heading("APPLICATIONS"), Line(("Looking …", "faint"))]
    lines = [heading("APPLICATIONS", f"{len(found)}" if found else "")]
    if not found:
        waits = " Only activated people are let in." if user.state != "ACTIVATED" else ""
        lines.append(Line([("○ ", "dim"), (f"None.{waits}", "dim")]))
    for one in found:
        settled = coming(one)
        spans: list[Span] = [badge(one.badge, one.colour), " ", *fit((one.label, "strong"), 18), " ", *fit(account(one), 19)]
        lines.append(Line([*spans, *([] if one.error or one.due else settled)], Asked(one.application_id, one.label)))
        if one.error:
            parts = folded(one.error, max(20, width - 7))
            lines += [Line([" " * 5, ("✗ " if at == 0 else "  ", "bad"), (part, "text")]) for at, part in enumerate(parts)]
        elif one.due:
            lines.append(Line([" " * 5, *settled]))
    return lines


def account(one: PersonAt) -> Spans:
    """The account there, in glyph and words."""
    if not one.there:
        return [("● ", "ok"), "let in"]
    if one.there == "none":
        return [("○ ", "dim"), ("no account yet", "dim")]
    return [("● ", "ok") if one.there == "active" else ("○ ", "dim"), f"account {one.there}"]


def coming(one: PersonAt) -> list[Span]:
    """What the next push does, or that nothing is to be done."""
    if one.due:
        glyph, word, tone = IMPACT_WORDS[one.due]
        return [("next push: ", "dim"), (f"{glyph} ", tone), (word, "text")]
    if one.there in ("active", "inactive"):
        return [("✓ ", "ok"), ("in step", "dim")] if one.entitled or one.there == "inactive" else [("left alone", "dim")]
    return []


def operation_lines(rows: Sequence[JournalRow], way: Visit | None, now: datetime) -> list[Line]:
    """What was last sent for the person, newest first."""
    lines = [heading("LAST OPERATIONS")]
    for row in rows:
        status = "" if row.result == "succeeded" else f" {row.status}" if row.status else " no answer"
        spans = [*fit((words.ago(row.at, now), "dim"), 11), *fit(row.action, 11), " ", *fit((row.app_label, "strong"), 13), " "]
        lines.append(Line([*spans, words.state(row.result), (status, "dim")], way))
    if not rows:
        lines.append(Line(("Nothing was sent for this person yet.", "dim")))
    return lines
