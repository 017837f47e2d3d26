"""Which workers are alive: each holds a lock on a file of its own beside the store for as long as it lives.

The kernel gives the lock back however a process ends, so a push is taken over from a dead worker at once and never
from one that only sleeps.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from pathlib import Path

from store import pushes
from store.connection import Db, Store
from store.pushes import WorkerRow


class Presence:
    """This process's own lock, held until `close`."""

    def __init__(self, store: Path, worker: str) -> None:
        self._path = lock_path(store, worker)
        self._fd = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def close(self) -> None:
        """Takes its leave."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        os.close(self._fd)


def lock_path(store: Path, worker: str) -> Path:
    """Where a worker's lock lies."""
    if not re.fullmatch(r"[0-9A-Za-z]+", worker):
        raise ValueError("a worker's id is letters and digits")
    return store.with_name(f"{store.name}.worker-{worker}")


def is_alive(store: Path, worker: str) -> bool:
    """Whether the worker with that id holds its lock."""
    try:
        fd = os.open(lock_path(store, worker), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except (OSError, ValueError):
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def living(store: Store, db: Db) -> list[WorkerRow]:
    """The workers that are alive."""
    return [worker for worker in pushes.workers(db) if is_alive(store.path, worker.id)]


def bury(store: Store) -> None:
    """Takes dead workers off the list; the pushes they carried out are interrupted."""
    alive = {worker.id for worker in living(store, store.db)}
    dead = {worker.id for worker in pushes.workers(store.db)} - alive
    if not dead and not pushes.orphans(store.db, alive):
        return
    with store.transaction() as db:
        alive = {worker.id for worker in living(store, db)}
        dead = {worker.id for worker in pushes.workers(db)} - alive
        pushes.release(db, alive)
        pushes.discharge(db, dead)
    for worker in dead:
        with contextlib.suppress(OSError, ValueError):
            lock_path(store.path, worker).unlink()
