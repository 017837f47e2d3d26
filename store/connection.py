"""Opens the store and owns its one way of writing.

Everything that touches SQLite takes the driver from here (`sqlite3` below is exactly the one sqlite-utils
takes: two SQLite copies in one process would break each other's locks). The live file is never opened,
copied or hashed by hand: closing such a descriptor would drop the process's POSIX locks and lose commits.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from store.driver import sqlite3 as sqlite3
from store.errors import Refused, StoreError
from store.explain import explained
from store.files import check_file

APPLICATION_ID = 0x55534852  # "USHR"
BUSY_MS = 5000
FIXED_WAL_RESET = (3, 51, 3)

Row = sqlite3.Row
Db = sqlite3.Connection


def wal_reset_is_fixed(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite is free of the WAL-reset race (fixed in 3.51.3, 3.50.7 and 3.44.6)."""
    return version >= FIXED_WAL_RESET or (version[:2] == (3, 50) and version >= (3, 50, 7)) or (version[:2] == (3, 44) and version >= (3, 44, 6))


class _Handle:
    """One thread's connection and its place in the writers' queue."""

    def __init__(self, path: Path, read_only: bool) -> None:
        self.db = _connect(path, read_only)
        self.lock_fd = -1 if read_only else os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def close(self) -> None:
        self.db.close()
        if self.lock_fd >= 0:
            os.close(self.lock_fd)


class Store:
    """One SQLite file. Safe to share between threads: each gets its own connection when it first asks.

    `db` reads; `transaction()` is the only way to write. Nothing may wait for a network inside a transaction.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self._local = threading.local()
        self._handles: list[_Handle] = []
        self._guard = threading.Lock()
        self._inode = path.stat().st_ino

    @property
    def db(self) -> Db:
        """This thread's connection, for reading."""
        return self._handle().db

    def _handle(self) -> _Handle:
        handle: _Handle | None = getattr(self._local, "handle", None)
        if handle is None:
            handle = _Handle(self.path, self.read_only)
            self._local.handle = handle
            with self._guard:
                self._handles.append(handle)
        return handle

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Db]:
        """One immediate write transaction: all of it or nothing. Does not nest.

        A fair queue (flock on a file of its own beside the store) stands in front of SQLite's lock, whose
        busy handler is not fair. What SQLite or a trigger refuses comes out as `Refused` or `StoreError`.
        """
        if self.read_only:
            raise Refused("read-only", "This store is open for reading only.", "Start without --read-only to change things.")
        handle = self._handle()
        if handle.db.in_transaction:
            raise RuntimeError("transaction() does not nest")
        fcntl.flock(handle.lock_fd, fcntl.LOCK_EX)
        try:
            self.check_still_there()
            with explained(self.path):
                handle.db.execute("begin immediate")
                try:
                    yield handle.db
                    handle.db.execute("commit")
                except BaseException:
                    _roll_back(handle.db)
                    raise
        finally:
            fcntl.flock(handle.lock_fd, fcntl.LOCK_UN)

    def data_version(self) -> int:
        """Moves when any other connection has committed (3 µs; for polling)."""
        value: int = self.db.execute("pragma data_version").fetchone()[0]
        return value

    def check_still_there(self) -> None:
        """Refuses to go on with a file that was deleted or replaced under us: writes to it would vanish."""
        try:
            inode = self.path.stat().st_ino
        except FileNotFoundError:
            inode = -1
        if inode != self._inode:
            raise StoreError(
                "store-vanished", f"The store {self.path} was removed or replaced while it was open.", "Put it back or restore a backup, then start again."
            )

    def close(self) -> None:
        """Closes every thread's connection."""
        with self._guard:
            for handle in self._handles:
                handle.close()
            self._handles.clear()
        self._local = threading.local()


def _roll_back(db: Db) -> None:
    """Undoes what is open; some failures (a full disk) have made SQLite do so already."""
    if db.in_transaction:
        db.execute("rollback")


def open_store(path: Path, *, read_only: bool = False) -> Store:
    """Opens an existing store without migrating it; says in words what is wrong with it.

    Raises `StoreError` for a file that is missing, not ours, readable by others, damaged or on a network
    file system. `store.migrations.open_current` is what the program uses.
    """
    check_file(path)
    with explained(path):
        store = Store(path, read_only=read_only)
        found = store.db.execute("pragma application_id").fetchone()[0]
    if found != APPLICATION_ID:
        store.close()
        raise StoreError(
            "not-a-store", f"{path} is not a store of Usher's.", "Name the right file with --store, or restore a backup. The file was left as it is."
        )
    return store


def _connect(path: Path, read_only: bool) -> Db:
    """A connection with the pragmas every connection must have."""
    if read_only:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=BUSY_MS / 1000, check_same_thread=False)
        pragmas: tuple[str, ...] = ("query_only=on", "trusted_schema=off")
    else:
        db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000, check_same_thread=False, cached_statements=256)
        pragmas = ("journal_mode=wal", "synchronous=FULL", "foreign_keys=on", "secure_delete=on", "trusted_schema=off", "recursive_triggers=on")
        if not wal_reset_is_fixed():
            pragmas += ("wal_autocheckpoint=0",)
    db.row_factory = sqlite3.Row
    for pragma in pragmas:
        db.execute(f"pragma {pragma}").fetchall()
    return db
