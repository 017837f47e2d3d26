"""Something typed is not saved, and somebody is about to leave: save it first, leave it behind, or stay."""

from __future__ import annotations

from textual.app import ComposeResult

from tui.screens.dialog import Button, Dialog, Text


class Leave(Dialog[str]):
    """Answers `save` or `leave`; the focus is on staying."""

    def __init__(self, unsaved: str, saves: bool) -> None:
        super().__init__("Leave without saving?")
        self.unsaved, self.saves = unsaved, saves

    def content(self) -> ComposeResult:
        """What would be lost."""
        yield Text([self.unsaved])

    def buttons(self) -> list[Button]:
        """Staying first."""
        return [
            Button("cancel", "Cancel", key="escape", tone="dim"),
            *([Button("save", "Save", key="s")] if self.saves else []),
            Button("leave", "Leave without saving", key="y", tone="bad"),
        ]

    def pressed(self, name: str) -> None:
        """Answers."""
        self.dismiss(None if name == "cancel" else name)
