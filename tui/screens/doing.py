"""Long work with a bar. It can be left: the work goes on, and a toast says when it is done. Or it is cancelled, and nothing of it is kept."""

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


class Cancelled(Exception):
    """Raised where the work tells how far it is, so that it undoes what it did."""


class Doing(Dialog[None]):
    """Runs `do(progress)` beside the screen; `then` gets its result wherever the operator is by then.

    `do` must keep all or nothing when `progress` raises: that is how it is cancelled; `undone` is said then.
    """

    ACTIONS = (Leave, *Dialog.ACTIONS[1:])

    def __init__(self, title: str, do: Callable[[Progressing], Any], then: Callable[[Any], Any], undone: str) -> None:
        super().__init__(title)
        self.do, self.then, self.undone = do, then, undone
        self.far = (0, 0)
        self.failed = self.unwanted = False

    def content(self) -> ComposeResult:
        """The bar."""
        yield Text([("You can leave this: it goes on, and says when it is done.", "dim")])
        yield Progress()

    def buttons(self) -> list[Button]:
        """Leave it, or cancel it."""
        return [Button("leave", "Leave it running", key="escape", tone="dim"), Button("cancel", "Cancel it", key="x", tone="warn")]

    def pressed(self, name: str) -> None:
        """Leaves; or cancels, which takes a moment."""
        if name == "leave":
            self.dismiss(None)
        else:
            self.unwanted = True
            self.query_one("#button-cancel", Button).disabled = True
            self.query_one(Text).show([("Cancelling: what was done is being undone.", "warn")])

    def on_mount(self) -> None:
        """Begins."""
        self.app.run_work(self._work, self._done, busy=self.title_text.lower() + " …", group="write")
        self.set_interval(0.1, self._look)

    def _work(self) -> Any:
        """In the thread; what goes wrong is said by the app, and nothing is left to wait for."""
        try:
            return self.do(self._progress)
        except Cancelled as cancelled:
            return cancelled
        except BaseException:
            self.failed = True
            raise

    def _progress(self, done: int, total: int) -> None:
        """Called by the thread at work; the screen looks at it by itself."""
        self.far = (done, total)
        if self.unwanted:
            raise Cancelled

    def _look(self) -> None:
        self.query_one(Progress).show(*self.far)
        if self.failed:
            self.dismiss(None)

    def _done(self, result: Any) -> None:
        if self.is_attached and self.is_current:
            self.dismiss(None)
        if isinstance(result, Cancelled):
            self.app.say(self.undone, tone="warn")
        else:
            self.then(result)
