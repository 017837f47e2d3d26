"""One person: fields, groups, the applications they are let into, what was last done for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal

from store.directory import User
from store.errors import NotFound
from store.groups import GroupSummary
from tui import words
from tui.commands import Command, Possible
from tui.places import BY_NAME, Visit
from tui.screens.base import PlaceScreen
from tui.screens.password_link import PasswordLink
from tui.screens.people_commands import ActivatePeople, DeletePeople, SuspendPeople
from tui.screens.person_edit import PersonEdit
from tui.screens.person_lines import Asked, application_lines, field_lines, group_lines, operation_lines
from tui.screens.why import show_why
from tui.styles.sheets import DIRECTORY_CSS, FORM_CSS
from tui.widgets.heading import Heading
from tui.widgets.ink import Spans
from tui.widgets.sheet import Line, Sheet
from usher.services import directory, log, person
from usher.services.log import LogQuery
from usher.services.person import PersonAt

WIDE = 116
_OPERATIONS = 8
_AROUND = 71  # cells that the rail and the person take beside what is there


class EditHere(Command["UserScreen"]):
    """Change the person's fields, here."""

    keys, name, short, priority, words = "e", "Edit", "Edit", 20, "users set"

    def possible(self, screen: UserScreen) -> Possible:
        """Not for readers, and not twice."""
        return screen.user is not None and not screen.editing and screen.app.may("operator")

    def run(self, screen: UserScreen) -> None:
        """Begins."""
        screen.edit()

    def cli(self, screen: UserScreen) -> str:
        """Names the person."""
        return f"usher users set {screen.user.username} FIELD=VALUE" if screen.user else ""


class WhyHere(Command["UserScreen"]):
    """Why, or why not: the whole chain for the application under the cursor."""

    keys, name, short, priority, words = "w", "Why", "Why", 22, "why"

    def possible(self, screen: UserScreen) -> Possible:
        """Only on an application."""
        return isinstance(screen.there.target, Asked)

    def run(self, screen: UserScreen) -> None:
        """Shows the chain."""
        screen.open(screen.there.target)

    def cli(self, screen: UserScreen) -> str:
        """Names both."""
        import shlex

        target = screen.there.target
        return f"usher why {shlex.quote(target.label)} {screen.user.username}" if isinstance(target, Asked) and screen.user else ""


class CopyPerson(Command["UserScreen"]):
    """Copy the username."""

    keys, name, short, priority = "y", "Copy the username", "Copy", 70

    def possible(self, screen: UserScreen) -> Possible:
        """Only with somebody there."""
        return screen.user is not None

    def run(self, screen: UserScreen) -> None:
        """Copies."""
        if screen.user:
            screen.app.copy(screen.user.username, "Copied the username.")


