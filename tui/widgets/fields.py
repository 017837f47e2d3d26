"""Form fields: a label, a value, and the error or hint beside it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from store.errors import UsherError
from store.records import dataclass
from tui.widgets.choice import Choice
from tui.widgets.ink import Drawn, Spans
from tui.widgets.inputs import TextInput

if TYPE_CHECKING:
    from tui.widgets.area import Area


class Note(Drawn):
    """The line under a field: its error, else its hint; before them the value of a locked field that has no room for it."""

    def __init__(self, hint: str, whole: str = "") -> None:
        super().__init__()
        self.hint, self.whole, self.error = hint, whole, ""

    def _lines(self, width: int) -> list[tuple[str, str]]:
        room = max(10, width)
        text, tone = (f"✗ {self.error}", "bad") if self.error else (self.hint, "faint")
        value = [self.whole[at : at + room] for at in range(0, len(self.whole), room)] if len(self.whole) > room - 2 else []
        return [*((part, "dim") for part in value), *((part, tone) for part in textwrap.wrap(text, room))]

    def line(self, y: int, width: int) -> Spans:
        """Error or hint, over as many lines as it has."""
        lines = self._lines(width)
        return lines[y] if y < len(lines) else ""

    def get_content_height(self, container: Any, viewport: Any, width: int) -> int:
        """As many lines as the text takes."""
        return len(self._lines(width))

    def say(self, error: str) -> None:
        """Shows an error, or with none the hint again."""
        if error != self.error:
            self.error = error
            self.refresh(layout=True)


@dataclass(frozen=True)
class FieldSpec:
    """A field as data. `name` is what the service calls it (and `UsherError.field`); with `options` it is a choice,
    with `lines` an area to paste into that is so high. `locked` says why it cannot be changed now."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    password: bool = False
    required: bool = False
    locked: str = ""
    lines: int = 0


class Field(Vertical):
    """A label, its field, and a note under it."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self.spec, self.leaving = spec, False
        self.field: TextInput | Choice | Area = _made(spec)
        self.set_class(bool(spec.lines), "-area")
        self.field.disabled = bool(spec.locked)
        self.note = Note(spec.locked or spec.hint, spec.value if spec.locked and not spec.options else "")

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
        self.note.whole = spec.value if spec.locked and not spec.options else ""
        self.note.refresh(layout=True)


def _made(spec: FieldSpec) -> TextInput | Choice | Area:
    """What the value is given in."""
    if spec.options:
        return Choice(spec.options, spec.value)
    if spec.lines:
        from tui.widgets.area import Area

        return Area(spec.value, lines=spec.lines)
    return TextInput(spec.value, password=spec.password)


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
        carets = {name: field.field.cursor_position for name, field in self.fields.items() if isinstance(field.field, TextInput)}
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
                self._put_caret(shown[name].field, carets.get(name, 0))

    def _put_caret(self, field: Widget, at: int) -> None:
        """Where it stood while it was typed: another value stood there in between, and it may have been shorter."""
        if isinstance(field, TextInput):
            field.cursor_position = at

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

    def on_text_input_paste_refused(self, message: TextInput.PasteRefused) -> None:
        """Says beside the field why nothing was taken."""
        message.stop()
        for field in self.fields.values():
            if field.field is message.field:
                field.note.say(f"{message.why} Nothing of it was taken.")
                self.call_after_refresh(self._bring_into_view, field)

    def _forgive(self, widget: object) -> None:
        """An error beside a field goes with what it was about; not when the store's own value comes into it."""
        for field in self.fields.values():
            if field.field is widget and field.field.value != field.spec.value:
                field.note.say("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Passes on that something was typed, and keeps in view what is typed."""
        event.stop()
        self._forgive(event.input)
        if event.input.has_focus:
            event.input.scroll_visible(animate=False)
        self.post_message(self.Edited())

    def on_text_area_changed(self, event: Message) -> None:
        """Passes on that something was typed or pasted."""
        event.stop()
        self._forgive(event.control)
        self.post_message(self.Edited())

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Passes on that something was chosen."""
        event.stop()
        self._forgive(event.choice)
        self.post_message(self.Edited())

    def on_descendant_focus(self) -> None:
        """Labels show which field is at work."""
        for label in self.query(Label):
            label.refresh()
