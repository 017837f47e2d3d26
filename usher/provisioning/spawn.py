"""Starts a worker beside this process, which outlives it: a hang-up of the operator's line ends no push."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import usher
from store.errors import StoreError
from store.key_sources import locked
from usher.provisioning.presence import living
from usher.provisioning.unlocking import waits
from usher.services.session import Session

if TYPE_CHECKING:
    import subprocess

_started: list[tuple[Path, subprocess.Popen[bytes]]] = []
"""Kept so that those that ended are reaped, and one that has not yet said that it lives is not started twice."""


def ensure_worker(session: Session) -> bool:
    """Starts a detached worker unless one is alive, or is just starting; whether it had to. Call it after the push was committed.

    Raises `StoreError` (`key-locked`) when neither this session nor any worker has the key unlocked: the push waits then.
    """
    _reap()
    store = session.store.path.absolute()
    if any(started == store for started, _ in _started) or any(not waits(store, each.id) for each in living(session.store, session.db)):
        return False
    vault = session.vault
    if vault.locked:
        raise StoreError("key-locked", "The push waits: the store's key is locked, and no worker has it unlocked.", locked().hint)
    start_worker(store, session.key_file, master=vault.handed())
    return True


def _reap() -> None:
    """Lets go of those that ended; one that another thread adds meanwhile stays."""
    for each in [*_started]:
        if each[1].poll() is not None:
            with contextlib.suppress(ValueError):  # another thread was quicker
                _started.remove(each)


def start_worker(store: Path, key_file: Path, *more: str, master: bytes | None = None) -> subprocess.Popen[bytes]:
    """A worker in a session of its own, without this process's files, terminal and working directory. A key that was unlocked
    here is handed over by a pipe."""
    import subprocess

    command = [sys.executable, "-m", "usher.provisioning.worker", "--store", str(store.absolute()), "--key-file", str(key_file.absolute()), "--detached", *more]
    if master:
        command.append("--unlocked")
    root = str(Path(usher.__file__).parent.parent)
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE if master else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        close_fds=True,
        cwd="/",
        env={**os.environ, "PYTHONPATH": path},
    )
    if master and process.stdin:
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(master)
    _started.append((store.absolute(), process))
    return process
