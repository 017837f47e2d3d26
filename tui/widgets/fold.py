"""A heading that opens and closes what stands under it."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.message import Message

from tui.commands import Command, Commanded
from tui.widgets.ink import Drawn, Spans


class Unfold(Command["Fold"]):
    """Open or close what stands under the heading."""

    keys, name, short, group, priority = "enter,space", "Open or close", "Open/close", "In a form", 8

    def run(self, fold: Fold) -> None:
        """Turns it."""
        fold.opened = not fold.opened


class Fold(Commanded, Drawn, can_focus=True):
    """`▸ Advanced Settings` and a few words on what is inside."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (Unfold,)

    class Turned(Message):
        """It was opened or closed."""

        def __init__(self, fold: Fold) -> None:
            super().__init__()
            self.fold = fold

    def __init__(self, title: str, inside: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.title, self.inside = title, inside
        self._opened = False

    @property
    def opened(self) -> bool:
        """Whether it is open."""
        return self._opened

    @opened.setter
    def opened(self, opened: bool) -> None:
        if opened != self._opened:
            self._opened = opened
            self.refresh()
            self.post_message(self.Turned(self))

    def line(self, y: int, width: int) -> Spans:
        """Arrow, title, and what is inside while it is closed."""
        under = " on:cursor" if self.has_focus else ""
        spans = [("▌" if self.has_focus else " ", f"accent{under}"), ("▾ " if self._opened else "▸ ", f"accent{under}"), (f"{self.title}  ", f"strong{under}")]
        rest = "" if self._opened else self.inside
        return [*spans, (rest + " " * max(0, width - len(rest) - len(self.title) - 5), f"dim{under}")]

    def on_click(self) -> None:
        """Turns it."""
        self.opened = not self.opened

    def on_focus(self) -> None:
        """Shows where it is."""
        self.refresh()

    def on_blur(self) -> None:
        """Shows that it is no longer at work."""
        self.refresh()
