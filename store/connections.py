"""The Identity Management connection (its token sealed), and all rows of its mapping."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from store.connection import Db
from store.records import dataclass

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


OPTIONS = ("mode", "rate", "concurrency", "do_create", "do_update", "do_deactivate", "do_delete", "guard_percent", "guard_minimum")


def sealed_token(db: Db, application_id: str) -> bytes | None:
    """The token as it was sealed, None when none was entered."""
    row = db.execute("select token from connection where application_id = ?", (application_id,)).fetchone()
    return bytes(row["token"]) if row and row["token"] is not None else None


def configure(db: Db, application_id: str, base_url: str, token: bytes, fingerprint: str) -> None:
    """Keeps Base URL and sealed token; whatever was verified is no longer. Another Base URL is another provider:
    what was learned of the old one is forgotten."""
    db.execute(
        "update connection set capabilities = case when base_url = ? then capabilities else '{}' end, base_url = ?, token = ?, token_fingerprint = ?, "
        "verified_at = null, verified_for = '', version = version + 1 where application_id = ?",
        (base_url, base_url, token, fingerprint, application_id),
    )


def doubt_accounts(db: Db, application_id: str) -> None:
    """After another Base URL or token: known accounts are looked up before they are believed, and old failures are forgotten."""
    db.execute("update account set doubtful = 1 where application_id = ?", (application_id,))
    db.execute("delete from failure where application_id = ?", (application_id,))


def verified(db: Db, application_id: str, base_url: str, fingerprint: str, at: str, capabilities: Mapping[str, Any]) -> bool:
    """Notes that the live service accepted exactly this pair; False when it is no longer the one that is kept."""
    done = db.execute(
        "update connection set verified_at = ?, verified_for = base_url || ' ' || token_fingerprint, capabilities = ?, version = version + 1 "
        "where application_id = ? and base_url = ? and token_fingerprint = ?",
        (at, json.dumps(dict(capabilities), sort_keys=True), application_id, base_url, fingerprint),
    )
    return done.rowcount == 1


def set_options(db: Db, application_id: str, values: Mapping[str, Any]) -> None:
    """Sets some of `OPTIONS`."""
    columns = ", ".join(f"{name} = ?" for name in values if name in OPTIONS)
    db.execute(f"update connection set {columns}, version = version + 1 where application_id = ?", (*values.values(), application_id))


def set_mapping_value(db: Db, application_id: str, path: str, source: str | None, constant: str | None) -> None:
    """Gives a row another source or constant (exactly one of them)."""
    db.execute("update mapping_row set source = ?, constant = ? where application_id = ? and path = ?", (source, constant, application_id, path))


def switch_mapping_row(db: Db, application_id: str, path: str, on: bool) -> None:
    """Switches a row on or off."""
    db.execute("update mapping_row set enabled = ? where application_id = ? and path = ?", (on, application_id, path))
