"""The way between the places of the console: the trail that esc goes back, and what is asked before leaving."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tui.places import BY_NAME, Visit
from tui.speaking import Speaking

if TYPE_CHECKING:
    from tui.screens.base import PlaceScreen


class Wayfinding(Speaking):
    """An app of places. `trail` are those on the way here, the last one being here."""

    def __init__(self, first: Visit, toast_seconds: float) -> None:
        super().__init__(toast_seconds)
        self.trail = [first]
        self.crumbs_of: dict[Visit, str] = {}
        self.ends = ""
        """A sentence: what is over once the console is left (tui.cli.demo says it)."""
        self._leaving: Callable[[], object] | None = None

    def leave(self) -> None:
        """Quits, after asking when something typed, or what ends with the console, would be lost."""
        self._if_nothing_is_lost(self._end)

    def _end(self) -> None:
        if not self.ends:
            self.exit()
            return
        from tui.screens.confirm import Confirm

        self.push_screen(Confirm("Leave the rehearsal?", [self.ends], "Leave"), lambda sure: _when(sure, self.exit))

    def visit(self, place: str, argument: str = "") -> None:
        """Goes to a place of the rail (a new way begins) or into one from here."""
        self._close_places()
        visit = Visit(place, argument)
        if place in BY_NAME and visit != self.trail[-1]:
            self._if_nothing_is_lost(lambda: self._go([visit] if BY_NAME[place].key else [*self.trail, visit]))

    def enter(self, place: str, argument: str = "") -> None:
        """Goes from here into a place, so that esc leads back here even when it stands in the rail."""
        self._if_nothing_is_lost(lambda: self._go([*self.trail, Visit(place, argument)]))

    def back(self) -> None:
        """Goes back one step."""
        if len(self.trail) > 1:
            self._if_nothing_is_lost(lambda: self._go(self.trail[:-1]))

    def trail_crumbs(self) -> list[str]:
        """The breadcrumb: the places on the way, and the parts of this one."""
        titles = [self.crumbs_of.get(visit) or BY_NAME[visit.place].title for visit in self.trail[:-1]]
        here = self._place_screen(self.trail[-1].place).crumbs()
        return [*titles, *here]

    def rail_place(self) -> str:
        """The place of the rail we are in or came from."""
        return next((visit.place for visit in reversed(self.trail) if BY_NAME[visit.place].key), "")

    def _close_places(self) -> None:
        """The list of places lies over nothing that is left: whoever comes back finds the screen."""
        here: Any = self.screen
        if here.has_class("-places"):
            here.close_places()

    def _go(self, trail: list[Visit]) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if not self._said_now:  # what is said on the way out is read where it leads
            self.clear_notifications()
        self._leaving = None
        self.crumbs_of[self.trail[-1]] = self._place_screen(self.trail[-1].place).crumbs()[0]
        self.trail = trail
        screen = self._place_screen(trail[-1].place)
        if screen is not self.screen:
            self.switch_screen(screen)
        screen.visit(trail[-1].argument)

    def _place_screen(self, name: str) -> PlaceScreen:
        """The screen of a place: made once, filled again at each visit."""
        if not self.is_screen_installed(name):
            made = BY_NAME[name].load()()
            made.add_class("-narrow" if self.size.width < 100 else "-wide")  # not one picture with the wrong one
            self.install_screen(made, name)
        screen: Any = self._installed_screens[name]
        return screen  # type: ignore[no-any-return]

    def _if_nothing_is_lost(self, then: Callable[[], object]) -> None:
        here: Any = self.screen_stack[0]
        unsaved = here.unsaved() if hasattr(here, "unsaved") else ""
        if not unsaved:
            then()
            return
        from tui.screens.leave import Leave

        self.push_screen(Leave(unsaved, bool(here.saves_unsaved)), lambda answer: self._leave_as(answer or "", then))

    def _leave_as(self, answer: str, then: Callable[[], object]) -> None:
        here: Any = self.screen_stack[0]
        if answer == "leave":
            then()
        elif answer == "save":
            self._leaving = then
            here.save_unsaved()

    def saved_here(self) -> None:
        """What was to be saved before leaving is: now it goes on; with more to save it asks again."""
        then, self._leaving = self._leaving, None
        if then:
            self.call_after_refresh(self._if_nothing_is_lost, then)


def _when(sure: bool | None, then: Callable[[], object]) -> None:
    if sure:
        then()
