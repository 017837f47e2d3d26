"""An entry of the record in words: one line for the list, and all of it with before and after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from store.activity import Entry
from tui.screens.reader import Reader, folded
from tui.widgets.footnote import Footnote
from tui.widgets.ink import Span, Spans, fit, flat
from usher.services import activity

if TYPE_CHECKING:
    from tui.app import UsherApp

_WIDTH, _LABEL = 60, 16


def minute(at: str) -> str:
    """`2026-03-02 09:00` of a time as the store keeps it."""
    return at[:16].replace("T", " ")


def second(at: str) -> str:
    """The same to the second."""
    return at[:19].replace("T", " ")


def is_change(value: Any) -> bool:
    """Whether a value of an entry is `[before, after]`."""
    return isinstance(value, list) and len(value) == 2


def changes(entry: Entry) -> Spans:
    """`label Wiki → Notes, sso active` on one line."""
    spans: list[Span] = []
    for name, value in entry.detail.items():
        if (name == "username" and not is_change(value)) or name in ("id", "fields") or f"{name} people" in entry.detail or _is_noise(value):
            continue
        spans += [("   ", "")] if spans else []
        spans.append((f"{name} ", "faint"))
        spans += [(f"{plain(value[0]) or '–'} → ", "dim"), (plain(value[1]) or "–", "text")] if is_change(value) else [(plain(value), "text")]
    return spans or ("–", "faint")


def _is_noise(value: Any) -> bool:
    """What says nothing on one line: an empty value, or a long digest (the dialog has it)."""
    text = plain(value)
    return not text or (len(text) >= 40 and not text.strip("0123456789abcdef:"))


def plain(value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(plain(part) for part in value)
    if isinstance(value, dict):
        return "; ".join(f"{name} {plain(part)}" for name, part in value.items() if part not in (0, "", [], {}, None))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class EntryLine(Footnote):
    """Under the list: everything about the entry under the cursor that its columns had no room for."""

    def show(self, entry: Entry | None) -> None:
        """Shows another entry."""
        if entry is None:
            self.say("")
            return
        facts = f"{entry.role} · {entry.via} · {second(entry.at)} UTC · entry {entry.seq:,}"
        said = "".join(text for text, _ in flat(changes(entry)))
        self.say(
            [(activity.about(entry), "strong"), "   ", (facts, "dim")],
            said if said != "–" else "Nothing else is to be said of it.",
            "text" if said != "–" else "faint",
        )


def show_entry(app: UsherApp, entry: Entry) -> None:
    """The entry in full, in a dialog."""
    dialog = Reader(f"Entry {entry.seq:,}", lines_of(entry), [("copy", "Copy hash")])
    app.push_screen(dialog, lambda answer: app.copy(entry.hash, f"Copied the hash of entry {entry.seq:,}.") if answer == "copy" else None)


def lines_of(entry: Entry) -> list[Spans]:
    """When, who, what; then each field before and after."""
    lines: list[Spans] = []
    for label, value in (
        ("When", f"{second(entry.at)} UTC"),
        ("Who", f"{entry.actor}, {entry.role}"),
        ("Way", entry.via),
        ("Action", entry.action),
        ("Target", activity.about(entry)),
    ):
        lines += _field(label, value, "strong" if label in ("Who", "Target") else "text")
    if entry.target != activity.about(entry):
        lines += _field("", f"id {entry.target}", "faint")
    for name, value in entry.detail.items():
        if name == "username" and not is_change(value):
            continue
        lines.append("")
        if is_change(value):
            lines += [*_field(name, f"before  {plain(value[0]) or '–'}", "dim"), *_field("", f"after   {plain(value[1]) or '–'}", "text")]
        else:
            lines += _field(name, plain(value) or "–", "text")
    return lines


def _field(label: str, value: str, tone: str) -> list[Spans]:
    """A label and its value, over as many lines as it takes."""
    parts = [
        piece for part in folded(value, _WIDTH - _LABEL) for piece in (part[at : at + _WIDTH - _LABEL] for at in range(0, max(1, len(part)), _WIDTH - _LABEL))
    ]
    return [[*fit((label if at == 0 else "", "dim"), _LABEL), (part, tone)] for at, part in enumerate(parts)]
