"""A copy of a live store, by SQLite's own online backup: the file itself is never copied."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from store.connection import Db
from store.driver import sqlite3
from store.errors import StoreError
from store.explain import explained
from store.records import dataclass

_PIECE = 2000  # pages: some milliseconds of work


@dataclass(frozen=True)
class Head:
    """The end of the activity record: its last entry's number and hash."""

    seq: int
    hash: str


def copy_to(db: Db, target: Path, progress: Callable[[int, int], None] | None = None) -> Head:
    """Copies the store behind `db` into the new file `target` (0600), checks the copy and makes it durable.

    `progress(done, total)` counts pages; with it the copy is made in pieces, of one state all the same. Returns the end
    of the copy's activity record. Raises `StoreError`; the caller removes what is left then.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, 0o600))
    with explained(target):
        copy = sqlite3.connect(target, isolation_level=None)
        try:
            _copy(db, copy, progress)
            copy.execute("pragma journal_mode = delete").fetchall()  # one file, complete in itself
            found = copy.execute("pragma integrity_check").fetchone()[0]
            if found != "ok":
                raise StoreError("backup-damaged", f"The copy did not pass its check ({found}).", "Run usher doctor: the store itself may be damaged.")
            seq, digest = copy.execute("select seq, hash from activity order by seq desc limit 1").fetchone() or (0, "")
        finally:
            copy.close()
    make_durable(target)
    return Head(int(seq), str(digest))


def _copy(db: Db, copy: Db, progress: Callable[[int, int], None] | None) -> None:
    if progress is None:
        db.backup(copy)
        return
    tell = progress
    db.execute("begin")  # what is read once stays the state that is copied, whoever writes meanwhile
    try:
        db.execute("select count(*) from sqlite_master").fetchone()
        db.backup(copy, pages=_PIECE, progress=lambda _, left, total: tell(total - left, total), sleep=0)
    finally:
        db.execute("rollback")


def put_in_place(scratch: Path, target: Path) -> None:
    """Gives a finished file its name; `FileExistsError` when that name was taken meanwhile."""
    try:
        os.link(scratch, target, follow_symlinks=False)
        scratch.unlink()
    except FileExistsError:
        raise
    except OSError:  # a file system without links, as on a USB stick
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        scratch.rename(target)
    make_durable(target.parent)


def make_durable(path: Path) -> None:
    """Sees a file, or the names in a folder, safely onto the disk."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
