"""Putting a backup in the place of a store: checked first, whole or not at all, the old one kept aside.

The name of the store means the old file or the new one at every moment; a restore that dies in between leaves a scratch
file that the next one takes away.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from store import activity
from store.backup import Head, make_durable
from store.connection import APPLICATION_ID, Db, sqlite3
from store.errors import Refused, StoreError, UsageError
from store.explain import explained
from store.files import refuse_network_file_system
from store.migrations import VERSION
from store.records import dataclass
from store.tenants import alone, others

SIDES = ("-wal", "-shm", "-journal")
_PIECE = 1 << 20


@dataclass(frozen=True)
class Inside:
    """What a store's file says of itself."""

    store: str
    version: int
    head: Head


@contextlib.contextmanager
def scratch_beside(store: Path) -> Iterator[Path]:
    """A name beside the store that is gone afterwards; what a restore that died left there is gone before, too."""
    store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_network_file_system(store.parent)
    scratch = store.with_name(f".{store.name}.restore")
    _clear(scratch)
    try:
        yield scratch
    finally:
        _clear(scratch)


def _clear(scratch: Path) -> None:
    for end in ("", *SIDES, ".lock", ".open"):
        scratch.with_name(scratch.name + end).unlink(missing_ok=True)


@contextlib.contextmanager
def nobody_else(store: Path) -> Iterator[None]:
    """Nobody has the store open inside, and nobody can open it; `Refused` with who has it, what that is and since when."""
    with alone(store) as had:
        if not had or others(store):
            raise Refused("store-in-use", _in_use(store), "End them first (a service: systemctl stop), then restore again.")
        yield


def _in_use(store: Path) -> str:
    named = [f"{tenant.what} (process {tenant.pid}, since {_clock(tenant.since)})" for tenant in others(store)]
    return f"The store {store} is in use by {', '.join(named) or 'another process'}."


def _clock(since: float) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(since, UTC):%Y-%m-%d %H:%M} UTC" if since else "an unknown time"


def bring(file: Path, scratch: Path, progress: Callable[[int, int], None] | None = None) -> str:
    """Copies the backup to the new file `scratch` (0600, durable); its SHA-256. The copy is what is checked and put in place.

    Raises `UsageError` for a file that cannot be read, `Refused` for one with a log beside it: that is a live store, or a
    copy made by hand without its end.
    """
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and log.stat().st_size:
        raise Refused("not-a-backup", f"{file} has a write-ahead log beside it: it is a live store, not a backup.", "Name a file that usher backup wrote.")
    try:
        source = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise UsageError("backup-unreadable", f"The backup {file} cannot be read: {error.strerror}.", "Check its name and its rights.") from None
    status = os.fstat(source)
    if not stat.S_ISREG(status.st_mode):
        os.close(source)
        raise UsageError("backup-unreadable", f"The backup {file} is not a regular file.", "Name the right one.")
    with os.fdopen(source, "rb") as reading:
        return _poured(reading, scratch, status.st_size, progress or (lambda done, total: None))


def _poured(reading: BinaryIO, scratch: Path, size: int, tell: Callable[[int, int], None]) -> str:
    digest, done = hashlib.sha256(), 0
    fd = os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as writing:
        while piece := reading.read(_PIECE):
            writing.write(piece)
            digest.update(piece)
            done += len(piece)
            tell(done, max(size, done))
        writing.flush()
        os.fsync(fd)
    return digest.hexdigest()


def inspect(scratch: Path, file: Path) -> Inside:
    """What the copied backup is. Raises `StoreError` naming `file` when it is empty, foreign, newer or damaged."""
    try:
        with explained(file):
            db = sqlite3.connect(scratch, isolation_level=None)
            db.row_factory = sqlite3.Row
            try:
                db.execute("pragma trusted_schema = off").fetchall()
                return _inspected(db, file)
            finally:
                db.close()
    except StoreError as error:
        raise StoreError(error.code.replace("store-", "backup-"), error.message.replace("The store", "The backup", 1), _ANOTHER) from None


