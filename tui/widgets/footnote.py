"""What the columns of a table had no room for: the row under the cursor in full, in three lines under it."""

from __future__ import annotations

import textwrap

from tui.widgets.ink import Drawn, Spans, fit

LINES = 2


class Footnote(Drawn):
    """A rule, and under it who and what (one line) and what was said, over what room there is."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._head: Spans = ""
        self._text, self._tone = "", "text"

    def say(self, head: Spans, text: str = "", tone: str = "text") -> None:
        """Shows another row; an empty head shows none."""
        if (head, text, tone) != (self._head, self._text, self._tone):
            self._head, self._text, self._tone = head, text, tone
            self.refresh()

    def line(self, y: int, width: int) -> Spans:
        """One of the lines."""
        if not self._head:
            return ""
        if y == 0:
            return "─" * width, "line"
        if y == 1:
            return [" ", *fit(self._head, width - 1)]
        parts = textwrap.wrap(self._text, max(10, width - 2), break_on_hyphens=False)
        at, last = y - 2, self.size.height - 1
        part = parts[at] if at < len(parts) else ""
        return [" ", (f"{part[: width - 3]} …" if y == last and len(parts) > at + 1 else part, self._tone)]
