"""What is pasted into, over many lines. Loaded where such a field is asked for alone."""

from __future__ import annotations

from textual.widgets import TextArea


class Area(TextArea):
    """Several lines to paste into, such as a whole metadata document; tab leaves it."""

    def __init__(self, value: str = "", *, lines: int = 5, id: str | None = None) -> None:
        super().__init__(value, id=id, compact=True, show_line_numbers=False)
        self.cursor_blink = False
        self.highlight_cursor_line = False
        self.styles.height = lines

    @property
    def value(self) -> str:
        """What stands in it."""
        return self.text

    @value.setter
    def value(self, value: str) -> None:
        if value != self.text:
            self.load_text(value)
