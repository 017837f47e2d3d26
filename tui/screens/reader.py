"""A dialog to read in: more lines than a toast, scrolled with the keys of every list."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from textual.app import ComposeResult

from tui.screens.dialog import Button, Dialog
from tui.widgets.ink import Spans
from tui.widgets.sheet import Sheet

AROUND = 6
"""Lines of a dialog that are not its text."""


class Reader(Dialog[str]):
    """Lines of a sheet. `ways` are `(answer, word)`; Close answers nothing."""

    AUTO_FOCUS = "#box Sheet"

    def __init__(self, title: str, lines: Sequence[Spans], ways: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(title)
        self.lines, self.ways = list(lines), list(ways)

    @property
    def room(self) -> int:
        """How many lines can be seen at once, with the buttons under them and the footer under the box."""
        return max(5, (self.app.size.height - 2) * 9 // 10 - AROUND)

    def content(self) -> ComposeResult:
        """The lines."""
        sheet = Sheet()
        sheet.styles.height = min(len(self.lines), self.room)
        sheet.styles.margin = (0, 0, 1, 0)
        yield sheet

    def on_mount(self) -> None:
        """Shows them."""
        self.query_one(Sheet).show(self.lines)

    def buttons(self) -> list[Button]:
        """The ways on, and Close."""
        return [*(Button(answer, word) for answer, word in self.ways), Button("close", "Close", key="escape", tone="dim")]

    def pressed(self, name: str) -> None:
        """Answers with the way chosen."""
        self.dismiss(None if name == "close" else name)


def folded(text: str, width: int) -> list[str]:
    """A text over as many lines as it needs; a blank one for nothing."""
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]
