"""Users: everyone in the directory, found, added, changed, imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from store.directory import User, UserState
from tui.commands import Command, Possible
from tui.screens.listing import ListScreen
from tui.screens.password_link import PasswordLink
from tui.screens.people import STATES, People, Row, Wanted, columns
from tui.screens.people_commands import ActivatePeople, DeletePeople, SuspendPeople
from tui.screens.person_fields import specs_of
from tui.screens.prompt import Prompt
from tui.widgets.filter import FilterBar
from tui.widgets.ink import Spans
from tui.widgets.table import VirtualTable
from usher.services import directory
from usher.services.session import Session


class AddPerson(Command["Users"]):
    """Add a person to the directory."""

    keys, name, short, priority, words = "a", "Add a person", "Add", 20, "users add"

    def possible(self, screen: Users) -> Possible:
        """Not for readers."""
        return screen.app.may("operator")

    def run(self, screen: Users) -> None:
        """Asks for the fields."""
        lines: list[Spans] = [("Nobody reaches an application before being in an authorised user group.", "dim")]
        dialog = Prompt("Add a person", specs_of(User("", "", "")), "Add", partial(add, screen.session), lines)
        dialog.asks = True
        screen.ask(dialog, screen.added)

    def cli(self, screen: Users) -> str:
        """With what is needed."""
        return "usher users add USERNAME --email E"


class EditPerson(Command["Users"]):
    """Change the fields of the person under the cursor."""

    keys, name, short, priority, words = "e", "Edit", "Edit", 25, "users set"

    def possible(self, screen: Users) -> Possible:
        """Only with somebody there."""
        return screen.table.row is not None and screen.app.may("operator")

    def run(self, screen: Users) -> None:
        """Opens the person, ready to be changed."""
        if screen.table.row is not None:
            screen.app.visit("user", screen.table.row.id)
            person: Any = screen.app.screen
            screen.app.call_later(person.edit)

    def cli(self, screen: Users) -> str:
        """Names the person."""
        return f"usher users set {screen.table.row.user.username} FIELD=VALUE" if screen.table.row else ""


class ImportPeople(Command["Users"]):
    """Add and update people from a CSV file: first a preview, then all of it or nothing."""

    keys, name, short, priority, words = "i", "Import CSV", "Import", 35, "users import"

    def possible(self, screen: Users) -> Possible:
        """Not for readers."""
        return screen.app.may("operator")

    def run(self, screen: Users) -> None:
        """Asks for the file."""
        from tui.screens.importing import begin

        begin(screen)

    def cli(self, screen: Users) -> str:
        """With the file."""
        return "usher users import FILE"


class NextState(Command["Users"]):
    """Show the people of one state only: activated, staged, suspended, then everyone again."""

    keys, name, short, group, priority = "f", "Only one state", "State", "In a list", 46

    def run(self, screen: Users) -> None:
        """Steps to the next state."""
        order = ("", *STATES)
        wanted = Wanted.parse(screen.filtered)
        screen.narrow(wanted.with_state(order[(order.index(wanted.state) + 1) % len(order)]))

    def cli(self, screen: Users) -> str:
        """The list of the state shown."""
        state = Wanted.parse(screen.filtered).state
        return f"usher users list --state {state}" if state else "usher users list"


class CopyUsername(Command["Users"]):
    """Copy the username."""

    keys, name, short, priority = "y", "Copy the username", "Copy", 70

    def possible(self, screen: Users) -> Possible:
        """Only with somebody there."""
        return screen.table.row is not None

    def run(self, screen: Users) -> None:
        """Copies."""
        if screen.table.row is not None:
            screen.app.copy(screen.table.row.user.username, "Copied the username.")


class Users(ListScreen):
    """Everyone in the directory, paged from the store."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (
        AddPerson,
        EditPerson,
        SuspendPeople,
        ActivatePeople,
        DeletePeople,
        PasswordLink,
        ImportPeople,
        NextState,
        CopyUsername,
    )
    place, heading = "users", "Users"
    topics = frozenset({"user", "membership", "group"})

    def make_table(self) -> VirtualTable[Row]:
        """The list."""
        return VirtualTable(columns(), tickable=True)

    def fill(self, text: str) -> None:
        """Those who match, from the store."""
        source = self.table.source
        same = isinstance(source, People) and source.typed == text
        if same or source is None:
            self._whole = directory.people_count(self.session)  # not for every letter typed
        if same:
            self.table.reload()
        else:
            self.table.source = People(self.session, text)

    def whole(self) -> int:
        """How many there are in the directory."""
        return self._whole

    def narrow(self, text: str) -> None:
        """Shows who matches another filter."""
        self.filtered = text
        for bar in self.query(FilterBar):
            bar.value, bar.display = text, bool(text)
        self.refill()

    def empty(self) -> list[Spans]:
        """What to do first."""
        if self.app.read_only:
            return [("Nobody is in the directory yet.", "strong"), "", (str(self.app.may("operator")), "dim")]
        return [
            ("Nobody is in the directory yet.", "strong"),
            "",
            [("Press ", "dim"), ("a", "accent bold"), (" to add a person, ", "dim"), ("i", "accent bold"), (" to import a CSV file.", "dim")],
        ]

    def cli(self) -> str:
        """The list as it is narrowed."""
        wanted = Wanted.parse(self.filtered)
        return " ".join(filter(None, ("usher users list", wanted.text, f"--state {wanted.state}" if wanted.state else "")))

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Opens the person."""
        self.app.visit("user", message.row.id)

    @property
    def people(self) -> Sequence[User]:
        """Who is ticked, or under the cursor."""
        return [row.user for row in self.table.chosen]

    def done(self, users: Sequence[User]) -> None:
        """The ticks have done their work."""
        self.table.ticks.clear()
        self.refill()

    def added(self, user: User) -> None:
        """Says it, and goes to who was added."""
        self.table.seek(Row(user, ()))
        self.say(f"Added {user.username}.", "Put the person in a user group to let them in somewhere.")
        self.app.visit("user", user.id)


def add(session: Session, values: Mapping[str, str]) -> User:
    """Adds a person with the values of the form."""
    given = dict(values)
    fixed = {name: given.pop(name) for name in ("firstname", "lastname", "displayname")}
    username, email, number = given.pop("username"), given.pop("email"), given.pop("employeeIdentifier")
    state = given.pop("state", UserState.ACTIVATED)
    return directory.add_user(session, username, email, employee_identifier=number, attributes=given, state=state, **fixed)
