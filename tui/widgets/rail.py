"""The places at the left edge."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events

from tui.commands import Command, Commanded
from tui.places import Place, rail
from tui.widgets.ink import Drawn, Spans


class RailDown(Command["Rail"]):
    """The next place."""

    keys, name, group = "j,down", "Next place", "In the places"

    def run(self, rail: Rail) -> None:
        """Moves."""
        rail.move(1)


class RailUp(Command["Rail"]):
    """The place above."""

    keys, name, group = "k,up", "Previous place", "In the places"

    def run(self, rail: Rail) -> None:
        """Moves."""
        rail.move(-1)


class RailOpen(Command["Rail"]):
    """Go to the place."""

    keys, name, short, group, priority = "enter,space", "Go there", "Go there", "In the places", 5

    def run(self, rail: Rail) -> None:
        """Goes."""
        rail.open()


class RailLeave(Command["Rail"]):
    """Back to the screen."""

    keys, name, short, group, priority = "escape,0", "Leave the places", "Back", "In the places", 6

    def run(self, rail: Rail) -> None:
        """Leaves."""
        rail.leave()


class Rail(Commanded, Drawn, can_focus=True):
    """Places under their headings; the current one marked, each with the digit that goes there."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (RailDown, RailUp, RailOpen, RailLeave)

    def __init__(self) -> None:
        super().__init__()
        self.places = rail()
        self.current = ""
        self.cursor = 0
        self._lines = self._layout_lines()

    def _layout_lines(self) -> list[Place | str]:
        """What stands on each line: a heading, a place, or nothing."""
        lines: list[Place | str] = [""]
        section = ""
        for place in self.places:
            if place.section != section:
                lines += ["", place.section]
                section = place.section
            lines.append(place)
        return lines

    def line(self, y: int, width: int) -> Spans:
        """A heading or a place."""
        what = self._lines[y] if y < len(self._lines) else ""
        if isinstance(what, str):
            return ["  ", (what, "faint bold")]
        here = what.name == self.current
        pointed = self.has_focus and self.places[self.cursor] is what
        mark, tone = "▌" if pointed else ("›" if here else " "), "accent"
        text = "strong" if here or pointed else "text"
        under = " on:cursor" if pointed else ""
        return [(mark, tone + under), (f"{what.key} ", "dim" + under), (f"{what.title:<{max(0, width - 4)}} ", text + under)]

    def move(self, by: int) -> None:
        """Points at another place."""
        self.cursor = (self.cursor + by) % len(self.places)
        self.refresh()

    def open(self) -> None:
        """Goes to the place pointed at."""
        self.leave()
        self.app.visit(self.places[self.cursor].name)  # type: ignore[attr-defined]

    def leave(self) -> None:
        """Gives the focus back to the screen."""
        self.screen.close_places()  # type: ignore[attr-defined]

    def point(self) -> None:
        """Points at the current place."""
        self.cursor = next((at for at, place in enumerate(self.places) if place.name == self.current), 0)
        self.refresh()

    def on_focus(self) -> None:
        """Begins at the current place."""
        self.point()

    def on_blur(self) -> None:
        """An overlaid rail goes away with the focus."""
        self.screen.remove_class("-places")
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Goes to the place clicked."""
        what = self._lines[event.y] if event.y < len(self._lines) else ""
        if isinstance(what, Place):
            self.cursor = self.places.index(what)
            self.open()
