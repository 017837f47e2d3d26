"""Who has a store open: every process that uses it holds a shared lock on a file of its own beside it.

The kernel gives the lock back however a process ends. Who replaces the file (`usher restore`) takes the lock alone: then
nobody has the store open through us, and nobody can open it meanwhile. Who they are is read from the kernel's list of
open files, which also names programs that are not ours.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from store.errors import StoreError
from store.records import dataclass

PATIENCE = 5.0
"""Seconds that somebody waits who comes while the store is being replaced."""


@dataclass(frozen=True)
class Tenant:
    """A process that has the store open, what it is, and since when it runs (seconds of Unix time; 0 when not known)."""

    pid: int
    what: str
    since: float


class Tenancy:
    """This process's share of the lock, held until `close`. A folder that cannot be written to goes without."""

    def __init__(self, store: Path) -> None:
        self._fd = _open(store)
        if self._fd is not None:
            self._enter(store)

    def _enter(self, store: Path) -> None:
        deadline = time.monotonic() + PATIENCE
        while not _take(self._fd, fcntl.LOCK_SH):
            if time.monotonic() > deadline:
                self.close()
                raise StoreError("store-being-replaced", f"The store {store} is being restored.", "Try again when that is done.")
            time.sleep(0.05)

    def close(self) -> None:
        """Takes its leave."""
        if self._fd is not None:
            with contextlib.suppress(OSError):
                os.close(self._fd)
            self._fd = None

    __del__ = close


def lock_file(store: Path) -> Path:
    """Where the lock lies."""
    return store.with_name(f"{store.name}.open")


@contextlib.contextmanager
def alone(store: Path) -> Iterator[bool]:
    """Holds the lock alone inside; yields whether that could be had. Nobody opens the store through us meanwhile."""
    fd = _open(store)
    try:
        yield fd is not None and _take(fd, fcntl.LOCK_EX)
    finally:
        if fd is not None:
            os.close(fd)


def others(store: Path) -> list[Tenant]:
    """The other processes that have the store, its log or its lock open, as far as this account may see them (Linux).

    Ours close what they have open to the eyes of others (`usher.process`): they are known by the lock that they hold.
    """
    names = {f"{store.parent.resolve() / store.name}{end}" for end in ("", "-wal", "-shm", ".open")}
    found, holders = [], _holders(store)
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        if pid != os.getpid() and (pid in holders or _has_open(folder, names)):
            found.append(Tenant(pid, _what(folder), _since(folder)))
    return sorted(found, key=lambda tenant: tenant.since)


def _open(store: Path) -> int | None:
    """The lock file, made when it is not there; None where it cannot be."""
    flags = os.O_CLOEXEC | os.O_NOFOLLOW
    with contextlib.suppress(OSError):
        return os.open(lock_file(store), flags | os.O_CREAT | os.O_RDWR, 0o600)
    with contextlib.suppress(OSError):
        return os.open(lock_file(store), flags | os.O_RDONLY)
    return None


def _take(fd: int | None, how: int) -> bool:
    try:
        fcntl.flock(fd if fd is not None else -1, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holders(store: Path) -> set[int]:
    """Who holds a share of the lock, from the kernel's list."""
    try:
        status = lock_file(store).stat()
        text = Path("/proc/locks").read_text()
    except OSError:
        return set()
    return holders_in(text, f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}", status.st_ino)


def holders_in(text: str, device: str, inode: int) -> set[int]:
    """The processes that hold flocks on a file, from lines like `1: FLOCK ADVISORY READ 4711 08:01:131073 0 EOF`.

    Btrfs and overlay file systems call the device something else there than stat does: the inode alone tells then.
    """
    locks = [
        (words[5].rpartition(":"), int(words[4]))
        for words in map(str.split, text.splitlines())
        if len(words) > 5 and words[1] == "FLOCK" and words[4].isdigit()
    ]
    here = [(place[0], pid) for place, pid in locks if place[2] == str(inode)]
    return {pid for found, pid in here if found == device} or {pid for _, pid in here}


def _has_open(folder: Path, names: set[str]) -> bool:
    with contextlib.suppress(OSError):
        return any(_target(link) in names for link in (folder / "fd").iterdir())
    return False


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _what(folder: Path) -> str:
    """The command in a few words: ours by the word after it, another program by its name."""
    try:
        words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "a process"
    if any(word == "usher.provisioning.worker" for word in words):
        return "a worker"
    at = next((i for i, word in enumerate(words[:4]) if word == "tui.cli.main" or re.fullmatch(r"(.*/)?usher", word)), None)
    if at is None:
        return Path(words[0]).name or "a process"
    ours = _own_words(words[at + 1 :])
    return f"usher {ours[0]}" if ours else "a console"


def _own_words(words: list[str]) -> list[str]:
    """The words that are neither options nor the values of options."""
    found, value = list[str](), False
    for word in words:
        if value or not word:
            value = False
        elif word.startswith("-"):
            value = word in {"--store", "--operator"}
        else:
            found.append(word)
    return found


def _since(folder: Path) -> float:
    """When the process began: the 22nd field of its `stat`, in clock ticks since the machine started."""
    try:
        ticks = int((folder / "stat").read_text().rpartition(")")[2].split()[19])
        up = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0.0
    return time.time() - up + ticks / os.sysconf("SC_CLK_TCK")
