"""Long work with a bar. It can be left: the work goes on, and a toast says when it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import ComposeResult

from tui.commands import Command
from tui.screens.dialog import Button, Dialog, Text
from tui.widgets.gauges import Progress

Progressing = Callable[[int, int], None]


class Leave(Command["Doing"]):
    """Leave the dialog; the work goes on."""

    keys, name, short, group, priority = "escape", "Leave it running", "Leave", "In a dialog", 20

    def run(self, dialog: Doing) -> None:
        """Leaves."""
        dialog.dismiss(None)


class Doing(Dialog[None]):
    """Runs `do(progress)` beside the screen; `then` gets its result wherever the operator is by then."""

    ACTIONS = (Leave, *Dialog.ACTIONS[1:])

    def __init__(self, title: str, do: Callable[[Progressing], Any], then: Callable[[Any], Any]) -> None:
        super().__init__(title)
        self.do, self.then = do, then
        self.far = (0, 0)
        self.failed = False

    def content(self) -> ComposeResult:
        """The bar."""
        yield Text([("You can leave this: it goes on, and says when it is done.", "dim")])
        yield Progress()

    def buttons(self) -> list[Button]:
        """Leave it."""
        return [Button("leave", "Leave it running", key="escape", tone="dim")]

    def on_mount(self) -> None:
        """Begins."""
        self.app.run_work(self._work, self._done, busy=self.title_text.lower() + " …", group="write")
        self.set_interval(0.1, self._look)

    def _work(self) -> Any:
        """In the thread; what goes wrong is said by the app, and nothing is left to wait for."""
        try:
            return self.do(self._progress)
        except BaseException:
            self.failed = True
            raise

    def _progress(self, done: int, total: int) -> None:
        """Called by the thread at work; the screen looks at it by itself."""
        self.far = (done, total)

    def _look(self) -> None:
        self.query_one(Progress).show(*self.far)
        if self.failed:
            self.dismiss(None)

    def _done(self, result: Any) -> None:
        if self.is_attached and self.is_current:
            self.dismiss(None)
        self.then(result)
