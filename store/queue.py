"""The writers' queue: a fair lock (flock on a file of its own beside the store) in front of SQLite's.

SQLite's busy handler sleeps in growing steps and is not fair; four writers flat out starve each other for a
second. The kernel's flock queue is first come, first served. A wait is bounded: a holder that was stopped
must not freeze every console. The lock file carries who holds it, for the message and for doctor.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from pathlib import Path

from store.errors import StoreError
from store.records import dataclass

WAIT_SECONDS = 10.0


class WriterQueue:
    """One thread's place in the queue of one store."""

    def __init__(self, store: Path) -> None:
        self._path = f"{store}.lock"
        self._fd = self._open()

    def _open(self) -> int:
        return os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def enter(self) -> None:
        """Waits for its turn, at most `WAIT_SECONDS`; `StoreError` naming the holder after that."""
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._wait()
        os.pwrite(self._fd, f"{os.getpid()} {int(time.time())}\n".encode().ljust(48), 0)

    def leave(self) -> None:
        """Lets the next one in."""
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Gives up its place for good."""
        with contextlib.suppress(OSError):
            os.close(self._fd)

    def _wait(self) -> None:
        """Queues in a thread of its own, because a blocking flock can't be given a time limit."""
        turn = _Turn(self._fd)
        threading.Thread(target=turn.take, daemon=True).start()
        if turn.wait(WAIT_SECONDS):
            return
        self._fd = self._open()  # the old descriptor stays with the abandoned turn
        raise StoreError("store-busy", f"Another process has held the store for {WAIT_SECONDS:.0f} s ({holder(Path(self._path))}).", "Try again, or look at that process; usher doctor tells more.")  # fmt: skip


class _Turn:
    """A turn that may be taken or abandoned, whichever comes first."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._taken = threading.Event()
        self._guard = threading.Lock()
        self._abandoned = False

    def take(self) -> None:
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        with self._guard:
            if self._abandoned:
                os.close(self._fd)
            else:
                self._taken.set()

    def wait(self, seconds: float) -> bool:
        if self._taken.wait(seconds):
            return True
        with self._guard:
            self._abandoned = not self._taken.is_set()
            return not self._abandoned


@dataclass(frozen=True)
class Holder:
    """Who holds the writers' lock, and for how long."""

    pid: int
    seconds: float


def held_by(store: Path) -> Holder | None:
    """Who holds the store's writers' lock right now; None when nobody does."""
    lock = Path(f"{store}.lock")
    try:
        fd = os.open(lock, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        pid, since = (lock.read_text("ascii").split() + ["0", "0"])[:2]
        return Holder(int(pid), max(0.0, time.time() - int(since)))
    finally:
        os.close(fd)


def holder(lock: Path) -> str:
    """Who wrote into the lock file last, in words."""
    try:
        pid, since = lock.read_text("ascii").split()[:2]
        return f"process {pid}, for {max(0, int(time.time()) - int(since))} s"
    except (OSError, ValueError):
        return "unknown process"
