"""Asks for a few values, does something with them, and stays open with the error beside its field when refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.app import ComposeResult

from tui.screens.dialog import Button, Dialog, Text
from tui.widgets.fields import FieldSpec, Form
from tui.widgets.ink import Spans


class Prompt(Dialog[Any]):
    """`do(values)` runs beside the screen (it calls a service); its result is the dialog's answer."""

    def __init__(self, title: str, fields: Sequence[FieldSpec], verb: str, do: Callable[[Mapping[str, str]], Any], lines: Sequence[Spans] = ()) -> None:
        super().__init__(title)
        self.specs, self.verb, self.do, self.lines = list(fields), verb, do, list(lines)
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
            self.dismiss(None)
            return
        form = self.query_one(Form)
        values = form.values()
        self.work(lambda: self.do(values), lambda result: self.dismiss(True if result is None else result), form=form)
