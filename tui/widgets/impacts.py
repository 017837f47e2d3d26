"""What a change would bring at each application, in a dialog or above Save."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tui import words
from tui.widgets.gauges import impact
from tui.widgets.ink import Drawn, Span, Spans, fit

if TYPE_CHECKING:
    from usher.services.impact import Impact

_MOST = 5
_IN, _OUT = ("create", "adopt", "reactivate"), ("deactivate", "delete")
"""Where as many accounts move as people, the accounts say it."""


class Impacts(Drawn):
    """A line an application: `Impact  Calendly  ○ 4 deactivate`; "counting …" until it is known."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: list[Spans] = [_first([("counting …", "faint")])]

    def show(self, found: Sequence[Impact] | str) -> None:
        """Shows what was found, or a sentence instead."""
        if isinstance(found, str):
            self.lines = [_first([(found, "dim")])] if found else []
        elif not found:
            self.lines = [_first([("no account would change", "dim")])]
        else:
            self.lines = [(_first if at == 0 else _next)(line_of(one)) for at, one in enumerate(found[:_MOST])]
            if len(found) > _MOST:
                self.lines.append(_next([(f"and {words.count(len(found) - _MOST, 'more application')}", "dim")]))
        if self.is_mounted:
            self.refresh(layout=True)

    def line(self, y: int, width: int) -> Spans:
        """One application."""
        return self.lines[y] if y < len(self.lines) else ""

    def get_content_height(self, container: Any, viewport: Any, width: int) -> int:
        """As many lines as there are."""
        return len(self.lines)


def line_of(one: Impact) -> list[Span]:
    """One application: what the next push would do, and who comes in or loses access."""
    parts: list[Span] = [*impact(one.counts)] if one.counts else []
    moved = sum(one.counts.get(name, 0) for name in (_OUT if one.access < 0 else _IN))
    if one.access and abs(one.access) != moved:
        parts += [(" · ", "faint")] if parts else []
        verb = "lose" if one.access < 0 else "gain"
        verb += "s" if abs(one.access) == 1 else ""
        parts.append((f"{words.count(abs(one.access), 'person', 'people')} {verb} access", "dim" if one.counts else "text"))
    return [*fit((one.label, "strong"), 20), "  ", *parts]


def _first(spans: list[Span]) -> Spans:
    return [*fit(("Impact", "dim"), 8), *spans]


def _next(spans: list[Span]) -> Spans:
    return [" " * 8, *spans]
