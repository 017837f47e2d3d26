"""The Users tab: everyone in scope and everyone with an account, how each stands there, and why."""

from __future__ import annotations

import shlex
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Input

from tui import words
from tui.commands import Command, Possible
from tui.places import BY_NAME
from tui.screens.pane import Pane
from tui.screens.reader import Reader
from tui.screens.why import lines_of
from tui.widgets.filter import FilterBar
from tui.widgets.heading import Heading
from tui.widgets.ink import Drawn, Span, Spans, fit
from tui.widgets.source import Column
from tui.widgets.table import VirtualTable
from usher.provisioning import standing
from usher.provisioning.standing import Standing
from usher.services import why
from usher.services.applications import AccountCounts, ApplicationDetail
from usher.services.session import Session

_STATUS = {
    "in step": ("✓", "ok"),
    "pending": ("▲", "warn"),
    "failed": ("✗", "bad"),
    "blocked": ("✗", "bad"),
    "deactivated": ("○", "dim"),
    "left alone": ("○", "dim"),
}
_THERE = {"active": ("●", "ok", "active"), "inactive": ("○", "dim", "inactive"), "gone": ("–", "faint", "gone"), "none": ("–", "faint", "")}


class PeopleThere:
    """The people of an application as a source: a page by key."""

    slow = True

    def __init__(self, session: Session, application_id: str, text: str = "") -> None:
        self.session, self.application_id, self.text = session, application_id, text

    def count(self) -> int:
        """How many there are."""
        return standing.total(self.session, self.application_id, self.text)

    def forward(self, after: Standing | None, limit: int) -> list[Standing]:
        """Those after that one."""
        return standing.page(self.session, self.application_id, text=self.text, after_key=after.key if after else "", limit=limit)

    def backward(self, before: Standing | None, limit: int) -> list[Standing]:
        """Those before that one."""
        return standing.page(self.session, self.application_id, text=self.text, before_key=before.key if before else chr(0x10FFFF), limit=limit)

    def at(self, index: int, limit: int) -> list[Standing]:
        """Those from a position on."""
        return standing.page(self.session, self.application_id, text=self.text, limit=index + limit)[index:]

    def position(self, row: Standing) -> int:
        """How many stand before that one."""
        return standing.position(self.session, self.application_id, row.key, self.text)

    def id(self, row: Standing) -> str:
        """The person's id."""
        return row.user_id

    def sort(self, column: Column[Standing], reverse: bool) -> None:
        """They stand in the order of their names."""


class FilterPeople(Command["UsersPane"]):
    """Narrow the list by what you type: beginnings of names, address or number; esc clears it."""

    keys, name, short, group, priority = "slash", "Filter", "Filter", "In a list", 25

    def run(self, pane: UsersPane) -> None:
        """Opens the filter's field."""
        pane.open_filter()


class WholePeople(Command["UsersPane"]):
    """Everybody again, without the filter."""

    keys, name, group = "escape", "Clear the filter", "In a list"

    def possible(self, pane: UsersPane) -> Possible:
        """Only where the list is narrowed."""
        return bool(pane.filtered)

    def run(self, pane: UsersPane) -> None:
        """Clears."""
        pane.query_one(FilterBar).clear()


class WhyUser(Command["UsersPane"]):
    """Why, or why not: the chain from the person's state and groups to the account there and the last operation."""

    keys, name, short, priority, words = "w", "Why", "Why", 12, "why"

    def possible(self, pane: UsersPane) -> Possible:
        """Only where there is somebody."""
        return pane.table.row is not None

    def run(self, pane: UsersPane) -> None:
        """Explains."""
        pane.explain()

    def cli(self, pane: UsersPane) -> str:
        """`usher why APP USER`."""
        return f"usher why {shlex.quote(pane.detail.label)} {pane.table.row.username if pane.table.row else 'USER'}"


class PushUsers(Command["UsersPane"]):
    """Plan a push for the ticked people, or the one under the cursor, and look at it."""

    keys, name, short, priority, words = "p", "Push these people", "Push one", 20, "push"

    def possible(self, pane: UsersPane) -> Possible:
        """Only where there is somebody, and accounts are managed."""
        if not pane.table.chosen or "push" not in BY_NAME:
            return False
        return pane.app.may("operator") if pane.detail.idm == "active" else "Nothing can be pushed: Identity Management is not active."

    def run(self, pane: UsersPane) -> None:
        """Goes to the plan."""
        pane.app.visit("push", " ".join([pane.detail.id, *(row.user_id for row in pane.table.chosen)]))

    def cli(self, pane: UsersPane) -> str:
        """`usher push APP --user USER`."""
        return " ".join([f"usher push {shlex.quote(pane.detail.label)}", *(f"--user {row.username}" for row in pane.table.chosen)])


