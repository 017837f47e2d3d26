"""Starts a worker beside this process, which outlives it: a hang-up of the operator's line ends no push."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import usher
from usher.provisioning.presence import living
from usher.services.session import Session

if TYPE_CHECKING:
    import subprocess

_started: list[tuple[Path, subprocess.Popen[bytes]]] = []
"""Kept so that those that ended are reaped, and one that has not yet said that it lives is not started twice."""


def ensure_worker(session: Session) -> bool:
    """Starts a detached worker unless one is alive, or is just starting; whether it had to. Call it after the push was committed."""
    _started[:] = [(store, process) for store, process in _started if process.poll() is None]
    store = session.store.path.absolute()
    if any(started == store for started, _ in _started) or living(session.store, session.db):
        return False
    start_worker(store, session.key_file)
    return True


def start_worker(store: Path, key_file: Path, *more: str) -> subprocess.Popen[bytes]:
    """A worker in a session of its own, without this process's files, terminal and working directory."""
    import subprocess

    command = [sys.executable, "-m", "usher.provisioning.worker", "--store", str(store.absolute()), "--key-file", str(key_file.absolute()), "--detached", *more]
    root = str(Path(usher.__file__).parent.parent)
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        close_fds=True,
        cwd="/",
        env={**os.environ, "PYTHONPATH": path},
    )
    _started.append((store.absolute(), process))
    return process
