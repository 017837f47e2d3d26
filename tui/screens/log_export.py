"""Writes what a log is narrowed to into a file: JSON lines or CSV, the command line's own columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import UsherError
from tui import words
from tui.screens.prompt import Prompt
from tui.widgets.fields import FieldSpec

if TYPE_CHECKING:
    from store.journal import JournalRow
    from tui.widgets.log_table import LogTable
    from usher.services.log import LogQuery
    from usher.services.session import Session

LINE = "The rows as the log shows them now, oldest first."
FORMS = (("jsonl", "JSON lines"), ("csv", "CSV"))


def export(table: LogTable) -> None:
    """Asks for file and form; then writes beside the screen, which can be left."""
    from tui.screens.base import PlaceScreen

    session, screen = table.session, table.screen
    if session is None or not isinstance(screen, PlaceScreen):
        return
    query, made = table.asked(), dict[str, str]()
    number = words.count(table.count, "row") if table.counted else "the rows"

    def reserve(values: Mapping[str, str]) -> bool:
        made.update(values, file=str(_reserve(session, values)))
        return True

    def begin(_: object) -> None:
        path = Path(made["file"])
        screen.work(lambda: write(session, query, path, made["form"]), lambda rows: _done(screen, rows, path), group="export", busy="exporting the log …")

    screen.ask(Prompt(f"Export {number}", _fields(session, table), "Export", reserve, [LINE]), begin)


def _fields(session: Session, table: LogTable) -> list[FieldSpec]:
    parts = ["log", *(table.filter.facets[name] for name in ("result", "action") if name in table.filter.facets), session.now()[:10]]
    name = "-".join(parts)
    where = name if session.confined else str(session.downloads / name)
    hint = "A bare name: it is written into the exchange folder." if session.confined else "A file that exists is never overwritten."
    return [FieldSpec("file", "File", where, hint, required=True), FieldSpec("form", "Form", "jsonl", "The ending .jsonl or .csv is added.", options=FORMS)]


def _reserve(session: Session, values: Mapping[str, str]) -> Path:
    """Makes the file, empty, so that a name that cannot be used is said beside its field."""
    from usher.services.files import write_file

    name = values["file"].strip()
    path = Path(name if Path(name).suffix else f"{name}.{values['form']}")
    try:
        if not name:
            from store.errors import UsageError

            raise UsageError("file-missing", "A file name is needed.")
        return write_file(session, path, b"")
    except UsherError as error:
        error.field = "file"
        error.hint = "Choose another name." if error.code == "file-exists" else error.hint
        raise


def write(session: Session, query: LogQuery, path: Path, form: str) -> int:
    """Writes every row that matches, in place of the empty file; how many they were."""
    from usher.services import log
    from usher.services.files import write_file

    counted = _Counted(log.rows(session, query))
    name = Path(path.name) if session.confined else path
    write_file(session, name, (_as_csv if form == "csv" else _as_lines)(counted), force=True)
    return counted.number


class _Counted:
    """Rows passed on, and how many they were."""

    def __init__(self, rows: Iterable[JournalRow]) -> None:
        self._rows = rows
        self.number = 0

    def __iter__(self) -> Iterator[JournalRow]:
        for row in self._rows:
            self.number += 1
            yield row


def _as_lines(rows: Iterable[JournalRow]) -> Iterator[bytes]:
    import json

    from tui.cli.documents import log_document

    for row in rows:
        yield f"{json.dumps(log_document(row), ensure_ascii=False)}\n".encode()


def _as_csv(rows: Iterable[JournalRow]) -> Iterator[bytes]:
    from tui.cli.documents import log_document
    from tui.cli.logging_out import COLUMNS
    from tui.cli.text import csv_cell

    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: csv_cell(value) for name, value in log_document(row).items()})
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def _done(screen: object, rows: int, path: Path) -> None:
    from tui.screens.base import PlaceScreen

    if isinstance(screen, PlaceScreen):
        screen.say(f"Exported {words.count(rows, 'row')}.", str(path))
