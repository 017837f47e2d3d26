"""Textual's driver of the terminal, less what goes wrong in it when the terminal goes away."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, TextIO

from textual.drivers.linux_driver import LinuxDriver

from tui.hangup import is_gone

if TYPE_CHECKING:
    from textual.app import App
    from textual.geometry import Size


class Line:
    """The way to the terminal: what cannot be written any more is lost without a word.

    Textual's thread that writes would die of the error, and the console wait for it for ever.
    """

    def __init__(self, file: Any) -> None:
        self._file: TextIO = file

    def write(self, text: str) -> int:
        """Writes text."""
        with contextlib.suppress(OSError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Sends what was written."""
        with contextlib.suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """The number of the file."""
        return self._file.fileno()


class ConsoleDriver(LinuxDriver):
    """The driver of the console."""

    def __init__(self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: Size | None = None) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file: Any = Line(self._file)

    def _sigcont_application(self, *_: object) -> None:
        """Takes up again what SIGTSTP suspended. A hang-up sends SIGCONT too, and Textual would begin to read anew, for ever."""
        if self._must_signal_resume and not is_gone():
            super()._sigcont_application()
