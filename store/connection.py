"""Opens the store and owns its one way of writing.

Everything that touches SQLite takes the driver from here (`sqlite3` below is exactly the one sqlite-utils
takes: two SQLite copies in one process would break each other's locks). The live file is never opened,
copied or hashed by hand: closing such a descriptor would drop the process's POSIX locks and lose commits.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

from store.driver import sqlite3 as sqlite3
from store.errors import Refused, StoreError
from store.explain import explained
from store.files import check_file
from store.litestream import is_replicated, is_standby
from store.queue import WriterQueue
from store.tenants import Tenancy

APPLICATION_ID = 0x55534852  # "USHR"
BUSY_MS = 5000
FIXED_WAL_RESET = (3, 51, 3)

Row = sqlite3.Row
Db = sqlite3.Connection


def wal_reset_is_fixed(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite is free of the WAL-reset race (fixed in 3.51.3, 3.50.7 and 3.44.6)."""
    return version >= FIXED_WAL_RESET or (version[:2] == (3, 50) and version >= (3, 50, 7)) or (version[:2] == (3, 44) and version >= (3, 44, 6))


class _Handle:
    """One thread's connection and its place in the writers' queue; closed with its thread."""

    def __init__(self, path: Path, read_only: bool) -> None:
        self._closing = threading.Lock()  # a thread that ends, and the store's own end, may come at the same moment
        self.db = _connect(path, read_only)
        self.queue = None if read_only else WriterQueue(path)

    def close(self) -> None:
        if not hasattr(self, "queue"):
            return  # it never opened
        with self._closing:
            self.db.close()
            if self.queue:
                self.queue.close()
                self.queue = None

    __del__ = close


class Store:
    """One SQLite file. Safe to share between threads: each gets its own connection when it first asks.

    `db` reads (it refuses to write); `transaction()` is the only way to write. Nothing may wait for a network
    inside a transaction. `brought` says that opening it brought it to a newer version; empty when it did not.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path.absolute()
        self.read_only = read_only
        self._local = threading.local()
        self._handles: weakref.WeakSet[_Handle] = weakref.WeakSet()
        self._guard = threading.Lock()
        self._closed = False
        self._tenancy = Tenancy(self.path)
        self._inode = path.stat().st_ino
        self.brought = ""

    @property
    def db(self) -> Db:
        """This thread's connection, for reading."""
        return self._handle().db

    def _handle(self) -> _Handle:
        handle: _Handle | None = getattr(self._local, "handle", None)
        if handle is None:
            if self._closed:
                raise StoreError("store-closed", "The store was closed.", "Start again.")
            self.check_still_there()
            with explained(self.path):
                handle = _Handle(self.path, self.read_only)
            self._local.handle = handle
            with self._guard:
                self._handles.add(handle)
        return handle

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Db]:
        """One immediate write transaction: all of it or nothing. Does not nest.

        A fair queue stands in front of SQLite's lock. What SQLite or a trigger refuses comes out as `Refused`
        or `StoreError`.
        """
        handle = self._handle()
        if handle.queue is None:
            raise Refused("read-only", "This store is open for reading only.", "Start without --read-only to change things.")
        if handle.db.in_transaction:
            raise RuntimeError("transaction() does not nest")
        handle.queue.enter()
        try:
            self.check_still_there()
            with explained(self.path):
                handle.db.execute("pragma query_only = off")
                handle.db.execute("begin immediate")
                try:
                    yield handle.db
                    handle.db.execute("commit")
                except BaseException:
                    _roll_back(handle.db)
                    raise
                finally:
                    handle.db.execute("pragma query_only = on")
        finally:
            handle.queue.leave()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Db]:
        """Several reads of one and the same state (a snapshot); does not hold anybody up."""
        db = self.db
        if db.in_transaction:
            yield db
            return
        with explained(self.path):
            db.execute("begin")
            try:
                yield db
            finally:
                _roll_back(db)

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
        """Closes every thread's connection; the store can't be used after that."""
        self._closed = True
        with self._guard:
            for handle in list(self._handles):
                handle.close()
        self._local = threading.local()
        self._tenancy.close()


def _roll_back(db: Db) -> None:
    """Undoes what is open; some failures (a full disk) have made SQLite do so already."""
    if db.in_transaction:
        db.execute("rollback")


@contextlib.contextmanager
def savepoint(db: Db) -> Iterator[None]:
    """A part of a transaction that is undone by itself when it fails."""
    db.execute("savepoint part")
    try:
        yield
    except BaseException:
        db.execute("rollback to part")
        raise
    finally:
        db.execute("release part")


def is_live(db: Db) -> bool:
    """Whether the file is a store at work: a backup is one file, complete in itself, without a write-ahead log."""
    return str(db.execute("pragma journal_mode").fetchone()[0]) == "wal"


def open_store(path: Path, *, read_only: bool = False) -> Store:
    """Opens an existing store without migrating it; says in words what is wrong with it.

    Raises `StoreError` for a file that is missing, not ours, readable by others, damaged or on a network
    file system. `store.migrations.open_current` is what the program uses.
    """
    check_file(path)
    if is_standby(path) and not read_only:
        raise StoreError(
            "store-is-standby",
            f"The store {path} is a standby that Litestream writes: nobody else may.",
            f"Read it with --read-only. To take over, stop the follower and remove {path.name}-txid.",
        )
    with explained(path):
        stranger = _connect(path, read_only=True)  # a file of somebody else's is not even turned to WAL
        try:
            found = stranger.execute("pragma application_id").fetchone()[0]
        finally:
            stranger.close()
    if found != APPLICATION_ID:
        raise StoreError(
            "not-a-store", f"{path} is not a store of Usher's.", "Name the right file with --store, or restore a backup. The file was left as it is."
        )
    return Store(path, read_only=read_only)


def _connect(path: Path, read_only: bool) -> Db:
    """A connection with the pragmas every connection must have."""
    if read_only:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=BUSY_MS / 1000, check_same_thread=False)
        pragmas: tuple[str, ...] = ("query_only=on", "trusted_schema=off")
    else:
        where = f"{path.absolute().as_uri()}?mode=rw"  # never makes a file where one has vanished
        db = sqlite3.connect(where, uri=True, isolation_level=None, timeout=BUSY_MS / 1000, check_same_thread=False, cached_statements=256)
        pragmas = (
            "journal_mode=wal",
            "synchronous=FULL",
            "foreign_keys=on",
            "secure_delete=on",
            "trusted_schema=off",
            "recursive_triggers=on",
            "query_only=on",
        )
        if is_replicated(path) or not wal_reset_is_fixed():
            pragmas = ("wal_autocheckpoint=0", *pragmas)
    db.row_factory = sqlite3.Row
    for pragma in pragmas:
        db.execute(f"pragma {pragma}").fetchall()
    return db
