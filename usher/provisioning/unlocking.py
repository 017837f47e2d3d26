"""How a worker that started with a locked key comes by it: through a pipe beside the store, from whoever knows the passphrase.

The pipe (0600 in the store's folder) is open to the account alone that may read the store's memory anyway; the
key passes through the kernel and is never on a disk, in an argument or in the environment.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import StoreError
from store.key_sources import KEY_BYTES
from usher.services.session import Session

if TYPE_CHECKING:
    import asyncio

LOOK = 0.5


class Gate:
    """What stands before a worker's secrets. `passed()` is asked before anything is claimed."""

    def __init__(self, session: Session, worker: str) -> None:
        self._session, self._path = session, pipe_path(session.store.path, worker)
        self._fd = -1

    def passed(self) -> bool:
        """Whether the key is open; while it is not, a pipe waits for it."""
        if self._fd < 0:
            if not self._session.vault.locked:
                return True
            self._wait()
        with contextlib.suppress(BlockingIOError):
            self._taken(os.read(self._fd, 4096))
        if self._session.vault.locked:
            return False
        self.close()
        return True

    def _wait(self) -> None:
        self._path.unlink(missing_ok=True)
        os.mkfifo(self._path, 0o600)
        self._fd = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)

    def _taken(self, data: bytes) -> None:
        """Several may have written; one right key is enough."""
        for start in range(0, len(data) - KEY_BYTES + 1, KEY_BYTES):
            with contextlib.suppress(StoreError):
                self._session.vault.take(data[start : start + KEY_BYTES])

    def close(self) -> None:
        """Takes the pipe away."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self._path.unlink(missing_ok=True)


async def wait(session: Session, ending: asyncio.Event) -> None:
    """Waits until the key is open, or `ending`: for a server without a worker. One with a worker is unlocked with it."""
    import asyncio

    gate = Gate(session, session.ids.new())
    try:
        while not ending.is_set() and not await asyncio.to_thread(gate.passed):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), LOOK)
    finally:
        gate.close()


def pipe_path(store: Path, worker: str) -> Path:
    """Where a locked worker's pipe lies."""
    if not re.fullmatch(r"[0-9A-Za-z]+", worker):
        raise ValueError("a worker's id is letters and digits")
    return store.absolute().with_name(f"{store.name}.locked-{worker}")


def waits(store: Path, worker: str) -> bool:
    """Whether that worker waits for the key."""
    return pipe_path(store, worker).exists()


def deliver(store: Path, master: bytes) -> int:
    """Hands the master key to every worker that waits for it; how many there were. Pipes that nobody reads are taken away."""
    count = 0
    for path in sorted(store.absolute().parent.glob(f"{store.name}.locked-*")):
        try:
            fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:  # ENXIO: whoever waited has gone
            with contextlib.suppress(OSError):
                path.unlink()
            continue
        try:
            status = os.fstat(fd)
            if stat.S_ISFIFO(status.st_mode) and status.st_uid == os.geteuid():
                os.write(fd, master)
                count += 1
        finally:
            os.close(fd)
    return count
