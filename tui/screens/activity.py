"""Activity: what each operator did, newest first, and whether the record holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult

from store.activity import Entry
from tui.commands import Command, Possible
from tui.follow import StoreChanged
from tui.screens.activity_entry import EntryLine, changes, minute, show_entry
from tui.screens.listing import ListScreen
from tui.widgets.heading import Heading
from tui.widgets.ink import Span, Spans
from tui.widgets.source import Column
from tui.widgets.table import VirtualTable
from usher.services import activity
from usher.services.activity import Verification
from usher.services.session import Session

LOOK = 0.25


class VerifyRecord(Command["Activity"]):
    """Check the whole record beside the screen, against the anchor file of the settings: that no entry was changed, put in or taken out."""

    keys, name, short, priority, words = "v", "Verify the record", "Verify", 20, "activity verify"

    def run(self, screen: Activity) -> None:
        """Begins."""
        screen.verify()


class CopyEntry(Command["Activity"]):
    """Copy the entry's hash: kept elsewhere, it proves later that nothing was cut off."""

    keys, name, short, priority = "y", "Copy the hash", "Copy hash", 40

    def possible(self, screen: Activity) -> Possible:
        """Only with an entry there."""
        return screen.table.row is not None

    def run(self, screen: Activity) -> None:
        """Copies."""
        if screen.table.row is not None:
            screen.app.copy(screen.table.row.hash, f"Copied the hash of entry {screen.table.row.seq:,}.")


class Entries:
    """A source over the record, newest first, narrowed by words."""

    def __init__(self, session: Session, text: str = "") -> None:
        self.session, self.text = session, text
        self.slow = bool(text)

    def count(self) -> int:
        """How many entries."""
        return activity.count(self.session, text=self.text)

    def forward(self, after: Entry | None, limit: int) -> list[Entry]:
        """The older ones."""
        return activity.page(self.session, before=after.seq if after else None, text=self.text, limit=limit)

    def backward(self, before: Entry | None, limit: int) -> list[Entry]:
        """The newer ones."""
        return activity.page(self.session, after=before.seq if before else 0, text=self.text, limit=limit)[::-1]

    def at(self, index: int, limit: int) -> list[Entry]:
        """From a position on: the record has no holes, so without words the position says the number."""
        if not self.text:
            return activity.page(self.session, before=self.count() - index + 1, limit=limit)
        return activity.page(self.session, text=self.text, limit=index + limit)[index:]

    def position(self, row: Entry) -> int:
        """How many newer ones."""
        return activity.count(self.session, text=self.text, above=row.seq)

    def id(self, row: Entry) -> str:
        """Its number."""
        return str(row.seq)

    def sort(self, column: Column[Entry], reverse: bool) -> None:
        """There is one order."""


class Activity(ListScreen):
    """Every change: when, who, what, to what, before and after."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (VerifyRecord, CopyEntry)
    place, heading = "activity", "Activity"

    def __init__(self) -> None:
        super().__init__()
        self.verified: Verification | None = None
        self._seen = -1

    def make_table(self) -> VirtualTable[Entry]:
        """The columns; role, way and the whole change stand under the list."""
        columns: list[Column[Entry]] = [
            Column("When (UTC)", lambda entry: (minute(entry.at), "dim"), 16),
            Column("Who", lambda entry: (entry.actor, "strong"), 8, grow=1, most=14),
            Column("Action", lambda entry: entry.action, 16, most=22, grow=1),
            Column("Target", lambda entry: (activity.about(entry), "strong"), 14, grow=1, most=30),
            Column("Before → after", lambda entry: changes(entry), 12, grow=4, drop=1),
        ]
        return VirtualTable(columns, follow=True)

    def on_mount(self) -> None:
        """Looks for new entries by itself: some changes leave an entry and nothing else."""
        self.set_interval(LOOK, self._look)

    def on_store_changed(self, message: StoreChanged) -> None:
        """Any change leaves an entry."""
        self._look()

    def _look(self) -> None:
        if self._standing and self in self.app.screen_stack[:1] and activity.count(self.session) != self._seen:
            self.refill()

    def fill(self, text: str) -> None:
        """The record, or the entries that hold the words."""
        self._seen = activity.count(self.session)
        source = self.table.source
        if isinstance(source, Entries) and source.text == text:
            self.table.reload()
        else:
            self.table.source = Entries(self.session, text)

    def whole(self) -> int:
        """How many entries there are."""
        return self._seen

    def body(self) -> ComposeResult:
        """Heading, list, and the entry under the cursor in full."""
        yield Heading()
        yield self.table
        yield EntryLine()

    def on_virtual_table_changed(self) -> None:
        """The entry under the cursor is another one."""
        for line in self.query(EntryLine):
            line.show(self.table.row)

    def empty(self) -> list[Spans]:
        """A store is made with an entry; so this is never long."""
        return ["Nothing was recorded yet."]

    def cli(self) -> str:
        """The same record."""
        return "usher activity"

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """The entry in full."""
        show_entry(self.app, message.row)

    def verify(self) -> None:
        """Checks the chain beside the screen."""
        session = self.session
        self.work(lambda: activity.verify(session), self._verified, group="verify", busy="verifying the record …")

    def _verified(self, found: Verification) -> None:
        self.verified = found
        if found.first_bad is None:
            self.say(found.sentence, found.proof)
        else:
            self.say(found.sentence, "Keep the store as it is and compare it with a backup.", "bad")
            self._go_to(found.first_bad)
        self.query_one(Heading).show(self.heading, self._facts())

    def _go_to(self, seq: int) -> None:
        if not self.filtered:
            self.table.move(max(0, activity.count(self.session, above=seq)))

    def _facts(self) -> Spans:
        facts: list[Span] = []
        if self.verified is not None:
            bad = self.verified.first_bad
            facts += (
                [("✓ ", "ok"), (f"{self.verified.entries:,} verified{_by(self.verified)}", "text")]
                if bad is None
                else [("✗ ", "bad"), (f"entry {bad:,} does not hold", "bad")]
            )
            facts += [("  ·  ", "faint")]
        rest: Sequence[Any] = [super()._facts()]
        return [*facts, *rest]


def _by(found: Verification) -> str:
    """Whether an anchor was held against it."""
    return ", anchored" if found.anchored else ""
