"""Small drawings made of text: progress, sparkline, columns, impact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tui.widgets.ink import Drawn, Span, Spans

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = " ▁▂▃▄▅▆▇█"


def bar(done: float, total: float, width: int, tone: str = "accent") -> list[Span]:
    """A bar `width` cells wide, filled by eighths of a cell."""
    share = min(1.0, max(0.0, done / total)) if total else 0.0
    eighths = int(share * width * 8 + 0.5)
    full, part = divmod(eighths, 8)
    filled = "█" * full + (_EIGHTHS[part] if part else "")
    return [(filled, f"{tone} on:line"), (" " * (width - len(filled)), "on:line")]


def progress(done: int, total: int, width: int) -> list[Span]:
    """A bar with its figures in words: `████▌    450 of 1,000  45 %`."""
    percent = f"{100 * done // total if total else 0} %"
    text = f"  {done:,} of {total:,}  {percent:>5}" if total else "  beginning …"
    return [*bar(done, total, max(4, width - len(text))), (text, "dim")]


def sparkline(values: Sequence[float], tone: str = "accent") -> Span:
    """One cell a value, eight levels high; something that happened is never drawn as nothing."""
    top = max(values, default=0)
    return "".join(_LEVELS[max(1, round(8 * value / top)) if value > 0 else 0] if top else " " for value in values), tone


def columns(values: Sequence[float], height: int, tone: str = "accent") -> list[Span]:
    """A plot `height` lines high, top line first, one cell a value."""
    top = max(values, default=0)
    lines: list[Span] = []
    for level in range(height - 1, -1, -1):
        cells = [max(1, round(8 * height * value / top)) - 8 * level if top and value > 0 else 0 for value in values]
        lines.append(("".join(_LEVELS[min(8, max(0, cell))] for cell in cells), tone))
    return lines


IMPACT_WORDS = {
    "create": ("+", "create", "ok"),
    "adopt": ("●", "adopt", "ok"),
    "update": ("●", "update", "info"),
    "reactivate": ("▲", "reactivate", "ok"),
    "deactivate": ("○", "deactivate", "warn"),
    "delete": ("▼", "delete for good", "bad"),
}


def impact(counts: Mapping[str, int]) -> list[Span]:
    """What a change would bring: `+ 12 create · ○ 4 deactivate`; says so when it is nothing."""
    spans: list[Span] = []
    for action, (glyph, word, tone) in IMPACT_WORDS.items():
        if counts.get(action):
            spans += [(" · ", "faint")] if spans else []
            spans += [(f"{glyph} {counts[action]:,} ", tone), (word, "text")]
    return spans or [("no account would change", "dim")]


class ImpactLine(Drawn):
    """Above Save: what the change would bring, before it is kept."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text: Spans = ""

    def show(self, counts: Mapping[str, int] | None, note: str = "") -> None:
        """Shows counts by action; None shows the note alone (such as "counting …")."""
        self._text = [("Impact  ", "dim"), *(impact(counts) if counts is not None else []), (f"  {note}" if note else "", "dim")]
        self.refresh()

    def line(self, y: int, width: int) -> Spans:
        """The impact."""
        return self._text


class Progress(Drawn):
    """A determinate bar, one line."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.done, self.total = 0, 0

    def show(self, done: int, total: int) -> None:
        """Shows that much."""
        self.done, self.total = done, total
        self.refresh()

    def line(self, y: int, width: int) -> Spans:
        """The bar."""
        return progress(self.done, self.total, width)
