"""Keeps the intents and outcomes of a push, many in one transaction, beside the event loop.

No call leaves before its intent is durable. All lanes that wait share one commit; outcomes go along with the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

from store import accounts, events, failures, journal, operations, pushes
from store.accounts import Account
from store.connection import Db, savepoint
from store.driver import sqlite3
from store.failures import Failure
from store.ids import stamp
from store.journal import Exchange, JournalRow
from store.operations import Operation
from store.pushes import Push
from usher.services.session import Session

LEASE = timedelta(seconds=15)
EVENTS_EVERY = 0.2
RESULTS = ("succeeded", "failed", "skipped", "unknown")
T = TypeVar("T")


class LeaseLost(Exception):
    """Another worker has this push by now: stop at once, and touch nothing."""


@dataclass(frozen=True)
class Outcome:
    """What came of an operation: the operation as it is now, the account as it is now (if that is known), and what
    went over the wire. `retry_at`: the same may go right from then on, so automatic pushes try it again."""

    operation: Operation
    account: Account | None = None
    exchanges: tuple[Exchange, ...] = ()
    retry_at: str | None = None


@dataclass
class _Batch:
    steps: list[tuple[Operation, asyncio.Future[bool], bool] | Outcome] = field(default_factory=list)
    waiters: list[asyncio.Future[bool]] = field(default_factory=list)
    requests: int = 0

    def everybody(self) -> list[asyncio.Future[bool]]:
        """All who wait for this commit."""
        return self.waiters + [step[1] for step in self.steps if isinstance(step, tuple)]


class Recorder:
    """The one writer of a push."""

    def __init__(self, session: Session, push: Push, worker: str) -> None:
        self._session, self._push, self._worker = session, push, worker
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="recorder")
        self._batch = _Batch()
        self._wake = asyncio.Event()
        self._broken: BaseException | None = None
        self._last_event = 0.0
        self._pump = asyncio.create_task(self._run())

    async def intend(self, operation: Operation) -> bool:
        """Returns once the intent is on the disk; False when this must not be carried out any more."""
        return await self._step(operation, first=True)

    async def about_to_write(self, operation: Operation) -> bool:
        """Returns once it is on the disk that something may be sent now; False when the person is not entitled any more."""
        return await self._step(operation, first=False)

    async def _step(self, operation: Operation, *, first: bool) -> bool:
        waiter = self._waiter()
        self._batch.steps.append((operation, waiter, first))
        self._wake.set()
        return await waiter

    def conclude(self, outcome: Outcome) -> None:
        """Kept with the next commit, which this asks for."""
        self._batch.steps.append(outcome)
        self._wake.set()

    def count(self, requests: int) -> None:
        """Requests that belong to no operation."""
        self._batch.requests += requests

    async def flush(self) -> None:
        """Extends the lease; returns once everything said so far is on the disk."""
        waiter = self._waiter()
        self._batch.waiters.append(waiter)
        self._wake.set()
        await waiter

    async def read(self, function: Callable[..., T], *args: Any) -> T:
        """Reads from the store in the writer's thread."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, lambda: function(self._session.db, *args))

    async def close(self) -> None:
        """Ends the writer's thread."""
        self._pump.cancel()
        await asyncio.gather(self._pump, return_exceptions=True)
        self.thread.shutdown(wait=True)

    def _waiter(self) -> asyncio.Future[bool]:
        if self._broken is not None:
            raise self._broken
        return asyncio.get_running_loop().create_future()

    async def _run(self) -> None:
        """One commit after the other; whatever arrives during one goes with the next."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._batch = self._batch, _Batch()
            tell = bool(batch.steps) and (now := loop.time()) - self._last_event >= EVENTS_EVERY
            self._last_event = now if tell else self._last_event
            try:
                answers = await loop.run_in_executor(self.thread, self._write, batch, tell)
            except Exception as error:
                self._broken = error
                for waiter in batch.everybody() + self._batch.everybody():
                    if not waiter.done():
                        waiter.set_exception(error)
                return
            for waiter, answer in answers:
                if not waiter.done():
                    waiter.set_result(answer)

    def _write(self, batch: _Batch, tell: bool) -> list[tuple[asyncio.Future[bool], bool]]:
        now = self._session.clock.now()
        at, outcomes = stamp(now), [step for step in batch.steps if isinstance(step, Outcome)]
        requests = batch.requests + sum(len(outcome.exchanges) for outcome in outcomes)
        answers = [(waiter, True) for waiter in batch.waiters]
        with self._session.store.transaction() as db:
            if not pushes.hold_lease(db, self._push.id, self._worker, stamp(now + LEASE), requests):
                raise LeaseLost
            rows = []
            for step in batch.steps:
                if isinstance(step, Outcome):
                    rows.append(keep_outcome(db, self._push, step, at))
                else:
                    operation, waiter, first = step
                    answers.append((waiter, operations.intend(db, operation, self._worker, at) if first else operations.may_write(db, operation, self._worker)))
            journal.add_exchanges(db, [exchange for outcome in outcomes for exchange in outcome.exchanges])
            journal.add(db, [row for row in rows if row is not None])
            if tell:
                events.add(db, at, "push", self._push.id)
                events.add(db, at, "journal", self._push.id)
        return answers


def keep_outcome(db: Db, push: Push, outcome: Outcome, at: str) -> JournalRow | None:
    """Operation, account and failure of an outcome, inside the caller's transaction; its row for the log, if it is one for
    the log. What the store refuses of one outcome does not undo the others of the group."""
    try:
        with savepoint(db):
            _keep(db, push, outcome, at)
    except sqlite3.IntegrityError as error:
        one = replace(outcome.operation, state="failed", detail=f"The outcome could not be kept ({error}). {outcome.operation.detail}".strip())
        outcome = replace(outcome, operation=one, account=None)
        _keep(db, push, outcome, at)
    return row_of(push, outcome.operation, at) if outcome.operation.state in RESULTS else None


def _keep(db: Db, push: Push, outcome: Outcome, at: str) -> None:
    one = outcome.operation
    operations.conclude(db, one)
    if outcome.account is not None:
        accounts.keep(db, push.application_id, push.provider, outcome.account, at)
    if one.state == "succeeded":
        failures.forget(db, push.application_id, one.user_id)
        operations.settle_older(db, one)
    elif one.state in ("failed", "unknown"):
        failure = Failure(one.user_id, one.action, one.digest, one.id, one.status, one.detail, at, outcome.retry_at)
        failures.keep(db, push.application_id, failure)


def row_of(push: Push, one: Operation, at: str) -> JournalRow:
    """The log's row of an outcome."""
    action = "adopt" if one.adopted else one.action
    head = (0, one.id, push.id, one.finished_at or at, push.application_id, push.app_label, one.user_id, one.username, action, one.state)
    return JournalRow(*head, one.status, max(one.attempt, 1), one.duration_ms or 0, one.detail)
