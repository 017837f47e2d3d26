"""What every tab of an application is made of: the tab line, its content, saving, and leaving a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget

from tui.commands import Command, Commanded, Possible, Use
from tui.screens.base import Working
from tui.screens.dialog import Button
from tui.widgets.inputs import TextInput
from tui.widgets.tabs import TabLine
from usher.services.applications import ApplicationDetail

if TYPE_CHECKING:
    from tui.app import UsherApp


class PaneCommand(Command["Pane"]):
    """Something done in a tab that changes something: not for readers."""

    def possible(self, pane: Pane) -> Possible:
        """Not for readers."""
        return pane.app.may("administrator")


class SavePane(PaneCommand):
    """Save what was changed in this tab."""

    keys, name, short, priority = "ctrl+s", "Save", "Save", 15

    def possible(self, pane: Pane) -> Possible:
        """Only when something was changed."""
        if not pane.saves:
            return False
        may = pane.app.may("administrator")
        return may if may is not True else True if pane.changed() else "Nothing was changed here."

    def run(self, pane: Pane) -> None:
        """Saves."""
        pane.save()

    def cli(self, pane: Pane) -> str:
        """What it would be called."""
        return pane.save_cli()


class LeaveField(Command["Pane"]):
    """Leave the field for the line of tabs, where letters are keys again."""

    keys, name, short, group, priority = "escape", "Leave the field", "Leave field", "In a form", 6

    def possible(self, pane: Pane) -> Possible:
        """Only while something is being typed."""
        return isinstance(pane.screen.focused, TextInput)

    def run(self, pane: Pane) -> None:
        """Goes to the tabs."""
        pane.query_one(TabLine).focus()


class FieldDown(Command["Pane"]):
    """The next field."""

    keys, name, group = "down", "Next field", "In a form"

    def run(self, pane: Pane) -> None:
        """Moves the focus."""
        pane.screen.focus_next()


class FieldUp(Command["Pane"]):
    """The field before."""

    keys, name, group = "up", "Previous field", "In a form"

    def run(self, pane: Pane) -> None:
        """Moves the focus."""
        pane.screen.focus_previous()


class PaneDown(Command["Pane"]):
    """Scroll the tab down."""

    keys, name, group = "pagedown", "Scroll down", "In a form"

    def run(self, pane: Pane) -> None:
        """Scrolls."""
        pane.scroll_by(1)


class PaneUp(Command["Pane"]):
    """Scroll the tab up."""

    keys, name, group = "pageup", "Scroll up", "In a form"

    def run(self, pane: Pane) -> None:
        """Scrolls."""
        pane.scroll_by(-1)


class Scroll(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The content of a tab, scrolled by where the focus is."""