_ANOTHER = "Nothing was changed. Try an older backup."


def _inspected(db: Db, file: Path) -> Inside:
    if db.execute("pragma page_count").fetchone()[0] == 0:
        raise StoreError("backup-empty", f"The backup {file} is empty.")
    if db.execute("pragma application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreError("backup-foreign", f"{file} is not a backup of a store of Usher's.")
    version = int(db.execute("pragma user_version").fetchone()[0])
    if version > VERSION:
        raise StoreError("backup-newer", f"The backup {file} was written by a newer Usher (store version {version}, this program knows {VERSION}).")
    found = db.execute("pragma integrity_check(1)").fetchone()[0]
    orphan = db.execute("pragma foreign_key_check").fetchone()
    if found != "ok" or orphan is not None:
        raise StoreError("backup-damaged", f"The backup {file} is damaged: {found if orphan is None else f'rows of {orphan[0]} refer to nothing'}.")
    bad = activity.verify(db)
    if bad is not None:
        raise StoreError("backup-tampered", f"The activity record in {file} does not hold: entry {bad} was changed or is missing.")
    last = db.execute("select seq, hash from activity order by seq desc limit 1").fetchone()
    if last is None:
        raise StoreError("backup-unfinished", f"The backup {file} holds no activity record: it was never a finished store.")
    return Inside(activity.store_id(db), version, Head(int(last["seq"]), str(last["hash"])))


def id_of(store: Path) -> str:
    """The id of the store at that path, without changing anything; empty when it cannot be told."""
    with contextlib.suppress(sqlite3.Error, OSError):
        db = sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        db.row_factory = sqlite3.Row
        try:
            return activity.store_id(db)
        finally:
            db.close()
    return ""


def settle(scratch: Path) -> None:
    """Makes the finished copy one file, complete in itself, and durable."""
    with explained(scratch):
        db = sqlite3.connect(scratch, isolation_level=None)
        try:
            db.execute("pragma journal_mode = delete").fetchall()
        finally:
            db.close()
    make_durable(scratch)


def put_over(scratch: Path, store: Path, kept: Path) -> bool:
    """Gives the finished copy the store's name, and the old store the name `kept`; whether there was an old one.

    To be called inside `nobody_else`. Before the name changes hands the old file is made one with its log, so that the
    log can be taken for nobody else's; where it is too damaged for that, the log is kept beside it.
    """
    with _sealed(store) as sealed:
        was_there = os.path.lexists(store)
        if was_there:
            _also_called(store, kept)
        for end in ("-wal", "-journal"):  # left beside the new file it would be read as its own
            left = store.with_name(store.name + end)
            if sealed:
                left.unlink(missing_ok=True)
            elif left.exists():
                left.rename(kept.with_name(kept.name + end))
        store.with_name(f"{store.name}-shm").unlink(missing_ok=True)
        make_durable(store.parent)
        scratch.rename(store)
        make_durable(store.parent)
    return was_there


@contextlib.contextmanager
def _sealed(store: Path) -> Iterator[bool]:
    """The old store locked against everybody, its log worked in; False for one too damaged for that, which stays as it is."""
    if not store.is_file():
        yield False
        return
    db = sqlite3.connect(store, isolation_level=None, timeout=0.1)
    try:
        yield _seal(db, store)
    finally:
        db.close()


def _seal(db: Db, store: Path) -> bool:
    try:
        db.execute("pragma locking_mode = exclusive").fetchall()
        return bool(db.execute("pragma journal_mode = delete").fetchone()[0] == "delete")
    except sqlite3.Error as error:
        if str(getattr(error, "sqlite_errorname", "")).startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise Refused("store-in-use", _in_use(store), "End them first, then restore again.") from None
        return False


def _also_called(store: Path, kept: Path) -> None:
    """A second name for the same file; where the file system knows none, it is moved."""
    try:
        os.link(store, kept, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        store.rename(kept)
