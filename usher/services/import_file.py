"""An import file as rows: CSV, UTF-8, a header row. Says what is wrong by line and column; knows no store.

Columns are `username,email,firstname,lastname,displayname,employeeIdentifier,state,groups` in any order,
and any other column is a further attribute of the person. Only `username` must be there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from store.errors import UsageError
from store.ids import fold
from usher.services.people import check, field_name
from usher.services.words import unfit

LARGEST = 256 * 1024 * 1024
_MOST_ERRORS = 1000


@dataclass(frozen=True)
class RowError:
    """Why a row cannot be taken. `line` counts from 1, the header; `column` is empty when it is the whole row."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}{', ' if self.column else ''}{self.column}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Row:
    """One good row: the folded username, the values by public name, and the groups (None: the column is absent)."""

    line: int
    key: str
    values: dict[str, str]
    groups: tuple[str, ...] | None


@dataclass
class ImportFile:
    """What a file holds. When there are errors the rows are not complete, and nothing of it may be kept."""

    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


def parse(data: bytes, name: str) -> ImportFile:
    """The rows of a file's bytes. Raises `UsageError` for what is no text at all; anything finer is a `RowError`."""
    found = ImportFile()
    records = _records(_text(data, name), found.errors)
    header = next(records, None)
    if header is None:
        raise UsageError("import-empty", f"{name} is empty.", "The first row must name the columns: username,email,firstname,…")
    columns = _columns(header[1], found.errors)
    if found.errors:
        return found
    seen: dict[str, int] = {}
    for line, cells in records:
        row = _row(line, cells, columns, found.errors)
        if row is not None and (first := seen.setdefault(row.key, line)) != line:
            found.errors.append(RowError(line, "username", f"{row.values['username']} stands on line {first} already"))
        elif row is not None:
            found.rows.append(row)
        if len(found.errors) >= _MOST_ERRORS:
            break
    return found


def _text(data: bytes, name: str) -> str:
    """The file as text; a byte order mark is tolerated."""
    hint = "Save it as CSV UTF-8 (comma separated) and try again."
    if b"\0" in data:
        raise UsageError("import-binary", f"{name} is not a text file.", hint)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError("import-encoding", f"{name} is not UTF-8 text (first on line {line}).", hint) from None


def _records(text: str, errors: list[RowError]) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, each with the line it begins on; broken quoting ends them with an error."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            errors.append(RowError(line, "", f"the quoting is broken ({error})"))
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _columns(header: list[str], errors: list[RowError]) -> list[str]:
    """The public names of the columns."""
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        errors.append(RowError(1, "", "columns must be separated by commas"))
        return []
    columns: list[str] = []
    for number, cell in enumerate(header, 1):
        try:
            name = field_name(cell)
        except UsageError as error:
            errors.append(RowError(1, cell.strip() or f"column {number}", error.message))
            continue
        if name in columns:
            errors.append(RowError(1, name, "the column is there twice"))
        columns.append(name)
    if "username" not in columns and not errors:
        errors.append(RowError(1, "username", "the header row must have this column"))
    return columns


def _row(line: int, cells: list[str], columns: list[str], errors: list[RowError]) -> Row | None:
    """A record as a row, or None after its errors were added."""
    if len(cells) != len(columns):
        errors.append(RowError(line, "", f"has {len(cells)} columns where the header has {len(columns)}"))
        return None
    values = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
    groups = _groups(values.pop("groups")) if "groups" in values else None
    if not values.get("state", "-"):
        del values["state"]  # an empty state is the default for somebody new, and no change for somebody known
    before = len(errors)
    for name, value in values.items():
        if reason := check(name, value):
            errors.append(RowError(line, name, reason))
    for group in groups or ():
        if reason := unfit(group, required=True):
            errors.append(RowError(line, "groups", reason))
    return Row(line, fold(values["username"]), values, groups) if len(errors) == before else None


def _groups(cell: str) -> tuple[str, ...]:
    """The group names of a cell, each once whatever its case."""
    return tuple({fold(name): name.strip() for name in cell.split(";") if name.strip()}.values())
