"""The provisioning log as a table's rows, newest first: a million of them cost what a screenful costs."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from threading import Lock

from store import journal
from store.journal import JournalRow, Wanted
from tui.widgets.source import Column
from usher.services.session import Session


class LogSource:
    """Rows by their number. The whole log has no gaps, so a position is a subtraction; of a narrowed one the numbers
    are found once, in a worker (`slow` until then), and from then on only those that came."""

    def __init__(self, session: Session, wanted: Wanted) -> None:
        self.wanted = wanted
        self._session = session
        self.slow = wanted != Wanted()
        self._numbers: array[int] | None = None
        self._lock = Lock()

    @property
    def _whole(self) -> bool:
        return self.wanted == Wanted()

    def count(self) -> int:
        """How many rows there are."""
        if self._whole:
            first, last = journal.span(self._session.db)
            return last - first + 1
        return len(self._found())

    def _found(self) -> array[int]:
        """The numbers of the rows that match, rising."""
        with self._lock:
            known = self._numbers if self._numbers is not None else array("q")
            more = journal.numbers(self._session.db, self.wanted, known[-1] if known else 0)
            if more or self._numbers is None:
                self._numbers = known + array("q", more)
                self.slow = False
            return self._numbers

    def forward(self, after: JournalRow | None, limit: int) -> list[JournalRow]:
        """Older ones."""
        return journal.page(self._session.db, self.wanted, before=after.seq if after else None, limit=limit)

    def backward(self, before: JournalRow | None, limit: int) -> list[JournalRow]:
        """Newer ones, or the oldest."""
        return journal.page(self._session.db, self.wanted, after=before.seq if before else 0, limit=limit)[::-1]

    def at(self, index: int, limit: int) -> list[JournalRow]:
        """The rows from a position on."""
        if self._whole:
            number = journal.span(self._session.db)[1] - index
        else:
            found = self._found()
            number = found[-1 - index] if index < len(found) else 0
        return journal.page(self._session.db, self.wanted, before=number + 1, limit=limit) if number > 0 else []

    def position(self, row: JournalRow) -> int:
        """How many newer ones there are."""
        if self._whole:
            return max(0, journal.span(self._session.db)[1] - row.seq)
        found = self._found()
        return len(found) - bisect_right(found, row.seq)

    def id(self, row: JournalRow) -> str:
        """Its number."""
        return str(row.seq)

    def sort(self, column: Column[JournalRow], reverse: bool) -> None:
        """The log has one order."""
