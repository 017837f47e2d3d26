"""One user group: its members, and the applications it opens."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult

from store.directory import User
from store.errors import NotFound
from store.groups import GroupSummary
from tui import words
from tui.commands import Command, Possible, Use, the
from tui.screens.consequence import ImpactConfirm
from tui.screens.group_access import AccessTable, OpenApplication, ToggleAccess
from tui.screens.group_commands import DeleteGroup, RenameGroup
from tui.screens.listing import ListScreen
from tui.screens.people import People, Row, columns, names, quoted
from tui.styles.sheets import DIRECTORY_CSS
from tui.widgets.filter import FilterBar
from tui.widgets.heading import Heading
from tui.widgets.ink import Spans
from tui.widgets.table import VirtualTable
from tui.widgets.tabs import Tab, TabLine
from usher.services import directory, impact


class AddMembers(Command["GroupScreen"]):
    """Put people into the group: find them by typing, tick, add."""

    keys, name, short, priority, words = "a", "Add people", "Add", 20, "groups members"

    def possible(self, screen: GroupScreen) -> Possible:
        """On the Members tab, not for readers."""
        return screen.current_tab == "members" and screen.found is not None and screen.app.may("operator")

    def run(self, screen: GroupScreen) -> None:
        """Opens the picker."""
        screen.pick()

    def cli(self, screen: GroupScreen) -> str:
        """Names the group."""
        return f"usher groups members {shlex.quote(screen.found.name)} --add USER" if screen.found else ""


class RemoveMembers(Command["GroupScreen"]):
    """Take the ticked people out of the group; they stay in the directory."""

    keys, name, short, priority, words = "x", "Take out of the group", "Take out", 30, "groups members"

    def possible(self, screen: GroupScreen) -> Possible:
        """On the Members tab, with somebody there, not for readers."""
        return screen.current_tab == "members" and bool(screen.members.chosen) and screen.app.may("operator")

    def run(self, screen: GroupScreen) -> None:
        """Asks, with the count."""
        screen.take_out([row.user for row in screen.members.chosen])

    def cli(self, screen: GroupScreen) -> str:
        """Names group and people."""
        people = quoted([row.user for row in screen.members.chosen])
        return f"usher groups members {shlex.quote(screen.found.name)} --remove {people}" if screen.found else ""


class OtherTab(Command["GroupScreen"]):
    """Members, or applications."""

    keys, name, short, priority = "l,h,right,left", "Other tab", "Other tab", 40

    def run(self, screen: GroupScreen) -> None:
        """Steps."""
        screen.step_tab(1)


TABS = [Tab("members", "Members"), Tab("applications", "Applications")]


class GroupScreen(ListScreen):
    """Two tabs: people, and applications. The filter is that of the people."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (AddMembers, RemoveMembers, ToggleAccess, OpenApplication, RenameGroup, DeleteGroup, OtherTab)
    CSS_PATH = [DIRECTORY_CSS]
    place, heading = "group", "User Group"
    topics = frozenset({"group", "membership", "user", "authorization", "application"})

    def __init__(self) -> None:
        super().__init__()
        self.members = self.table
        self.access = AccessTable(id="access")
        self.access.display = False
        self.found: GroupSummary | None = None
        self.current_tab = "members"

    @property
    def tabs(self) -> list[Tab]:
        """Its two tabs, with their numbers."""
        if self.found is None:
            return TABS
        return [Tab("members", f"Members {self.found.members:,}"), Tab("applications", f"Applications {len(self.found.applications):,}")]

    def make_table(self) -> VirtualTable[Row]:
        """The members."""
        return VirtualTable(columns(), tickable=True)

    def body(self) -> ComposeResult:
        """Heading, tabs, and what they show."""
        yield Heading()
        yield TabLine()
        yield self.members
        yield self.access

    def arrive(self, argument: str) -> None:
        """Finds the group; `NAME applications` begins on that tab."""
        self.filtered = ""
        for bar in self.query(FilterBar):
            bar.value, bar.display = "", False
        self._find()
        self._show_tab("members")

    def crumbs(self) -> list[str]:
        """The group's name."""
        return [self.found.name if self.found else "User Group"]

    def cli(self) -> str:
        """Shows the same."""
        return f"usher groups show {shlex.quote(self.found.name if self.found else self.argument)}"

    def refill(self) -> None:
        """Reads the group, and the tab that is shown."""
        self._find()
        super().refill()
        self.query_one(TabLine).refresh()

    def fill(self, text: str) -> None:
        """The members from the store; the applications all of them."""
        if self.found is None:
            self.members.show([], lambda row: row.id)
            return
        source = self.members.source
        if isinstance(source, People) and (source.typed, source.group) == (text, self.found.id):
            self.members.reload()
        else:
            self.members.source = People(self.session, text, self.found.id)
        self.access.fill(self.session, self.found.id)

    def whole(self) -> int:
        """How many members there are."""
        return self.found.members if self.found else 0

    def empty(self) -> list[Spans]:
        """What to press."""
        if self.found is None:
            return [("There is no such user group any more.", "strong"), "", ("esc goes back.", "dim")]
        press: Spans = (str(self.app.may("operator")), "dim") if self.app.read_only else [("Press ", "dim"), ("a", "accent bold"), (" to add people.", "dim")]
        return [("Nobody is in this group yet.", "strong"), "", press]

    def head(self) -> str:
        """The group's name."""
        return self.found.name if self.found else self.heading

    def _facts(self) -> Spans:
        if self.current_tab == "members":
            return super()._facts()
        return [(f"{len(self.found.applications) if self.found else 0} authorised", "dim")]

    def _find(self) -> None:
        try:
            self.found = directory.get_group(self.session, self.found.id if self.found and self.found.id == self.argument else self.argument)
        except NotFound:
            self.found = None

    # Tabs

    def step_tab(self, by: int, *, stay: bool = False) -> None:
        """The other tab."""
        self.show_tab("applications" if self.current_tab == "members" else "members")
        if stay:
            self.query_one(TabLine).focus()

    def show_tab(self, key: str) -> None:
        """Shows a tab and goes into it."""
        self._show_tab(key)
        self.table.focus()
        self.on_virtual_table_changed()

    def _show_tab(self, key: str) -> None:
        self.current_tab = key
        self.members.display, self.access.display = key == "members", key == "applications"
        self.table = self.members if key == "members" else self.access
        for line in self.query(TabLine):
            line.refresh()

    def focus_list(self) -> None:
        """Back to the tab that is shown."""
        self.table.focus()

    def open_filter(self) -> None:
        """Begins to filter the members."""
        if self.current_tab == "members":
            super().open_filter()

    # What is done

    @property
    def group(self) -> GroupSummary | None:
        """The group itself."""
        return self.found

    def gone(self) -> None:
        """It is deleted: back."""
        self.app.back()

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Opens the person; an application is authorised or revoked."""
        if isinstance(message.row, Row):
            self.app.visit("user", message.row.id)
        else:
            self.app.run_use(Use(the(ToggleAccess), self))

    def pick(self) -> None:
        """Finds people to add."""
        from tui.screens.picker import PeoplePicker

        if self.found is not None:
            session, group_id = self.session, self.found.id
            add = lambda users: directory.add_members(session, group_id, [user.id for user in users])  # noqa: E731
            picker = PeoplePicker(f"Add people to {self.found.name}", group_id, add)
            self.ask(picker, lambda users: self.work(partial(add, users), partial(self._said, users, "put into")))

    def take_out(self, users: Sequence[User]) -> None:
        """Asks, and takes them out."""
        if self.found is None:
            return
        session, group_id, ids = self.session, self.found.id, [user.id for user in users]
        remove = partial(directory.remove_members, session, group_id, ids)
        who = users[0].username if len(users) == 1 else words.count(len(users), "person", "people")
        lines: list[Spans] = [f"{names(users)} {'stays' if len(users) == 1 else 'stay'} in the directory."]
        if self.found.applications:
            lines += ["", "Who is in no other authorised group loses access; accounts are deactivated by the next push. It is reversible."]
        dialog = ImpactConfirm(f"Take {who} out of {self.found.name}?", lines, "Take out", partial(impact.rehearsed, session, remove, ids), tone="warn")
        self.ask(dialog, lambda _: self.work(remove, partial(self._said, users, "taken out of")))

    def _said(self, users: Sequence[User], verb: str, number: int) -> None:
        name = self.found.name if self.found else "the group"
        who = users[0].username if len(users) == 1 and number else words.count(number, "person", "people")
        self.say(f"{who} {verb} {name}.")
        self.members.ticks.clear()
        self.refresh_here()
