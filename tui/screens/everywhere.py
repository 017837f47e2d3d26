"""The commands of every place: going about, help, palette, leaving."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tui.commands import Command, Possible
from tui.places import Place, rail

if TYPE_CHECKING:
    from tui.screens.base import PlaceScreen
else:
    PlaceScreen = Any


class EverywhereCommand(Command[PlaceScreen]):
    """Works in every place."""

    group = "Everywhere"


class Back(EverywhereCommand):
    """Back to where you came from."""

    keys, name, short, priority = "escape", "Back", "Back", 80

    def possible(self, screen: PlaceScreen) -> Possible:
        """Only when there is a way back."""
        return screen.can_step_back()

    def run(self, screen: PlaceScreen) -> None:
        """Goes back."""
        screen.step_back()


class Help(EverywhereCommand):
    """Every key that works here; type to find one, enter does it."""

    keys, name, short, priority = "question_mark,f1", "All keys", "Keys", 99

    def run(self, screen: PlaceScreen) -> None:
        """Shows the help."""
        from tui.screens.help import help_for

        screen.app.push_screen(help_for(screen))


class Palette(EverywhereCommand):
    """Every action and place by name; it takes the command line's words too."""

    keys, name, short, priority = "colon,ctrl+p", "Command palette", "Command", 85

    def run(self, screen: PlaceScreen) -> None:
        """Shows the palette."""
        from tui.screens.help import palette_for

        screen.app.push_screen(palette_for(screen))


class Places(EverywhereCommand):
    """Go to the places at the left."""

    keys, name, short, priority = "0", "Places", "Places", 88

    def run(self, screen: PlaceScreen) -> None:
        """Opens the rail."""
        screen.open_places()


class NextPart(EverywhereCommand):
    """The next part of the screen."""

    keys, name = "tab", "Next part"

    def run(self, screen: PlaceScreen) -> None:
        """Moves the focus."""
        screen.focus_next()


class PreviousPart(EverywhereCommand):
    """The previous part of the screen."""

    keys, name = "shift+tab", "Previous part"

    def run(self, screen: PlaceScreen) -> None:
        """Moves the focus."""
        screen.focus_previous()


class CopySelection(EverywhereCommand):
    """Copy the text selected with the mouse."""

    keys, name = "ctrl+c", "Copy the selection"

    def run(self, screen: PlaceScreen) -> None:
        """Copies."""
        text = screen.get_selected_text()
        if text:
            screen.app.copy(text, "Copied the selection.")
        else:
            screen.app.say("Nothing is selected.", "q quits.", "warn")


class Redraw(EverywhereCommand):
    """Draw the whole screen again."""

    keys, name = "ctrl+l", "Redraw"

    def run(self, screen: PlaceScreen) -> None:
        """Redraws."""
        screen.refresh(repaint=True, layout=True)


class Messages(EverywhereCommand):
    """The last messages, errors included."""

    name = "Messages"

    def run(self, screen: PlaceScreen) -> None:
        """Shows them."""
        from tui.screens.message import Message

        lines = list(reversed(screen.app.said)) or [[("Nothing was said yet.", "dim")]]
        screen.app.push_screen(Message("Messages", lines))


class Walk(EverywhereCommand):
    """In a demo: what to try, step by step."""

    name, group = "Rehearsal: what to try", "Places"

    def possible(self, screen: PlaceScreen) -> Possible:
        """Only in a demo."""
        return "USHER_DEMO" in os.environ

    def run(self, screen: PlaceScreen) -> None:
        """Goes there."""
        screen.app.visit("rehearsal")


class Quit(EverywhereCommand):
    """Leave the console. A push goes on without it."""

    keys, name, short, priority, words = "q,ctrl+q", "Quit", "Quit", 95, ""

    def run(self, screen: PlaceScreen) -> None:
        """Leaves, after asking when something would be lost."""
        screen.app.leave()


class Go(EverywhereCommand):
    """Goes to a place."""

    group = "Places"
    place: Place

    def run(self, screen: PlaceScreen) -> None:
        """Goes."""
        screen.app.visit(self.place.name)


def _go(place: Place) -> type[Go]:
    """The command that goes to a place."""
    return type(
        f"Go{place.name.title().replace('-', '')}",
        (Go,),
        {"__doc__": place.help, "place": place, "keys": place.key, "name": place.title, "words": place.name},
    )


EVERYWHERE: tuple[type[Command[Any]], ...] = (
    Back,
    Help,
    Palette,
    Places,
    NextPart,
    PreviousPart,
    CopySelection,
    Redraw,
    Messages,
    Walk,
    Quit,
    *(_go(place) for place in rail()),
)
