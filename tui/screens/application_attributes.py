"""The attributes of the assertion: where each comes from; added, changed, removed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from store.errors import UsherError
from store.saml_settings import SamlAttribute
from tui.commands import Command, Possible
from tui.screens.pane import PaneCommand
from tui.screens.prompt import Prompt
from tui.widgets.fields import FieldSpec
from tui.widgets.source import Column
from tui.widgets.table import VirtualTable
from usher.services import sso
from usher.services.applications import ApplicationDetail
from usher.services.session import Session

if TYPE_CHECKING:
    from tui.screens.application_sso import SsoPane

CONSTANT = "="
"""The choice that takes a constant instead of a user attribute."""


class AddAttribute(PaneCommand):
    """Add an attribute to the assertion."""

    keys, name, short, priority, words = "a", "Add attribute", "Add attribute", 30, "apps attributes"

    def run(self, pane: Any) -> None:
        """Asks for name and source."""
        pane.edit_attribute(None)

    def cli(self, pane: Any) -> str:
        """`usher apps attributes`."""
        return f"usher apps attributes {shlex.quote(pane.detail.label)} set NAME=SOURCE"


class RemoveAttribute(Command["Attributes"]):
    """Take the attribute out of the assertion."""

    keys, name, short, priority, words = "x,delete", "Remove attribute", "Remove", 12, "apps attributes"

    def possible(self, table: Attributes) -> Possible:
        """Not one the application requires."""
        if table.row is None:
            return False
        app: Any = table.app
        if not app.administers:
            return str(app.may("administrator"))
        return "The application requires this attribute: change where it comes from instead." if table.row.required else True

    def run(self, table: Attributes) -> None:
        """Asks first."""
        if table.row is not None:
            table.pane.remove_attribute(table.row)

    def cli(self, table: Attributes) -> str:
        """`usher apps attributes APP remove NAME`."""
        name = table.row.name if table.row else ""
        return f"usher apps attributes {shlex.quote(table.pane.detail.label)} remove {shlex.quote(name)}"


class Attributes(VirtualTable[SamlAttribute]):
    """The attributes, one a row; enter changes one."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (RemoveAttribute,)

    def __init__(self, pane: SsoPane) -> None:
        columns: list[Column[SamlAttribute]] = [
            Column("Attribute", lambda row: (row.name, "strong"), 18, grow=2, most=44),
            Column(
                "From", lambda row: row.source if row.source is not None else ("; ".join(f"“{value}”" for value in row.values), "info"), 18, grow=2, most=44
            ),
            Column("", lambda row: ("required", "dim") if row.required else "", 8),
        ]
        super().__init__(columns, id="attributes")
        self.add_class("rows")
        self.pane = pane
        self.empty = [("No attributes: the assertion carries the NameID alone.", "dim")]

    def fill(self, rows: tuple[SamlAttribute, ...]) -> None:
        """Shows them, as high as they need."""
        self.show(rows, lambda row: row.name)
        self.styles.height = max(2, len(rows) + 1)


def editor(session: Session, detail: ApplicationDetail, row: SamlAttribute | None, sources: list[str]) -> Prompt:
    """Asks for an attribute: its name, and a user attribute or a constant."""
    options = (*((source, source) for source in sources), (CONSTANT, "a constant"))
    specs = [
        FieldSpec("name", "Attribute", row.name if row else "", required=True, locked="Its name stays: remove it and add another to rename it." if row else ""),
        FieldSpec("source", "From", CONSTANT if row and row.source is None else (row.source or "" if row else sources[0]), "← → chooses.", options=options),
        FieldSpec(
            "constant",
            "Constant",
            (row.constant or "") if row else "",
            "The same for everybody, where From says a constant; several stand a line each.",
            lines=3,
        ),
    ]

    def do(values: Mapping[str, str]) -> ApplicationDetail:
        constant, seen = values["source"] == CONSTANT, f"attribute {values['name']}"
        expected = {seen: dialog.seen.get(seen, "")}
        try:
            if constant:
                return sso.set_constants(session, detail.id, {values["name"]: values["constant"]}, expected=expected)
            return sso.set_attributes(session, detail.id, {values["name"]: values["source"]}, expected=expected)
        except UsherError as error:
            error.field = "name" if error.field == "attribute" or error.code == "attribute-taken" else "constant" if constant else "source"
            raise

    dialog = Prompt("Change attribute" if row else "Add attribute", specs, "Save" if row else "Add", do)
    if row:
        dialog.seen[f"attribute {row.name}"] = sso.came_from(row)
    return dialog
