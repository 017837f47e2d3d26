"""The attribute mapping of an application: rows switched, mapped otherwise, added; kept by Save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from store.connections import MappingRow
from store.errors import UsageError
from tui.commands import Command, Possible
from tui.screens.prompt import Prompt
from tui.widgets.fields import FieldSpec
from tui.widgets.ink import Spans
from tui.widgets.source import Column
from tui.widgets.table import VirtualTable
from usher.services import identity
from usher.services.mapping_rows import shown
from usher.services.session import Session

if TYPE_CHECKING:
    from tui.screens.application_idm import IdentityPane

CONSTANT = "="


class SwitchRow(Command["MappingTable"]):
    """Switch the row on or off; only rows that are on are sent."""

    keys, name, short, priority, words = "space", "Switch the row", "On/off", 9, "idm mapping"

    def possible(self, table: MappingTable) -> Possible:
        """Not a row the application requires."""
        if table.row is None:
            return False
        app: Any = table.app
        if not app.administers:
            return str(app.may("administrator"))
        required = table.row.required and table.row.on
        return f"{table.row.path} is required by the application and cannot be switched off." if required else True

    def run(self, table: MappingTable) -> None:
        """Switches; Save keeps it."""
        if table.row is not None:
            table.put(replace(table.row, on=not table.row.on))

    def cli(self, table: MappingTable) -> str:
        """`usher idm mapping APP on|off PATH`."""
        row = table.row
        return f"usher idm mapping {table.pane.quoted} {'off' if row and row.on else 'on'} {row.path if row else 'PATH'}"


class MappingTable(VirtualTable[MappingRow]):
    """The rows as they would be kept; those not saved yet are marked."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (SwitchRow,)

    def __init__(self, pane: IdentityPane) -> None:
        columns: list[Column[MappingRow]] = [
            Column("", _switch, 6),
            Column("Attribute there", lambda row: (row.path, "strong" if row.on else "dim"), 16, grow=2, most=34),
            Column("From", _source, 18, grow=2, most=30),
            Column("Called there", lambda row: (row.label, "dim"), 14, grow=1, most=24, drop=2),
            Column("", self._mark, 11),
        ]
        super().__init__(columns, id="mapping")
        self.add_class("rows")
        self.pane = pane
        self.kept: dict[str, MappingRow] = {}
        self.drafts: dict[str, MappingRow] = {}
        self.began: dict[str, MappingRow | None] = {}
        """The rows as they were kept when each was first changed here."""

    def _mark(self, row: MappingRow) -> Spans:
        if row.path in self.drafts:
            return ("• not saved", "warn")
        return ("required", "dim") if row.required else ""

    def fill(self, rows: Sequence[MappingRow]) -> None:
        """Shows what is kept, under what was changed here."""
        self.kept = {row.path: row for row in rows}
        self.drafts = {path: row for path, row in self.drafts.items() if row != self.kept.get(path)}
        shown = [self.drafts.get(row.path, row) for row in rows] + [row for path, row in self.drafts.items() if path not in self.kept]
        self.show(shown, lambda row: row.path)
        self.styles.height = max(2, len(shown) + 1)

    def put(self, row: MappingRow) -> None:
        """Changes a row, not kept yet."""
        if row.path not in self.drafts:
            self.began[row.path] = self.kept.get(row.path)
        self.drafts[row.path] = row
        self.fill(list(self.kept.values()))
        self.pane.foresee_later()

    @staticmethod
    def keep(session: Session, app: str, drafts: Mapping[str, MappingRow], began: Mapping[str, MappingRow | None]) -> None:
        """Saves what was changed of each row; for a thread. `Conflict` when somebody else changed the same."""
        for path, row in drafts.items():
            before = began.get(path)
            if before is None or (before.source, before.constant) != (row.source, row.constant):
                expected = {path: shown(before)}
                if row.source is not None:
                    identity.map_source(session, app, {path: row.source}, expected=expected)
                else:
                    identity.map_constant(session, app, {path: row.constant or ""}, expected=expected)
            if row.on != (before.on if before else True):
                identity.switch(session, app, [path], row.on, expected={path: "on" if before is None or before.on else "off"})

    def typed(self) -> dict[str, str]:
        """What was changed here and is not kept, by path, for who is asked whose is to stand."""
        return {path: f"{shown(row)}{'' if row.on else ', off'}" for path, row in self.drafts.items()}

    def settle(self, paths: Iterable[str], mine: bool) -> None:
        """Goes on from what is kept now: with the row as changed here, or with theirs."""
        for path in set(paths) & set(self.drafts):
            if mine:
                self.began[path] = self.kept.get(path)
            else:
                del self.drafts[path]
        self.fill(list(self.kept.values()))


def _switch(row: MappingRow) -> Spans:
    return [("● ", "ok"), "on"] if row.on else [("○ ", "faint"), ("off", "dim")]


def _source(row: MappingRow) -> Spans:
    return (row.source, "text" if row.on else "dim") if row.source is not None else (f"“{row.constant}”", "info")


def editor(row: MappingRow | None, sources: Sequence[str]) -> Prompt:
    """Asks where a row comes from; a new one for its path too. The answer is the row, to be kept by Save."""
    options = (*((source, source) for source in sources), (CONSTANT, "a constant"))
    specs = [
        FieldSpec(
            "path",
            "Attribute there",
            row.path if row else "",
            "" if row else "A SCIM path, such as title or name.familyName.",
            required=True,
            locked="The row of this attribute." if row else "",
        ),
        FieldSpec(
            "source",
            "From",
            CONSTANT if row and row.source is None else (row.source or "" if row else sources[0]),
            "← → chooses the attribute of the person.",
            options=options,
        ),
        FieldSpec("constant", "Constant", (row.constant or "") if row else "", "The same for everybody; used where From says a constant."),
    ]

    def do(values: Mapping[str, str]) -> MappingRow:
        constant = values["source"] == CONSTANT
        path = values["path"].strip()
        if not path:
            raise UsageError("path-empty", "Name the attribute at the application.", "", "path")
        if constant and not values["constant"].strip():
            raise UsageError("constant-empty", "The constant is empty.", "", "constant")
        new = row or MappingRow(path, None, None, True, False, "")
        return replace(new, path=path, source=None if constant else values["source"], constant=values["constant"].strip() if constant else None)

    return Prompt("Change the row" if row else "Add a row", specs, "OK", do, ["It is kept by Save; what it would bring is said before."])
