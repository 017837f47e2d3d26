"""What stands where there is no room for the console."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import ModalScreen

from tui.terminal import SMALLEST
from tui.widgets.ink import Drawn, Spans


class Notice(Drawn):
    """One line: how large the terminal is, and how large it must be."""

    def line(self, y: int, width: int) -> Spans:
        """The line."""
        size = self.app.size
        return [("▲ ", "warn"), f"Usher needs {SMALLEST[0]}×{SMALLEST[1]}; this is {size.width}×{size.height}."] if y == 0 else ""


class TooSmall(ModalScreen[None]):
    """Covers everything until the terminal is larger; what was there stays as it was."""

    def compose(self) -> ComposeResult:
        """The notice."""
        yield Notice()
