"""Pushes: every one, newest first."""

from __future__ import annotations

from typing import Any, ClassVar

from store import push_views
from store.push_views import PushRow
from tui import words
from tui.commands import Command, Possible
from tui.push_words import LIVE
from tui.screens.listing import ListScreen
from tui.widgets.gauges import IMPACT_WORDS
from tui.widgets.ink import Span, Spans
from tui.widgets.source import Column
from tui.widgets.table import VirtualTable
from usher.provisioning.presence import is_alive
from usher.services import pushes
from usher.services.session import Session


class ResumeListed(Command["Pushes"]):
    """Go on with the paused or interrupted push under the cursor."""

    keys, name, short, priority, words = "r", "Resume", "Resume", 20, "pushes resume"

    def possible(self, screen: Pushes) -> Possible:
        """Where it stands still."""
        row = screen.table.row
        if row is None or screen.state_of(row) not in ("paused", "interrupted"):
            return False
        return screen.app.may("operator")

    def run(self, screen: Pushes) -> None:
        """Goes on."""
        screen.resume()

    def cli(self, screen: Pushes) -> str:
        """Names it."""
        return f"usher pushes resume {screen.table.row.id}" if screen.table.row else ""


class Pushes(ListScreen):
    """All pushes and plans; each opens as what it is: a plan, a push under way, or what came of it."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (ResumeListed,)
    place, heading = "pushes", "Pushes"
    topics = frozenset({"push", "worker"})

    def make_table(self) -> VirtualTable[PushRow]:
        """Its columns."""
        columns: list[Column[PushRow]] = [
            Column("State", lambda row: words.state(self.state_of(row)), 13),
            Column("Application", lambda row: (row.app_label, "strong"), 12, grow=2, most=26),
            Column("Planned", _counts, 20, grow=1, most=26),
            Column("Done", self._done, 7, drop=4, align="right"),
            Column("Failed", _failed, 6, align="right"),
            Column("By", lambda row: (row.requested_by if row.kind == "manual" else "by itself", "dim"), 9, grow=1, most=18, drop=3),
            Column("When", lambda row: (words.ago(row.requested_at, self.session.clock.now()), "dim"), 10),
        ]
        return VirtualTable(columns)

    def state_of(self, row: PushRow) -> str:
        """Its state; one whose worker is gone is interrupted, whatever was kept last."""
        orphaned = row.state == "running" and not (row.worker and is_alive(self.session.store.path, row.worker))
        return "interrupted" if orphaned else row.state

    def _done(self, row: PushRow) -> Spans:
        if row.state not in LIVE:
            return f"{row.total:,}" if row.state != "cancelled" else "–", "dim"
        return f"{100 * row.finished // row.total if row.total else 0} %", "text"

    def fill(self, text: str) -> None:
        """All of them, or those with the words."""
        source = self.table.source
        if isinstance(source, PushSource) and source.text == text:
            self.table.reload()
        else:
            self.table.source = PushSource(self.session, text)

    def whole(self) -> int:
        """How many there are."""
        return push_views.how_many(self.session.db)

    def empty(self) -> list[Spans]:
        """Where a push begins."""
        return [("Nothing was pushed yet.", "strong"), "", ("Open an application in SSO Applications, and push from there.", "dim")]

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Opens it."""
        self.app.visit("push", message.row.id)

    def resume(self) -> None:
        """Goes on with the push under the cursor."""
        row = self.table.row
        if row is not None:
            push_id = row.id
            self.work(lambda: pushes.resume(self.session, push_id), lambda view: self.say(f"The push to {view.app} goes on."))


class PushSource:
    """Pushes by their number, newest first."""

    slow = False

    def __init__(self, session: Session, text: str = "") -> None:
        self.text = text
        self._session = session
        self._words = text.split()

    def count(self) -> int:
        """How many there are."""
        return push_views.how_many(self._session.db, self._words)

    def forward(self, after: PushRow | None, limit: int) -> list[PushRow]:
        """Older ones."""
        return push_views.listed(self._session.db, self._words, before=after.seq if after else None, limit=limit)

    def backward(self, before: PushRow | None, limit: int) -> list[PushRow]:
        """Newer ones, or the oldest."""
        return push_views.listed(self._session.db, self._words, after=before.seq if before else 0, limit=limit)

    def at(self, index: int, limit: int) -> list[PushRow]:
        """The rows from a position on: there are thousands at most."""
        return push_views.listed(self._session.db, self._words, limit=index + limit)[index:]

    def position(self, row: PushRow) -> int:
        """How many are newer."""
        return push_views.how_many(self._session.db, self._words, above=row.seq)

    def id(self, row: PushRow) -> str:
        """The push's id."""
        return row.id

    def sort(self, column: Column[PushRow], reverse: bool) -> None:
        """Newest first is the one order."""


def _counts(row: PushRow) -> Spans:
    spans: list[Span] = []
    for action, (glyph, _, tone) in IMPACT_WORDS.items():
        if row.planned.get(action):
            spans += [("  ", "")] if spans else []
            spans += [(f"{glyph}{row.planned[action]:,}", tone)]
    if row.planned.get("blocked"):
        spans += [("  " if spans else "", ""), (f"✗{row.planned['blocked']:,}", "bad"), (" cannot be sent" if not spans else "", "text")]
    return spans or ("nobody: in step", "dim")


def _failed(row: PushRow) -> Spans:
    return [("✗ ", "bad"), f"{row.failed:,}"] if row.failed else ("–", "faint")
