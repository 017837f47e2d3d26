"""The figures above a push's operations: the bar, counts by action, pace, and what it waits for."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui import push_words
from tui.widgets.gauges import IMPACT_WORDS, progress
from tui.widgets.ink import Drawn, Span, Spans, fit

if TYPE_CHECKING:
    from usher.services.pushes import PushView

ORDER = ("create", "adopt", "update", "reactivate", "deactivate", "delete")


@dataclass(frozen=True)
class Picture:
    """A push as it stands: the service's view, `(done, wrong)` by action, operations by state, and something to say about it."""

    view: PushView
    done: Mapping[str, tuple[int, int]]
    states: Mapping[str, int]
    note: str = ""

    @property
    def blocked(self) -> int:
        """People for whom nothing can be sent."""
        return self.states.get("blocked", 0)

    @property
    def wrong(self) -> int:
        """Operations that failed, are not known, or cannot be sent."""
        return sum(self.states.get(name, 0) for name in ("failed", "unknown", "blocked"))


@dataclass
class _Wrapped:
    width: int = -1
    lines: list[Spans] = field(default_factory=list)


class PushHead(Drawn):
    """As many lines as it needs."""

    def __init__(self) -> None:
        super().__init__()
        self.picture: Picture | None = None
        self._wrapped = _Wrapped()

    def show(self, picture: Picture | None) -> None:
        """Shows that push."""
        tall = self._height()
        self.picture, self._wrapped = picture, _Wrapped()
        self.refresh(layout=self._height() != tall)

    def _height(self) -> int:
        return len(self._lines(self.size.width)) if self.size.width else -1

    def _lines(self, width: int) -> list[Spans]:
        if self._wrapped.width != width:
            self._wrapped = _Wrapped(width, head(self.picture, width) if self.picture else [])
        return self._wrapped.lines

    def line(self, y: int, width: int) -> Spans:
        """One of its lines."""
        lines = self._lines(width)
        return lines[y] if y < len(lines) else ""

    def get_content_height(self, container: Any, viewport: Any, width: int) -> int:
        """As many lines as there are."""
        return len(self._lines(width))


def head(picture: Picture, width: int) -> list[Spans]:
    """What stands above the operations."""
    view = picture.view
    if not view.total:
        return []
    lines: list[Spans] = []
    planned = view.state in push_words.PLANS
    if not planned:
        lines += [[" ", *progress(view.finished, view.total, width - 3)], *([""] if width >= 90 else [])]
    lines += figures(picture, width)
    lines += [_facts(picture)] if not planned else []
    lines += [part for sentence in _sentences(picture) for part in _said(*sentence, width)]
    return [*lines, ""]


def figures(picture: Picture, width: int) -> list[Spans]:
    """Counts by action under their names; of a push that was begun: how many of them are done."""
    view = picture.view
    names = [name for name in ORDER if name != "adopt" or view.planned.get("adopt") or view.done.get("adopt")]
    titles = {name: name.upper() for name in names} | ({"delete": "DELETE FOR GOOD"} if width >= 90 else {})
    gap = 3 if width >= 90 else 2
    tops: list[Span] = [" "]
    figures: list[Span] = [" "]
    for name in names:
        figure = _figure(picture, name)
        size = max(len(titles[name]), sum(len(text) for text, _ in figure), 6) + gap
        tops += fit((titles[name], "faint bold"), size)
        figures += fit(figure, size)
    unchanged = view.planned.get("unchanged", 0)
    return [
        [*tops, ("IN STEP" if picture.view.state in push_words.PLANS else "UNCHANGED", "faint bold")],
        [*figures, (f"{unchanged:,}", "text" if unchanged else "faint")],
    ]


def _figure(picture: Picture, name: str) -> list[tuple[str, str]]:
    sign, _, tone = IMPACT_WORDS[name]
    view, number = picture.view, picture.view.planned.get(name, 0)
    done, wrong = picture.done.get(name, (0, 0))
    if not number and not done:
        return [("–", "faint")]
    if view.state in push_words.PLANS:
        return [(f"{sign} ", tone), (f"{number:,}", "strong")]
    of = [] if name == "adopt" and not number else [(f" of {number:,}", "dim")]
    return [(f"{sign} ", tone), (f"{done:,}", "strong"), *of, *([(f" ✗{wrong:,}", "bad")] if wrong else [])]


def _facts(picture: Picture) -> Spans:
    view = picture.view
    spans: list[Span] = [" ", ("✗ ", "bad"), (f"{picture.wrong:,} failed", "text")] if picture.wrong else [" ", ("✓ ", "ok"), ("no failures", "dim")]
    for fact in push_words.pace(view):
        spans += [(" · ", "faint"), (fact, "text")]
    return spans


def _sentences(picture: Picture) -> Sequence[tuple[str, str, str]]:
    view = picture.view
    lines: list[tuple[str, str, str]] = [("▲", "warn", picture.note)] if picture.note else []
    lines += push_words.standing(view)
    if view.state in push_words.PLANS:
        deleted = view.planned.get("delete", 0)
        if deleted:
            lines.append(("▼", "bad", f"{deleted:,} {'account is' if deleted == 1 else 'accounts are'} deleted {push_words.PERMANENT}."))
        if view.deactivating_deletes and (inactive := view.planned.get("deactivate", 0)):
            lines.append(("▼", "bad", f"{inactive:,} {'account' if inactive == 1 else 'accounts'} {push_words.GONE_WHEN_INACTIVE[inactive != 1]}."))
        if picture.blocked:
            who = "1 person" if picture.blocked == 1 else f"{picture.blocked:,} people"
            lines.append(("✗", "bad", f"{who} cannot be sent: the rows marked ✗ say why."))
        if view.state == "planned":
            lines.append(("○", "info", "Nothing was sent yet. p pushes exactly this."))
    elif view.state == "succeeded":
        lines.append(("✓", "ok", "Done: everyone in it is in step. l shows it in the log."))
    elif view.state == "failed":
        lines.append(("✗", "bad", "Done, but not for everybody. t tries those again; l shows them in the log."))
    return lines


def _said(glyph: str, tone: str, sentence: str, width: int) -> list[Spans]:
    parts = textwrap.wrap(sentence, max(20, width - 4)) or [""]
    return [[" ", (f"{glyph} " if glyph and not at else "  ", tone), (part, "text" if glyph else "dim")] for at, part in enumerate(parts)]