class Pane(Working, Commanded, Vertical):
    """A tab. Subclasses set `tab` and `title`, compose `content`, show `self.detail` in `fill`."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (SavePane, LeaveField, FieldDown, FieldUp, PaneDown, PaneUp)
    tab: ClassVar[str] = ""
    title: ClassVar[str] = ""
    saves: ClassVar[bool] = True
    scrolls: ClassVar[bool] = True
    """Whether the content is scrolled as a whole; False where a table takes the room and scrolls itself."""

    steps: ClassVar[dict[str, type[Command[Any]]]] = {}
    """What to do for a step of the card that no field is for."""

    app: UsherApp

    def __init__(self, detail: ApplicationDetail) -> None:
        super().__init__(classes=f"pane pane-{self.tab}")
        self.detail = detail
        self._standing = False
        self._aim = ""
        self._coming: bool | None = None
        self._due: list[type[Command[Any]]] = []

    @classmethod
    def belongs(cls, detail: ApplicationDetail) -> bool:
        """Whether such an application has this tab."""
        return True

    # For a subclass to fill in

    def content(self) -> ComposeResult:
        """What stands under the tab line."""
        yield from ()

    def foot(self) -> ComposeResult:
        """What stays in view under the content."""
        yield from ()

    def fill(self) -> None:
        """Shows `self.detail`, keeping what is being typed."""

    def changed(self) -> bool:
        """Whether something is not saved yet."""
        return False

    def save(self) -> None:
        """Saves what was changed."""

    def save_cli(self) -> str:
        """The command line that would save it."""
        return ""

    def landing(self) -> Widget | None:
        """Where the focus goes when the tab is come to; the line of tabs when None."""
        return None

    # What the screen asks

    def compose(self) -> ComposeResult:
        """Tab line and content."""
        yield TabLine()
        with Scroll(classes="pane-body") if self.scrolls else Vertical(classes="pane-body"):
            yield from self.content()
        yield from self.foot()

    def on_mount(self) -> None:
        """Filled for the first time."""
        self._standing = True
        self.fill()
        self.edited()
        if self._coming is not None:
            self.call_after_refresh(self.take_focus, self._coming)
        for kind in self._due:
            self.call_after_refresh(self.do, kind)

    def show(self, detail: ApplicationDetail) -> None:
        """Shows another state of the application."""
        self.detail = detail
        if self._standing:
            self.fill()
            self.edited()

    @property
    def standing(self) -> bool:
        """Whether everything in it is there."""
        return self._standing

    @property
    def has_unsaved(self) -> bool:
        """Whether leaving would lose something."""
        return self._standing and self.changed()

    def take_focus(self, stay: bool = False) -> None:
        """Takes the focus: where the work is, or on the line of tabs."""
        if not self._standing:
            self._coming = stay
            return
        target = None if stay else self.landing()
        (target or self.query_one(TabLine)).focus()
        self.app.call_later(self._took_focus)  # focusing is put off likewise

    def aim(self, step: str) -> None:
        """The focus is to go to what this step of the card is about; a step without a field is done."""
        self._aim = step
        if step in self.steps:
            self.do_soon(self.steps[step])

    def _took_focus(self) -> None:
        """Keys come here from now on."""
        if not self.is_attached:
            return
        screen: Any = self.screen
        screen.making = screen.making and screen.current_tab != self.tab

    def edited(self) -> None:
        """Something was typed or saved: the mark at the tab and the keys follow."""
        if self._standing:
            self.query_one(TabLine).refresh()
            screen: Any = self.screen
            screen.touch()

    def on_form_edited(self) -> None:
        """Shows that something is not saved yet."""
        self.edited()

    def on_button_pressed(self, message: Button.Pressed) -> None:
        """Hands on which button it was."""
        message.stop()
        self.pressed(message.button.answer)

    def pressed(self, name: str) -> None:
        """A button of the tab was pressed."""
        if name == "save":
            self.do(SavePane)

    def do(self, kind: type[Command[Any]]) -> None:
        """Does a command of this tab, or says why not now: what a button and a key have in common."""
        self.app.run_use(Use(kind(), self))

    def do_soon(self, kind: type[Command[Any]]) -> None:
        """Does a command, as soon as the tab stands."""
        if self._standing:
            self.call_after_refresh(self.do, kind)
        else:
            self._due.append(kind)

    def scroll_by(self, pages: int) -> None:
        """Scrolls by most of a screenful; from there it goes on with the first thing in view."""
        body = self.query_one(".pane-body")
        body.scroll_to(y=body.scroll_y + pages * max(1, body.size.height - 2), animate=False, immediate=True)
        self.call_after_refresh(self._focus_in_view)

    def _focus_in_view(self) -> None:
        body, now = self.query_one(".pane-body"), self.screen.focused
        if now is not None and (body not in now.ancestors or body.region.overlaps(now.region)):
            return
        seen = [widget for widget in self.screen.focus_chain if body in widget.ancestors and body.region.overlaps(widget.region)]
        if seen:
            seen[0].focus(scroll_visible=False)

    def saved(self, sentence: str) -> None:
        """Says that it is done; the store's own news fill the screen again."""
        self.say(sentence)
        screen: Any = self.screen
        screen.refresh_here()
        self.app.saved_here()
