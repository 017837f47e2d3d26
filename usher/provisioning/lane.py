"""One lane of a push: takes operations, one after the other, and says what came of each."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from store import accounts, journal, operations
from store.connection import Db
from store.ids import stamp
from store.journal import Exchange
from store.operations import Operation
from store.pushes import Push
from usher.provisioning.recorder import Outcome, row_of
from usher.provisioning.steps import Done, Failure, Hand
from usher.scim import errors
from usher.scim.client import ExchangeRecord, ScimClient

if TYPE_CHECKING:
    from usher.provisioning.push import Run

PAGE, TRIES, STREAK = 200, 3, 5
AGAIN, SEAT_AGAIN = 60.0, 3600.0
"""Seconds until what went wrong for a passing reason, or for want of a seat, may be tried again by itself."""

STAGES = {"deactivate": 0, "delete": 0, "update": 1, "reactivate": 1, "create": 2}
"""Operations of one stage are carried out beside each other."""

CHANGED = "What is wanted for this person has changed since the plan was made: nothing was sent. A new plan takes it up."
NOT_ANY_MORE = "This person's right to an account has changed since the plan was made: nothing was sent."
GOES_ON = "A worker that keeps running tries again in a minute; resume the push to try now."
NO_SEAT = "Not sent: the application has no free seat. Free one there, then push again."


def ignore(_: ExchangeRecord) -> None:
    """For requests that belong to no operation."""


class Feeder:
    """Gives the lanes their operations: first those that were cut off, then the rest in the order of the plan. Each is
    given out once, so that no two lanes are ever at the same one.

    Nobody comes before all who leave have left, nor before those who are renamed have their new names: only then are
    the seats and the names free, and only then is it known whose account a name stands for.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._ready: deque[Operation] = deque()
        self._after: int | None = None
        self._more = True
        self._turn = asyncio.Condition()
        self._busy, self._stage = 0, 0

    async def next(self) -> Operation | None:
        """The next operation, to be followed by `done`; None when there is none, or the run is to stop."""
        async with self._turn:
            while True:
                while not self._ready and self._more and not self._run.stop:
                    await self._read()
                if self._run.stop or not self._ready:
                    return None
                stage = STAGES[self._ready[0].action]
                if stage == self._stage or not self._busy:
                    break
                await self._turn.wait()
            if stage != self._stage:
                self._stage = stage
                await self._run.recorder.flush()
            self._busy += 1
            return self._ready.popleft()

    async def done(self) -> None:
        """An operation that was given out has come to its end."""
        async with self._turn:
            self._busy -= 1
            self._turn.notify_all()

    async def _read(self) -> None:
        push, after = self._run.push.id, self._after
        if after is None:
            self._ready.extend(await self._run.recorder.read(operations.cut_off, push))
            self._after = 0
            return
        found = await self._run.recorder.read(lambda db: operations.page(db, push, after=after, limit=PAGE, state="planned"))
        self._ready.extend(found)
        self._after, self._more = (found[-1].seq, True) if found else (after, False)


