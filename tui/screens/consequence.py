"""Confirmations that count what a change would bring at the applications, while they stand there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult

from store.errors import UsherError
from tui.screens.confirm import Confirm, ConfirmNumber
from tui.screens.dialog import Text
from tui.widgets.impacts import Impacts
from tui.widgets.ink import Spans
from usher.services.impact import Impact

Count = Callable[[], list[Impact]]


def counted(count: Count) -> list[Impact] | str:
    """What was counted, or why it could not be."""
    try:
        return count()
    except UsherError as error:
        return error.message


class ImpactConfirm(Confirm):
    """A confirmation with its impact under it."""

    def __init__(self, title: str, consequence: Sequence[Spans], verb: str, count: Count, *, key: str = "y", tone: str = "bad") -> None:
        super().__init__(title, consequence, verb, key=key, tone=tone)
        self.count = count

    def content(self) -> ComposeResult:
        """The consequence, then the impact."""
        yield Text(self.consequence)
        yield Impacts()

    def on_mount(self) -> None:
        """Counts beside the screen."""
        self.read(lambda: counted(self.count), self.query_one(Impacts).show, group="impact")


class ImpactConfirmNumber(ConfirmNumber):
    """The same, where the number of what will be gone must be typed."""

    def __init__(self, title: str, consequence: Sequence[Spans], verb: str, number: int, label: str, count: Count) -> None:
        super().__init__(title, consequence, verb, number, label)
        self.count = count

    def content(self) -> ComposeResult:
        """The consequence, the impact, the field."""
        text, *form = super().content()
        yield text
        yield Impacts()
        yield from form

    def on_mount(self) -> None:
        """Counts beside the screen."""
        self.read(lambda: counted(self.count), self.query_one(Impacts).show, group="impact")
