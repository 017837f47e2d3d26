"""Import CSV: the file, what it would change, then all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from textual.app import ComposeResult

from store.errors import UsherError
from tui import words
from tui.screens.consequence import counted
from tui.screens.dialog import Button, Dialog, Text
from tui.screens.doing import Doing
from tui.screens.prompt import Prompt
from tui.styles.sheets import DIALOG_CSS, DIRECTORY_CSS, FORM_CSS
from tui.widgets.fields import FieldSpec
from tui.widgets.impacts import Impacts
from tui.widgets.ink import Span, Spans
from tui.widgets.source import Column, ListSource
from tui.widgets.table import VirtualTable
from usher.services import impact, imports
from usher.services.import_file import RowError
from usher.services.imports import ImportPreview, RowChange
from usher.services.session import Session

COUNTABLE = 5000
"""Up to so many people the impact is rehearsed: it holds up who else wants to change something."""

_COLUMNS = "username,email,firstname,lastname,displayname,employeeIdentifier,state,groups"


def begin(screen: Any) -> None:
    """Asks for the file, shows what it would change, imports it."""
    session: Session = screen.session
    where = "A file name in the exchange folder." if session.confined else "A path, such as ~/Downloads/people.csv."
    lines: list[Spans] = [
        "CSV, UTF-8, with a header row. Columns that are absent change nothing; nothing is kept unless every row is good.",
        (_COLUMNS.replace(",", " "), "dim"),
    ]
    dialog = Prompt("Import people from a CSV file", [FieldSpec("file", "File", hint=where, required=True)], "Preview", partial(_look, session), lines)
    screen.ask(dialog, lambda found: screen.app.push_screen(Preview(*found), lambda sure: _import(screen, *found) if sure else None))


def path_of(session: Session, typed: str) -> Path:
    """The file as it was named; `~` is the operator's home, unless confined."""
    path = Path(typed.strip())
    return path if session.confined else path.expanduser()


def _look(session: Session, values: Any) -> tuple[Path, ImportPreview]:
    """What the file would change; what is wrong with it stands beside the field."""
    path = path_of(session, values["file"])
    try:
        return path, imports.preview(session, path)
    except UsherError as error:
        error.field = "file"
        raise


def _import(screen: Any, path: Path, _: ImportPreview) -> None:
    """Imports with a progress bar; it goes on when the dialog is left."""
    session: Session = screen.session

    def work(progress: Callable[[int, int], None]) -> ImportPreview:
        return imports.run(session, path, progress)

    def told(found: ImportPreview) -> None:
        new = f"New groups: {', '.join(found.groups_new)}." if found.groups_new else ""
        screen.say(f"Imported {path.name}: {found.create:,} created, {found.update:,} updated, {found.unchanged:,} unchanged.", new)
        screen.refresh_here()

    screen.app.push_screen(Doing(f"Importing {path.name}", work, told, f"The import of {path.name} was cancelled: nothing of it was kept."))


class Preview(Dialog[bool]):
    """What a file would change: counts, the first changes one by one, the impact; or every bad row."""

    CSS_PATH = [DIALOG_CSS, FORM_CSS, DIRECTORY_CSS]
    AUTO_FOCUS = "#box VirtualTable"

    def __init__(self, path: Path, found: ImportPreview) -> None:
        super().__init__(f"Import {path.name}")
        self.path, self.found = path, found
        self.add_class("-large")
        self.idle = not (found.create or found.update or found.groups_new)

    def content(self) -> ComposeResult:
        """The counts, the rows, the impact."""
        yield Text(self._summary())
        yield _errors(self.found) if self.found.errors else _changes(self.found)
        if not self.found.errors:
            yield Impacts()

    def on_mount(self) -> None:
        """Fills the table, and counts the impact beside the screen."""
        table = self.query_one(VirtualTable)
        rows: Any = self.found.errors or self.found.changes
        table.empty = ["Nothing in the directory would change."]
        table.source = ListSource(list(enumerate(rows)), lambda row: str(row[0]))
        table.focus()
        if self.found.errors:
            return
        shown = self.query_one(Impacts)
        if self.found.create + self.found.update > COUNTABLE:
            shown.show("so many people are counted by the next plan: see Push")
        else:
            session, path = self.session, self.path
            self.read(lambda: counted(lambda: impact.rehearsed(session, lambda: imports.run(session, path))), shown.show, group="impact")

    def _summary(self) -> list[Spans]:
        found = self.found
        if found.errors:
            many = words.count(len(found.errors), "bad value")
            return [[("✗ ", "bad"), (f"{many}: nothing is imported until every row is good.", "strong")]]
        counts: list[Span] = []
        for glyph, number, word, tone in (
            ("+", found.create, "create", "ok"),
            ("●", found.update, "update", "info"),
            ("○", found.unchanged, "unchanged", "dim"),
        ):
            counts += [(f"{glyph} ", tone if number else "faint"), (f"{number:,} {word}", "text" if number else "faint"), "    "]
        counts += [(f"memberships +{found.joined:,} −{found.left:,}", "dim" if found.joined or found.left else "faint")]
        new: Spans = [("New groups  ", "dim"), ", ".join(found.groups_new)] if found.groups_new else ("No new groups", "faint")
        return [counts, new]

    def buttons(self) -> list[Button]:
        """Import only what is good and changes something."""
        cancel = Button("cancel", "Close" if self.found.errors else "Cancel", key="escape", tone="dim")
        verb = f"Import {words.count(self.found.create + self.found.update, 'person', 'people')}"
        return [cancel] if self.found.errors or self.idle else [cancel, Button("import", verb, key="y")]

    def pressed(self, name: str) -> None:
        """Answers."""
        self.dismiss(name == "import")


def _errors(found: ImportPreview) -> VirtualTable[tuple[int, RowError]]:
    return VirtualTable(
        [
            Column("Line", lambda row: f"{row[1].line:,}", 6, align="right"),
            Column("Column", lambda row: (row[1].column or "–", "strong"), 16, most=20),
            Column("Reason", lambda row: row[1].reason, 20, grow=1),
        ]
    )


def _changes(found: ImportPreview) -> VirtualTable[tuple[int, RowChange]]:
    return VirtualTable(
        [
            Column("Line", lambda row: (f"{row[1].line:,}", "dim"), 6, align="right"),
            Column("", lambda row: ("+", "ok") if row[1].action == "create" else ("●", "info"), 1),
            Column("Person", lambda row: (row[1].username, "strong"), 18, grow=1, most=34),
            Column("What changes", lambda row: _difference(row[1]), 24, grow=2),
        ]
    )


def _difference(row: RowChange) -> Spans:
    """`create`: the values; `update`: before → after."""
    spans: list[Span] = []
    for name, (before, after) in row.changes.items():
        if name == "username":
            continue
        spans += [("  ", "")] if spans else []
        was = [(f"{before or '–'} → ", "dim")] if row.action == "update" else []
        spans += [(f"{name} ", "faint"), *was, (after or "–", "text")]
    return spans
