"""What stands where there is no room for the console."""

from __future__ import annotations

import textwrap

from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import ModalScreen

from tui.terminal import SMALLEST
from tui.widgets.ink import Drawn, Spans


class Notice(Drawn):
    """How large the terminal is, and how large it must be; over as many lines as that takes where it is narrow."""

    def _said(self, width: int) -> list[str]:
        size = self.app.size
        return textwrap.wrap(f"Usher needs {SMALLEST[0]}×{SMALLEST[1]}; this is {size.width}×{size.height}.", max(4, width - 2))

    def line(self, y: int, width: int) -> Spans:
        """One line of it."""
        said = self._said(width)
        return [("  " if y else "▲ ", "warn"), said[y]] if y < len(said) else ""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """How many lines there are."""
        return len(self._said(width))


class TooSmall(ModalScreen[None]):
    """Covers everything until the terminal is larger; what was there stays as it was."""

    AUTO_FOCUS = ""  # nothing here takes the focus: no key waits for it

    def compose(self) -> ComposeResult:
        """The notice."""
        yield Notice()
