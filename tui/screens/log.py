"""Provisioning Log: every operation, narrowed by any of its columns and by text, and followed as it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult

from store.journal import JournalRow
from tui.places import Visit
from tui.screens.listing import ListScreen
from tui.widgets.filter import FilterBar
from tui.widgets.heading import Heading
from tui.widgets.ink import Spans
from tui.widgets.log_table import LogLine, LogTable
from tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from textual.widgets import Input


class Log(ListScreen):
    """The log, newest first. Its argument is what it is narrowed by, in the command line's words."""

    place = "log"
    heading = "Provisioning Log"
    topics = frozenset({"journal"})
    _led_by = ""

    def make_table(self) -> VirtualTable[JournalRow]:
        """The table that an application's own log has too."""
        self.log_table = LogTable()
        return self.log_table

    def body(self) -> ComposeResult:
        """Heading, table, and the row under the cursor in full."""
        yield Heading()
        yield self.table
        yield LogLine()

    def arrive(self, argument: str) -> None:
        """Whoever was led here by words is led back by esc, not to the whole log."""
        super().arrive(argument)
        self._led_by = argument if len(self.app.trail) > 1 else ""

    def step_back(self) -> None:
        """The words it came with are no filter in the way."""
        if self.filtered and self.filtered == self._led_by:
            self.app.back()
        else:
            super().step_back()

    def fill(self, text: str) -> None:
        """Shows what matches."""
        self.log_table.look(self.session, text)
        self._remember()

    def refill(self) -> None:
        """Reads on; the words stay as they are."""
        self.fill(self.filtered)

    def open_filter(self) -> None:
        """Begins to filter, with the words it takes in view."""
        super().open_filter()
        self.call_later(self._say_words)

    def _say_words(self) -> None:
        for bar in self.query(FilterBar):
            bar.placeholder = "words, or app=… user=… action=… result=… since=24h"

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows as is typed; a word not finished does not."""
        super().on_input_changed(event)
        self.touch()

    def on_log_table_narrowed(self, message: LogTable.Narrowed) -> None:
        """Keeps the words where the filter keeps them."""
        self.filtered = message.words
        for bar in self.query(FilterBar):
            bar.value = message.words
        self._remember()

    def on_virtual_table_changed(self) -> None:
        """Cursor or rows are others now."""
        super().on_virtual_table_changed()
        self.query_one(LogLine).show(self.log_table.row)

    def _facts(self) -> Spans:
        return self.log_table.facts()

    def _remember(self) -> None:
        """Whoever comes back here finds the words again."""
        self.argument = self.filtered
        if self.app.trail[-1].place == self.place:
            self.app.trail[-1] = Visit(self.place, self.filtered)

    def cli(self) -> str:
        """The same rows in a terminal."""
        return self.log_table.filter.cli
