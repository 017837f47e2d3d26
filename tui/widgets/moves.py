"""What every table can do, as commands: moving, ticking, ordering, opening."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.commands import Command, Possible

if TYPE_CHECKING:
    from tui.widgets.table import VirtualTable

    Table = VirtualTable[Any]
else:
    Table = Any


class MoveCommand(Command[Table]):
    """Goes somewhere in the list."""

    group = "In a list"

    def possible(self, table: Table) -> Possible:
        """Only where there are rows."""
        return table.count > 0


class Open(MoveCommand):
    """Open what the cursor is on."""

    keys, name, short, priority = "enter", "Open", "Open", 10

    def run(self, table: Table) -> None:
        """Opens the row."""
        table.open()


class Tick(MoveCommand):
    """Tick the row, or take its tick away; actions then work on all ticked rows."""

    keys, name, short, priority = "space", "Tick", "Tick", 40

    def possible(self, table: Table) -> Possible:
        """Only where rows can be ticked."""
        return table.tickable and table.count > 0

    def run(self, table: Table) -> None:
        """Ticks and goes on to the next row."""
        table.tick()
        table.move(table.cursor + 1)


class TickNone(MoveCommand):
    """Take every tick away."""

    keys, name = "U", "Untick all"

    def possible(self, table: Table) -> Possible:
        """Only when something is ticked."""
        return bool(table.ticks)

    def run(self, table: Table) -> None:
        """Empties the ticks."""
        table.ticks.clear()
        table.refresh()
        table.post_message(table.Changed())


class Down(MoveCommand):
    """One row down."""

    keys, name = "j,down", "Down"

    def run(self, table: Table) -> None:
        """Moves."""
        table.move(table.cursor + 1)


class Up(MoveCommand):
    """One row up."""

    keys, name = "k,up", "Up"

    def run(self, table: Table) -> None:
        """Moves."""
        table.move(table.cursor - 1)


class PageDown(MoveCommand):
    """One page down."""

    keys, name = "pagedown", "Page down"

    def run(self, table: Table) -> None:
        """Moves."""
        table.move(table.cursor + table.page)


class PageUp(MoveCommand):
    """One page up."""

    keys, name = "pageup", "Page up"

    def run(self, table: Table) -> None:
        """Moves."""
        table.move(table.cursor - table.page)


class HalfDown(MoveCommand):
    """Half a page down."""

    keys, name = "ctrl+d", "Half a page down"

    def run(self, table: Table) -> None:
        """Moves."""
        table.move(table.cursor + max(1, table.page // 2))


class HalfUp(MoveCommand):
    """Half a page up."""

    keys, name = "ctrl+u", "Half a page up"

    def run(self, table: Table) -> None:
        """Moves."""
        table.move(table.cursor - max(1, table.page // 2))


class First(MoveCommand):
    """The first row."""

    keys, name = "g,home", "First"

    def run(self, table: Table) -> None:
        """Moves."""
        table.move(0)


class Last(MoveCommand):
    """The last row."""

    keys, name = "G,end", "Last"

    def run(self, table: Table) -> None:
        """Moves."""
        table.move_last()


class SortCommand(Command[Table]):
    """Orders the list."""

    group = "In a list"

    def possible(self, table: Table) -> Possible:
        """Only where the order can be chosen."""
        return any(column.sort for column in table.columns)

    def step(self, table: Table, by: int) -> None:
        """Orders by the next or previous column that can be ordered by."""
        titles = [column.title for column in table.columns if column.sort]
        at = titles.index(table.sorted_by[0]) + by if table.sorted_by[0] in titles else (0 if by > 0 else -1)
        table.sort(titles[at % len(titles)], False)


class SortNext(SortCommand):
    """Order by the next column."""

    keys, name = "greater_than_sign", "Sort by next column"

    def run(self, table: Table) -> None:
        """Sorts."""
        self.step(table, 1)


class SortPrevious(SortCommand):
    """Order by the previous column."""

    keys, name = "less_than_sign", "Sort by previous column"

    def run(self, table: Table) -> None:
        """Sorts."""
        self.step(table, -1)


class SortReverse(SortCommand):
    """Turn the order round."""

    keys, name = "R", "Reverse the order"

    def run(self, table: Table) -> None:
        """Sorts."""
        title, reverse = table.sorted_by
        if title:
            table.sort(title, not reverse)
        else:
            self.step(table, 1)


TABLE_MOVES = (Open, Tick, TickNone, Down, Up, PageDown, PageUp, HalfDown, HalfUp, First, Last, SortNext, SortPrevious, SortReverse)
