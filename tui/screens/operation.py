"""One operation: what came of it, and both sides of every exchange, to be folded, copied and walked through."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult

from store.errors import UsherError
from store.journal import Exchange
from tui import words
from tui.commands import Command, Possible
from tui.log_filter import LogFilter
from tui.places import Visit
from tui.screens.base import PlaceScreen
from tui.screens.operation_commands import OPERATION_COMMANDS
from tui.widgets.exchange import Spot, exchange_lines, wrap
from tui.widgets.heading import Heading
from tui.widgets.ink import Spans
from tui.widgets.log_table import answer
from tui.widgets.sheet import Line, Sheet
from usher.services import log
from usher.services.log import OperationDetail


class Fold(Command["Exchanges"]):
    """Fold the exchange under the cursor, or show it again."""

    keys, name, short, priority = "enter,space", "Fold or unfold", "Fold", 10

    def possible(self, sheet: Exchanges) -> Possible:
        """Where there is one."""
        return sheet.target is not None

    def run(self, sheet: Exchanges) -> None:
        """Folds."""
        sheet.post_message(Sheet.Opened(sheet, sheet.target))


class Exchanges(Sheet):
    """The lines of an operation; every line of an exchange can be gone to."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (Fold,)


class OperationScreen(PlaceScreen):
    """Its argument is the operation's id, and the words the log was narrowed by when it was opened there."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = OPERATION_COMMANDS
    AUTO_FOCUS = "#exchanges"
    place = "operation"
    topics = frozenset({"journal"})

    def __init__(self) -> None:
        super().__init__()
        self.detail: OperationDetail | None = None
        self.trouble: UsherError | None = None
        self.folded: set[int] = set()
        self._neighbours: dict[bool, str | None] = {}
        self._arrived = False

    @property
    def operation_id(self) -> str:
        """Which one."""
        return self.argument.partition(" ")[0]

    @property
    def exchange(self) -> Exchange | None:
        """The exchange under the cursor."""
        if self.detail is None or not self.detail.exchanges:
            return None
        spot = self.spot
        return self.detail.exchanges[spot.exchange if spot else -1]

    @property
    def spot(self) -> Spot | None:
        """Where the cursor is."""
        target = self.query_one(Sheet).target if self.is_mounted else None
        return target if isinstance(target, Spot) else None

    @property
    def side(self) -> str:
        """Request or response, whichever the cursor is in."""
        return self.spot.side if self.spot else "response"

    def body(self) -> ComposeResult:
        """A heading and a sheet."""
        yield Heading()
        yield Exchanges(id="exchanges")

    def arrive(self, argument: str) -> None:
        """Another operation, or this one again."""
        self._neighbours, self._arrived = {}, True
        self._read()
        self.folded = set(range(len(self.detail.exchanges) - 1)) if self.detail else set()

    def _read(self) -> None:
        self.detail, self.trouble = None, None
        try:
            self.detail = log.detail(self.session, self.operation_id)
        except UsherError as error:
            self.trouble = error

    def crumbs(self) -> list[str]:
        """Whose operation it is."""
        if self.detail is None or not (self.detail.rows or self.detail.operation):
            return ["Operation"]
        row = self.detail.rows[-1] if self.detail.rows else self.detail.operation
        return [f"{row.action} {row.username}"] if row is not None else ["Operation"]

    def refill(self) -> None:
        """Draws it for the width there is."""
        self._read()
        self._neighbours = {}
        self.query_one(Heading).show(*self._heading())
        sheet = self.query_one(Sheet)
        sheet.show(self._lines())
        if self._arrived and self.detail is not None and self.detail.exchanges:
            self._show_at(len(self.detail.exchanges) - 1, top=False)
        self._arrived = False

    def on_resize(self) -> None:
        """Wraps again."""
        if self.is_mounted and self.argument:
            self.call_after_refresh(self.refresh_here)

    def _heading(self) -> tuple[str, Spans]:
        if self.detail is None:
            return "Operation", ""
        found = self.detail.rows[-1] if self.detail.rows else None
        number = len(self.detail.exchanges)
        return (found.username if found else self.operation_id), [(words.count(number, "exchange"), "dim")]

    def _lines(self) -> list[Line]:
        width = max(20, self.query_one(Sheet).outer_size.width - 3)
        if self.detail is None:
            error = self.trouble
            return [Line(), Line([("✗ ", "bad"), error.message if error else ""]), Line([("  ", ""), (error.hint if error else "", "dim")])]
        lines = [line for row in self.detail.rows for line in self._outcome(row, width)]
        if not self.detail.rows:
            lines = [Line([("○ ", "dim"), "It was not carried out yet."])]
        if not self.detail.exchanges:
            lines += [Line(), Line(("Nothing went over the wire for it.", "dim"))]
        for number, exchange in enumerate(self.detail.exchanges):
            lines += [Line(), *exchange_lines(exchange, number, width, folded=number in self.folded)]
        return lines

    def _outcome(self, row: Any, width: int) -> list[Line]:
        first = Line([words.state(row.result), "  ", words.action(row.action), (f"   {' · '.join(answer(row))}", "dim")])
        second = Line([("  ", ""), (f"{row.app_label} · {row.at[:19].replace('T', ' ')} UTC", "dim")])
        return [first, second, *(Line([("  ", ""), (part, "text")]) for part in wrap(row.detail, width - 2))]

    # What is done on it

    def on_sheet_opened(self) -> None:
        """A line was opened: its exchange folds."""
        self.fold()

    def fold(self) -> None:
        """Folds the exchange under the cursor, or shows it."""
        spot = self.spot
        if spot is not None:
            self.folded ^= {spot.exchange}
            self._show_at(spot.exchange)

    def fold_all(self) -> None:
        """Folds all; shows all when all are folded."""
        every = set(range(len(self.detail.exchanges))) if self.detail else set()
        spot = self.spot
        self.folded = set() if self.folded == every else every
        self._show_at(spot.exchange if spot else 0)

    def _show_at(self, exchange: int, *, top: bool = True) -> None:
        sheet = self.query_one(Sheet)
        sheet.show(self._lines())
        head = next((at for at, line in enumerate(sheet.lines) if isinstance(line.target, Spot) and line.target.exchange == exchange), None)
        if head is not None:
            sheet.go(head)
            sheet.scroll_to(y=max(0, head - 1) if top else 0, animate=False)

    def neighbour(self, *, newer: bool) -> str | None:
        """The id of the next operation of the log in that direction."""
        if newer not in self._neighbours:
            self._neighbours[newer] = self._next(newer)
        return self._neighbours[newer]

    def _next(self, newer: bool) -> str | None:
        if self.detail is None or not self.detail.rows:
            return None
        try:
            query, seq = self._filter().query(self.session), self.detail.rows[-1].seq
            found = log.page(self.session, query, after=seq, limit=1) if newer else log.page(self.session, query, before=self.detail.rows[0].seq, limit=1)
        except UsherError:
            return None
        return found[0].operation_id if found else None

    def go(self, *, newer: bool) -> None:
        """To the next operation in that direction."""
        there = self.neighbour(newer=newer)
        if there is not None:
            argument = f"{there} {self._filter().words}".strip()
            self.app.trail[-1] = Visit(self.place, argument)
            self.visit(argument)

    def _filter(self) -> LogFilter:
        return LogFilter.parse(self.argument.partition(" ")[2])

    def cli(self) -> str:
        """Prints it."""
        return f"usher log show {self.operation_id}"
