"""The part of a source that is in memory: a window of rows that follows what is looked at."""

from __future__ import annotations

from typing import Generic, TypeVar

from tui.widgets.source import Source

R = TypeVar("R")
PAGE = 200
KEEP = 3 * PAGE


class Window(Generic[R]):
    """Consecutive rows of a source, from position `first` on; never more than `KEEP` and a page.

    `total` is None until a slow source has been counted; `height` is then what is known so far.
    """

    def __init__(self, source: Source[R]) -> None:
        self.source = source
        self.first = 0
        self.rows: list[R] = []
        self.total: int | None = None
        self._more = False

    @property
    def end(self) -> int:
        """The position after the last row in memory."""
        return self.first + len(self.rows)

    @property
    def height(self) -> int:
        """How many rows there are, as far as is known."""
        return self.total if self.total is not None else self.end + self._more

    def read(self) -> None:
        """Reads the first page."""
        self._count()
        self.first, self.rows = 0, self.source.forward(None, PAGE)
        self._note(self.rows)

    def read_around(self, row: R) -> int:
        """Reads again around a row and returns where it stands now, or where what followed it does."""
        self._count()
        head = self.source.backward(row, PAGE)
        tail = self.source.forward(head[-1] if head else None, PAGE)
        self.first = self.source.position(head[0]) if len(head) == PAGE else 0
        self.rows = head + tail
        self._note(tail)
        return max(0, min(self.first + len(head), self.height - 1))

    def read_last(self) -> None:
        """Reads the last page."""
        self.rows = self.source.backward(None, PAGE)
        self.first = max(0, self.height - len(self.rows)) if self.total is not None else 0
        if self.total is None and self.rows:
            self.first = self.source.position(self.rows[0])
        self._more = False

    def get(self, index: int) -> R | None:
        """The row at a position, if it is in memory."""
        return self.rows[index - self.first] if self.first <= index < self.end else None

    def cover(self, low: int, high: int) -> None:
        """Brings the rows from `low` to before `high` into memory, from the nearest key."""
        low, high = max(0, low), min(high, self.height)
        if low >= self.first and high <= self.end:
            return
        if low < self.first - PAGE or low > self.end + PAGE:
            self._jump(low, high)
        while low < self.first and self.rows:
            more = self.source.backward(self.rows[0], PAGE)
            self.rows[:0] = more
            self.first = max(0, self.first - len(more)) if more else 0
            if not more:
                break
        while high > self.end and self.rows:
            more = self.source.forward(self.rows[-1], PAGE)
            self.rows += more
            self._note(more)
            if not more:
                break
        self._trim(low, high)

    def _jump(self, low: int, high: int) -> None:
        if self.total is not None and high >= self.total:
            self.read_last()
        else:
            self.first, self.rows = low, self.source.at(low, PAGE)
            self._note(self.rows)

    def _trim(self, low: int, high: int) -> None:
        if len(self.rows) > KEEP:
            start, stop = max(self.first, low - PAGE), min(self.end, high + PAGE)
            self.rows = self.rows[start - self.first : stop - self.first]
            self._more = self._more or stop < self.end
            self.first = start

    def _note(self, page: list[R]) -> None:
        self._more = len(page) == PAGE

    def _count(self) -> None:
        if not self.source.slow:
            self.total = self.source.count()
