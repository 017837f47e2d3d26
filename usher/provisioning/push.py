"""A push: a plan carried out, by as many lanes as the connection allows, until all is done or somebody stops it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta

from store import accounts, events, operations, pushes
from store.accounts import Connection
from store.connection import Db
from store.errors import UsherError
from store.ids import stamp
from store.pushes import Push
from usher.provisioning import lane as lanes
from usher.provisioning.prepare import behaviour_of, is_concerned, prepare, provider_of, rules_in_use
from usher.provisioning.recorder import LeaseLost, Outcome, Recorder
from usher.provisioning.roster import Roster, read_all_first
from usher.scim.behaviour import Behaviour
from usher.scim.client import ScimClient, ssl_context
from usher.scim.dialect import Dialect
from usher.scim.errors import ScimError
from usher.scim.gate import Gate
from usher.services.session import Session

WATCH, LEASE_EVERY, GRACE = 0.25, 2.0, 0.3
CANCELLED = "The push was cancelled before this was begun."


@dataclass
class Run:
    """One push under way in this process. `stop` says how it is to end before its time: cancelled, paused or queued (for
    another worker); `reason` why; `retry_at` when it may be taken up by itself."""

    session: Session
    push: Push
    worker: str
    connection: Connection
    recorder: Recorder
    roster: Roster
    gate: Gate
    dialect: Dialect
    behaviour: Behaviour
    stop: str = ""
    reason: str = ""
    retry_at: str | None = None
    no_seat: str = ""
    streak: int = 0
    doubtful: set[str] = field(default_factory=set)
    wanted: dict[str, str] | None = None
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self, state: str, reason: str = "", *, retry_in: float | None = None) -> None:
        """Begins no further operation; what is under way is finished."""
        if not self.stop:
            self.stop, self.reason = state, reason
            self.retry_at = None if retry_in is None else self.later(retry_in)
        self.stopped.set()

    def later(self, seconds: float) -> str:
        """The time so many seconds from now."""
        return stamp(self.session.clock.now() + timedelta(seconds=seconds))


async def carry_out(session: Session, push: Push, worker: str, stop: asyncio.Event) -> str:
    """Carries out a push claimed by `worker` and returns the state it ended in (empty: it is another's by now).

    `stop` is set when the process should end: operations under way are finished, and the push is queued again.
    """
    recorder = Recorder(session, push, worker)
    try:
        run = await _begin(session, push, worker, recorder)
        await _work(run, stop)
        await recorder.flush()
        return await _finish(run)
    except LeaseLost:
        return ""
    except UsherError as trouble:
        return await asyncio.to_thread(_finish_in_store, session, push, worker, "paused", str(trouble), None)
    except Exception as fault:  # a fault of ours must not leave the push running for ever
        reason = f"A fault in Usher stopped this push ({type(fault).__name__}). Resume it; what was under way is looked up first."
        return await asyncio.to_thread(_finish_in_store, session, push, worker, "paused", reason, None)
    finally:
        await recorder.close()


async def _begin(session: Session, push: Push, worker: str, recorder: Recorder) -> Run:
    connection = await recorder.read(accounts.connection, push.application_id)
    target = await recorder.read(accounts.target, push.application_id)
    if connection is None or target is None or provider_of(connection.base_url) != push.provider:
        raise LeaseLost
    there = await recorder.read(behaviour_of, target)
    rate = connection.rate if connection.rate is not None else there.rate
    sample = await recorder.read(accounts.any_username, push.application_id, push.provider)
    run = Run(session, push, worker, connection, recorder, Roster(sample), Gate(rate), Dialect.from_json(connection.capabilities), there)
    run.doubtful = await recorder.read(_doubtful, push)
    if await asyncio.to_thread(is_concerned, session, push):
        again = await asyncio.to_thread(prepare, session, target, push.scope)
        run.wanted = {step.user_id: step.digest for step in again.plan.steps}
    return run


def _doubtful(db: Db, push: Push) -> set[str]:
    """The people of this push whose account must be looked up first: in doubt, by the store or by an operation cut off."""
    return accounts.doubtful(db, push.application_id, push.provider) | {one.user_id for one in operations.in_doubt(db, push.application_id, push.provider)}


async def _work(run: Run, stop: asyncio.Event) -> None:
    """Everything between the claim and the end."""
    watching = asyncio.create_task(_watch(run, stop))
    made: list[lanes.Lane] = []
    try:
        await _report_blocked(run)
        counts = await run.recorder.read(operations.counts, run.push.id)
        left = sum(counts.get(state, 0) for state in ("planned", "sending", "unknown"))
        if not left:
            return
        made = await _open_lanes(run, min(run.connection.concurrency, left))
        if await _drain(run, [], [asyncio.create_task(_read_roster(run, made[0]))]):
            feeder = lanes.Feeder(run)
            await _drain(run, made, [asyncio.create_task(one.work(feeder)) for one in made])
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        for one in made:
            await one.client.aclose()


async def _open_lanes(run: Run, count: int) -> list[lanes.Lane]:
    """So many connections to the provider, over one trust."""
    connection = run.connection
    if connection.token is None:
        raise LeaseLost
    token = await asyncio.to_thread(run.session.vault.open, "connection", connection.application_id, "token", connection.token)
    trust = await asyncio.to_thread(ssl_context)
    rules = await run.recorder.read(accounts.rules, connection.application_id)
    paths = [rule.path for rule in rules_in_use(rules, connection, run.behaviour)]
    made = []
    for _ in range(count):
        client = ScimClient(
            connection.base_url, token, run.dialect, paths=paths, gate=run.gate, record=lanes.ignore, ssl_context=trust, behaviour=run.behaviour
        )
        made.append(lanes.Lane(run, client))
    return made


async def _read_roster(run: Run, lane: lanes.Lane) -> None:
    """Reads who is there already, where that is cheaper than asking for each."""
    creates = await run.recorder.read(operations.left, run.push.id, "create")
    known = sum((await run.recorder.read(accounts.by_state, run.push.application_id, run.push.provider)).values())
    if not read_all_first(creates, known):
        return
    before = lane.client.requests
    try:
        await run.roster.read(lane.client)
    except ScimError as trouble:
        lanes.judge_trouble(run, trouble)
    run.recorder.count(lane.client.requests - before)


async def _drain(run: Run, made: list[lanes.Lane], tasks: list[asyncio.Task[None]]) -> bool:
    """Waits for the tasks, those of `made` in their order; once the run is to stop, those not in the middle of a
    request are let go after a moment. False when the run was stopped. What a task raises is raised here."""
    stopping = asyncio.create_task(run.stopped.wait())
    try:
        pending = set(tasks)
        while pending and not run.stopped.is_set():
            await asyncio.wait({*pending, stopping}, return_when=asyncio.FIRST_COMPLETED)
            pending = _still(pending)
        since = time.monotonic()
        while pending:
            if not made or time.monotonic() - since > GRACE:
                _let_go(made, tasks, pending)
            await asyncio.wait(pending, timeout=0.05)
            pending = _still(pending)
    finally:
        stopping.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(stopping, *tasks, return_exceptions=True)
    return not run.stopped.is_set()


def _let_go(made: list[lanes.Lane], tasks: list[asyncio.Task[None]], pending: set[asyncio.Task[None]]) -> None:
    """Cancels the tasks that only read, or only wait (for the gate, for their turn)."""
    for number, task in enumerate(tasks):
        if task in pending and not (made and made[number].client.in_flight):
            task.cancel()


def _still(pending: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
    """Those that are not over; raises what one of them raised."""
    for task in pending:
        if task.done() and not task.cancelled() and (error := task.exception()):
            raise error
    return {task for task in pending if not task.done()}


async def _watch(run: Run, stop: asyncio.Event) -> None:
    """Sees an operator's wish, and the end of the process, within a quarter of a second; holds the lease."""
    held = time.monotonic()
    with contextlib.suppress(LeaseLost):
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), WATCH)
                run.end("queued")
                await asyncio.sleep(WATCH)
            wish = await run.recorder.read(pushes.wished, run.push.id, run.worker)
            if wish is None:
                break
            if wish:
                run.end({"pause": "paused", "cancel": "cancelled"}[wish], "Paused by an operator." if wish == "pause" else "")
            if time.monotonic() - held >= LEASE_EVERY:
                held = time.monotonic()
                await run.recorder.flush()
    run.end("lost")


