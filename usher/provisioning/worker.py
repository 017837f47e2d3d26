"""The worker: a process that claims pushes and carries them out, until it is told to stop or has nothing to do.

    python -m usher.provisioning.worker --store FILE [--key-file FILE] [--detached] [--automatic]

A detached one does what was asked for and ends after ten idle seconds; `usher worker` also pushes by itself what changes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from pathlib import Path

from store import maintenance, pushes
from store.activity import Actor
from store.errors import StoreError, UsherError
from store.ids import stamp
from store.key_sources import KEY_BYTES
from store.pushes import Push, WorkerRow
from usher.process import harden
from usher.provisioning.automatic import Automatic
from usher.provisioning.presence import Presence, bury
from usher.provisioning.recorder import LEASE
from usher.provisioning.unlocking import Gate
from usher.services import anchors
from usher.services.session import Session

IDLE, LOOK, BEAT = 10.0, 0.1, 2.0
ACTOR = Actor("worker", "worker", "worker")


class Worker:
    """One worker at work on one store. `kind` is detached, worker or serve; `automatic` also plans what changes."""

    def __init__(self, session: Session, *, kind: str, automatic: bool, idle: float | None = None) -> None:
        self.id = session.ids.new()
        self.session, self.kind, self.idle = session, kind, idle
        self.stop = asyncio.Event()
        self._gate = Gate(session, self.id)
        self._automatic = Automatic(session) if automatic else None
        self._tasks: dict[str, asyncio.Task[str]] = {}
        self._seen: int | None = None
        self._anchored = 0
        self._looked = self._busy = time.monotonic()

    async def run(self) -> None:
        """Until `stop` is set, or nothing was to be done for `idle` seconds."""
        presence = Presence(self.session.store.path, self.id)
        try:
            await asyncio.to_thread(self._enlist)
            beat = asyncio.create_task(self._beat())
            backups = asyncio.create_task(self._back_up())
            try:
                while not self.stop.is_set():
                    await self._look_unless_busy()
                    if self._idle_for(self.idle) and await asyncio.to_thread(self._leave_if_idle):
                        return
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self.stop.wait(), LOOK)
            finally:
                self.stop.set()
                beat.cancel()
                await asyncio.gather(beat, backups, *self._tasks.values(), return_exceptions=True)
                await asyncio.to_thread(self._leave)
        finally:
            self._gate.close()
            presence.close()

    def _enlist(self) -> None:
        now = self.session.now()
        with self.session.store.transaction() as db:
            pushes.enlist(db, WorkerRow(self.id, os.getpid(), socket.gethostname(), self.kind, now, now))
        bury(self.session.store)

    async def _look_unless_busy(self) -> None:
        """A store that is busy for long is looked at again later."""
        try:
            await self._look()
        except StoreError as trouble:
            if trouble.code != "store-busy":
                raise

    async def _look(self) -> None:
        """Takes what waits; looks again when the store has moved, and once a second anyway."""
        self._tasks = {push: task for push, task in self._tasks.items() if not task.done()}
        if self._tasks:
            self._busy = time.monotonic()
        version, now = self.session.store.data_version(), time.monotonic()
        if (version == self._seen and now - self._looked < 1) or not await asyncio.to_thread(self._gate.passed):
            return
        self._seen, self._looked = version, now
        if self._automatic is not None:
            await asyncio.to_thread(self._automatic.look)
        while (push := await asyncio.to_thread(self._claim)) is not None:
            self._tasks[push.id] = asyncio.create_task(self._carry_out(push))
            self._busy = time.monotonic()

    def _claim(self) -> Push | None:
        bury(self.session.store)
        now = self.session.clock.now()
        if not pushes.claimable(self.session.db, stamp(now)):
            return None
        with self.session.store.transaction() as db:
            return pushes.claim(db, self.id, stamp(now), stamp(now + LEASE))

    async def _carry_out(self, push: Push) -> str:
        from usher.provisioning.push import carry_out

        try:
            return await carry_out(self.session, push, self.id, self.stop)
        except UsherError:  # the store cannot be written to: end, so that the push is free for whoever can
            self.stop.set()
            raise

    async def _beat(self) -> None:
        """Says that it is there, and keeps the store's log short where SQLite must not do it by itself."""
        while True:
            await asyncio.sleep(BEAT)
            await asyncio.to_thread(self._heartbeat)

    def _heartbeat(self) -> None:
        with contextlib.suppress(StoreError), self.session.store.transaction() as db:
            pushes.heartbeat(db, self.id, self.session.now())
        maintenance.checkpoint_where_needed(self.session.store.path)
        self._keep_anchor()

    async def _back_up(self) -> None:
        """Makes the backups that are due, beside everything else; one that is being made is finished first."""
        from usher.services.scheduled import run_if_due

        while self.kind != "detached" and not self.stop.is_set():
            with contextlib.suppress(StoreError):
                await asyncio.to_thread(run_if_due, self.session, self.id)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), BEAT)

    def _idle_for(self, seconds: float | None) -> bool:
        return seconds is not None and not self._tasks and time.monotonic() - self._busy >= seconds

    def _leave_if_idle(self) -> bool:
        """Leaves unless something waits: whoever asks for a push after this finds no worker, and starts one."""
        with self.session.store.transaction() as db:
            if pushes.claimable(db, self.session.now()):
                return False
            pushes.discharge(db, [self.id])
        return True

    def _keep_anchor(self) -> None:
        """The record's head goes to where the settings say. That place may be gone for a while: verifying tells."""
        with contextlib.suppress(UsherError):
            self._anchored = anchors.keep(self.session, self._anchored)

    def _leave(self) -> None:
        self._keep_anchor()
        with contextlib.suppress(StoreError), self.session.store.transaction() as db:
            pushes.discharge(db, [self.id])


async def work(session: Session, *, kind: str, automatic: bool, idle: float | None = None) -> None:
    """Runs a worker in this process until SIGTERM or SIGINT (or idle): what is under way is finished first."""
    worker = Worker(session, kind=kind, automatic=automatic, idle=idle)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, worker.stop.set)
    await worker.run()


def run(
    path: Path, key_file: Path | None = None, *, kind: str = "worker", automatic: bool = True, idle: float | None = None, master: bytes | None = None
) -> int:
    """Opens the store and works on it; the exit status. `master` is the key where somebody has unlocked it already; without it
    a worker whose key is locked waits for that and pushes nothing."""
    from usher.services import setup

    harden()
    session = setup.open_session(path, actor=ACTOR, key_file=key_file)
    try:
        if master is not None:
            session.vault.take(master)
        asyncio.run(work(session, kind=kind, automatic=automatic, idle=idle))
    finally:
        session.store.close()
    return 0


def main(arguments: list[str] | None = None) -> int:
    """The process's entry: one line on stderr and the error's own exit status when it cannot work."""
    parser = argparse.ArgumentParser(prog="python -m usher.provisioning.worker", description="Carries out pushes.")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--key-file", type=Path)
    parser.add_argument("--detached", action="store_true", help="only what is asked for; ends after ten idle seconds")
    parser.add_argument("--automatic", action="store_true", help="also push by itself what changes")
    parser.add_argument("--unlocked", action="store_true", help="the master key comes on stdin")
    named = parser.parse_args(arguments)
    try:
        kind, idle = ("detached", float(os.environ.get("USHER_WORKER_IDLE", IDLE))) if named.detached else ("worker", None)
        master = sys.stdin.buffer.read(KEY_BYTES) if named.unlocked else None
        return run(named.store, named.key_file, kind=kind, automatic=named.automatic, idle=idle, master=master)
    except UsherError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