class PersonLine(Drawn):
    """Under the table: what the row under the cursor had no room for."""

    def __init__(self) -> None:
        super().__init__(id="person-line")
        self.row: Standing | None = None

    def show(self, row: Standing | None) -> None:
        """Shows another person."""
        if row != self.row:
            self.row = row
            self.refresh()

    def line(self, y: int, width: int) -> Spans:
        """Who, and what last went wrong or is due."""
        row = self.row
        if row is None or y == 0:
            return [("─" * width, "line")] if row is not None else ""
        if y == 1:
            pushed = f"last pushed {row.pushed_at[:16].replace('T', ' ')} UTC" if row.pushed_at else "never pushed"
            there = f"id there {row.remote_id}" if row.remote_id else "no account there"
            return [" ", *fit([(row.username, "strong"), (f"  {row.displayname} · {row.state.lower()} · {pushed} · {there}", "dim")], width - 1)]
        if row.error:
            return [" ", ("✗ ", "bad"), (row.error, "text")]
        due = f"The next push: {row.due}." if row.due else "Pushed once Identity Management is active." if row.status == "pending" else "Nothing is due."
        return [" ", (due, "dim")]


class UsersPane(Pane):
    """How each person stands at the application."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (WhyUser, PushUsers, FilterPeople, WholePeople)
    tab: ClassVar[str] = "users"
    title: ClassVar[str] = "Users"
    saves: ClassVar[bool] = False
    scrolls: ClassVar[bool] = False

    def __init__(self, detail: ApplicationDetail) -> None:
        super().__init__(detail)
        self.filtered = ""
        self.table: VirtualTable[Standing] = VirtualTable(
            [
                Column("Username", lambda row: (row.username, "strong"), 18, grow=3, most=40),
                Column("Wanted", lambda row: (row.wanted.removeprefix("an "), "text" if row.wanted == "an account" else "dim"), 10),
                Column("There", _there, 10),
                Column("Stands", _status, 12, grow=1, most=20),
                Column("Last pushed", lambda row: (words.ago(row.pushed_at, self.session.clock.now()), "dim"), 11, drop=2),
                Column("Last error", lambda row: (row.error, "bad"), 16, grow=2, drop=3),
            ],
            tickable=True,
        )

    @classmethod
    def belongs(cls, detail: ApplicationDetail) -> bool:
        """Where accounts are managed."""
        return detail.idm != "unsupported"

    def content(self) -> ComposeResult:
        """Heading, people, and a line about the one under the cursor."""
        yield Heading(id="users-heading")
        yield FilterBar()
        yield self.table
        yield PersonLine()

    def landing(self) -> Widget | None:
        """The table."""
        return self.table

    def fill(self) -> None:
        """Reads the page that is shown again."""
        self.table.empty = [[("Nobody matches ", "dim"), (f"“{self.filtered}”", "text")]] if self.filtered else _nobody(self.detail)
        source = self.table.source
        if isinstance(source, PeopleThere) and (source.application_id, source.text) == (self.detail.id, self.filtered):
            self.table.reload()
        else:
            self.table.source = PeopleThere(self.session, self.detail.id, self.filtered)

    def open_filter(self) -> None:
        """Begins to filter."""
        self.query_one(FilterBar).open()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows as is typed."""
        event.stop()
        if event.value != self.filtered:
            self.filtered = event.value
            self.fill()

    def on_virtual_table_changed(self, message: VirtualTable.Changed) -> None:
        """Another row, or other rows."""
        message.stop()
        counts, table = self.detail.accounts if self.detail.idm == "active" else AccountCounts(), self.table
        facts: list[Span] = [(f"✓ {len(table.ticks):,} ticked  ·  ", "accent")] if table.ticks else []
        if self.filtered:
            facts, counts = [*facts, (f"filter “{self.filtered}”", "accent")], AccountCounts()
        for number, word, glyph, tone in (
            (counts.in_step, "in step", "✓", "ok"),
            (counts.pending, "pending", "▲", "warn"),
            (counts.failed, "failed", "✗", "bad"),
            (counts.deactivated, "deactivated", "○", "dim"),
        ):
            facts += [(f"{glyph} {number:,} ", tone), (f"{word}  ", "dim")] if number else []
        self.query_one("#users-heading", Heading).show(words.count(table.count, "person", "people") if table.counted else "People", facts)
        self.query_one(PersonLine).show(table.row)
        self.edited()

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Goes to the person; somebody deleted from the directory has no place there any more."""
        message.stop()
        if message.row.wanted == "deletion":
            self.explain()
        else:
            self.app.visit("user", message.row.user_id)

    def explain(self) -> None:
        """Why the person under the cursor stands so."""
        row, app = self.table.row, self.detail.id
        if row is not None:
            self.read(
                lambda: why.explain(self.session, app, row.user_id),
                lambda found: self.app.push_screen(Reader(f"{found.user} at {found.app}", lines_of(found))),
                group="why",
            )


def _there(row: Standing) -> Spans:
    glyph, tone, word = _THERE.get(row.there, ("○", "dim", row.there))
    return [(f"{glyph} ", tone), (word, "text" if tone == "ok" else "dim")]


def _status(row: Standing) -> Spans:
    glyph, tone = _STATUS.get(row.status, ("○", "dim"))
    word = row.due if row.due and row.status == "pending" else row.status
    return [(f"{glyph} ", tone), (word, "dim" if tone == "dim" else "text")]


def _nobody(detail: ApplicationDetail) -> list[Spans]:
    if not detail.groups:
        return [("Nobody is in scope.", "strong"), "", ("Authorise a user group on the User Groups tab: its members are provisioned.", "dim")]
    return [("Nobody is in scope.", "strong"), "", ("The authorised groups have no activated members.", "dim")]