async def _report_blocked(run: Run) -> None:
    """People for whom nothing can be sent have failed, each with the reason the plan gave."""
    at = run.session.now()
    for one in await run.recorder.read(lambda db: list(operations.every(db, run.push.id, "blocked"))):
        run.recorder.conclude(Outcome(replace(one, state="failed", finished_at=at)))
    await run.recorder.flush()


async def _finish(run: Run) -> str:
    """How it ended, kept with its activity entry."""
    if run.stop == "lost":
        return ""
    learned = run.dialect.as_json()
    if run.stop == "cancelled":
        while await asyncio.to_thread(_skip, run.session, run.push, run.worker):
            pass
    kept = learned if learned != run.connection.capabilities else None
    return await asyncio.to_thread(_finish_in_store, run.session, run.push, run.worker, run.stop, run.reason, run.retry_at, kept)


def _skip(session: Session, push: Push, worker: str) -> int:
    """Skips what was not begun, a part at a time."""
    at = session.now()
    with session.store.transaction() as db:
        if pushes.wished(db, push.id, worker) is None:
            return 0
        skipped = operations.skip_rest(db, push.id, at, CANCELLED)
        lanes.log_skipped(db, push, skipped, at)
        return len(skipped)


def _finish_in_store(session: Session, push: Push, worker: str, state: str, reason: str, retry_at: str | None, learned: dict[str, object] | None = None) -> str:
    """The push's last state in this process; the empty text when it is another's by now."""
    with session.change() as change:
        if pushes.wished(change.db, push.id, worker) is None:
            return ""
        counts = operations.counts(change.db, push.id)
        failed = counts.get("failed", 0) + counts.get("unknown", 0)
        state = state or ("failed" if failed else "succeeded")
        pushes.move(change.db, push.id, state, ["running"], change.at, reason=reason, retry_at=retry_at)
        if learned is not None:
            accounts.keep_capabilities(change.db, push.application_id, learned)
            change.event("connection", push.application_id)
        action = "push.paused" if state in ("paused", "queued") else "push.finished"
        change.record(
            action,
            push.app_label,
            {"push": push.id, "state": state, "done": operations.done(change.db, push.id), "failed": failed, "requested_by": push.requested_by}
            | ({"reason": reason} if reason else {}),
        )
        change.event("push", push.id)
        change.event("journal", push.id)
        events.prune(change.db)
    return state
