"""Lines to read, some of which lead somewhere: overviews, panels, details."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from store.records import dataclass
from tui.commands import Command, Commanded, Possible
from tui.widgets.ink import Spans, at_work, fit, strip_of


@dataclass(frozen=True)
class Line:
    """One line. With a `target` (anything the screen understands) it can be gone to and opened."""

    spans: Spans = ""
    target: Any = None


class SheetDown(Command["Sheet"]):
    """The next line that leads somewhere; where none does, one line down."""

    keys, name, group = "j,down", "Down", "In a list"

    def run(self, sheet: Sheet) -> None:
        """Moves."""
        sheet.step(1)


class SheetUp(Command["Sheet"]):
    """The line before that leads somewhere; where none does, one line up."""

    keys, name, group = "k,up", "Up", "In a list"

    def run(self, sheet: Sheet) -> None:
        """Moves."""
        sheet.step(-1)


class SheetPageDown(Command["Sheet"]):
    """One page down."""

    keys, name, group = "pagedown,ctrl+d", "Page down", "In a list"

    def run(self, sheet: Sheet) -> None:
        """Scrolls."""
        sheet.scroll_to(y=sheet.scroll_y + sheet.size.height - 1, animate=False)


class SheetPageUp(Command["Sheet"]):
    """One page up."""

    keys, name, group = "pageup,ctrl+u", "Page up", "In a list"

    def run(self, sheet: Sheet) -> None:
        """Scrolls."""
        sheet.scroll_to(y=sheet.scroll_y - sheet.size.height + 1, animate=False)


class SheetFirst(Command["Sheet"]):
    """The beginning."""

    keys, name, group = "g,home", "First", "In a list"

    def run(self, sheet: Sheet) -> None:
        """Scrolls."""
        sheet.end(0)


class SheetLast(Command["Sheet"]):
    """The end."""

    keys, name, group = "G,end", "Last", "In a list"

    def run(self, sheet: Sheet) -> None:
        """Scrolls."""
        sheet.end(-1)


class SheetOpen(Command["Sheet"]):
    """Open what the line leads to."""

    keys, name, short, group, priority = "enter", "Open", "Open", "In a list", 10

    def possible(self, sheet: Sheet) -> Possible:
        """Only where a line leads somewhere."""
        return sheet.target is not None

    def run(self, sheet: Sheet) -> None:
        """Opens."""
        sheet.post_message(Sheet.Opened(sheet, sheet.target))


class Sheet(Commanded, ScrollView, can_focus=True, inherit_bindings=False):
    """Lines under each other; the cursor stands on lines with a target and stays with it over a refresh."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (SheetOpen, SheetDown, SheetUp, SheetPageDown, SheetPageUp, SheetFirst, SheetLast)
    ALLOW_SELECT = False

    class Opened(Message):
        """A line with a target was opened."""

        def __init__(self, sheet: Sheet, target: Any) -> None:
            super().__init__()
            self.sheet, self.target = sheet, target

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: list[Line] = []
        self.cursor = -1

    @property
    def target(self) -> Any:
        """What the line under the cursor leads to; None when no line leads anywhere."""
        return self.lines[self.cursor].target if 0 <= self.cursor < len(self.lines) else None

    def show(self, lines: Sequence[Line | Spans]) -> None:
        """Shows other lines."""
        before = self.target
        self.lines = [line if isinstance(line, Line) else Line(line) for line in lines]
        ways = self._ways()
        same = next((at for at in ways if before is not None and self.lines[at].target == before), None)
        self.cursor = same if same is not None else (ways[0] if ways else -1)
        self.virtual_size = Size(self.size.width, len(self.lines))
        self.refresh()

    def _ways(self) -> list[int]:
        return [at for at, line in enumerate(self.lines) if line.target is not None]

    def step(self, by: int) -> None:
        """To the next line with a target, or by one line."""
        ways = self._ways()
        beyond = [at for at in ways if (at > self.cursor if by > 0 else at < self.cursor)]
        if not beyond:
            self.scroll_to(y=self.scroll_y + by, animate=False)
            return
        self.go(beyond[0] if by > 0 else beyond[-1])

    def end(self, which: int) -> None:
        """To the beginning (0) or the end (-1)."""
        ways = self._ways()
        if ways:
            self.go(ways[which])
        self.scroll_to(y=0 if which == 0 else len(self.lines), animate=False)

    def go(self, at: int) -> None:
        """Puts the cursor on a line and shows it."""
        self.cursor = at
        top, height = int(self.scroll_y), max(1, self.size.height)
        if at < top or at >= top + height:
            self.scroll_to(y=at if at < top else at - height + 1, animate=False)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line."""
        width, at = self.size.width, int(self.scroll_y) + y
        line = self.lines[at] if at < len(self.lines) else Line()
        here = at == self.cursor and line.target is not None
        spans = fit([("▌" if here and at_work(self) else " ", "accent"), line.spans], width)
        return strip_of(spans, self, ("cursor" if at_work(self) else "raised") if here else "")

    def on_resize(self) -> None:
        """Knows its width."""
        self.virtual_size = Size(self.size.width, len(self.lines))

    def on_focus(self) -> None:
        """Shows where it is."""
        self.refresh()

    def on_blur(self) -> None:
        """Shows that it is no longer at work."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Goes to the line; twice opens it."""
        at = int(self.scroll_y) + event.y
        if at < len(self.lines) and self.lines[at].target is not None:
            self.go(at)
            if event.chain == 2:
                self.post_message(self.Opened(self, self.target))
