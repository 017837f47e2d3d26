"""The Log tab: the provisioning log of this application."""

from __future__ import annotations

import shlex
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.widget import Widget

from tui.commands import Command
from tui.screens.pane import Pane
from tui.widgets.heading import Heading
from tui.widgets.log_table import NOTHING, LogLine, LogTable
from tui.widgets.table import VirtualTable
from usher.services.applications import ApplicationDetail


class WholeLog(Command["LogPane"]):
    """Go to the Provisioning Log, narrowed to this application: there it can be filtered further and exported."""

    keys, name, short, priority, words = "o", "In the Provisioning Log", "Full log", 30, "log"

    def run(self, pane: LogPane) -> None:
        """Goes there; esc comes back."""
        pane.app.enter("log", f"app={shlex.quote(pane.detail.label)}")

    def cli(self, pane: LogPane) -> str:
        """`usher log --app APP`."""
        return f"usher log --app {shlex.quote(pane.detail.label)}"


class LogPane(Pane):
    """What was sent for this application, and what came of it."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (WholeLog,)
    tab: ClassVar[str] = "log"
    title: ClassVar[str] = "Log"
    saves: ClassVar[bool] = False
    scrolls: ClassVar[bool] = False

    def __init__(self, detail: ApplicationDetail) -> None:
        super().__init__(detail)
        self.table = LogTable({"app": detail.id})
        self._words = ""

    @classmethod
    def belongs(cls, detail: ApplicationDetail) -> bool:
        """Where accounts are managed."""
        return detail.idm != "unsupported"

    def content(self) -> ComposeResult:
        """Heading, rows, and a line about the one under the cursor."""
        yield Heading(id="log-heading")
        yield self.table
        yield LogLine(id="log-line")

    def landing(self) -> Widget | None:
        """The table."""
        return self.table

    def fill(self) -> None:
        """Reads what is new."""
        self.table.look(self.session, self._words)
        if not self._words:
            self.table.empty = NOTHING

    def on_log_table_narrowed(self, message: LogTable.Narrowed) -> None:
        """Narrowed by a key of its own."""
        self._words = message.words
        self.fill()

    def on_virtual_table_changed(self, message: VirtualTable.Changed) -> None:
        """Another row, or other rows."""
        message.stop()
        self.query_one("#log-heading", Heading).show("Provisioning Log", self.table.facts())
        self.query_one(LogLine).show(self.table.row)
        self.edited()

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Both sides of the exchange."""
        message.stop()
        self.app.enter("operation", message.row.operation_id)
