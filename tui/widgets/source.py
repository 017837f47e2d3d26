"""Where a table's rows come from: pages by key, so that a million rows cost what a screenful costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from store.records import dataclass
from tui.widgets.ink import Spans

R = TypeVar("R")


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column. `width` is what it needs, `grow` its share of what is left (`most` at most); the highest
    `drop` goes first when there is no room (0 stays). `sort` is a row's sort key, or for a paged source a name."""

    title: str
    cell: Callable[[R], Spans]
    width: int = 10
    grow: int = 0
    most: int = 0
    drop: int = 0
    align: str = "left"
    sort: Callable[[R], Any] | str | None = None


class Source(Protocol[R]):
    """Rows in one order. A position is found by the row's key, never by counting from the start."""

    slow: bool
    """Whether `count` may take long: then it is asked for in a worker."""

    def count(self) -> int:
        """How many rows there are."""
        ...

    def forward(self, after: R | None, limit: int) -> list[R]:
        """The rows after that one, or from the start. The row itself may be gone meanwhile."""
        ...

    def backward(self, before: R | None, limit: int) -> list[R]:
        """The rows just before that one, or the last ones; in the order of the list."""
        ...

    def at(self, index: int, limit: int) -> list[R]:
        """The rows from a position on (for a dragged scroll bar)."""
        ...

    def position(self, row: R) -> int:
        """How many rows stand before that one."""
        ...

    def id(self, row: R) -> str:
        """What the row is known by for as long as it exists."""
        ...

    def sort(self, column: Column[R], reverse: bool) -> None:
        """Orders by that column; called only for columns that have `sort`."""
        ...


class ListSource(Generic[R]):
    """A source over a list in memory, for what has hundreds of rows: applications, groups."""

    slow = False

    def __init__(self, rows: Iterable[R], id_of: Callable[[R], str]) -> None:
        self._id_of = id_of
        self._order: tuple[Callable[[R], Any], bool] | None = None
        self.replace(rows)

    def replace(self, rows: Iterable[R]) -> None:
        """Takes other rows, and puts them in the order chosen before."""
        self.rows = list(rows)
        if self._order:
            self.rows.sort(key=self._order[0], reverse=self._order[1])
        self._index = {self._id_of(row): at for at, row in enumerate(self.rows)}

    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def forward(self, after: R | None, limit: int) -> list[R]:
        """The rows after that one."""
        start = 0 if after is None else self._after(after)
        return self.rows[start : start + limit]

    def backward(self, before: R | None, limit: int) -> list[R]:
        """The rows before that one."""
        end = len(self.rows) if before is None else self.position(before)
        return self.rows[max(0, end - limit) : end]

    def at(self, index: int, limit: int) -> list[R]:
        """The rows from a position on."""
        return self.rows[index : index + limit]

    def position(self, row: R) -> int:
        """Where the row stands, or would stand now that it is gone."""
        found = self._index.get(self._id_of(row))
        if found is not None or self._order is None:
            return len(self.rows) if found is None else found
        key, reverse = self._order
        return sum((key(other) > key(row)) if reverse else (key(other) < key(row)) for other in self.rows)

    def id(self, row: R) -> str:
        """The row's id."""
        return self._id_of(row)

    def sort(self, column: Column[R], reverse: bool) -> None:
        """Orders by a column's key function."""
        if callable(column.sort):
            self._order = (column.sort, reverse)
            self.replace(self.rows)

    def _after(self, row: R) -> int:
        return self._index[self._id_of(row)] + 1 if self._id_of(row) in self._index else self.position(row)


def layout(columns: Sequence[Column[R]], width: int, gap: int = 2) -> list[tuple[Column[R], int]]:
    """Which columns there is room for in `width` cells, and how wide each is."""
    kept = list(columns)
    while len(kept) > 1 and sum(column.width for column in kept) + gap * (len(kept) - 1) > width:
        worst = max(kept, key=lambda column: column.drop)
        if worst.drop == 0:
            break
        kept.remove(worst)
    sizes = [column.width for column in kept]
    spare = width - sum(sizes) - gap * (len(kept) - 1)
    growing = [at for at, column in enumerate(kept) if column.grow]
    while spare > 0 and growing:
        share = sum(kept[at].grow for at in growing)
        unit, before = spare, spare
        for at in list(growing):
            more = min(spare, max(1, unit * kept[at].grow // share), (kept[at].most or width) - sizes[at])
            sizes[at] += max(0, more)
            spare -= max(0, more)
            if kept[at].most and sizes[at] >= kept[at].most:
                growing.remove(at)
        if spare == before:
            break
    return list(zip(kept, sizes, strict=True))
