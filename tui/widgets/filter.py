"""The filter's field."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events

from tui.commands import Command, Commanded
from tui.widgets.inputs import TextInput


class FilterClear(Command["FilterBar"]):
    """Clear the filter and go back to the list."""

    keys, name, short, group, priority = "escape", "Clear the filter", "Clear", "In the filter", 5

    def run(self, bar: FilterBar) -> None:
        """Clears."""
        bar.clear()


class FilterKeep(Command["FilterBar"]):
    """Keep the filter and go to the list."""

    keys, name, short, group, priority = "enter,down", "Keep the filter", "To the list", "In the filter", 4

    def run(self, bar: FilterBar) -> None:
        """Goes to the list."""
        bar.screen.focus_list()  # type: ignore[attr-defined]


class FilterBar(Commanded, TextInput):
    """What is typed here narrows the list at once; `!` in front keeps what does not match."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (FilterClear, FilterKeep)

    def __init__(self) -> None:
        super().__init__(placeholder="filter; !word for what does not match", id="filter")
        self.display = False

    def open(self) -> None:
        """Shows the field and begins typing, over what stood there."""
        self.display = True
        self.focus()
        self.select_all()

    def clear(self) -> None:
        """Empties and hides the field."""
        self.value = ""
        self.display = False
        self.screen.focus_list()  # type: ignore[attr-defined]

    def on_blur(self, event: events.Blur) -> None:
        """An empty field goes away."""
        if not self.value:
            self.display = False
