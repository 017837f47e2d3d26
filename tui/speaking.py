"""What the console says, and its last words: toasts, the clipboard, and one sentence instead of a traceback."""

from __future__ import annotations

from collections import deque
from typing import Any

from textual.app import App
from textual.screen import Screen

from tui import clipboard, crash
from tui.hangup import Hangup, is_gone
from tui.widgets.ink import Spans

_GLYPHS = {"ok": "✓", "warn": "▲", "bad": "✗"}
_SEVERITY: dict[str, Any] = {"ok": "information", "warn": "warning", "bad": "error"}


def _cut(text: str, longest: int = 160) -> str:
    """A sentence as a toast can hold it: a name that is very long loses its middle (the messages keep it whole)."""
    return text if len(text) <= longest else f"{text[: longest - 60]}…{text[-59:]}"


class Speaking(App[object], inherit_bindings=False):
    """An app that says things to its operator. What it said is kept in `said`."""

    def __init__(self, toast_seconds: float) -> None:
        super().__init__()
        self.said: deque[Spans] = deque(maxlen=200)
        self.toast_seconds = toast_seconds
        self.line: Hangup | None = None
        self._said_now = False

    def say(self, message: str, hint: str = "", tone: str = "ok") -> None:
        """A toast, kept among the messages."""
        self.said.append([(f"{_GLYPHS[tone]} ", tone), (message, "text"), (f"  {hint}", "dim")])
        seconds = self.toast_seconds * (1 if tone == "ok" else 2)
        self.clear_notifications()  # one at a time: the newest
        self._said_now = True
        self.call_later(self._said_before)
        said = f"{_GLYPHS[tone]} {_cut(message)}"
        self.notify(_cut(hint, 400) or said, title=said if hint else "", severity=_SEVERITY[tone], timeout=seconds, markup=False)

    def _said_before(self) -> None:
        self._said_now = False

    def copy(self, text: str, said: str) -> None:
        """Puts text on the operator's own clipboard and says so."""
        self.copy_to_clipboard(text)
        self.say(said)

    def copy_to_clipboard(self, text: str) -> None:
        """By tmux when inside it, else by OSC 52."""
        if not clipboard.to_tmux(text):
            super().copy_to_clipboard(text)

    # Last words

    def get_system_commands(self, screen: Screen[Any]) -> Any:
        """None of Textual's own: its screenshot would write what is shown to a file."""
        return ()

    def _fatal_error(self) -> None:
        """Ends on an error nobody foresaw with a sentence; no values reach the terminal."""
        import sys

        error = sys.exc_info()[1]
        kept = crash.keep_report(error) if error else ""
        self._exit_renderables.append(f"Something went wrong inside Usher; nothing half-done was kept. {kept}")
        self._close_messages_no_wait()

    def panic(self, *renderables: Any) -> None:
        """Ends with a sentence: Textual's thread that reads keys comes here too, with a traceback, when the terminal goes."""
        if not (self.line and is_gone()):
            self._return_code = 1
            self._exit_renderables.append("Something went wrong inside Usher; nothing half-done was kept.")
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """One sentence is enough: Textual would tell the operator how to see the others with its own developer tools."""
        del self._exit_renderables[1:]
        super()._print_error_renderables()
