"""Numbered steps that make the schema and bring an older store up to date.

Each step is one SQL file beside this module, applied by sqlite-utils' own `Migrations` inside one
immediate transaction together with its record. A step that was released is never edited.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from store.connection import APPLICATION_ID, Store, open_store
from store.driver import sqlite3
from store.errors import StoreError
from store.explain import explained

STEPS = (
    "0001_record",
    "0002_directory",
    "0003_applications",
    "0004_provisioning",
    "0005_operators",
    "0006_sign_ins",
    "0007_catalog",
    "0008_keys",
    "0009_backups",
    "0010_service_provider",
    "0011_activity_by_target",
)
VERSION = len(STEPS)


def open_current(path: Path, *, read_only: bool = False, aside: bool = True) -> Store:
    """Opens the store at `path`, migrated to this program's version; a newer store is refused in words. Before it is migrated a
    copy is put `aside`, and the store says so."""
    store = open_store(path, read_only=read_only)
    try:
        with explained(path):
            found = int(store.db.execute("pragma user_version").fetchone()[0])
        if found > VERSION:
            raise StoreError(
                "store-newer",
                f"The store {path} was written by a newer Usher (store version {found}, this program knows {VERSION}).",
                "Use the newer program. The store was left as it is.",
            )
        if found < VERSION and read_only:
            raise StoreError(
                "store-older", f"The store {path} has version {found} and must be brought to {VERSION} first.", "Open it once without --read-only."
            )
        if found < VERSION:
            store.brought = _bring(store, found) if aside else ""
            if not aside:
                migrate(store)
    except BaseException:
        store.close()
        raise
    return store


def _bring(store: Store, found: int) -> str:
    """Migrates a store of that version after a copy was put beside it; what to say about it, nothing when another process did so."""
    from store.backup import copy_to

    copy = _free(store.path.with_name(f"{store.path.name}.v{found}"))
    try:
        copy_to(store.db, copy)
        done = migrate(store)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    if not done:
        copy.unlink()
        return ""
    return f"The store was brought from version {found} to {VERSION}; before that a copy was put to {copy}."


def _free(path: Path) -> Path:
    """That name, or the first like it that is not taken."""
    return next(each for each in (path, *(path.with_name(f"{path.name}-{number}") for number in range(2, 1000))) if not os.path.lexists(each))


def migrate(store: Store) -> bool:
    """Applies the steps that are missing, all of them or none; whether there were any.

    Foreign keys rest meanwhile (rebuilding a table would cascade into its children) and are checked as a
    whole before anything is kept. Another process may have migrated since: the version is read again inside.
    """
    from sqlite_utils import Database, Migrations

    steps = Migrations("usher")
    for name in STEPS:
        steps(name=name)(_step(name))
    store.db.execute("pragma foreign_keys = off")
    try:
        with store.transaction() as db:
            if int(db.execute("pragma user_version").fetchone()[0]) >= VERSION:
                return False
            steps.apply(Database(db, execute_plugins=False, strict=True))
            orphan = db.execute("pragma foreign_key_check").fetchone()
            if orphan is not None:
                raise StoreError("migration-failed", f"The store could not be brought to version {VERSION}: {orphan[0]} lost what it refers to.", "Nothing was changed. Keep the store and its last backup, and report this.")  # fmt: skip
            db.execute(f"pragma user_version = {VERSION}")
            db.execute(f"pragma application_id = {APPLICATION_ID}")
    finally:
        store.db.execute("pragma foreign_keys = on")
    return True


def _step(name: str) -> Any:
    """A migration function that runs the SQL file of that name, statement by statement."""

    def run(database: Any) -> None:
        from importlib import resources

        for statement in statements(resources.files(__package__).joinpath(f"{name}.sql").read_text("utf-8")):
            database.conn.execute(statement)

    run.__name__ = f"m{name}"
    return run


def statements(script: str) -> list[str]:
    """The complete statements of a script (executescript would commit the transaction it runs in)."""
    found, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(current):
            found.append(current)
            current = ""
    return found
