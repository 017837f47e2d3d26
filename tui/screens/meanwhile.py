"""Somebody else changed the same thing meanwhile: what it was, what it is, and what was typed here; whose is to stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from store.errors import Conflict
from tui.screens.message import Message
from tui.widgets.ink import Spans
from usher.services.meanwhile import Changed, authors

T = TypeVar("T")
WAYS = (("mine", "Save what I typed"), ("theirs", "Take theirs"))


class Meanwhile(Message):
    """Answers `mine` or `theirs`; with Close everything stays as it was typed."""

    def __init__(self, conflict: Conflict, typed: Mapping[str, str], labels: Mapping[str, str]) -> None:
        changes: Sequence[Changed] = conflict.changes
        lines = told(changes, typed, labels) if changes else [conflict.message]
        super().__init__(f"Changed by {authors(changes)} meanwhile", lines, WAYS)


def told(changes: Sequence[Changed], typed: Mapping[str, str], labels: Mapping[str, str]) -> list[Spans]:
    """What each side changed, field by field."""
    lines: list[Spans] = []
    for one in changes:
        yours = typed.get(one.field)
        lines += [
            (labels.get(one.field, one.field), "strong"),
            [("  was    ", "dim"), (one.was or "(empty)", "dim")],
            [("  now    ", "dim"), (one.now or "(empty)", "text"), (f"   {one.by}", "dim")],
        ]
        if yours is not None:
            lines.append([("  yours  ", "dim"), (yours or "(empty)", "accent")])
        lines.append("")
    return lines[:-1]


def met(change: Callable[[], T]) -> T | Conflict:
    """What the change brings, or the `Conflict` that says who was faster: for work beside the screen."""
    try:
        return change()
    except Conflict as conflict:
        return conflict
