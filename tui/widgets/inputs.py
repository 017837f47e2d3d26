"""The line that is typed into."""

from __future__ import annotations

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.widgets import Input
from textual.widgets.input import Selection

from store.records import dataclass


class TextInput(Input):
    """A one-line field without a blinking cursor; what is typed in a password field never leaves it."""

    @dataclass
    class PasteRefused(Message):
        """More than one line was pasted: nothing of it was taken."""

        field: TextInput
        lines: int

        @property
        def why(self) -> str:
            """What to tell whoever pasted; the text itself is not repeated, it may be a secret."""
            return f"{self.lines} lines were pasted; this field takes one."

    def __init__(self, value: str = "", *, placeholder: str = "", password: bool = False, id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, password=password, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def _watch_selection(self, selection: Selection) -> None:
        super()._watch_selection(selection)
        self.call_after_refresh(self._show_part)  # filled from the store Textual would show the end

    def watch_has_focus(self, has_focus: bool) -> None:
        """Shows where the cursor is, of a long path the file's name; the beginning while nobody types."""
        super().watch_has_focus(has_focus)
        self.call_after_refresh(self._show_part)

    def _show_part(self) -> None:
        at = self._cursor_offset if self.has_focus else 0
        self.scroll_to_region(Region(at, 0, 1, 1), force=True, animate=False)

    def on_paste(self, event: events.Paste) -> None:
        """Takes one line or nothing: of several Textual would keep the first, and nobody sees in a masked field what is missing."""
        lines = event.text.splitlines()
        if len(lines) > 1:
            event.stop()
            event.prevent_default()
            self.post_message(self.PasteRefused(self, len(lines)))

    def action_copy(self) -> None:
        """Copies the selection, unless it is a secret."""
        if not self.password:
            super().action_copy()

    def action_cut(self) -> None:
        """Cuts the selection, unless it is a secret."""
        if not self.password:
            super().action_cut()
