"""From meaning to colour: spans of text in named tones, and the widget that draws them line by line.

A tone is one or more words: a colour of the palette (`ok`, `dim`), `bold`, `badge:COLOUR`. Colour never is
the only sign: who paints a state also writes its glyph and word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui.styles.palettes import BADGES, DARK, PALETTES

Span = str | tuple[str, str]
Spans: TypeAlias = "Span | Sequence[Spans]"
"""Text, `(text, tone)`, or a sequence of both."""

_CONTROL = dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), " ")


class Ink:
    """The styles of one theme."""

    def __init__(self, colours: dict[str, str]) -> None:
        self.colours = colours
        self._made: dict[str, Style] = {}

    def __call__(self, tone: str) -> Style:
        """The style of a tone; no words give the plain text colour."""
        style = self._made.get(tone)
        if style is None:
            style = Style(color=self.colours["text"])
            for word in tone.split():
                style += self._word(word)
            self._made[tone] = style
        return style

    def _word(self, word: str) -> Style:
        if word.startswith("badge:"):
            return badge_style(word.removeprefix("badge:"))
        if word.startswith("on:"):
            return Style(bgcolor=self.colours[word.removeprefix("on:")])
        if word in ("bold", "underline", "reverse"):
            return Style.parse(word)
        return Style(color=self.colours[word], bold=word == "strong" or None)


@cache
def ink_of(theme: str) -> Ink:
    """The ink of a theme, by its name."""
    return Ink(PALETTES.get(theme, DARK))


@cache
def badge_style(colour: str) -> Style:
    """White or black on the badge's colour, whichever reads better; slate for a colour nobody knows."""
    value = BADGES.get(colour, BADGES["slate"])
    red, green, blue = (int(value[at : at + 2], 16) for at in (1, 3, 5))
    bright = red * 299 + green * 587 + blue * 114 > 150_000
    return Style(color="#000000" if bright else "#ffffff", bgcolor=value, bold=True)


def badge(text: str, colour: str) -> Span:
    """An application's badge: one or two letters on its colour, four cells wide."""
    return set_cell_size(f" {text[:2]:<2} " if len(text) > 1 else f" {text or '?'}  ", 4), f"badge:{colour}"


def clean(text: str) -> str:
    """Text from people and providers with everything a terminal might obey made blank."""
    return text.translate(_CONTROL)


def flat(spans: Spans) -> list[tuple[str, str]]:
    """Any form of spans as a list of `(text, tone)`."""
    if isinstance(spans, str):
        return [(clean(spans), "")]
    if isinstance(spans, tuple) and len(spans) == 2 and isinstance(spans[0], str) and isinstance(spans[1], str):
        return [(clean(spans[0]), spans[1])]
    return [pair for span in spans for pair in flat(span)]


def width_of(spans: Spans) -> int:
    """How many cells spans take."""
    return sum(cell_len(text) for text, _ in flat(spans))


def fit(spans: Spans, width: int, align: str = "left") -> list[tuple[str, str]]:
    """Spans made exactly `width` cells: padded by `align`, or cut with `…`."""
    if width <= 0:
        return []
    pairs, used = flat(spans), width_of(spans)
    if used <= width:
        pad = (" " * (width - used), "")
        return [pad, *pairs] if align == "right" else [*pairs, pad]
    kept: list[tuple[str, str]] = []
    left = width - 1
    for text, tone in pairs:
        size = cell_len(text)
        if size > left:
            kept.append((set_cell_size(text, left), tone))
            break
        kept.append((text, tone))
        left -= size
    return [*kept, ("…", "dim")]


def spread(left: Spans, right: Spans, width: int) -> list[tuple[str, str]]:
    """`left` at the left edge and `right` at the right one; `left` gives way."""
    room = max(0, width - width_of(right))
    return [*fit(left, room), *fit(right, min(width, width_of(right)))]


def strip_of(spans: Iterable[tuple[str, str]], widget: Widget, under: str = "") -> Strip:
    """Spans as what Textual draws, on the widget's background or on that of a tone."""
    ink = ink_of(widget.app.theme)
    base = Style(bgcolor=ink.colours[under] if under else widget.background_colors[1].rich_color)
    return Strip([Segment(text, base + ink(tone)) for text, tone in spans if text])


def at_work(widget: Widget) -> bool:
    """Whether keys go to it: it has the focus, and nothing lies over its screen."""
    return widget.has_focus and widget.app.screen is widget.screen


class Drawn(Widget):
    """A widget of one kind of work: saying what stands on line `y`."""

    ALLOW_SELECT = False

    def line(self, y: int, width: int) -> Spans:
        """What stands on line `y` of a widget `width` cells wide."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Draws one line."""
        width = self.size.width
        return strip_of(fit(self.line(y, width), width), self)
