"""The line of tabs on top of a place's parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from textual import events

from tui.commands import Command, Commanded
from tui.widgets.ink import Drawn, Span, Spans


@dataclass(frozen=True)
class Tab:
    """A part of a place: its word on the command line, its title, and whether something in it is not saved yet."""

    key: str
    title: str
    unsaved: bool = False


class Tabbed(Protocol):
    """A screen with tabs."""

    @property
    def tabs(self) -> list[Tab]:
        """Its tabs, in order."""
        ...

    @property
    def current_tab(self) -> str:
        """The key of the tab that is shown."""
        ...

    def step_tab(self, by: int, *, stay: bool = False) -> None:
        """Shows the next or previous tab; with `stay` the focus stays on the line of tabs."""
        ...

    def show_tab(self, key: str) -> None:
        """Shows that tab."""
        ...


class TabRight(Command["TabLine"]):
    """The tab to the right."""

    keys, name, short, group, priority = "right,l", "Next tab", "Tabs", "Tabs", 9

    def run(self, line: TabLine) -> None:
        """Steps."""
        line.owner.step_tab(1, stay=True)


class TabLeft(Command["TabLine"]):
    """The tab to the left."""

    keys, name, group = "left,h", "Previous tab", "Tabs"

    def run(self, line: TabLine) -> None:
        """Steps."""
        line.owner.step_tab(-1, stay=True)


class TabInto(Command["TabLine"]):
    """Into the tab."""

    keys, name, short, group, priority = "down,enter,j", "Into the tab", "Into it", "Tabs", 10

    def run(self, line: TabLine) -> None:
        """Goes to the first thing in it."""
        line.screen.focus_next()


class TabLine(Commanded, Drawn, can_focus=True):
    """Titles side by side, a rule under them that is heavy under the current one."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (TabRight, TabLeft, TabInto)

    @property
    def owner(self) -> Tabbed:
        """The screen whose tabs they are."""
        screen: Any = self.screen
        return screen  # type: ignore[no-any-return]

    def _spots(self) -> list[tuple[Tab, int, int]]:
        """Each tab with the cells it takes."""
        found, at = [], 1
        for tab in self.owner.tabs:
            end = at + len(tab.title) + (2 if tab.unsaved else 0)
            found.append((tab, at, end))
            at = end + 2
        return found

    def line(self, y: int, width: int) -> Spans:
        """Titles, or the rule."""
        spans: list[Span] = []
        at, current = 0, self.owner.current_tab
        for tab, left, right in self._spots():
            here = tab.key == current
            spans.append((" " * (left - at) if y == 0 else "─" * (left - at), "line"))
            if y == 0:
                spans.append((tab.title, "strong" if here else "dim"))
                spans += [(" •", "warn")] if tab.unsaved else []
            else:
                spans.append(("━" * (right - left) if here else "─" * (right - left), ("accent" if self.has_focus else "dim") if here else "line"))
            at = right
        return [*spans, ("─" * max(0, width - at) if y else "", "line")]

    def on_click(self, event: events.Click) -> None:
        """Shows the tab that is clicked."""
        for tab, left, right in self._spots():
            if left <= event.x < right + 1:
                self.owner.show_tab(tab.key)

    def on_focus(self) -> None:
        """Shows where it is."""
        self.refresh()

    def on_blur(self) -> None:
        """Shows that it is no longer at work."""
        self.refresh()
