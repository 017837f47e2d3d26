"""Asks for a few values, does something with them, and stays open with the error beside its field when refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.app import ComposeResult

from store.errors import Conflict
from tui.screens.dialog import Button, Dialog, Text
from tui.screens.meanwhile import Meanwhile, met
from tui.widgets.fields import FieldSpec, Form
from tui.widgets.ink import Spans


class Prompt(Dialog[Any]):
    """`do(values)` runs beside the screen (it calls a service); its result is the dialog's answer.

    `seen` is what the fields held when it was asked: `do` hands it on where somebody else may be faster. Then both are
    shown, and nothing that was typed is lost. With `asks` it is not left unasked once something was typed.
    """

    asks = False

    def __init__(self, title: str, fields: Sequence[FieldSpec], verb: str, do: Callable[[Mapping[str, str]], Any], lines: Sequence[Spans] = ()) -> None:
        super().__init__(title)
        self.specs, self.verb, self.do, self.lines = list(fields), verb, do, list(lines)
        self.seen = {spec.name: spec.value for spec in fields}
        self.set_class(len(self.specs) > 4, "-tall")

    def content(self) -> ComposeResult:
        """What is asked."""
        if self.lines:
            yield Text(self.lines)
        yield Form(self.specs)

    def buttons(self) -> list[Button]:
        """Cancel and the verb."""
        return [Button("cancel", "Cancel", key="escape", tone="dim"), Button("do", self.verb, key="ctrl+s")]

    def on_input_submitted(self) -> None:
        """Enter goes to the next field, and in the last one does it."""
        fields = [field.field for field in self.query_one(Form).fields.values() if field.field.focusable]
        if self.focused is fields[-1]:
            self.pressed("do")
        else:
            self.focus_next()

    def pressed(self, name: str) -> None:
        """Does it, or leaves."""
        if name != "do":
            self.leave()
            return
        form = self.query_one(Form)
        values = form.values()
        self.work(lambda: met(lambda: self.do(values)), self._done, form=form)

    def leave(self) -> None:
        """Closes; asks first when something would be lost that is to be kept."""
        if not self.asks or not self.query_one(Form).changed():
            self.dismiss(None)
            return
        from tui.screens.confirm import Confirm

        self.ask(Confirm("Leave without saving?", ["What you typed is not saved."], "Leave without saving"), self._left)

    def _left(self, _: bool) -> None:
        self.dismiss(None)

    def _done(self, result: Any) -> None:
        if isinstance(result, Conflict):
            form = self.query_one(Form)
            labels = {spec.name: spec.label for spec in self.specs}
            self.ask(Meanwhile(result, form.values(), labels), lambda answer: self._settle(answer, result))
        else:
            self.dismiss(True if result is None else result)

    def _settle(self, answer: str, conflict: Conflict) -> None:
        """Goes on from what is kept now: with what was typed, or with theirs in its place."""
        fields = self.query_one(Form).fields
        for one in conflict.changes:
            self.seen[one.field] = one.now
            if answer == "theirs" and one.field in fields:
                fields[one.field].field.value = one.now
        if answer == "mine":
            self.pressed("do")
        elif not any(one.field in fields for one in conflict.changes):
            self.dismiss(None)  # theirs stands, and nothing that is asked here has to be another
