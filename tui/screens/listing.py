"""A place that is one list: heading, filter, table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical

from tui.commands import Command
from tui.screens.base import PlaceScreen
from tui.widgets.heading import Heading
from tui.widgets.ink import Spans
from tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from textual.widgets import Input


class Filter(Command["ListScreen"]):
    """Narrow the list by what you type; esc clears it."""

    keys, name, short, group, priority = "slash", "Filter", "Filter", "In a list", 45

    def run(self, screen: ListScreen) -> None:
        """Opens the filter's field."""
        screen.open_filter()


class ListScreen(PlaceScreen):
    """Subclasses give `heading`, `make_table()` and `fill(text)`, where `text` is the filter as typed."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (Filter,)
    AUTO_FOCUS = "#list"
    heading: str = ""

    def __init__(self) -> None:
        super().__init__()
        self.filtered = ""
        self._arrived = ""
        self.table: VirtualTable[Any] = self.make_table()
        self.table.id = self.table.id or "list"

    # For a subclass to fill in

    def make_table(self) -> VirtualTable[Any]:
        """The table, with its columns."""
        raise NotImplementedError

    def fill(self, text: str) -> None:
        """Gives `self.table` its rows: `show` for a list in memory, `source` for a paged one."""
        raise NotImplementedError

    def empty(self) -> list[Spans]:
        """What stands in an empty list without a filter: what it is for, and what to press."""
        return ["Nothing here yet."]

    def head(self) -> str:
        """The title over the list."""
        return self.heading

    def whole(self) -> int | None:
        """How many rows there are without the filter, when that is known."""
        return None

    # The list

    def can_step_back(self) -> bool:
        """A filter is in the way of going back."""
        return bool(self.filtered) or super().can_step_back()

    def step_back(self) -> None:
        """The whole list first, then where we came from."""
        if not self.filtered:
            super().step_back()
            return
        from tui.widgets.filter import FilterBar

        self.filtered = ""
        for bar in self.query(FilterBar):
            bar.value, bar.display = "", False
        self.refill()
        self.touch()

    def body(self) -> ComposeResult:
        """Heading and table; the filter's field comes between them when it is asked for."""
        yield Heading()
        yield self.table

    def arrive(self, argument: str) -> None:
        """The argument of a list is its filter; who comes back finds the list as it was narrowed."""
        if argument == self._arrived:
            return
        from tui.widgets.filter import FilterBar

        self._arrived = self.filtered = argument
        for bar in self.query(FilterBar):
            bar.value, bar.display = argument, bool(argument)

    def refill(self) -> None:
        """Fills the list for the filter."""
        self.table.empty = self._no_match() if self.filtered else self.empty()
        self.fill(self.filtered)
        self._show_head()  # not only when the table's message comes: the first picture has it

    def open_filter(self) -> None:
        """Begins to filter."""
        from tui.widgets.filter import FilterBar

        found = self.query(FilterBar)
        if found:
            found.first().open()
            return
        bar = FilterBar()
        bar.value = self.filtered
        self.query_one("#body", Vertical).mount(bar, after=self.query_one(Heading))
        self.call_later(bar.open)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the list as is typed."""
        if event.input.id == "filter" and event.value != self.filtered:
            self.filtered = event.value
            self.refill()

    def on_virtual_table_changed(self) -> None:
        """Cursor, ticks or rows are others now."""
        self._show_head()
        self.touch()

    def _show_head(self) -> None:
        self.query_one(Heading).show(self.head(), self._facts())

    def _facts(self) -> Spans:
        table = self.table
        facts: list[tuple[str, str]] = []
        if table.ticks:
            facts += [(f"✓ {len(table.ticks):,} ticked", "accent"), ("  ·  ", "faint")]
        if table.fresh:
            facts += [(f"▲ {table.fresh:,} new", "info"), ("  ·  ", "faint")]
        number = f"{table.count:,}" if table.counted else f"more than {max(0, table.count - 1):,}"
        if self.filtered:
            whole = self.whole()
            facts += [(f"filter “{self.filtered}”  ", "accent"), (f"{number} of {whole:,}" if whole is not None else number, "text")]
        else:
            facts += [(number, "dim")]
        return facts

    def _no_match(self) -> list[Spans]:
        return [
            [("Nothing matches ", "dim"), (f"“{self.filtered}”", "text")],
            "",
            [("esc", "accent bold"), (" shows everything", "dim")],
        ]
