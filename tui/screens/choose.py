"""A list to find something in by typing: help and palette are made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.commands import Command, Commanded
from tui.styles.sheets import DIALOG_CSS
from tui.widgets.ink import Drawn, Span, Spans, fit, spread
from tui.widgets.inputs import TextInput


@dataclass(frozen=True)
class Choice:
    """Something to choose: its name, a key or word shown at the right, a sentence, a heading, and what it does.
    `why` says why it cannot be chosen now; `words` are further words it is found by."""

    name: str
    detail: str
    run: Callable[[], Any]
    key: str = ""
    group: str = ""
    why: str = ""
    words: str = ""
    cli: str = ""


class Choices(Drawn):
    """The choices that match, under their headings, with a cursor."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Choice] = []
        self.cursor = 0
        self.top = 0
        self.grouped = False
        self._lines: list[Choice | str] = []

    def show(self, found: Sequence[Choice], grouped: bool) -> None:
        """Shows these; the cursor goes to the first."""
        self.found, self.grouped, self.cursor, self.top = list(found), grouped, 0, 0
        self._lines = []
        group = ""
        for choice in self.found:
            if grouped and choice.group != group:
                self._lines += ([""] if group else []) + [choice.group]
                group = choice.group
            self._lines.append(choice)
        self.refresh()

    @property
    def current(self) -> Choice | None:
        """The choice under the cursor."""
        return self.found[self.cursor] if self.cursor < len(self.found) else None

    def move(self, by: int) -> None:
        """Moves the cursor and keeps it in view."""
        self.cursor = max(0, min(len(self.found) - 1, self.cursor + by))
        at = self._lines.index(self.found[self.cursor]) if self.found else 0
        height = max(1, self.size.height)
        lead = 1 if at and isinstance(self._lines[at - 1], str) else 0
        self.top = min(self.top, at - lead) if at - lead < self.top else max(self.top, at - height + 1)
        self.refresh()

    def line(self, y: int, width: int) -> Spans:
        """A heading, a choice, or the word that nothing was found."""
        if not self.found:
            return ("  Nothing goes by that name.", "dim") if y == 0 else ""
        at = self.top + y
        what = self._lines[at] if at < len(self._lines) else ""
        if isinstance(what, str):
            return (f"  {what}", "faint bold")
        here = what is self.current
        name: list[Span] = [("▌ " if here else "  ", "accent"), (what.name, "faint" if what.why else ("strong" if here else "text"))]
        rest: list[Span] = [("○ " if what.why else "", "faint"), (what.why or what.detail, "faint" if what.why else "dim")]
        row = [*fit(name, min(30, width // 2)), "  ", *rest]
        spans = spread(row, [("  ", ""), (what.key, "accent"), " "], width)
        return [(text, f"{tone} on:cursor" if here else tone) for text, tone in spans]

    def on_click(self, event: events.Click) -> None:
        """Chooses what is clicked."""
        what = self._lines[self.top + event.y] if self.top + event.y < len(self._lines) else ""
        if isinstance(what, Choice):
            self.cursor = self.found.index(what)
            self.screen.choose()  # type: ignore[attr-defined]


class ChooseDown(Command["Chooser"]):
    """The next one."""

    keys, name, group = "down,ctrl+n", "Next", "In this list"

    def run(self, chooser: Chooser) -> None:
        """Moves."""
        chooser.move(1)


class ChooseUp(Command["Chooser"]):
    """The one before."""

    keys, name, group = "up,ctrl+p", "Previous", "In this list"

    def run(self, chooser: Chooser) -> None:
        """Moves."""
        chooser.move(-1)


class ChoosePageDown(Command["Chooser"]):
    """A page down."""

    keys, name, group = "pagedown", "Page down", "In this list"

    def run(self, chooser: Chooser) -> None:
        """Moves."""
        chooser.move(max(1, chooser.choices.size.height - 2))


class ChoosePageUp(Command["Chooser"]):
    """A page up."""

    keys, name, group = "pageup", "Page up", "In this list"

    def run(self, chooser: Chooser) -> None:
        """Moves."""
        chooser.move(-max(1, chooser.choices.size.height - 2))


class ChooseLeave(Command["Chooser"]):
    """Leave without choosing."""

    keys, name, group = "escape", "Leave", "In this list"

    def run(self, chooser: Chooser) -> None:
        """Leaves."""
        chooser.dismiss(None)


class Chooser(Commanded, ModalScreen[Choice]):
    """Type to find, enter to choose. `find(typed)` gives what matches, best first."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (ChooseDown, ChooseUp, ChoosePageDown, ChoosePageUp, ChooseLeave)
    CSS_PATH = DIALOG_CSS
    AUTO_FOCUS = "Input"

    def __init__(self, title_text: str, find: Callable[[str], Sequence[Choice]], *, prompt: str, grouped: bool = False) -> None:
        super().__init__()
        self.title_text, self.find, self.prompt, self.grouped = title_text, find, prompt, grouped
        self.choices = Choices()
        self.foot = ChooserFoot()

    def compose(self) -> ComposeResult:
        """Field, list, and the sentence and command line of the choice."""
        with Vertical(id="chooser") as box:
            box.border_title = self.title_text
            yield TextInput(placeholder=self.prompt)
            yield self.choices
            yield self.foot

    def on_mount(self) -> None:
        """Shows everything at first."""
        self.choices.show(self.find(""), self.grouped)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows as is typed."""
        self.choices.show(self.find(event.value), self.grouped and not event.value.strip())
        self.foot.refresh()

    def on_input_submitted(self) -> None:
        """Enter chooses."""
        self.choose()

    def move(self, by: int) -> None:
        """Moves the cursor; the command line under the list is that of the choice it comes to."""
        self.choices.move(by)
        self.foot.refresh()

    def choose(self) -> None:
        """Leaves with the choice; one that cannot be done says why instead."""
        choice = self.choices.current
        if choice is not None and choice.why:
            self.app.say(choice.why, tone="warn")  # type: ignore[attr-defined]
        elif choice is not None:
            self.dismiss(choice)


class ChooserFoot(Drawn):
    """What leads on, and the equivalent command line."""

    def line(self, y: int, width: int) -> Spans:
        """The keys at the left, the command at the right."""
        chooser = self.screen
        current = chooser.choices.current if isinstance(chooser, Chooser) else None
        keys: list[Span] = [("enter", "accent"), (" does it  ", "dim"), ("esc", "accent"), (" leaves   ", "dim")]
        return spread(keys, [("$ ", "faint"), (current.cli, "dim")] if current and current.cli else "", width)
