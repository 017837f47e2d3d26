"""Settings in lines."""

from __future__ import annotations

import platform
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from store import pushes
from store.ids import moment
from tui import words
from tui.screens.activity_entry import minute
from tui.widgets.ink import Span, Spans, fit
from tui.widgets.sheet import Line
from usher.services import activity, backup_plan, operators
from usher.services.doctor import Finding
from usher.services.session import Session
from usher.services.settings import Setting

_LABEL = 30
_PARTS = {"organisation": "ORGANISATION", "portal": "PORTAL", "record": "ACTIVITY RECORD"}
_GLYPHS = {"ok": ("✓", "ok"), "warn": ("▲", "warn"), "bad": ("✗", "bad")}
_KINDS = {"serve": "serve: web side, automatic pushes", "worker": "worker: automatic pushes", "detached": "carries out a push asked for"}
_THEMES = (("dark", "dark"), ("light", "light"), ("system", "as the terminal"))
ALIVE = timedelta(seconds=15)


@dataclass(frozen=True)
class Edit:
    """A line that changes a setting."""

    key: str


@dataclass(frozen=True)
class ToOperators:
    """The line that leads to the operators."""


def heading(text: str, fact: Spans = "") -> Line:
    """A part's heading."""
    return Line([(text, "faint bold"), "  ", fact])


def setting_lines(parts: Mapping[str, Sequence[Setting]], width: int) -> list[Line]:
    """Every setting, part by part; under a locked one stands what keeps it."""
    lines = list[Line]()
    for part, found in parts.items():
        lines += [heading(_PARTS.get(part, part.upper())), *(line for one in found for line in _setting(one, width)), Line()]
    return lines


def _setting(one: Setting, width: int) -> list[Line]:
    value = _theme(one.value) if one.key == "theme" else [(one.value or "–", "strong" if one.value else "faint")]
    lock: list[Span] = [] if one.editable else [("   ▲ ", "warn"), ("locked", "warn")]
    held = [Line([" " * _LABEL, (part, "dim")]) for part in (textwrap.wrap(one.why, max(20, width - _LABEL)) if one.why else [])]
    return [Line([*fit((one.label, "dim"), _LABEL), *value, *lock], Edit(one.key)), *held]


def _theme(value: str) -> list[Span]:
    spans: list[Span] = []
    for key, word in _THEMES:
        on = key == value
        spans += [("● " if on else "○ ", "accent" if on else "faint"), (f"{word}   ", "strong" if on else "dim")]
    return spans


def at_work_lines(session: Session) -> list[Line]:
    """This operator, and the workers that are alive."""
    actor, now = session.actor, session.clock.now()
    lines = [heading("AT WORK"), Line([("● ", "ok"), *fit((actor.name, "strong"), 16), *fit((actor.role, "text"), 16), (f"here, by {actor.via}", "dim")])]
    lines.append(_operators_line(session))
    for worker in pushes.workers(session.db):
        alive = now - moment(worker.heartbeat_at) < ALIVE
        where = "" if worker.host == platform.node() else f" on {worker.host}"
        state: list[Span] = [("● ", "ok") if alive else ("▲ ", "warn"), *fit((f"process {worker.pid}", "strong"), 16)]
        said = f"began {words.ago(worker.started_at, now)}{where}" if alive else f"last heard of {words.ago(worker.heartbeat_at, now)}{where}"
        lines.append(Line([*state, *fit((_KINDS.get(worker.kind, worker.kind), "text"), 36), (said, "dim")]))
    if len(lines) == 3:
        lines.append(Line([("○ ", "faint"), ("No worker. A push that is asked for starts one;", "dim")]))
        lines.append(Line([("  ", ""), ("automatic pushes need usher serve, or usher worker.", "dim")]))
    return lines


def _operators_line(session: Session) -> Line:
    """How many operators there are, and the way to them."""
    found = operators.list_(session)
    there = ", ".join(one.name for one in found[:4]) + (f" and {len(found) - 4} more" if len(found) > 4 else "")
    said = f"{len(found)}: {there}" if found else "none: who may write the store's file is administrator"
    return Line([("› ", "accent"), *fit(("Operators", "strong"), 16), (said, "dim")], ToOperators())


def backup_lines(session: Session, found: Sequence[Setting], width: int) -> list[Line]:
    """The last backup from the record, what is wrong with those that come by themselves, and their settings."""
    last = next(iter(activity.page(session, text="backup.made", limit=1)), None)
    late = backup_plan.lateness(session)
    lines = [heading("BACKUPS")]
    lines += [Line([("✗ " if at == 0 else "  ", "bad"), (part, "text")]) for at, part in enumerate(textwrap.wrap(late, max(20, width - 2)))]
    if last is None:
        lines.append(Line([("▲ ", "warn"), ("No backup was made yet. ", "text"), ("Press ", "dim"), ("b", "accent bold"), (" to make one.", "dim")]))
    else:
        lines.append(Line([("✓ ", "ok"), (str(last.detail.get("file", last.target)), "text")]))
        lines.append(Line([("  ", ""), (f"{minute(last.at)} UTC, by {last.actor}; {words.ago(last.at, session.clock.now())}", "dim")]))
    return lines + [line for one in found for line in _setting(one, width)]


def finding_lines(found: Sequence[Finding] | None, width: int) -> list[Line]:
    """What the examination found, what to do under each."""
    lines = [heading("STORE, KEY AND MACHINE")]
    if found is None:
        return [*lines, Line(("Examining: this reads the whole store …", "dim"))]
    for one in found:
        glyph, tone = _GLYPHS[one.level]
        parts = textwrap.wrap(one.message, max(20, width - 15)) or [""]
        lines.append(Line([(f"{glyph} ", tone), *fit((one.subject, "dim"), 13), (parts[0], "text")]))
        lines += [Line([" " * 15, (part, "text")]) for part in parts[1:]]
        lines += [Line([" " * 15, (part, "accent")]) for part in textwrap.wrap(one.hint, max(20, width - 15))]
    return lines
