"""Says something longer than a toast, with one or more ways on."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from tui.screens.dialog import Button, Dialog, Text
from tui.widgets.ink import Spans


class Message(Dialog[str]):
    """Lines to read. `ways` are `(answer, word)`; the last one, Close, answers nothing."""

    def __init__(self, title: str, lines: Sequence[Spans], ways: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(title)
        self.lines, self.ways = list(lines), list(ways)

    def content(self) -> ComposeResult:
        """The lines."""
        with VerticalScroll(id="reading", can_focus=False):
            yield Text(self.lines)

    def buttons(self) -> list[Button]:
        """The ways on, and Close."""
        return [*(Button(answer, word) for answer, word in self.ways), Button("close", "Close", key="escape", tone="dim")]

    def pressed(self, name: str) -> None:
        """Answers with the way chosen."""
        self.dismiss(None if name == "close" else name)
