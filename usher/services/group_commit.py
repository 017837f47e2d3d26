"""Commits what several requests of the portal want to keep in one transaction: a disk is waited for once, not once each.

Nobody is answered before what they wait for is durable.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from store.connection import Db, Store, savepoint

Job = Callable[[Db], None]
MOST = 64


@dataclass
class _Wish:
    job: Job
    done: Future[None] = field(default_factory=Future)


class GroupCommit:
    """One writer's thread for one store. A job that raises is undone by itself, and its error reaches who asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wishes: queue.SimpleQueue[_Wish | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> Future[None]:
        """The future is done once the job is on the disk."""
        wish = _Wish(job)
        self._wishes.put(wish)
        return wish.done

    def close(self) -> None:
        """Keeps what was asked for and ends the thread."""
        self._wishes.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._wishes.get()) is not None:
            batch, over = [first], False
            with contextlib.suppress(queue.Empty):
                while len(batch) < MOST and not over:
                    wish = self._wishes.get_nowait()
                    over = wish is None
                    batch += [wish] if wish else []
            self._keep(batch)
            if over:
                return

    def _keep(self, batch: list[_Wish]) -> None:
        errors: dict[int, BaseException] = {}
        try:
            with self._store.transaction() as db:
                for number, wish in enumerate(batch):
                    try:
                        with savepoint(db):
                            wish.job(db)
                    except Exception as error:  # it belongs to who asked
                        errors[number] = error
        except BaseException as error:  # nothing of the batch was kept
            errors = dict.fromkeys(range(len(batch)), error)
        for number, wish in enumerate(batch):
            if number in errors:
                wish.done.set_exception(errors[number])
            else:
                wish.done.set_result(None)
