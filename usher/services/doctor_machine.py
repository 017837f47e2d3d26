"""What the doctor finds around a store: its files, who has it open, the log, the disk, Litestream, and its backups."""

from __future__ import annotations

import platform
import shutil
import stat
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from store import queue, schedule
from store.connection import wal_reset_is_fixed
from store.driver import sqlite3
from store.ids import moment
from store.litestream import is_replicated, is_standby
from store.migrations import VERSION
from store.tenants import others
from usher import __version__
from usher.services.backup_plan import TASK, lateness, plan
from usher.services.finding import Finding
from usher.services.session import Session

_MB = 1_000_000
_LEAST_FREE = 100 * _MB
LONG_HELD = 5.0
BIG_LOG = 64 * _MB
_OLD = timedelta(days=7)


def versions() -> Finding:
    """The program, and whether its SQLite has the WAL-reset fault."""
    said = f"Usher {__version__} (store version {VERSION}), Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    if wal_reset_is_fixed():
        return Finding("ok", "sqlite", f"{said}, free of the WAL-reset fault.")
    return Finding(
        "warn",
        "sqlite",
        f"{said}, which has the WAL-reset fault; checkpoints are left to one process.",
        "Use a SQLite from 3.51.3 on (3.50.7 and 3.44.6 have the mend too).",
    )


def files(path: Path) -> Finding:
    """The store's files and folder, as others on this machine see them (looked at, never opened)."""
    found = [path.parent, *(path.with_name(path.name + end) for end in ("", "-wal", "-shm", ".lock", ".open"))]
    opened = _open_to_others(found, folder=path.parent)
    if opened:
        return Finding("bad", "permissions", f"Open to other accounts: {', '.join(opened)}.", f"Close them: chmod -R go-rwx {path.parent}")
    return Finding("ok", "permissions", "The store's files are closed to other accounts.")


def _open_to_others(found: list[Path], folder: Path | None = None) -> list[str]:
    opened = []
    for file in found:
        try:
            mode = stat.S_IMODE(file.lstat().st_mode)
        except OSError:
            continue
        if mode & (0o077 if file != folder else 0o022):
            opened.append(f"{file} (mode {mode:04o})")
    return opened


def space(path: Path) -> Finding:
    """Room for the store to grow, and for a backup of it."""
    free, needed = shutil.disk_usage(path.parent).free, 2 * path.stat().st_size + _LEAST_FREE
    message = f"{free // _MB} MB are free beside the store."
    if free < _LEAST_FREE:
        return Finding("bad", "space", message, "Free some space: changes are refused when the disk is full.")
    if free < needed:
        return Finding("warn", "space", message, f"Have at least {needed // _MB} MB, for growth and a backup.")
    return Finding("ok", "space", message)


def lock(path: Path) -> Finding:
    """Whether somebody holds the writers' lock for long, and who has the store open."""
    holder = queue.held_by(path)
    deadline = time.monotonic() + 1
    while holder is not None and holder.seconds < LONG_HELD and time.monotonic() < deadline:
        time.sleep(0.02)
        holder = queue.held_by(path)
    if holder is not None and holder.seconds >= LONG_HELD:
        return Finding(
            "bad",
            "lock",
            f"Process {holder.pid} has held the writers' lock for {holder.seconds:.0f} s: nobody else can change anything.",
            f"Look at it (ps -fp {holder.pid}). When it is stuck, end it: its unfinished change is undone.",
        )
    known = [f"{tenant.what} (process {tenant.pid})" for tenant in others(path)]
    return Finding("ok", "lock", f"Nobody waits to write. The store is open in {', '.join(known)}." if known else "Nobody else has the store open.")


def log(path: Path) -> Finding | None:
    """A write-ahead log that nobody works in grows without end."""
    file = path.with_name(f"{path.name}-wal")
    size = file.stat().st_size if file.exists() else 0
    if size < BIG_LOG:
        return None
    return Finding(
        "warn",
        "log",
        f"The store's write-ahead log has grown to {size // _MB} MB: something keeps it from being worked in.",
        "Run a worker; end whatever reads for hours." if not is_replicated(path) else "See that Litestream runs, and a worker.",
    )


def litestream(path: Path) -> Finding | None:
    """Whether what was set up to replicate the store still does."""
    if is_standby(path):
        return Finding("ok", "litestream", "This is a standby: Litestream writes it, and it is read with --read-only.")
    if not is_replicated(path):
        return None
    running = [tenant.pid for tenant in others(path) if tenant.what == "litestream"]
    if running:
        return Finding("ok", "litestream", f"Litestream replicates the store (process {running[0]}).")
    return Finding(
        "bad",
        "litestream",
        "Litestream has replicated this store and does not run: nothing leaves this machine.",
        f"Start it (systemctl start usher-litestream), or remove {path.parent / f'.{path.name}-litestream'} when it is no longer wanted.",
    )


def _coming(every: str) -> str:
    """How backups come by themselves, or that they will."""
    return "usher settings set backup_every=daily makes them come" if every == "off" else f"the first comes by itself (backup_every is {every})"


def backups(session: Session) -> Iterator[Finding]:
    """The last good backup: how old, whether it is still there and closed to others; and what fails by itself."""
    standing, planned = schedule.get(session.db, TASK), plan(session)
    late = lateness(session)
    if late:
        yield Finding("bad", "backup", late, "Mend what it says, then: usher backup --scheduled")
    if not standing.good_at:
        if not late:
            yield Finding("warn", "backup", "No backup was made yet.", f"usher backup FILE makes one; {_coming(planned.every)}.")
        return
    age, file = session.clock.now() - moment(standing.good_at), Path(standing.file)
    last = f"The last good backup is of {standing.good_at[:16].replace('T', ' ')} UTC: {file}"
    opened = _open_to_others([file, file.with_name(f"{file.name}.json")])
    if opened:
        yield Finding("bad", "backup", f"Backups are open to other accounts: {', '.join(opened)}.", f"Close them: chmod go-rwx {file.parent}/*")
    elif not file.exists():
        yield Finding("warn", "backup", f"{last}. It is not there any more.", "Good when it was moved to a safer place; otherwise make another.")
    elif age > _OLD and planned.every == "off":
        yield Finding("warn", "backup", f"{last}, {age.days} days ago.", f"Make another; {_coming(planned.every)}.")
    elif not late:
        yield Finding("ok", "backup", f"{last}{_same_disk(session, file)}.")


def _same_disk(session: Session, file: Path) -> str:
    return " (on the store's own disk: keep one elsewhere, too)" if file.stat().st_dev == session.store.path.stat().st_dev else ""
