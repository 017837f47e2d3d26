"""A push as it is shown: how far it is, what was done, what failed; and the JSON document of it."""

from __future__ import annotations

from typing import Any

from store import accounts, operations, pushes
from store.errors import NotFound
from store.ids import moment
from store.operations import Operation
from store.pushes import FINAL, Push
from store.records import dataclass
from usher.provisioning.plan import COUNTED
from usher.provisioning.presence import is_alive
from usher.services.session import Session

Counts = dict[str, int]


@dataclass(frozen=True)
class PushView:
    """A push as it stands. `planned` and `done` count by action (and `adopt`, `unchanged`); `blocked` are those to
    whom nothing can be sent, counted in neither; `total` operations, `finished`
    of them over, `failed` of those went wrong; `seconds` so far, planning included and pauses not; `rate` operations a second;
    `eta` seconds left, None when that cannot be told; `scope` the ids of people, None for everybody."""

    id: str
    seq: int
    application_id: str
    app: str
    kind: str
    state: str
    planned: Counts
    done: Counts
    blocked: int
    total: int
    finished: int
    failed: int
    skipped: int
    in_flight: int
    requests: int
    seconds: float
    rate: float
    eta: float | None
    held_reason: str
    paused_reason: str
    wish: str
    requested_by: str
    approved_by: str | None
    requested_at: str
    started_at: str | None
    finished_at: str | None
    scope: tuple[str, ...] | None
    deactivating_deletes: bool = False


def find_push(session: Session, push_id: str) -> Push:
    """The push with that id or number; `NotFound`."""
    push = pushes.get(session.db, push_id)
    if push is None:
        raise NotFound("no-such-push", f"There is no push {push_id}.", "usher pushes list shows them.")
    return push


def orphaned(session: Session, push: Push) -> list[str]:
    """`running` among the states at rest when the push's worker is no more."""
    return ["running"] if push.state == "running" and not (push.worker and is_alive(session.store.path, push.worker)) else []


def document(session: Session, push_id: str, operations: bool = False) -> dict[str, Any]:
    """The push as the command line prints it in JSON."""
    view = view_of(session, find_push(session, push_id))
    found: dict[str, Any] = {
        "push": view.id,
        "app": view.app,
        "state": view.state,
        "planned": view.planned,
        "done": view.done,
        "failed": view.failed,
        "requests": view.requests,
        "seconds": view.seconds,
        "failures": [{"user": one.username, "action": one.action, "status": one.status, "detail": one.detail} for one in _failures(session, view.id)],
    }
    if operations:
        found["operations"] = [_step(one) for one in _every(session, view.id)]
    return found


def _every(session: Session, push_id: str) -> list[Operation]:
    return list(operations.every(session.db, push_id))


def _step(one: Operation) -> dict[str, Any]:
    """A planned operation; a person for whom nothing can be sent has the reason as `blocked`."""
    found: dict[str, Any] = {"user": one.username, "action": one.action, "changes": one.changes}
    return found | ({"blocked": one.detail} if one.state == "blocked" else {})


def _failures(session: Session, push_id: str) -> list[Operation]:
    return [one for state in ("blocked", "failed", "unknown") for one in operations.every(session.db, push_id, state)]


def view_of(session: Session, push: Push) -> PushView:
    """The push as it stands now."""
    db = session.db
    counts, done = operations.counts(db, push.id), dict.fromkeys(COUNTED, 0) | operations.done(db, push.id)
    state = "interrupted" if orphaned(session, push) else push.state
    total, failed = sum(counts.values()), counts.get("failed", 0) + (counts.get("unknown", 0) if push.state in FINAL else 0)
    finished = sum(counts.get(name, 0) for name in ("succeeded", "failed", "skipped"))
    running = _running(session, push)
    rate = finished / running if running > 0 else 0.0
    return PushView(
        id=push.id,
        seq=push.seq,
        application_id=push.application_id,
        app=push.app_label,
        kind=push.kind,
        state=state,
        planned={name: push.planned.get(name, 0) for name in COUNTED},
        done={**done, "unchanged": push.planned.get("unchanged", 0) if push.state in ("succeeded", "failed") else 0},
        blocked=push.planned.get("blocked", 0),
        total=total,
        finished=finished,
        failed=failed,
        skipped=counts.get("skipped", 0),
        in_flight=counts.get("sending", 0),
        requests=push.requests,
        seconds=round(push.planning_ms / 1000 + running, 3),
        rate=round(rate, 2),
        eta=round((total - finished) / rate, 1) if rate and state == "running" else None,
        held_reason=push.held_reason,
        paused_reason=push.paused_reason,
        wish=push.wish,
        requested_by=push.requested_by,
        approved_by=push.approved_by,
        requested_at=push.requested_at,
        started_at=push.started_at,
        finished_at=push.finished_at,
        scope=push.scope,
        deactivating_deletes=push.planned.get("deactivate", 0) > 0 and _deactivating_deletes(session, push.application_id),
    )


def _deactivating_deletes(session: Session, application_id: str) -> bool:
    """Whether who is deactivated there is deleted, as the application's connector says."""
    from usher.services import connectors

    application = accounts.target(session.db, application_id)
    return application is not None and connectors.behaviour(session.db, application_id, application.connector).deactivating_deletes


def _running(session: Session, push: Push) -> float:
    """Seconds since it was begun, until its end, without those it was paused."""
    if push.started_at is None:
        return 0.0
    until = push.finished_at or push.paused_at
    end = moment(until) if until else session.clock.now()
    return max(0.0, (end - moment(push.started_at)).total_seconds() - push.paused_ms / 1000)
