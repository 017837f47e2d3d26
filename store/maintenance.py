"""Housekeeping of the store's write-ahead log."""

from __future__ import annotations

from pathlib import Path

from store.connection import wal_reset_is_fixed
from store.driver import sqlite3
from store.litestream import is_replicated

BUSY_MS = 100
BIG = 4_000_000


def checkpoint_where_needed(path: Path) -> None:
    """Works the log into the file where it has grown and SQLite must not do that by itself.

    On a SQLite with the WAL-reset race by TRUNCATE, which holds the writers' lock, so that no commit can reset the log
    meanwhile; a reader in the way is not waited for longer than `BUSY_MS`. Beside Litestream by PASSIVE alone, and with that
    race not at all: Litestream does it. Otherwise SQLite does it, and this does nothing.
    """
    log = path.with_name(path.name + "-wal")
    if not log.exists() or log.stat().st_size < BIG:
        return
    if is_replicated(path):
        if wal_reset_is_fixed():
            passive(path)
    elif not wal_reset_is_fixed():
        truncate(path)


def truncate(path: Path) -> bool:
    """One TRUNCATE checkpoint; False when a reader or writer was in the way."""
    return _checkpoint(path, "truncate")


def passive(path: Path) -> bool:
    """One PASSIVE checkpoint, which waits for nobody; False when something was in the way."""
    return _checkpoint(path, "passive")


def _checkpoint(path: Path, how: str) -> bool:
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=BUSY_MS / 1000)
    try:
        db.execute("pragma wal_autocheckpoint = 0").fetchall()
        return not db.execute(f"pragma wal_checkpoint({how})").fetchone()[0]
    except sqlite3.OperationalError:
        return False
    finally:
        db.close()
