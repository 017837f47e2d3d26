"""The form in which a person is changed. What somebody else changes meanwhile is told, and nothing typed is lost."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.timer import Timer

from store.directory import User
from store.errors import Conflict
from tui.commands import Command, Commanded, Possible
from tui.screens.base import Working
from tui.screens.consequence import counted
from tui.screens.dialog import Button, Text
from tui.screens.person_fields import label_of, specs_of
from tui.widgets.fields import Form
from tui.widgets.impacts import Impacts
from tui.widgets.ink import Spans
from usher.services import directory, impact, meanwhile
from usher.services.people import difference

PAUSE = 0.4
"""Seconds after the last key until the impact is counted."""


class SavePerson(Command["PersonEdit"]):
    """Save what was changed of the person."""

    keys, name, short, group, priority, words = "ctrl+s", "Save", "Save", "In a form", 3, "users set"

    def possible(self, pane: PersonEdit) -> Possible:
        """Only with something changed."""
        return True if pane.changed else "Nothing was changed."

    def run(self, pane: PersonEdit) -> None:
        """Saves."""
        pane.save()

    def cli(self, pane: PersonEdit) -> str:
        """With the values."""
        import shlex

        values = " ".join(shlex.quote(f"{name}={value}") for name, value in pane.changed.items())
        return f"usher users set {pane.base.username} {values}" if pane.base else ""


class StopEditing(Command["PersonEdit"]):
    """Leave the form; the person stays as they were."""

    keys, name, short, group, priority = "escape", "Stop editing", "Cancel", "In a form", 4

    def run(self, pane: PersonEdit) -> None:
        """Leaves, after asking when something was typed."""
        pane.leave()


class EditDown(Command["PersonEdit"]):
    """The next field."""

    keys, name, group = "down,enter", "Next field", "In a form"

    def run(self, pane: PersonEdit) -> None:
        """Moves."""
        pane.screen.focus_next()


class EditUp(Command["PersonEdit"]):
    """The field before."""

    keys, name, group = "up", "Previous field", "In a form"

    def run(self, pane: PersonEdit) -> None:
        """Moves."""
        pane.screen.focus_previous()


class PersonEdit(Working, Commanded, Vertical):
    """Fields, what it would bring, Save. `base` is the person as they were when the fields were last shown."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (SavePerson, StopEditing, EditDown, EditUp)

    def __init__(self) -> None:
        super().__init__(id="edit")
        self.base: User | None = None
        self.display = False
        self._pause: Timer | None = None
        self._begun_at = 0
        self._theirs: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """The form."""
        yield Text([], id="meanwhile")
        with VerticalScroll(id="edit-fields", can_focus=False):
            yield Form([], id="person-form")
        yield Impacts()
        with Horizontal(id="edit-buttons"):
            yield Button("cancel", "Cancel", tone="dim")
            yield Button("theirs", "Take theirs")
            yield Button("save", "Save", key="ctrl+s")

    @property
    def form(self) -> Form:
        """The fields."""
        return self.query_one("#person-form", Form)

    @property
    def pausing(self) -> bool:
        """Whether it waits for the typing to pause."""
        return self._pause is not None

    @property
    def changed(self) -> dict[str, str]:
        """What was typed and is not saved."""
        return self.form.changed() if self.display and self.is_mounted else {}

    def begin(self, user: User) -> None:
        """Opens on a person."""
        self.base, self._begun_at = user, meanwhile.head(self.session)
        self.display = True
        self._theirs = {}
        self._tell([])
        self.query_one(Impacts).show("")
        self.form.fill(specs_of(user))
        self.form.clear_errors()
        self.call_after_refresh(self._focus_first)

    def _focus_first(self) -> None:
        first = next(iter(self.form.fields.values()), None)
        if first is not None and self.display:
            first.field.focus()

    def meet(self, now: User) -> None:
        """The person as they are now: what somebody else changed is told, and taken over where nothing was typed."""
        if not self.display or self.base is None or now.version == self.base.version:
            return
        found, typed = difference(self.base, now), self.form.changed()
        who = meanwhile.whose(self.session, self._begun_at, now.id)
        said = f"{who[:1].upper()}{who[1:]} changed this person meanwhile. What you typed is still here."
        lines: list[Spans] = [[("▲ ", "warn"), (said, "text")]]
        self._theirs = {name: after for name, (_, after) in found.items() if name in typed}
        for name, (before, after) in found.items():
            yours = name in typed
            lines.append(
                [("  ", ""), (f"{label_of(name)}  ", "dim"), (f"{before or '–'} → {after or '–'}", "text"), ("   saving keeps yours" if yours else "", "warn")]
            )
        self.base = now
        self.form.fill(specs_of(now), keep_edits=True)
        self._tell(lines)

    def _tell(self, lines: list[Spans]) -> None:
        told = self.query_one("#meanwhile", Text)
        told.display = bool(lines)
        told.show(lines)
        self.query_one("#button-theirs").display = bool(lines and self._theirs)

    def take_theirs(self) -> None:
        """Puts what the other one saved in the place of what was typed there."""
        for name, value in self._theirs.items():
            self.form.fields[name].field.value = value
        self._theirs = {}
        self._tell([])
        self._focus_first()

    def save(self) -> None:
        """Keeps what was changed, unless somebody was faster."""
        values, base, session = self.changed, self.base, self.session
        if base is None or not values:
            return

        def keep() -> User | Conflict:
            try:
                return directory.set_user(session, base.id, values, expected_version=base.version)
            except Conflict as conflict:
                return conflict

        self.work(keep, self._saved, form=self.form)

    def _saved(self, result: User | Conflict) -> None:
        screen: Any = self.screen
        if isinstance(result, Conflict):
            self.say(result.message, "Look at what changed, then save again.", "warn")
            screen.refresh_here()
            return
        self.say(f"Saved {result.username}.")
        screen.stop_editing()
        self.app.saved_here()

    def leave(self) -> None:
        """Closes; asks first when something would be lost."""
        screen: Any = self.screen
        if not self.changed:
            screen.stop_editing()
            return
        from tui.screens.confirm import Confirm

        self.ask(Confirm("Stop editing?", ["What you changed of this person is not saved."], "Leave without saving"), lambda _: screen.stop_editing())

    def on_form_edited(self) -> None:
        """Counts what it would bring once the typing pauses: counting holds up whoever writes."""
        screen: Any = self.screen
        screen.touch()
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, self._count)

    def _count(self) -> None:
        """Counts beside the screen."""
        self._pause = None
        values, base, session = self.changed, self.base, self.session
        shown = self.query_one(Impacts)
        if base is None or not values:
            self.unread("impact")
            shown.show("")
            return
        count = lambda: impact.rehearsed(session, lambda: directory.set_user(session, base.id, values), [base.id])  # noqa: E731
        self.read(lambda: counted(count), lambda found: shown.show("" if isinstance(found, str) else found), group="impact")

    def on_button_pressed(self, message: Button.Pressed) -> None:
        """Cancel or save."""
        message.stop()
        if message.button.answer == "save":
            self.save()
        elif message.button.answer == "theirs":
            self.take_theirs()
        else:
            self.leave()
