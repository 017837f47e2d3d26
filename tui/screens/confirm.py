"""Asks before something that cannot simply be taken back, and names what it would do."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from tui.screens.dialog import Button, Dialog, Text
from tui.widgets.ink import Spans


class Confirm(Dialog[bool]):
    """Says the consequence with its count. The focus is on Cancel; `key` confirms and is never the key that asked."""

    def __init__(self, title: str, consequence: Sequence[Spans], verb: str, *, key: str = "y", tone: str = "bad") -> None:
        super().__init__(title)
        self.consequence = list(consequence)
        self.verb, self.key, self.tone = verb, key, tone

    def content(self) -> ComposeResult:
        """The consequence."""
        yield Text(self.consequence)

    def buttons(self) -> list[Button]:
        """Cancel first."""
        return [Button("cancel", "Cancel", key="escape", tone="dim"), Button("confirm", self.verb, key=self.key, tone=self.tone)]

    def pressed(self, name: str) -> None:
        """Answers."""
        self.dismiss(name == "confirm")


class ConfirmNumber(Dialog[bool]):
    """Asks for the number of things that will be gone; the verb works only once it was typed."""

    def __init__(self, title: str, consequence: Sequence[Spans], verb: str, number: int, label: str) -> None:
        super().__init__(title)
        self.consequence = list(consequence)
        self.verb, self.number, self.label = verb, number, label

    def content(self) -> ComposeResult:
        """The consequence, and the field."""
        from tui.widgets.fields import FieldSpec, Form

        yield Text(self.consequence)
        yield Form([FieldSpec("number", self.label)])

    def buttons(self) -> list[Button]:
        """The verb is locked at first."""
        confirm = Button("confirm", self.verb, tone="bad")
        confirm.disabled = True
        return [Button("cancel", "Cancel", key="escape", tone="dim"), confirm]

    def on_form_edited(self) -> None:
        """Unlocks the verb when the number is right."""
        self.query_one("#button-confirm", Button).disabled = not self._right

    def on_input_submitted(self) -> None:
        """Enter confirms when the number is right, and says so when it is not."""
        from tui.widgets.fields import Form

        if self._right:
            self.dismiss(True)
        else:
            self.query_one(Form).show_errors({"number": f"Type {self.number} to go on, or press esc."})

    def pressed(self, name: str) -> None:
        """Answers."""
        self.dismiss(name == "confirm" and self._right)

    @property
    def _right(self) -> bool:
        from tui.widgets.fields import Form

        return self.query_one(Form).values().get("number", "").strip() == str(self.number)
