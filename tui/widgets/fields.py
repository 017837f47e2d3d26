"""Form fields: a label, a value, and the error or hint beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Region
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input
from textual.widgets.input import Selection

from store.errors import UsherError
from store.records import dataclass
from tui.commands import Command, Commanded
from tui.widgets.ink import Drawn, Spans


class TextInput(Input):
    """A one-line field without a blinking cursor; what is typed in a password field never leaves it."""

    def __init__(self, value: str = "", *, placeholder: str = "", password: bool = False, id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, password=password, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def _watch_selection(self, selection: Selection) -> None:
        super()._watch_selection(selection)
        self.call_after_refresh(self._show_part)  # filled from the store Textual would show the end

    def watch_has_focus(self, has_focus: bool) -> None:
        """Shows where the cursor is, of a long path the file's name; the beginning while nobody types."""
        super().watch_has_focus(has_focus)
        self.call_after_refresh(self._show_part)

    def _show_part(self) -> None:
        at = self._cursor_offset if self.has_focus else 0
        self.scroll_to_region(Region(at, 0, 1, 1), force=True, animate=False)

    def action_copy(self) -> None:
        """Copies the selection, unless it is a secret."""
        if not self.password:
            super().action_copy()

    def action_cut(self) -> None:
        """Cuts the selection, unless it is a secret."""
        if not self.password:
            super().action_cut()


class Note(Drawn):
    """The line under a field: its error, else its hint."""

    def __init__(self, hint: str) -> None:
        super().__init__()
        self.hint, self.error = hint, ""

    def line(self, y: int, width: int) -> Spans:
        """Error or hint, over as many lines as it has."""
        import textwrap

        text, tone = (f"✗ {self.error}", "bad") if self.error else (self.hint, "faint")
        lines = textwrap.wrap(text, max(10, width)) or [""]
        return (lines[y], tone) if y < len(lines) else ""

    def get_content_height(self, container: Any, viewport: Any, width: int) -> int:
        """As many lines as the text takes."""
        import textwrap

        text = f"✗ {self.error}" if self.error else self.hint
        return len(textwrap.wrap(text, max(10, width)))

    def say(self, error: str) -> None:
        """Shows an error, or with none the hint again."""
        if error != self.error:
            self.error = error
            self.refresh(layout=True)


class NextChoice(Command["Choice"]):
    """The next value."""

    keys, name, short, group, priority = "space,right,l", "Next value", "Change", "In a form", 8

    def run(self, choice: Choice) -> None:
        """Steps."""
        choice.step(1)


class PreviousChoice(Command["Choice"]):
    """The value before."""

    keys, name, group = "left,h", "Previous value", "In a form"

    def run(self, choice: Choice) -> None:
        """Steps."""
        choice.step(-1)


class Choice(Commanded, Drawn, can_focus=True):
    """One of a few values, all to be seen when they fit: `● automatic  ○ on demand`. Two of them make a switch."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (NextChoice, PreviousChoice)

    class Changed(Message):
        """Another value was chosen."""

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
            self.post_message(self.Changed())

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


@dataclass(frozen=True)
class FieldSpec:
    """A field as data. `name` is what the service calls it (and `UsherError.field`); with `options` it is a choice.
    `locked` says why it cannot be changed now."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    password: bool = False
    required: bool = False
    locked: str = ""


class Field(Vertical):
    """A label, its field, and a note under it."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self.spec, self.leaving = spec, False
        self.field: TextInput | Choice = Choice(spec.options, spec.value) if spec.options else TextInput(spec.value, password=spec.password)
        self.field.disabled = bool(spec.locked)
        self.note = Note(spec.locked or spec.hint)

    def compose(self) -> ComposeResult:
        """The three parts."""
        with Horizontal():
            yield Label(self.spec.label + (" *" if self.spec.required else ""))
            yield self.field
        yield self.note

    def refill(self, spec: FieldSpec) -> None:
        """Takes another state: value, lock, hint."""
        self.spec = spec
        if isinstance(self.field, Choice):
            self.field.options = list(spec.options)
        self.field.value = spec.value
        self.field.disabled = bool(spec.locked)
        self.note.hint, self.note.error = spec.locked or spec.hint, ""
        self.note.refresh(layout=True)


class Label(Drawn):
    """A field's label."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def line(self, y: int, width: int) -> Spans:
        """The label; bold while its field is at work."""
        parent = self.parent
        return (self.text, "strong" if isinstance(parent, Widget) and parent.has_focus_within else "dim")

    def get_content_width(self, container: Any, viewport: Any) -> int:
        """Its text, where a sheet gives it no width of its own."""
        return len(self.text) + 1


class Form(Vertical):
    """Fields in a column. It knows what was changed and puts an error beside the field it is about."""

    class Edited(Message):
        """A value was changed by a person (or by `fill`)."""

    def __init__(self, specs: Sequence[FieldSpec] = (), id: str | None = None) -> None:
        super().__init__(id=id)
        self._specs = list(specs)

    def compose(self) -> ComposeResult:
        """One `Field` a spec."""
        yield from (Field(spec) for spec in self._specs)

    @property
    def fields(self) -> dict[str, Field]:
        """The fields by name, without those that are on their way out."""
        return {field.spec.name: field for field in self.query(Field) if not field.leaving}

    def fill(self, specs: Sequence[FieldSpec], *, keep_edits: bool = False) -> None:
        """Shows other values; a field that is in both stays the same widget, the others come and go. With `keep_edits` what
        a person has changed stays."""
        edits = self.changed() if keep_edits else {}
        self._specs = list(specs)
        shown, at = self.fields, 0
        for name in shown.keys() - {spec.name for spec in specs}:
            shown[name].leaving = True  # Textual takes it away a little later
            shown[name].remove()
        for spec in specs:
            field = shown.get(spec.name)
            if field is not None:
                field.refill(spec)
            else:
                field = Field(spec)
                self.mount(field, before=at if at < len(self.children) else None)
            at = self.children.index(field) + 1
        for name, value in edits.items():
            if name in shown and not shown[name].leaving:
                shown[name].field.value = value

    def values(self) -> dict[str, str]:
        """Every value by name."""
        return {name: field.field.value for name, field in self.fields.items()}

    def changed(self) -> dict[str, str]:
        """The values that differ from what was shown first."""
        return {name: field.field.value for name, field in self.fields.items() if field.field.value != field.spec.value}

    def show_error(self, error: UsherError) -> bool:
        """Puts an error beside its field and goes there; False when it is about none of these fields."""
        self.clear_errors()
        field = self.fields.get(error.field)
        if field is None:
            return False
        field.note.say(f"{error.message} {error.hint}".strip())
        field.field.focus()
        self.call_after_refresh(self._bring_into_view, field)
        return True

    def _bring_into_view(self, field: Field) -> None:
        """All of a field with what it says, if there is room for that; its value in any case."""
        field.scroll_visible(animate=False, immediate=True)
        self.call_after_refresh(field.field.scroll_visible, animate=False)

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Puts several errors beside their fields."""
        for name, field in self.fields.items():
            field.note.say(errors.get(name, ""))

    def clear_errors(self) -> None:
        """Takes the errors away."""
        self.show_errors({})

    def on_input_changed(self, event: Input.Changed) -> None:
        """Passes on that something was typed, and keeps in view what is typed."""
        event.stop()
        if event.input.has_focus:
            event.input.scroll_visible(animate=False)
        self.post_message(self.Edited())

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Passes on that something was chosen."""
        event.stop()
        self.post_message(self.Edited())

    def on_descendant_focus(self) -> None:
        """Labels show which field is at work."""
        for label in self.query(Label):
            label.refresh()