class UserScreen(PlaceScreen):
    """Left the person, right where they are let in; one under the other where there is little room."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (EditHere, SuspendPeople, ActivatePeople, DeletePeople, PasswordLink, WhyHere, CopyPerson)
    AUTO_FOCUS = "#there"
    CSS_PATH = [FORM_CSS, DIRECTORY_CSS]
    place = "user"
    saves_unsaved = True
    topics = frozenset({"user", "membership", "group", "authorization", "application", "connection", "mapping", "push", "journal"})

    def __init__(self) -> None:
        super().__init__()
        self.user: User | None = None
        self.missing = ""
        self.at: list[PersonAt] | None = None
        self.who, self.there = Sheet(id="who"), Sheet(id="there")
        self.form = PersonEdit()

    def body(self) -> ComposeResult:
        """The person, and the form that takes their place while they are changed."""
        yield Heading()
        with Horizontal(id="person"):
            yield self.who
            yield self.there
        yield self.form

    def arrive(self, argument: str) -> None:
        """Finds the person."""
        self.at = None
        self.form.display = False
        self._find()

    def crumbs(self) -> list[str]:
        """The username."""
        return [self.user.username if self.user else "User"]

    def cli(self) -> str:
        """Shows the same."""
        return f"usher users show {self.user.username if self.user else self.argument}"

    def unsaved(self) -> str:
        """What was typed."""
        return "What you changed of this person is not saved." if self.editing and self.form.changed else ""

    def save_unsaved(self) -> None:
        """Saves the person."""
        self.form.save()

    def refill(self) -> None:
        """Shows the person; applications are looked at beside the screen."""
        self._find()
        self._show()
        if self.user is not None:
            self.form.meet(self.user)
            session, user_id = self.session, self.user.id
            self.read(lambda: person.applications_of(session, user_id), self._show_applications, group="person")
        elif self.editing:
            self.stop_editing()

    @property
    def people(self) -> Sequence[User]:
        """The one person; nobody while they are changed."""
        return [self.user] if self.user is not None and not self.editing else []

    def done(self, users: Sequence[User]) -> None:
        """After suspending, activating, deleting: shown again, or left."""
        try:
            directory.get_user(self.session, self.user.id if self.user else "")
        except NotFound:
            self.app.back()
        else:
            self.refresh_here()

    # Changing

    @property
    def editing(self) -> bool:
        """Whether the form is open."""
        return bool(self.form.display)

    def edit(self) -> None:
        """Opens the form."""
        if self.user is not None and not self.app.read_only:
            self.query_one("#person").display = False
            self.form.begin(self.user)
            self.touch()

    def stop_editing(self) -> None:
        """Closes the form."""
        self.form.display = False
        self.query_one("#person").display = True
        self.there.focus()
        self.refresh_here()

    # Showing

    def _find(self) -> None:
        try:
            self.user, self.missing = directory.get_user(self.session, self.user.id if self.user and self.argument == self.user.id else self.argument), ""
        except NotFound as error:
            self.user, self.missing = None, error.message

    def _show_applications(self, found: list[PersonAt]) -> None:
        self.at = found
        self._show()
        self.touch()

    def _show(self) -> None:
        heading = self.query_one(Heading)
        if self.user is None:
            heading.show("User", "")
            self.who.display = False
            self.there.show(["", [("▲ ", "warn"), self.missing], "", ("Deleted meanwhile, or never there.", "dim")])
            return
        facts: Spans = [words.state(self.user.state), ("  ·  ", "faint"), (f"since {self.user.created_at[:10]}", "dim")]
        heading.show(self.user.displayname or self.user.username, [facts])
        wide = self.size.width >= WIDE
        who = field_lines(self.user, 42 if wide else self.size.width - 3)
        width = self.size.width - (_AROUND if wide else 3)
        there = [*group_lines(self._groups()), Line(), *application_lines(self.user, self.at, width), Line(), *self._operations()]
        self.who.display = wide
        self.who.show(who)
        self.there.show(there if wide else [*who, Line(), *there])

    def _groups(self) -> list[GroupSummary]:
        assert self.user is not None
        mine = directory.group_names(self.session, [self.user]).get(self.user.id, ())
        return [group for group in directory.groups(self.session) if group.name in mine]

    def _operations(self) -> list[Line]:
        assert self.user is not None
        rows = log.page(self.session, LogQuery(user=self.user.id), limit=_OPERATIONS)
        way = Visit("log", f"user={self.user.username}") if "log" in BY_NAME else None
        return operation_lines(rows, way, self.session.clock.now())

    def on_resize(self, event: events.Resize) -> None:
        """One column or two."""
        if self._standing:
            self._show()

    # Going on

    def on_sheet_opened(self, message: Sheet.Opened) -> None:
        """Opens what the line leads to."""
        self.open(message.target)

    def open(self, target: Any) -> None:
        """A group, the chain at an application, or the log."""
        if isinstance(target, Asked) and self.user:
            show_why(self, self.session, target.application_id, self.user.id)
        elif isinstance(target, Visit):
            self.app.enter(target.place, target.argument)
