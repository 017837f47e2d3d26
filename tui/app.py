"""The console: how it starts and follows the store, its themes, commands, and what runs beside the screen."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.actions import SkipAction
from textual.filter import Monochrome, NoColor
from textual.reactive import Reactive
from textual.screen import Screen
from textual.theme import Theme

from store.errors import UsherError
from store.events import last as last_event
from tui import crash, status
from tui.at_work import GONE, AtWork
from tui.commands import Use, uses
from tui.follow import INTERVAL, Follower, StoreChanged
from tui.hangup import Hangup
from tui.idle import LOOK_EVERY, Idle
from tui.places import Visit, parse
from tui.styles import themes
from tui.styles.sheets import FRAME_CSS
from tui.styles.themes import THEMES
from tui.terminal import SMALLEST
from tui.type_ahead import TypeAhead
from tui.wayfinding import Wayfinding
from tui.widgets.inputs import TextInput
from tui.widgets.tame import Tame
from tui.working import Outcome, Workbench
from usher.services import settings
from usher.services.session import Session

if TYPE_CHECKING:
    from tui.widgets.fields import Form


class UsherApp(AtWork, TypeAhead, Wayfinding):
    """One operator at one store. `start_place` is a place as the command line writes it: `log calendly`."""

    CSS_PATH: ClassVar[Any] = FRAME_CSS
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    TITLE = "Usher"
    theme: Reactive[str] = Reactive(THEMES[0].name)

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Our own two: known before the first style sheet is read, so that it is read once."""
        return {theme.name: theme for theme in THEMES}

    def __init__(self, session: Session, start_place: str | None = None, read_only: bool = False, *, toast_seconds: float = 6) -> None:
        super().__init__(parse(start_place or "overview") or Visit("overview"), toast_seconds)
        self.session = session
        session.read_only = session.read_only or read_only
        self.trouble = ""
        self.locked = False  # looked at when the first picture stands
        self.busy = ""
        self.animation_level = "none"
        # NO_COLOR means none: Textual would send greys, and a background with them.
        self._filters = [*(NoColor() if isinstance(each, Monochrome) else each for each in self._filters), Tame()]
        self._seen = last_event(session.db)  # before anything else is read: what comes later is told
        self.status = self._read_status()
        self.workbench = Workbench(self)
        self._follower: Follower | None = None
        self.idle = Idle(lambda: settings.console_idle(session))
        if self._chosen_theme() != self.theme:
            self.theme = self._chosen_theme()

    # Starting and ending

    def get_default_screen(self) -> Screen[Any]:
        """The first place, without an empty screen before it."""
        screen = self._place_screen(self.trail[-1].place)
        screen.visit(self.trail[-1].argument)
        screen._push_result_callback(screen, None)  # Textual forgets this and the next for a first screen, and switch_screen needs it
        self._load_screen_css(screen)
        return screen

    def on_mount(self) -> None:
        """Begins to follow the store, and ends cleanly when the terminal goes away."""
        self._follower = Follower(self.session.store.path, self._seen, self._store_moved, self._store_troubled)
        self.set_interval(INTERVAL, self._follower.poll)
        self.set_interval(5, self.refresh_status)
        if self.session.confined:
            self.set_interval(LOOK_EVERY, self._look_for_somebody)
        if self.line:
            import asyncio

            loop = asyncio.get_running_loop()
            self.line.leave_by(lambda: loop.call_soon_threadsafe(self.exit))

    def on_ready(self) -> None:
        """The first picture stands: garbage is collected again (see `terminal.prepare`), but not what was loaded so far."""
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
        self.look_at_key()
        if self.locked:
            from tui.screens.keys import ask_passphrase

            ask_passphrase(self)

    def look_at_key(self) -> None:
        """Looks whether a passphrase stands before the secrets."""
        self.locked = self.session.vault.locked
        self.refresh_status()

    def on_unmount(self) -> None:
        """Stops following."""
        if self._follower:
            self._follower.close()

    async def on_event(self, event: events.Event) -> None:
        """Notes that somebody is there; a mouse that is merely moved is nobody."""
        if isinstance(event, events.Key | events.Paste | events.MouseDown | events.MouseScrollUp | events.MouseScrollDown):
            self.idle.touched()
        await super().on_event(event)

    def _look_for_somebody(self) -> None:
        if self.idle.over():
            said = f"The console ended: nobody used it for {self.idle.minutes} minutes. What was typed and not saved is gone."
            self.exit(message=said)
        elif self.idle.to_warn():
            self.say("This console ends in a minute.", "Press any key to stay.", "warn")

    # Commands

    def action_command(self, name: str) -> None:
        """Runs a command by its class name; every key binding leads here."""
        use = next((use for use in uses(self.screen) if use.id == name), None)
        if use is None or use.possible is False:
            raise SkipAction  # it does not belong here: the key is that of a node farther out
        self.run_use(use)

    def run_use(self, use: Use) -> None:
        """Runs a command, or says why it cannot be done now."""
        verdict = use.possible
        if verdict is True:
            use.command.run(use.node)
        elif verdict:
            self.say(verdict, tone="warn")

    # Work beside the screen

    def run_work(
        self, fn: Callable[[], Any], then: Callable[[Any], Any] | None, *, form: Form | None = None, group: str = "write", busy: str = "", newest: bool = False
    ) -> None:
        """See `Working.work` and `Working.read`."""
        self.workbench.begin(fn, then, form=form, group=group, busy=busy, newest=newest)

    def on_outcome(self, message: Outcome) -> None:
        """Work came back."""
        self.workbench.end(message)

    def on_text_input_paste_refused(self, message: TextInput.PasteRefused) -> None:
        """Says why nothing was taken, where no form says it beside the field."""
        self.say(message.why, "Nothing of it was taken.", "warn")

    def fail(self, error: BaseException, form: Form | None = None) -> None:
        """Says what went wrong: beside the field it is about, else as a toast."""
        self._leaving = None
        if not isinstance(error, UsherError):
            self.say("Something went wrong inside Usher; nothing half-done was kept.", crash.keep_report(error), "bad")
        elif error.code in GONE:
            self.look_who_is_at_work()
            self.refresh_status()
        elif form is None or not form.is_mounted or not form.show_error(error):
            self.say(error.message, error.hint, "warn" if error.exit_status == 3 else "bad")

    # Following

    def refresh_status(self) -> None:
        """Reads the status again and shows it when it is another."""
        now = self._read_status()
        if now != self.status:
            self.status = now
            self.show_frame()

    def show_frame(self) -> None:
        """Brings the frame of the place up to date."""
        place: Any = self.screen_stack[0] if self.screen_stack else None
        if place is not None and hasattr(place, "show_frame"):
            place.show_frame()

    def _store_moved(self, message: StoreChanged) -> None:
        self.trouble = ""
        if message.concerns(frozenset({"operator"})) and self.look_who_is_at_work():
            message = StoreChanged(frozenset({("*", "*")}))  # what can be done is another thing now, everywhere
        self.status = self._read_status()
        if "setting" in message.topics or "*" in message.topics:
            self.follow_theme()
        for screen in self.screen_stack:
            screen.post_message(message)

    def _read_status(self) -> status.Status:
        now = status.read(self.session, self.read_only, self.trouble, self.locked)
        return replace(now, role="shut out") if self.gone else now

    def _store_troubled(self, error: UsherError) -> None:
        self.trouble = error.code.replace("-", " ")
        self.say(error.message, error.hint, "bad")
        self.refresh_status()

    def _chosen_theme(self) -> str:
        return themes.named(settings.theme(self.session))

    def follow_theme(self) -> None:
        """Shows the theme that the settings name."""
        self.theme = self._chosen_theme()

    # The terminal

    def on_resize(self, event: events.Resize) -> None:
        """Below the smallest size there is a notice instead of a broken screen."""
        from tui.screens.small import TooSmall

        small = event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1]
        shown = isinstance(self.screen, TooSmall)
        if small and not shown:
            self.push_screen(TooSmall())
        elif shown and not small:
            self.pop_screen()


def run_console(session: Session, start_place: str | None = None, read_only: bool = False, *, ends: str = "") -> int:
    """Runs the console to its end and returns the exit status. Call `tui.terminal.prepare()` before importing this.

    `ends` says what is over with it, where anything is: it is asked about before leaving.
    """
    from tui.driver import ConsoleDriver

    app = UsherApp(session, start_place, read_only)
    app.ends = ends
    app.driver_class = ConsoleDriver
    with Hangup(cut=not ends) as app.line:
        app.run()
    app.line.say()
    return app.return_code or 0
