"""The Identity Management connection as it may be shown (never its token), and all rows of its mapping."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from store.connection import Db

_SHOWN = "base_url, token_fingerprint, verified_at, capabilities, mode, rate, concurrency, do_create, do_update, do_deactivate, do_delete, guard_percent, guard_minimum, version"


@dataclass(frozen=True)
class ConnectionView:
    """Base URL, the token's fingerprint (empty: none kept), when it was last verified, what the provider can do, and the options."""

    base_url: str
    token_fingerprint: str
    verified_at: str | None
    capabilities: dict[str, Any]
    mode: str
    rate: float | None
    concurrency: int
    do_create: bool
    do_update: bool
    do_deactivate: bool
    do_delete: bool
    guard_percent: float
    guard_minimum: int
    version: int


@dataclass(frozen=True)
class MappingRow:
    """`path` at the application takes the user attribute `source`, or `constant`; only rows that are on are sent."""

    path: str
    source: str | None
    constant: str | None
    on: bool
    required: bool
    label: str


def view(db: Db, application_id: str) -> ConnectionView | None:
    """The connection of an application that can be provisioned."""
    row = db.execute(f"select {_SHOWN} from connection where application_id = ?", (application_id,)).fetchone()
    if row is None:
        return None
    values = dict(row)
    switches = {name: bool(values[name]) for name in ("do_create", "do_update", "do_deactivate", "do_delete")}
    return ConnectionView(**{**values, **switches, "capabilities": json.loads(values["capabilities"])})


def insert(db: Db, application_id: str) -> None:
    """A connection that is still to be configured."""
    db.execute("insert into connection (application_id) values (?)", (application_id,))


def mapping(db: Db, application_id: str) -> tuple[MappingRow, ...]:
    """Every row of the attribute mapping, on or off, in order."""
    rows = db.execute(
        "select path, source, constant, enabled, required, label from mapping_row where application_id = ? order by position, path", (application_id,)
    )
    return tuple(MappingRow(row["path"], row["source"], row["constant"], bool(row["enabled"]), bool(row["required"]), row["label"]) for row in rows.fetchall())


def insert_mapping_row(db: Db, application_id: str, position: int, row: MappingRow) -> None:
    """Keeps one row of the attribute mapping."""
    db.execute(
        "insert into mapping_row (application_id, position, path, source, constant, enabled, required, label) values (?,?,?,?,?,?,?,?)",
        (application_id, position, row.path, row.source, row.constant, row.on, row.required, row.label),
    )
