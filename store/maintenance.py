"""Housekeeping of the store's write-ahead log."""

from __future__ import annotations

from pathlib import Path

from store.connection import wal_reset_is_fixed
from store.driver import sqlite3

BUSY_MS = 100
BIG = 4_000_000


def checkpoint_where_needed(path: Path) -> None:
    """Empties the log where it has grown, on a SQLite with the WAL-reset race, which must not do that by itself.

    TRUNCATE holds the writers' lock, so that no commit can reset the log meanwhile; a reader in the way is not waited for
    longer than `BUSY_MS`. On other versions SQLite does it, and this does nothing.
    """
    log = path.with_name(path.name + "-wal")
    if wal_reset_is_fixed() or not log.exists() or log.stat().st_size < BIG:
        return
    truncate(path)


def truncate(path: Path) -> bool:
    """One TRUNCATE checkpoint; False when a reader or writer was in the way."""
    db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
    try:
        return not db.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
    except sqlite3.OperationalError:
        return False
    finally:
        db.close()
