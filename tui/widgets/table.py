"""The one table: any number of rows, of which only a window is in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual import events, work
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.worker import get_current_worker

from store.records import dataclass
from tui.commands import Command, Commanded
from tui.widgets.ink import Spans, at_work, fit, strip_of
from tui.widgets.moves import TABLE_MOVES
from tui.widgets.rows import cells, empty_line, header
from tui.widgets.source import Column, ListSource, Source, layout
from tui.widgets.window import Window

R = TypeVar("R")


class VirtualTable(Commanded, ScrollView, Generic[R], can_focus=True, inherit_bindings=False):
    """Rows of a source under a header. The cursor and the ticks belong to row ids and survive a refresh."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = TABLE_MOVES
    ALLOW_SELECT = False

    @dataclass
    class Opened(Message):
        """A row was opened."""

        row: Any

    class Changed(Message):
        """The cursor, the ticks, the order or the rows are others now."""

    @dataclass
    class Counted(Message):
        """A slow source was counted."""

        generation: int
        total: int

    def __init__(self, columns: Sequence[Column[R]], *, tickable: bool = False, follow: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self.columns = list(columns)
        self.tickable = tickable
        self.follow = follow
        self.held = False
        self.fresh = 0
        self.cursor = 0
        self.ticks: dict[str, R] = {}
        self.empty: Sequence[Spans] = ("Nothing here yet.",)
        self.sorted_by: tuple[str, bool] = ("", False)
        self._window: Window[R] | None = None
        self._generation = 0
        self._layout: tuple[int, list[tuple[Column[R], int]]] = (-1, [])

    # What a screen asks and tells

    @property
    def source(self) -> Source[R] | None:
        """Where the rows come from; None while nothing was given yet."""
        return self._window.source if self._window else None

    @source.setter
    def source(self, source: Source[R]) -> None:
        stood = self.row if self._window and isinstance(source, type(self._window.source)) else None
        self._window, self.cursor, self.fresh = Window(source), 0, 0
        self.ticks.clear()
        self._window.read()
        self._counted_later()
        self.scroll_to(y=0, animate=False)
        self._settle()
        if stood is not None and (self.has_focus or not (source.slow or self.follow)):
            self.seek(stood)  # not while a filter is typed: then what comes first is meant, and each letter would count rows

    def seek(self, row: R) -> bool:
        """Puts the cursor on that row wherever it stands; False, and the cursor where it was, when it is not in the list."""
        if self._window is None:
            return False
        before, wanted = self.row, self._window.source.id(row)
        at = self._window.read_around(row)
        found = self._window.get(at)
        there = found is not None and self._window.source.id(found) == wanted
        if not there and before is not None:
            at = self._window.read_around(before)
        self.move(at)
        return there

    def show(self, rows: Sequence[R], id_of: Any) -> None:
        """Shows a list in memory: the first time as a source, later as a refresh that keeps the place."""
        if isinstance(self.source, ListSource):
            row, at = self.row, self.cursor
            self.source.replace(rows)
            self.reload()
            if row is not None and (self.row is None or self.source.id(self.row) != self.source.id(row)):
                self.move(at)  # the row is gone: what stands in its place now, not the end of the list
        else:
            self.source = ListSource(rows, id_of)

    @property
    def count(self) -> int:
        """How many rows there are, as far as is known."""
        return self._window.height if self._window else 0

    @property
    def counted(self) -> bool:
        """Whether `count` is final."""
        return self._window is not None and self._window.total is not None

    @property
    def row(self) -> R | None:
        """The row under the cursor."""
        return self._window.get(self.cursor) if self._window else None

    @property
    def chosen(self) -> list[R]:
        """The ticked rows, or the one under the cursor when none is."""
        return list(self.ticks.values()) or ([self.row] if self.row is not None else [])

    def reload(self) -> None:
        """Reads the rows again; cursor, ticks and scroll stay with their rows. A followed log stays at its top."""
        if self._window is None:
            return
        row, before, offset = self.row, self.count, self.cursor - int(self.scroll_y)
        if row is None or (self.follow and self.cursor == 0 and not self.held):
            self._window.read()
            self.cursor = min(self.cursor, max(0, self.count - 1))
        else:
            self.cursor = self._window.read_around(row)
            self.fresh += max(0, self.count - before) if self.follow else 0
        self._counted_later()
        self._refresh_ticks()
        self._settle()
        self.scroll_to(y=self.cursor - offset, animate=False)

    def move(self, to: int) -> None:
        """Puts the cursor on a position and shows it."""
        if self._window is None or not self.count:
            return
        to = max(0, min(to, self.count - 1))
        self._window.cover(to - self.page, to + self.page)
        self.cursor = min(to, max(0, self.count - 1))
        self.fresh = self.fresh if self.cursor else 0
        self._settle()
        top = int(self.scroll_y)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + self.page:
            self.scroll_to(y=self.cursor - self.page + 1, animate=False)

    def move_last(self) -> None:
        """Puts the cursor on the last row."""
        if self._window and self._window.total is None:
            self._window.read_last()
            self.cursor = max(0, self._window.end - 1)
        self.move(self.count - 1)

    def select(self, row_id: str) -> None:
        """Puts the cursor on a row in memory, by its id."""
        for at, row in enumerate(self._window.rows if self._window else []):
            if self._window and self._window.source.id(row) == row_id:
                self.move(self._window.first + at)

    def tick(self) -> None:
        """Ticks the row under the cursor, or takes its tick away."""
        if self.tickable and self.row is not None and self.source is not None:
            key = self.source.id(self.row)
            if self.ticks.pop(key, None) is None:
                self.ticks[key] = self.row
            self._settle()

    def sort(self, title: str, reverse: bool) -> None:
        """Orders by the column of that title; the cursor stays with its row."""
        column = next((column for column in self.columns if column.title == title and column.sort), None)
        if column and self.source:
            self.sorted_by = (title, reverse)
            self.source.sort(column, reverse)
            self.reload()

    def open(self) -> None:
        """Opens the row under the cursor."""
        if self.row is not None:
            self.post_message(self.Opened(self.row))

    def lay_out(self, columns: Sequence[Column[R]]) -> None:
        """Shows other columns of the same rows."""
        self.columns, self._layout = list(columns), (-1, [])
        self.refresh()

    # How it is drawn

    @property
    def page(self) -> int:
        """How many rows are in view."""
        return max(1, self.size.height - 1)

    def render_line(self, y: int) -> Strip:
        """The header, a row, or a line of what stands there when there are none."""
        width = self.size.width
        if self._window is None:
            return strip_of(fit(("  Loading …", "dim") if y == 1 else "", width), self)
        if not self.count:
            return strip_of(fit(empty_line(self.empty, y, self.size.height, width), width), self)
        if y == 0:
            return strip_of(fit(header(self._columns(width), self.sorted_by, self.tickable), width), self)
        index = int(self.scroll_y) + y - 1
        if self._window.get(index) is None and index < self.count:
            self._window.cover(index - self.page, index + self.page)
        row = self._window.get(index)
        if row is None:
            return strip_of(fit("", width), self)
        current, working = index == self.cursor, at_work(self)
        tick = self._window.source.id(row) in self.ticks if self.tickable else None
        under = ("cursor" if working else "raised") if current else ""
        return strip_of(fit(cells(self._columns(width), row, current and working, tick), width), self, under)

    def _columns(self, width: int) -> list[tuple[Column[R], int]]:
        if self._layout[0] != width:
            self._layout = (width, layout(self.columns, width - (4 if self.tickable else 3)))
        return self._layout[1]

    # What happens to it

    def on_resize(self) -> None:
        """Keeps the cursor in view."""
        self._settle()
        self.move(self.cursor)

    def on_focus(self) -> None:
        """Shows where it is."""
        self.refresh()

    def on_blur(self) -> None:
        """Shows that it is no longer at work."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Header: orders by the column. Row: goes there; its tick column ticks; twice opens."""
        if event.y == 0:
            self._click_header(event.x)
            return
        index = int(self.scroll_y) + event.y - 1
        if index < self.count:
            self.move(index)
            if self.tickable and event.x <= 1:
                self.tick()
            elif event.chain == 2:
                self.open()

    def _click_header(self, x: int) -> None:
        left = 2 if self.tickable else 1
        for column, size in self._columns(self.size.width):
            if left <= x < left + size + 2 and column.sort:
                self.sort(column.title, self.sorted_by == (column.title, False))
            left += size + 2

    def on_virtual_table_counted(self, message: Counted) -> None:
        """Takes a count that was asked for in a worker, unless the rows are others by now."""
        if self._window and message.generation == self._generation:
            self._window.total = message.total
            self._settle()

    def _counted_later(self) -> None:
        self._generation += 1
        if self._window and self._window.source.slow:
            self._count_in_worker(self._window.source, self._generation)

    @work(thread=True, exclusive=True, group="count", exit_on_error=False)
    def _count_in_worker(self, source: Source[R], generation: int) -> None:
        total = source.count()
        if not get_current_worker().is_cancelled:
            self.post_message(self.Counted(generation, total))

    def _refresh_ticks(self) -> None:
        """Ticks follow the rows in memory: a newer state of a row, and no tick on one that is gone."""
        if self._window and self.ticks:
            rows = {self._window.source.id(row): row for row in self._window.rows}
            whole = self.count == len(self._window.rows)
            self.ticks = {key: rows.get(key, row) for key, row in self.ticks.items() if key in rows or not whole}

    def _settle(self) -> None:
        self.virtual_size = Size(self.size.width, self.count + 1 if self.count else 0)
        self.refresh()
        self.post_message(self.Changed())
