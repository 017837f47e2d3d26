"""User Groups: who is in them, and which applications they open."""

from __future__ import annotations

from typing import Any, ClassVar

from store.groups import GroupSummary
from tui.commands import Command, Possible
from tui.screens.group_commands import DeleteGroup, RenameGroup
from tui.screens.listing import ListScreen
from tui.screens.prompt import Prompt
from tui.widgets.fields import FieldSpec
from tui.widgets.ink import Spans
from tui.widgets.matching import matches
from tui.widgets.source import Column
from tui.widgets.table import VirtualTable
from usher.services import directory


class AddGroup(Command["Groups"]):
    """Add a user group."""

    keys, name, short, priority, words = "a", "Add a user group", "Add", 20, "groups add"

    def possible(self, screen: Groups) -> Possible:
        """Not for readers."""
        return screen.app.may("operator")

    def run(self, screen: Groups) -> None:
        """Asks for name and description."""
        fields = [FieldSpec("name", "Name", required=True), FieldSpec("description", "Description")]
        session = screen.session
        lines: list[Spans] = [("It begins empty and opens nothing. Names are unique, whatever their case.", "dim")]
        dialog = Prompt("Add a user group", fields, "Add", lambda values: directory.add_group(session, values["name"], values["description"]), lines)
        dialog.asks = True
        screen.ask(dialog, screen.added)

    def cli(self, screen: Groups) -> str:
        """With a name."""
        return "usher groups add NAME"


class Groups(ListScreen):
    """Every user group."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (AddGroup, RenameGroup, DeleteGroup)
    place, heading = "groups", "User Groups"
    topics = frozenset({"group", "membership", "authorization", "application", "user"})

    def make_table(self) -> VirtualTable[GroupSummary]:
        """The list."""
        columns: list[Column[GroupSummary]] = [
            Column("Name", lambda group: (group.name, "strong"), 18, grow=1, most=34, sort=lambda group: group.name.casefold()),
            Column("Members", lambda group: (f"{group.members:,}", "text" if group.members else "faint"), 8, align="right", sort=lambda group: -group.members),
            Column("Applications", _applications, 24, grow=2, sort=lambda group: -len(group.applications)),
            Column("Description", lambda group: (group.description or "–", "dim" if group.description else "faint"), 16, grow=1, drop=1),
        ]
        return VirtualTable(columns)

    def fill(self, text: str) -> None:
        """All of them, or those that match by name, description or application."""
        self._all = directory.groups(self.session)
        rows = [group for group in self._all if not text or matches(f"{group.name} {group.description} {' '.join(group.applications)}", text)]
        self.table.show(rows, lambda group: group.id)

    def whole(self) -> int:
        """How many there are."""
        return len(self._all)

    def empty(self) -> list[Spans]:
        """What they are for, and what to press."""
        return [
            ("No user groups yet.", "strong"),
            "",
            ("Users are implicitly denied: only members of an", "dim"),
            ("authorised user group reach an application.", "dim"),
            "",
            [("Press ", "dim"), ("a", "accent bold"), (" to add one.", "dim")] if not self.app.read_only else (str(self.app.may("operator")), "dim"),
        ]

    def cli(self) -> str:
        """The same list."""
        return "usher groups list"

    @property
    def group(self) -> GroupSummary | None:
        """The one under the cursor."""
        return self.table.row

    def gone(self) -> None:
        """It is no longer in the list."""
        self.refill()

    def added(self, group: GroupSummary) -> None:
        """Says it, and goes into it."""
        self.refill()
        self.table.select(group.id)
        self.say(f"Added {group.name}.", "a adds people; its Applications tab says what they reach.")
        self.app.visit("group", group.id)

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Opens the group."""
        self.app.visit("group", message.row.id)


def _applications(group: GroupSummary) -> Spans:
    if not group.applications:
        return ("opens nothing", "faint")
    return [(f"{len(group.applications)}  ", "dim"), ", ".join(group.applications)]
