"""The card of what is still to be done at an application: here and there, ticked as the store shows it, values to copy by a key each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events

from tui.commands import Command, Possible
from tui.follow import StoreChanged
from tui.screens.reader import Reader, folded
from tui.widgets.ink import Spans
from tui.widgets.sheet import Line, Sheet
from usher.services import still_to_do
from usher.services.still_to_do import Task, Value

WIDTH, MOST = 56, 24
TOPICS = frozenset({"application", "authorization", "connection", "push", "setting", "sign-in", "activity"})


class CopyHere(Command["StillToDo"]):
    """Copy the value on this line to your clipboard."""

    keys, name, short, group, priority = "y", "Copy", "Copy", "In a dialog", 12

    def possible(self, card: StillToDo) -> Possible:
        """Only on a line with a value."""
        return isinstance(card.sheet.target, Value)

    def run(self, card: StillToDo) -> None:
        """Copies."""
        card.copy(card.sheet.target)


class CopyNumbered(Command["StillToDo"]):
    """Copy the value with this number, wherever the cursor stands."""

    group: ClassVar[str] = "In a dialog"
    number: ClassVar[int] = 0

    def possible(self, card: StillToDo) -> Possible:
        """Only where there are so many."""
        return self.number <= len(card.values)

    def run(self, card: StillToDo) -> None:
        """Copies."""
        card.copy(card.values[self.number - 1])


def _numbered(number: int) -> type[CopyNumbered]:
    """The command of one number's key."""
    more = {"keys": str(number), "name": f"Copy value {number}", "number": number, "__doc__": CopyNumbered.__doc__}
    return type(f"CopyNumbered{number}", (CopyNumbered,), more)


class StillToDo(Reader):
    """The steps; it answers with the tab to go to and the step's key (`sso sp-values`), or the way that was chosen. `head` stands above them."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (CopyHere, *map(_numbered, range(1, 7)))

    def __init__(self, title: str, application_id: str, head: Sequence[Spans] = (), ways: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(title, [], ways)
        self.application_id, self.head = application_id, list(head)
        self.tasks: tuple[Task, ...] = ()
        self.opened: set[str] = set()

    @property
    def sheet(self) -> Sheet:
        """The lines."""
        return self.query_one(Sheet)

    @property
    def values(self) -> list[Value]:
        """What can be copied, in the order of its numbers."""
        return [value for task in self.tasks for value in task.values]

    def on_mount(self, event: events.Mount | None = None) -> None:
        """Shows them, with the cursor on the first thing to do, and room for what opens."""
        if event is not None:
            event.prevent_default()  # a reader would show its plain lines over these
        self._read()
        self.sheet.styles.height = min(MOST, self.room)
        self.show()
        first = next((at for at, line in enumerate(self.sheet.lines) if isinstance(line.target, Task) and not line.target.done), None)
        if first is not None:
            self.sheet.go(first)

    def on_store_changed(self, message: StoreChanged) -> None:
        """Ticks what was done meanwhile."""
        if message.concerns(TOPICS):
            self._read()
            self.show()

    def on_sheet_opened(self, message: Sheet.Opened) -> None:
        """A step here leads to its tab, one there opens; a value is copied."""
        message.stop()
        target = message.target
        if isinstance(target, Value):
            self.copy(target)
        elif target.place == "here":
            self.dismiss(f"{target.tab} {target.key}")
        else:
            self.opened ^= {target.key}
            self.show()

    def show(self) -> None:
        """Lays the steps out."""
        self.sheet.show(self._laid())

    def copy(self, value: Value) -> None:
        """Copies a value; certificate and metadata are read now."""
        app: Any = self.app
        app.copy(self._text(value), f"Copied the {value.title}.")

    def _text(self, value: Value) -> str:
        if value.key == "certificate":
            from usher.services import sso

            return sso.certificate(self.session, self.application_id).pem
        if value.key == "metadata":
            from usher.services import idp_metadata

            return idp_metadata.get(self.session, self.application_id).xml
        return value.text

    def _read(self) -> None:
        self.tasks = still_to_do.tasks(self.session, self.application_id)
        left = [task for task in self.tasks if not task.done]
        if not self.opened and left and left[0].place == "there":
            self.opened.add(left[0].key)

    def _laid(self) -> list[Line]:
        done = sum(task.done for task in self.tasks)
        lines = [Line(spans) for spans in self.head]
        lines.append(Line([(f"{done} of {len(self.tasks)} done", "dim")] if done < len(self.tasks) else [("✓ ", "ok"), ("Everything is done.", "text")]))
        numbers = iter(range(1, 10))
        for task in self.tasks:
            lines.append(Line(self._step(task), task))
            named = [(next(numbers), value) for value in task.values]
            if task.key in self.opened:
                lines += [Line([("    ", ""), (part, "dim")]) for each in task.how for part in folded(each, WIDTH)]
                lines += [line for number, value in named for line in _value(number, value)]
        return lines

    def _step(self, task: Task) -> Spans:
        glyph, tone = ("✓ ", "ok") if task.done else ("○ ", "warn")
        fold = ("▾" if task.key in self.opened else "▸") if task.place == "there" else " "
        return [(glyph, tone), (f"{task.text:<48}", "dim" if task.done else "text"), (f"{'there' if task.place == 'there' else 'here':<6}{fold}", "faint")]


def _value(number: int, value: Value) -> list[Line]:
    """What it is called there, and the text under it, with the key that copies it."""
    text = value.text or f"{number} copies it, as {'PEM' if value.key == 'certificate' else 'XML'}"
    return [Line([("    ", ""), (f"{number} ", "accent bold"), (value.title, "text")], value), Line([("      ", ""), (text, "dim")])]
