"""A field that is one of a few values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.message import Message

from tui.commands import Command, Commanded
from tui.widgets.ink import Drawn, Spans


class NextChoice(Command["Choice"]):
    """The next value. No letter changes it: it may be meant for the field beside it."""

    keys, name, short, group, priority = "space,right", "Next value", "Change", "In a form", 8

    def run(self, choice: Choice) -> None:
        """Steps."""
        choice.step(1)


class PreviousChoice(Command["Choice"]):
    """The value before."""

    keys, name, group = "left", "Previous value", "In a form"

    def run(self, choice: Choice) -> None:
        """Steps."""
        choice.step(-1)


class Choice(Commanded, Drawn, can_focus=True):
    """One of a few values, all to be seen when they fit: `● automatic  ○ on demand`. Two of them make a switch."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (NextChoice, PreviousChoice)

    class Changed(Message):
        """Another value was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, options: Sequence[tuple[str, str]], value: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.options = list(options)
        self._value = value or (options[0][0] if options else "")

    @property
    def value(self) -> str:
        """The key of the chosen option."""
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        if value != self._value:
            self._value = value
            self.refresh()
            self.post_message(self.Changed(self))

    def step(self, by: int) -> None:
        """Chooses the next one, round and round."""
        keys = [key for key, _ in self.options]
        if keys and not self.disabled:
            self.value = keys[((keys.index(self._value) if self._value in keys else 0) + by) % len(keys)]

    def line(self, y: int, width: int) -> Spans:
        """All options when there is room, else the chosen one between arrows."""
        tone = "faint" if self.disabled else "text"
        whole = sum(len(word) + 4 for _, word in self.options)
        if whole > width:
            word = next((word for key, word in self.options if key == self._value), self._value)
            return [("‹ ", "accent"), (word, tone), (" ›", "accent")]
        return [pair for key, word in self.options for pair in self._option(key == self._value, word, tone)]

    def _option(self, on: bool, word: str, tone: str) -> list[tuple[str, str]]:
        mark = "faint" if self.disabled else ("accent" if on else "faint")
        return [("● " if on else "○ ", mark), (f"{word}  ", tone if on else "dim")]

    def on_click(self, event: events.Click) -> None:
        """Chooses what is clicked."""
        left = 0
        for key, word in self.options:
            if left <= event.x < left + len(word) + 4 and not self.disabled:
                self.value = key
            left += len(word) + 4


YES_NO = (("true", "Yes"), ("false", "No"))
