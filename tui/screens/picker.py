"""Finds people by typing and ticks them: for putting them into a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from store.directory import User
from store.groups import members_among
from tui import words
from tui.commands import Command, Commanded, Possible
from tui.screens.base import Working
from tui.screens.consequence import counted
from tui.screens.dialog import Button
from tui.screens.people import People, Row
from tui.styles.sheets import DIALOG_CSS, DIRECTORY_CSS
from tui.widgets.impacts import Impacts
from tui.widgets.ink import Drawn, Span, Spans
from tui.widgets.inputs import TextInput
from tui.widgets.source import Column
from tui.widgets.table import VirtualTable
from usher.services import impact
from usher.services.session import Session

if TYPE_CHECKING:
    from tui.app import UsherApp


class Candidates(People):
    """People, with those who are in the group already known by page."""

    def __init__(self, session: Session, typed: str, group_id: str) -> None:
        super().__init__(session, typed)
        self.group_id = group_id
        self.inside: set[str] = set()

    def _rows(self, users: Sequence[User]) -> list[Row]:
        self.inside |= members_among(self.session.db, self.group_id, [user.id for user in users])
        return super()._rows(users)


class AddPicked(Command["PeoplePicker"]):
    """Put the ticked people, or the one under the cursor, into the group."""

    keys, name, short, group, priority = "ctrl+s", "Add them", "Add", "In a dialog", 5

    def possible(self, picker: PeoplePicker) -> Possible:
        """Only with somebody who is not in it."""
        return True if picker.picked else "Everybody chosen is in the group already."

    def run(self, picker: PeoplePicker) -> None:
        """Answers."""
        picker.dismiss(picker.picked)


class PickList(Command["PeoplePicker"]):
    """From the field to the list, where space ticks."""

    keys, name, group = "down,tab,shift+tab", "To the list and back", "In a dialog"

    def run(self, picker: PeoplePicker) -> None:
        """Moves the focus."""
        (picker.table if isinstance(picker.focused, Input) else picker.field).focus()


class PickFind(Command["PeoplePicker"]):
    """Back to the field."""

    keys, name, group = "slash", "Find", "In a dialog"

    def run(self, picker: PeoplePicker) -> None:
        """Moves the focus."""
        picker.field.focus()


class PickLeave(Command["PeoplePicker"]):
    """Leave without adding anybody."""

    keys, name, group = "escape", "Cancel", "In a dialog"

    def run(self, picker: PeoplePicker) -> None:
        """Leaves."""
        picker.dismiss(None)


class PickFoot(Drawn):
    """The keys of the picker."""

    def line(self, y: int, width: int) -> Spans:
        """One line."""
        keys: list[Span] = []
        for key, word in (("↓", "to the list"), ("space", "tick"), ("enter", "add"), ("esc", "cancel")):
            keys += [(f"{key} ", "accent bold"), (f"{word}   ", "dim")]
        return keys


class PeoplePicker(Working, Commanded, ModalScreen[list[User]]):
    """Type to find, space ticks, enter adds. `change(users)` is rehearsed for the impact line."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (AddPicked, PickList, PickFind, PickLeave)
    CSS_PATH = [DIALOG_CSS, DIRECTORY_CSS]
    AUTO_FOCUS = "#pick-field"

    app: UsherApp

    def __init__(self, title: str, group_id: str, change: Callable[[Sequence[User]], object]) -> None:
        super().__init__()
        self.title_text, self.group_id, self.change = title, group_id, change
        self.field = TextInput(placeholder="find by name, address or employee ID; state=suspended", id="pick-field")
        self.table: VirtualTable[Row] = VirtualTable(
            [
                Column("Username", lambda row: (row.user.username, "faint" if self._inside(row) else "strong"), 24, grow=2, most=40),
                Column("Display name", lambda row: (row.user.displayname or "–", "faint" if self._inside(row) else "text"), 18, grow=1, most=30),
                Column("", lambda row: ("is a member", "faint") if self._inside(row) else words.state(row.user.state), 12),
            ],
            tickable=True,
        )

    def _inside(self, row: Row) -> bool:
        source = self.table.source
        return isinstance(source, Candidates) and row.id in source.inside

    def compose(self) -> ComposeResult:
        """Field, list, impact, buttons."""
        with Vertical(id="picker") as box:
            box.border_title = self.title_text
            yield self.field
            yield self.table
            yield Impacts()
            yield PickFoot()
            with Horizontal(id="buttons"):
                yield Button("cancel", "Cancel", key="escape", tone="dim")
                yield Button("add", "Add", key="ctrl+s")

    def on_mount(self) -> None:
        """Everybody at first."""
        self._find("")

    def _find(self, typed: str) -> None:
        self.table.empty = [("Nobody goes by that name.", "dim")]
        ticks = dict(self.table.ticks)
        self.table.source = Candidates(self.app.session, typed, self.group_id)
        self.table.ticks.update(ticks)

    @property
    def picked(self) -> list[User]:
        """Who would be added."""
        return [row.user for row in self.table.chosen if not self._inside(row)]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows as is typed; ticks stay."""
        event.stop()
        self._find(event.value)

    def on_input_submitted(self) -> None:
        """To the list."""
        self.table.focus()

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Enter adds."""
        message.stop()
        self._add()

    def on_virtual_table_changed(self, message: VirtualTable.Changed) -> None:
        """Counts what adding them would bring."""
        message.stop()
        users, session, change = self.picked, self.app.session, self.change
        shown = self.query_one(Impacts)
        button = self.query_one("#button-add", Button)
        button.disabled = not users
        if not users:
            self.unread("impact")
            button.rename("Add")
            shown.show("is in the group already" if self.table.count else "")
            return
        button.rename(f"Add {users[0].username if len(users) == 1 else words.count(len(users), 'person', 'people')}")
        ids = [user.id for user in users]
        self.read(lambda: counted(lambda: impact.rehearsed(session, lambda: change(users), ids)), shown.show, group="impact")

    def on_button_pressed(self, message: Button.Pressed) -> None:
        """Adds or leaves."""
        message.stop()
        if message.button.answer == "add":
            self._add()
        else:
            self.dismiss(None)

    def _add(self) -> None:
        if self.picked:
            self.dismiss(self.picked)
        else:
            self.app.say("In the group already.", tone="warn")
