"""The operations of a push as a table's rows: paged by key, narrowed to words and to what went wrong."""

from __future__ import annotations

from collections.abc import Sequence

from store import push_views
from store.operations import Operation
from tui import push_words, words
from tui.widgets.source import Column
from usher.services.session import Session


class StepSource:
    """The operations of one push, in the order they are carried out."""

    def __init__(self, session: Session, push_id: str, text: str = "", *, wrong: bool = False) -> None:
        self.push_id, self.text, self.wrong = push_id, text, wrong
        self.slow = bool(text)
        self._session = session
        self._words = text.split()

    def count(self) -> int:
        """How many there are."""
        return push_views.count_steps(self._session.db, self.push_id, self._words, wrong=self.wrong)

    def forward(self, after: Operation | None, limit: int) -> list[Operation]:
        """Those after that one."""
        return push_views.steps(self._session.db, self.push_id, self._words, wrong=self.wrong, after=after.seq if after else 0, limit=limit)

    def backward(self, before: Operation | None, limit: int) -> list[Operation]:
        """Those before that one, or the last."""
        key = before.seq if before else 1 << 62
        return push_views.steps(self._session.db, self.push_id, self._words, wrong=self.wrong, before=key, limit=limit)

    def at(self, index: int, limit: int) -> list[Operation]:
        """Those from a position on."""
        return push_views.steps_at(self._session.db, self.push_id, index, self._words, wrong=self.wrong, limit=limit)

    def position(self, row: Operation) -> int:
        """How many stand before it."""
        return push_views.count_steps(self._session.db, self.push_id, self._words, wrong=self.wrong, below=row.seq)

    def id(self, row: Operation) -> str:
        """The operation's id."""
        return row.id

    def sort(self, column: Column[Operation], reverse: bool) -> None:
        """The order is that of carrying out."""


def plan_columns() -> Sequence[Column[Operation]]:
    """What is to be done for whom."""
    return [
        Column("Action", push_words.action, 17),
        Column("Person", lambda one: (one.username, "strong"), 20, grow=2, most=38),
        Column("Changes", push_words.changes, 24, grow=6),
    ]


def run_columns() -> Sequence[Column[Operation]]:
    """What came of it."""
    return [
        Column("Action", lambda one: words.action(push_words.kind_of(one)), 13),
        Column("Person", lambda one: (one.username, "strong"), 18, grow=2, most=38),
        Column("Result", lambda one: words.state(one.state), 11),
        Column("Status", lambda one: (f"{one.status or '–'}", "dim"), 6, drop=1, align="right"),
        Column("What", push_words.outcome, 18, grow=6),
    ]
