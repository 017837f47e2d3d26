"""Operators: who works with this store, in which role, and with which keys they come in over SSH."""

from __future__ import annotations

from typing import Any, ClassVar

from store.operators import Operator
from tui.commands import Command
from tui.screens.listing import ListScreen
from tui.screens.operators_commands import AddOperator, ChangeOperator, CopyLine, DropKey, RemoveOperator
from tui.widgets.ink import Spans
from tui.widgets.matching import matches
from tui.widgets.source import Column
from tui.widgets.table import VirtualTable
from usher.services import operators


class Operators(ListScreen):
    """Every operator."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (AddOperator, ChangeOperator, DropKey, CopyLine, RemoveOperator)
    place, heading = "operators", "Operators"
    topics = frozenset({"operator"})

    def make_table(self) -> VirtualTable[Operator]:
        """The list."""
        columns: list[Column[Operator]] = [
            Column("Name", self._called, 18, grow=1, most=30, sort=lambda one: one.name.casefold()),
            Column("Role", lambda one: (one.role, "text" if one.enabled else "faint"), 13, sort=lambda one: operators.ROLES.index(one.role)),
            Column("", _state, 8),
            Column("SSH keys", _keys, 18, grow=1, most=34),
            Column("May", lambda one: (operators.WHAT_ROLES_DO[one.role], "dim"), 20, grow=2, most=60, drop=2),
        ]
        return VirtualTable(columns)

    def fill(self, text: str) -> None:
        """All of them, or those that match by name, role or key."""
        self._all = operators.list_(self.session)
        found = [one for one in self._all if not text or matches(f"{one.name} {one.role} {' '.join(key.fingerprint for key in one.keys)}", text)]
        self.table.show(found, lambda one: one.id)

    def whole(self) -> int:
        """How many there are."""
        return len(self._all)

    def crumbs(self) -> list[str]:
        """Reached from the settings, and a part of them."""
        return ["Operators"]

    def empty(self) -> list[Spans]:
        """What holds as long as there are none, and what to press."""
        press: Spans = [("Press ", "dim"), ("a", "accent bold"), (" to add one, the first an administrator.", "dim")]
        return [
            ("No operators yet.", "strong"),
            "",
            ("Whoever may write the store's file is administrator,", "dim"),
            ("and recorded as such. Operators have names and roles,", "dim"),
            ("and come in over SSH with keys of their own.", "dim"),
            "",
            press if self.app.administers else (str(self.app.may("administrator")), "dim"),
        ]

    def cli(self) -> str:
        """The same list."""
        return "usher operators list"

    @property
    def operator(self) -> Operator | None:
        """The one under the cursor."""
        found: Operator | None = self.table.row
        return found

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Changes the operator, or says why not."""
        self.app.action_command(ChangeOperator.__name__)

    def _called(self, one: Operator) -> Spans:
        here = one.id == self.session.operator
        return [(one.name, "strong" if one.enabled else "faint"), ("  here" if here else "", "accent")]


def _state(one: Operator) -> Spans:
    return "" if one.enabled else ("disabled", "warn")


def _keys(one: Operator) -> Spans:
    if not one.keys:
        return ("none", "faint")
    return [(str(len(one.keys)), "text"), (f"  {one.keys[0].comment or one.keys[0].fingerprint}", "dim")]
