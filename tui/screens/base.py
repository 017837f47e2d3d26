"""What every place is made of: the frame around it, how it is filled, and how it asks and works."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen

from tui.commands import Command, Commanded
from tui.follow import StoreChanged
from tui.places import BY_NAME
from tui.screens.everywhere import EVERYWHERE
from tui.widgets.bars import Footer, StatusLine, TopBar
from tui.widgets.rail import Rail
from usher.services.session import Session

if TYPE_CHECKING:
    from tui.app import UsherApp
    from tui.widgets.fields import Form

T = TypeVar("T")


class Working:
    """What places and dialogs share: the session, work beside the screen, questions."""

    app: Any

    @property
    def session(self) -> Session:
        """For reading here, and for handing to services."""
        found: Session = self.app.session
        return found

    def work(self, fn: Callable[[], T], then: Callable[[T], Any] | None = None, *, form: Form | None = None, group: str = "write", busy: str = "") -> None:
        """Runs a change, or anything slow, beside the screen; `then` gets its result here.

        One at a time a group. A refusal goes beside its field of `form`, or is said as a toast.
        """
        self.app.run_work(fn, then, form=form, group=group, busy=busy)

    def read(self, fn: Callable[[], T], then: Callable[[T], Any], *, group: str = "read") -> None:
        """Runs a slow read beside the screen; a newer one of the group makes it void."""
        self.app.run_work(fn, then, group=group, newest=True)

    def unread(self, group: str = "read") -> None:
        """What is being read for that group is not wanted any more."""
        self.app.workbench.forget(group)

    def ask(self, dialog: ModalScreen[T], then: Callable[[T], Any]) -> None:
        """Shows a dialog; `then` gets its answer unless it was left with esc or Cancel."""
        self.app.push_screen(dialog, lambda answer: then(answer) if answer else None)

    def say(self, message: str, hint: str = "", tone: str = "ok") -> None:
        """A toast: what happened. `tone` is ok, warn or bad."""
        self.app.say(message, hint, tone)


class PlaceScreen(Working, Commanded, Screen[None], inherit_bindings=False):
    """A place. Subclasses set `place` and `topics`, compose `body`, and fill it in `refill`."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = EVERYWHERE
    AUTO_FOCUS = "#body *"
    place: ClassVar[str] = ""
    topics: ClassVar[frozenset[str]] = frozenset()
    """The events (see store.events) after which it is filled again."""

    saves_unsaved: ClassVar[bool] = False
    """Whether `save_unsaved` does anything."""

    app: UsherApp

    def __init__(self) -> None:
        super().__init__()
        self.argument = ""
        self._filled = False
        self._standing = False

    # For a subclass to fill in

    def body(self) -> ComposeResult:
        """What stands inside the frame."""
        yield from ()

    def refill(self) -> None:
        """Reads what is shown and shows it, keeping cursor, scroll and what is being typed."""

    def arrive(self, argument: str) -> None:
        """The place was gone to, with an argument; called before `refill`, and again for every visit."""

    def crumbs(self) -> list[str]:
        """Its part of the breadcrumb."""
        return [BY_NAME[self.place].title]

    def unsaved(self) -> str:
        """What would be lost by leaving, as a sentence; empty when nothing would."""
        return ""

    def save_unsaved(self) -> None:
        """Saves what `unsaved` names, and calls `app.saved_here` when that is done."""

    def cli(self) -> str:
        """The command line that opens this place."""
        return f"usher {self.place} {self.argument}".strip()

    # The frame

    def compose(self) -> ComposeResult:
        """The frame, around the body."""
        yield TopBar()
        yield Rail()
        with Vertical(id="body"):
            yield from self.body()
        yield Footer()
        yield StatusLine()

    def visit(self, argument: str) -> None:
        """Fills the place for a visit; the app calls it."""
        self.argument = argument
        self._filled = True
        self.arrive(argument)
        self.refresh_here()

    def refresh_here(self) -> None:
        """Fills body and frame again."""
        if self._filled and self._standing:
            self.refill()
            self.show_frame()

    def show_frame(self) -> None:
        """Brings breadcrumb, rail, status and footer up to date."""
        if not self._standing:
            return
        status = self.app.status
        top, rail, line = self.query_one(TopBar), self.query_one(Rail), self.query_one(StatusLine)
        top.crumbs, top.status, line.status = self.app.trail_crumbs(), status, status
        rail.current = self.app.rail_place()
        line.note = self.app.busy
        for widget in (top, rail, line):
            widget.refresh()
        self.touch()

    def touch(self) -> None:
        """The keys that work may be others now."""
        if self._standing:
            self.query_one(Footer).refresh()

    def on_screen_suspend(self) -> None:
        """Something lies over it: its keys do not work now."""
        self._redraw()

    def on_screen_resume(self) -> None:
        """Its keys work again."""
        self._redraw()

    def _redraw(self) -> None:
        """Footer and cursor show whether keys come here."""
        self.touch()
        if self.focused is not None:
            self.focused.refresh()

    def on_mount(self) -> None:
        """Follows the focus with the footer, and fills a place that was visited before it stood."""
        self._standing = True
        self.watch(self, "focused", lambda: self.touch(), init=False)
        self.refresh_here()

    def on_store_changed(self, message: StoreChanged) -> None:
        """Refills when something it shows was changed."""
        if not self._standing:
            return
        if message.concerns(self.topics):
            self.refill()
        self.show_frame()

    def open_places(self) -> None:
        """Goes to the rail, which lies over the screen where there is little room."""
        self.add_class("-places")
        self.query_one(Rail).focus()

    def close_places(self) -> None:
        """Leaves the rail."""
        self.remove_class("-places")
        self.focus_list()

    def can_step_back(self) -> bool:
        """Whether esc leads anywhere."""
        return len(self.app.trail) > 1

    def step_back(self) -> None:
        """What esc does here."""
        self.app.back()

    def focus_list(self) -> None:
        """Puts the focus back where the work is."""
        first = next((widget for widget in self.query("#body *") if widget.focusable and widget.id != "filter"), None)
        self.set_focus(first)
