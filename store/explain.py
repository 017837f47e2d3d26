"""What each SQLite failure means to a person."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from store.driver import sqlite3
from store.errors import Refused, StoreError


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns what SQLite says into what a person can act on.

    Triggers and checks of the schema speak as `usher|code|sentence|hint`.
    """
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
        raise  # a mistake of ours, not something a person can act on
    except sqlite3.Error as error:
        raise explain(error, path) from error


def explain(error: Any, path: Path) -> Exception:
    """The error a person reads for what SQLite raised."""
    text, name = str(error), str(getattr(error, "sqlite_errorname", ""))
    if text.startswith("usher|"):
        _, code, message, hint = (text.split("|") + ["", "", ""])[:4]
        return Refused(code, message, hint)
    if name.startswith("SQLITE_CONSTRAINT"):
        return Refused("constraint", f"The store refused a value: {text}.", "Nothing was changed.")
    if name.startswith("SQLITE_FULL"):
        free = os.statvfs(path.parent)
        return StoreError(
            "disk-full",
            f"The disk of {path} is full ({free.f_bavail * free.f_frsize // 1_000_000} MB free).",
            "Nothing of this change was kept. Free some space and try again.",
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreError("store-busy", "Another process held the store for too long.", "Try again; usher doctor says who holds it.")
    if name.startswith("SQLITE_READONLY"):
        return StoreError("store-read-only", f"The store {path} cannot be written to.", "Check the owner and mode of the file and its folder.")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return StoreError(
            "store-damaged", f"The store {path} is damaged or is not a SQLite file ({text}).", "Keep the file as it is and restore the last backup beside it."
        )
    if name.startswith("SQLITE_IOERR"):
        return StoreError("disk-failed", f"The disk of {path} failed ({text}).", "Nothing of this change was kept. Look after the disk, then try again.")
    if name.startswith("SQLITE_CANTOPEN"):
        return StoreError("store-unreachable", f"The store {path} cannot be opened ({text}).", "Check that the disk is mounted and writable.")
    return StoreError("store-error", f"The store {path} could not carry this out ({text or name}).", "Run usher doctor.")
