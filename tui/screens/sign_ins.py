"""Sign-ins: every attempt to sign in and what came of it, newest first, narrowed by words, followed as it grows."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult

from store.errors import UsherError
from store.sign_ins import SignIn, Wanted
from tui.commands import Command, Possible
from tui.screens.activity_entry import second
from tui.screens.listing import ListScreen
from tui.screens.sign_in_detail import show_sign_in
from tui.sign_in_filter import command, query
from tui.widgets.filter import FilterBar
from tui.widgets.footnote import Footnote
from tui.widgets.heading import Heading
from tui.widgets.ink import Span, Spans
from tui.widgets.source import Column, ListSource
from tui.widgets.table import VirtualTable
from usher.services import sign_ins
from usher.services.session import Session
from usher.services.sign_ins import SignInQuery

TONES = {"asserted": "ok", "signed-in": "ok", "refused": "bad", "error": "bad", "signed-out": "dim"}
_CAP = 1_000_000


class OnlyRefused(Command["SignIns"]):
    """Only what was refused; again: everything."""

    keys, name, short, priority, words = "x", "Only what was refused", "Refused", 44, "sign-ins list --result refused"

    def run(self, screen: SignIns) -> None:
        """Narrows."""
        screen.narrow("result", "refused")


class OnlyThisPerson(Command["SignIns"]):
    """Only the person under the cursor; again: everybody."""

    keys, name, short, priority, words = "u", "Only this user", "User", 46, "sign-ins list --user"

    def possible(self, screen: SignIns) -> Possible:
        """Where somebody is known."""
        return bool(screen.table.row is not None and screen.table.row.username) or "user=" in screen.filtered

    def run(self, screen: SignIns) -> None:
        """Narrows."""
        screen.narrow("user", screen.table.row.username if screen.table.row else "")


class OnlyThisApplication(Command["SignIns"]):
    """Only the application under the cursor; again: every application."""

    keys, name, short, priority, words = "p", "Only this application", "Application", 48, "sign-ins list --app"

    def possible(self, screen: SignIns) -> Possible:
        """Where there is one."""
        return bool(screen.table.row is not None and screen.table.row.app_label) or "app=" in screen.filtered

    def run(self, screen: SignIns) -> None:
        """Narrows."""
        screen.narrow("app", screen.table.row.app_label if screen.table.row else "")


class Follow(Command["SignIns"]):
    """Go to the newest sign-in and stay there. On the newest: hold the list still."""

    keys, name, short, priority, words = "f", "Follow", "Follow", 42, "sign-ins list --follow"

    def run(self, screen: SignIns) -> None:
        """Follows, or holds."""
        table = screen.table
        table.held = table.cursor == 0 and not table.held
        if not table.held:
            table.move(0)
            table.reload()
        table.post_message(VirtualTable.Changed())


class CopyNameID(Command["SignIns"]):
    """Copy the NameID that was asserted."""

    keys, name, short, priority = "y", "Copy the NameID", "Copy NameID", 60

    def possible(self, screen: SignIns) -> Possible:
        """Where one was."""
        return screen.table.row is not None and bool(screen.table.row.nameid)

    def run(self, screen: SignIns) -> None:
        """Copies."""
        if screen.table.row is not None:
            screen.app.copy(screen.table.row.nameid, f"Copied {screen.table.row.nameid}.")


class Attempts:
    """A source over the record, newest first."""

    def __init__(self, session: Session, asked: SignInQuery, wanted: Wanted) -> None:
        self.session, self.asked, self.wanted = session, asked, wanted
        self.slow = wanted != Wanted()

    def count(self) -> int:
        """How many."""
        return sign_ins.count(self.session, self.asked, _CAP)

    def forward(self, after: SignIn | None, limit: int) -> list[SignIn]:
        """Older ones."""
        return sign_ins.page(self.session, self.asked, before=after.seq if after else None, limit=limit)

    def backward(self, before: SignIn | None, limit: int) -> list[SignIn]:
        """Newer ones, or the oldest."""
        return sign_ins.page(self.session, self.asked, after=before.seq if before else 0, limit=limit)[::-1]

    def at(self, index: int, limit: int) -> list[SignIn]:
        """From a position on."""
        return sign_ins.page(self.session, self.asked, limit=limit, skip=index)

    def position(self, row: SignIn) -> int:
        """How many newer ones."""
        return sign_ins.newer(self.session, self.asked, row.seq)

    def id(self, row: SignIn) -> str:
        """Its number."""
        return str(row.seq)

    def sort(self, column: Column[SignIn], reverse: bool) -> None:
        """There is one order."""


class SignInLine(Footnote):
    """Under the list: what its columns had no room for."""

    def show(self, row: SignIn | None) -> None:
        """Shows another attempt."""
        if row is None:
            self.say("")
            return
        facts = [fact for fact in (f"{second(row.at)} UTC", row.app_label, flow(row), row.address, row.acs) if fact]
        said = row.reason or (f"Asserted as {row.nameid}." if row.nameid else "Nothing else was said.")
        self.say([(row.username or "nobody known", "strong"), "   ", (" · ".join(facts), "dim")], said, "text")


class SignIns(ListScreen):
    """Its argument is what it is narrowed by: words, or app=… user=… result=… since=…"""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (OnlyRefused, OnlyThisPerson, OnlyThisApplication, Follow, CopyNameID)
    place, heading = "sign-ins", "Sign-ins"
    topics = frozenset({"sign-in"})

    def make_table(self) -> VirtualTable[SignIn]:
        """The columns."""
        columns: list[Column[SignIn]] = [
            Column("Time UTC", lambda row: (row.at[5:19].replace("T", " "), "dim"), 14),
            Column("User", lambda row: (row.username or "–", "strong"), 16, grow=3, most=36),
            Column("Application", lambda row: row.app_label or "portal", 11, grow=1, most=22),
            Column("Result", lambda row: (row.result, TONES.get(row.result, "text")), 10),
            Column("Way", lambda row: (flow(row), "dim"), 15, drop=4),
            Column("NameID", lambda row: (row.nameid or "–", "dim"), 12, grow=2, most=30, drop=3),
            Column("Reason", lambda row: (row.reason, "dim"), 12, grow=4, drop=2),
        ]
        return VirtualTable(columns, follow=True)

    def body(self) -> ComposeResult:
        """Heading, list, and the attempt under the cursor in full."""
        yield Heading()
        yield self.table
        yield SignInLine()

    def fill(self, text: str) -> None:
        """The attempts that match; words that cannot be understood (yet) are said where the rows would be."""
        try:
            asked = query(self.session, text)
            wanted = sign_ins.wanted(self.session, asked)
        except UsherError as error:
            self.table.empty = [(error.message, "text"), (error.hint, "dim"), "", [("esc", "accent bold"), (" shows everything", "dim")]]
            self.table.source = ListSource[SignIn]([], lambda row: str(row.seq))
            return
        source = self.table.source
        if isinstance(source, Attempts) and source.wanted == wanted:
            self.table.reload()
        else:
            self.table.source = Attempts(self.session, asked, wanted)

    def narrow(self, name: str, value: str) -> None:
        """Narrows by a facet, or no longer by it when it was."""
        from tui.log_filter import LogFilter

        found = LogFilter.parse(self.filtered)
        self.filtered = found.with_facet(name, found.facets.get(name) or value).words
        for bar in self.query(FilterBar):
            bar.value = self.filtered
        self.refill()
        self.touch()

    def open_filter(self) -> None:
        """Begins to filter, with the words it takes in view."""
        super().open_filter()
        self.call_later(self._say_words)

    def _say_words(self) -> None:
        for bar in self.query(FilterBar):
            bar.placeholder = "words, or app=… user=… result=… since=24h"

    def on_virtual_table_changed(self) -> None:
        """The attempt under the cursor is another one."""
        super().on_virtual_table_changed()
        for line in self.query(SignInLine):
            line.show(self.table.row)

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """The attempt with its XML."""
        show_sign_in(self.app, sign_ins.show(self.session, message.row.id))

    def empty(self) -> list[Spans]:
        """Before the first."""
        return [
            ("Nobody has signed in yet.", "strong"),
            "",
            ("Every attempt stands here, with its reason and what was sent.", "dim"),
            [("usher serve", "accent"), (" opens the portal; ", "dim"), ("usher users password", "accent"), (" lets a person set a password.", "dim")],
        ]

    def _facts(self) -> Spans:
        facts: list[Span] = [("● ", "ok"), ("following  ·  ", "dim")] if self.table.count and self.table.cursor == 0 and not self.table.held else []
        rest: Any = super()._facts()
        return [*facts, *rest]

    def cli(self) -> str:
        """The same rows in a terminal."""
        return command(self.filtered)


def flow(row: SignIn) -> str:
    """Which side began."""
    return {"idp": "from the portal", "sp": "from the app", "portal": "at the portal"}[row.flow]