@dataclass
class Lane:
    """One connection to the provider, and the operation it is at."""

    run: Run
    client: ScimClient
    _exchanges: list[Exchange] = field(default_factory=list)
    _now: Operation | None = None

    async def work(self, feeder: Feeder) -> None:
        """Until there is nothing more to do."""
        self.client.record = self._keep_exchange
        hand = Hand(self.client, self.run.roster, self._owner, self._shared_with, self._before_create)
        while (operation := await feeder.next()) is not None:
            try:
                if not self._leave_out(operation):
                    await self._do(hand, operation)
            finally:
                await feeder.done()

    def _leave_out(self, operation: Operation) -> bool:
        """Operations that are not to be sent any more."""
        if operation.state != "planned":
            return False
        if self.run.wanted is not None and self.run.wanted.get(operation.user_id) != operation.digest:
            self._conclude(operation, "skipped", detail=CHANGED)
        elif self.run.no_seat and operation.action == "create" and not operation.remote_id:
            self._conclude(operation, "skipped", detail=NO_SEAT)
        else:
            return False
        return True

    async def _do(self, hand: Hand, operation: Operation) -> None:
        """Tries until there is an outcome; what is not known is looked up before anything is sent again."""
        sent = operation.state in ("sending", "unknown") and operation.phase == "write"
        for tries in range(TRIES):
            direct = operation.action != "create" or bool(operation.remote_id)
            phase = "write" if sent or direct or hand.roster.shows_nobody(operation) else "find"
            operation = replace(operation, attempt=operation.attempt + 1, phase=phase)
            try:
                if not await self.run.recorder.intend(operation):
                    return self._conclude(operation, "skipped", detail=NOT_ANY_MORE)
            except asyncio.CancelledError:
                self._conclude(operation, "unknown" if sent else "planned")
                raise
            outcome = await self._attempt(hand, operation, sent, last=tries == TRIES - 1)
            if outcome == "done" or self.run.stop:
                return
            sent, operation = sent or outcome == "unknown", replace(operation, state=outcome)
            await asyncio.sleep(0.25 * 2**tries)

    async def _attempt(self, hand: Hand, operation: Operation, sent: bool, *, last: bool) -> str:
        """One attempt: `done` when it has an outcome, `unknown` when it must be looked up, `planned` when nothing was sent.
        The `last` one has an outcome."""
        done, self._now, started = Done(), operation, time.monotonic()
        kept, failed = ("unknown", "unknown") if sent else ("planned", "failed")
        try:
            await hand.carry_out(operation, done, resumed=sent or operation.user_id in self.run.doubtful, sent=sent)
        except asyncio.CancelledError:
            self._conclude(operation, "unknown" if self._may_have_sent() else kept, done, started)
            raise
        except NotEntitled:
            self._conclude(operation, "skipped", done, started, detail=NOT_ANY_MORE)
        except Failure as failure:
            self._conclude(operation, "failed" if done.settled else failed, done, started, detail=failure.detail, status=failure.status)
        except errors.Unknown as unknown:
            self._conclude(operation, "unknown", done, started, detail=unknown.detail, status=unknown.status)
            return "unknown"
        except errors.ScimError as trouble:
            return self._judge(operation, done, started, trouble, kept, last)
        except Exception as fault:  # one person's trouble must not end the push
            self._conclude(operation, failed, done, started, detail=f"This could not be carried out: a fault in Usher ({type(fault).__name__}).", retry=AGAIN)
        else:
            self.run.streak = 0
            self._conclude(operation, "succeeded", done, started, detail=done.text(), status=self._status())
        return "done"

    def _judge(self, operation: Operation, done: Done, started: float, trouble: errors.ScimError, kept: str, last: bool) -> str:
        """What an error of the provider means for this operation, and for the push. A refusal that meets this person again and
        again, while others are let through, is about the person."""
        about_the_person = isinstance(trouble, errors.Unauthorized) and not trouble.repeated
        if about_the_person and not last:
            self._conclude(operation, kept, done, started)
            return kept
        if not about_the_person and judge_trouble(self.run, trouble):
            self._conclude(operation, kept, done, started)
            return "done"
        retry, detail = None, trouble.detail
        if isinstance(trouble, errors.NoSeat):
            retry, detail = SEAT_AGAIN, f"{trouble.detail} {trouble.hint}".strip()
            self.run.no_seat = detail
        elif isinstance(trouble, errors.Unavailable | errors.NotScim):
            retry = AGAIN
        self._conclude(
            operation, "failed" if done.settled or kept == "planned" else "unknown", done, started, detail=detail, status=trouble.status, retry=retry
        )
        return "done"

    def _conclude(
        self,
        operation: Operation,
        state: str,
        done: Done | None = None,
        started: float | None = None,
        *,
        detail: str = "",
        status: int | None = None,
        retry: float | None = None,
    ) -> None:
        """Hands the outcome to the recorder, with what went over the wire."""
        done, run = done or Done(), self.run
        milliseconds = 0 if started is None else round((time.monotonic() - started) * 1000)
        account = done.account
        remote_id = account.remote_id if account is not None and account.state != "gone" else operation.remote_id
        phase = "" if state == "planned" else operation.phase
        adopted = done.adopted and state == "succeeded"
        at = None if state == "planned" else run.session.now()
        operation = replace(
            operation, state=state, remote_id=remote_id, phase=phase, adopted=adopted, status=status, detail=detail, finished_at=at, duration_ms=milliseconds
        )
        if account is not None:
            run.roster.follow(account)
        run.recorder.conclude(Outcome(operation, account, tuple(self._exchanges), None if retry is None else run.later(retry)))
        self._exchanges, self._now = [], None

    def _keep_exchange(self, seen: ExchangeRecord) -> None:
        if self._now is None:
            return self.run.recorder.count(1)
        at = stamp(datetime.fromtimestamp(seen.at, UTC))
        sides = (seen.request_headers, seen.request_body, seen.status, seen.response_headers, seen.response_body, seen.error, seen.duration_ms)
        self._exchanges.append(Exchange(0, self._now.id, self._now.attempt, at, seen.method, seen.url, *sides))

    def _status(self) -> int | None:
        """The status of the last write, else of the last answer."""
        writes = [exchange.status for exchange in self._exchanges if exchange.method != "GET"]
        return (writes or [exchange.status for exchange in self._exchanges] or [None])[-1]

    def _may_have_sent(self) -> bool:
        """Whether a write of this operation may have taken effect."""
        return any(exchange.method != "GET" and (exchange.status is None or exchange.status < 400) for exchange in self._exchanges)

    async def _owner(self, remote_id: str) -> str | None:
        return await self.run.recorder.read(accounts.owner, self.run.push.application_id, self.run.push.provider, remote_id)

    async def _shared_with(self, remote_id: str) -> str | None:
        return await self.run.recorder.read(accounts.shared_with, self.run.push.application_id, self.run.push.provider, remote_id)

    async def _before_create(self, operation: Operation) -> None:
        """Kept before a create leaves; nothing to keep where the intent said so already."""
        if (operation.phase != "write" or operation.state != "planned") and not await self.run.recorder.about_to_write(operation):
            raise NotEntitled


class NotEntitled(Exception):
    """The person may not have an account any more."""


def judge_trouble(run: Run, trouble: errors.ScimError) -> bool:
    """Whether an error concerns the whole push, which then pauses, and says why."""
    if isinstance(trouble, errors.Unreachable | errors.RateLimited):
        run.end("paused", f"{trouble} {GOES_ON}", retry_in=AGAIN)
    elif isinstance(trouble, errors.Unauthorized):
        run.end("paused", f"{trouble.message} {trouble.hint}".strip())
    elif isinstance(trouble, errors.Redirected):
        run.end("paused", str(trouble))
    elif isinstance(trouble, errors.Unavailable | errors.NotScim):
        run.streak += 1
        if run.streak < STREAK:
            return False
        run.end("paused", f"{STREAK} operations in a row failed. {trouble} {GOES_ON}", retry_in=AGAIN)
    else:
        return False
    return True


def log_skipped(db: Db, push: Push, skipped: list[Operation], at: str) -> None:
    """The log's rows of operations that were not begun, inside the caller's transaction."""
    journal.add(db, [row_of(push, one, at) for one in skipped])
