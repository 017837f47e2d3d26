"""The latest requests and responses of an application, to pick one that is read and judged."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from tui.screens.dialog import Button, Dialog, Text
from tui.screens.sign_ins import TONES
from tui.styles.sheets import DIALOG_CSS, DIRECTORY_CSS, FORM_CSS
from tui.widgets.source import Column
from tui.widgets.table import VirtualTable
from usher.services.sso_tests import KeptMessage


class PickMessage(Dialog[KeptMessage]):
    """One line a message, newest first; enter picks it."""

    CSS_PATH = [DIALOG_CSS, FORM_CSS, DIRECTORY_CSS]
    AUTO_FOCUS = "#box VirtualTable"

    def __init__(self, label: str, found: Sequence[KeptMessage]) -> None:
        super().__init__(f"Requests and responses of {label}")
        self.found = list(found)
        self.add_class("-large")

    def content(self) -> ComposeResult:
        """The table."""
        yield Text([("Of the latest sign-ins. enter reads and judges the one under the cursor.", "dim")])
        table: VirtualTable[KeptMessage] = VirtualTable(
            [
                Column("Time UTC", lambda one: (one.sign_in.at[5:19].replace("T", " "), "dim"), 14),
                Column("Message", lambda one: one.kind, 9),
                Column("User", lambda one: (one.sign_in.username or "–", "strong"), 14, grow=2, most=32),
                Column("Result", lambda one: (one.sign_in.result, TONES.get(one.sign_in.result, "text")), 9),
                Column("Reason", lambda one: (one.sign_in.reason, "dim"), 8, grow=3),
            ]
        )
        table.empty = ["No request or response of this application was kept yet."]
        yield table

    def on_mount(self) -> None:
        """Fills it."""
        self.query_one(VirtualTable).show(self.found, lambda one: f"{one.sign_in.id} {one.kind}")

    def buttons(self) -> list[Button]:
        """Close; enter picks."""
        return [Button("close", "Close", key="escape", tone="dim")]

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Answers with that one."""
        message.stop()
        self.dismiss(message.row)
