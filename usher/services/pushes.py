"""The verbs of pushes: plan, start, approve, pause, resume, cancel, retry, and how far one is."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

from store import accounts, operations, pushes
from store.accounts import Target
from store.connection import Db
from store.directory import find_user
from store.driver import sqlite3
from store.errors import NotFound, Refused
from store.ids import fold
from store.operations import Operation
from store.pushes import FINAL, LIVE, Push
from usher.provisioning.plan import COUNTED
from usher.provisioning.prepare import Prepared, draft, is_stale, keep, prepare
from usher.provisioning.presence import living
from usher.provisioning.spawn import ensure_worker as ensure_worker
from usher.services.push_views import PushView as PushView
from usher.services.push_views import document as document
from usher.services.push_views import find_push, orphaned, view_of
from usher.services.session import Session

POLL, GIVE_UP, OVERTAKEN = 0.1, 8.0, 3
Counts = dict[str, int]


def plan(session: Session, app: str, users: list[str] | None = None) -> PushView:
    """Plans a push to the application, for everybody or for some people, and keeps the plan: `planned`, or `held` by the
    guard. Nothing is sent. Raises `NotFound`, and `Refused` when Identity Management is not active."""
    session.check_allowed("operator")
    target = find_application(session, app)
    scope = None if users is None else [user_id(session, target, name) for name in users]
    return get(session, _planned(session, target, scope).id)


def _planned(session: Session, target: Target, scope: Sequence[str] | None) -> Push:
    """Plans and keeps it; plans again when the directory moved in between."""
    for _ in range(OVERTAKEN):
        with contextlib.suppress(_Overtaken):
            return _keep(session, prepare(session, target, scope))
    raise Refused("busy-directory", "The directory keeps changing while the push is planned.", "Try again in a moment.")


class _Overtaken(Exception):
    """Somebody in the plan left, or came, while it was being kept."""


def _keep(session: Session, prepared: Prepared) -> Push:
    target = prepared.target
    for held in pushes.waiting(session.db, target.id):
        if prepared.held and held.digest == prepared.plan.digest:
            return held
    made = draft(session, prepared, kind="manual", by=session.actor.name)
    push = made.push
    with session.change() as change:
        try:
            keep(change.db, made)
        except sqlite3.IntegrityError as error:
            raise _Overtaken from error
        pushes.forget_old_plans(change.db, target.id)
        change.record("push.planned", target.label, {"push": push.id, "planned": prepared.plan.counts, "held": prepared.held})
        change.event("push", push.id)
    return push


def find_application(session: Session, app: str) -> Target:
    """The application with that label (whatever the case) or id."""
    target = accounts.find_target(session.db, fold(app), app)
    if target is None:
        raise NotFound("no-such-application", f"There is no application called {app}.", "usher apps list shows them.")
    return target


def user_id(session: Session, target: Target, name: str) -> str:
    """The id of a person, of somebody deleted here too who still has an account there."""
    try:
        return find_user(session.db, name).id
    except NotFound:
        left = accounts.who_was(session.db, target.id, name)
        if left is None:
            raise
        return left


def start(session: Session, push_id: str, *, worker: bool = True) -> PushView:
    """Queues a plan and sees to it that a worker is there. A plan that is not what would be planned now is refused
    (`stale-plan`)."""
    session.check_allowed("operator")
    push = find_push(session, push_id)
    if push.state != "planned":
        raise _not_in(push, "started", "Make a new plan: usher push APP")
    return _queue(session, push, "push.requested", worker)


def approve(session: Session, push_id: str, *, worker: bool = True) -> PushView:
    """Releases a plan that the guard holds; a stale one is refused like any other."""
    session.check_allowed("operator")
    push = find_push(session, push_id)
    if push.state != "held":
        raise _not_in(push, "approved", "Only a push that the guard holds needs approval.")
    return _queue(session, push, "push.approved", worker)


def _queue(session: Session, push: Push, action: str, worker: bool) -> PushView:
    target = _target(session, push)
    stale, basis = is_stale(session, push, target)
    if stale:
        raise Refused(
            "stale-plan",
            f"Something has changed since this push to {push.app_label} was planned: it would not do the same any more.",
            "Plan it again and look at the new plan.",
        )
    with session.change() as change:
        other = pushes.live(change.db, push.application_id)
        if other is not None:
            raise Refused("push-running", f"A push to {push.app_label} is under way ({other.id}).", "Wait for its end, or cancel it.")
        pushes.rebase(change.db, push.id, basis)
        if action == "push.approved":
            pushes.approve(change.db, push.id, session.actor.name)
        if not pushes.move(change.db, push.id, "queued", [push.state], change.at):
            raise _not_in(_fresh(change.db, push.id), "started", "Look at it again.")
        change.record(action, push.app_label, {"push": push.id, "planned": push.planned})
        change.event("push", push.id)
    if worker:
        ensure_worker(session)
    return get(session, push.id)


def pause(session: Session, push_id: str) -> PushView:
    """Lets a push stop after the operations under way."""
    session.check_allowed("operator")
    push = find_push(session, push_id)
    with session.change() as change:
        if not pushes.move(change.db, push.id, "paused", ["queued", "interrupted", *orphaned(session, push)], change.at, reason="Paused by an operator."):
            if push.state != "running":
                raise _not_in(push, "paused", "Only a push under way can be paused.")
            pushes.wish(change.db, push.id, "pause")
        change.record("push.paused", push.app_label, {"push": push.id})
        change.event("push", push.id)
    return get(session, push.id)


def resume(session: Session, push_id: str, *, worker: bool = True) -> PushView:
    """Goes on with a paused or interrupted push; what changed meanwhile is left out of it."""
    session.check_allowed("operator")
    push = find_push(session, push_id)
    if push.state not in LIVE:
        raise _not_in(push, "resumed", "Only a paused or interrupted push can go on.")
    with session.change() as change:
        if pushes.move(change.db, push.id, "queued", ["paused", "interrupted", *orphaned(session, push)], change.at):
            change.record("push.resumed", push.app_label, {"push": push.id})
            change.event("push", push.id)
    if worker:
        ensure_worker(session)
    return get(session, push.id)


def cancel(session: Session, push_id: str) -> PushView:
    """Ends a push after the operations under way; what was done stays done. A worker that is at it stops within a second."""
    session.check_allowed("operator")
    push = find_push(session, push_id)
    if push.state in FINAL:
        raise _not_in(push, "cancelled", "It is over.")
    at_rest = ["planned", "held", "queued", "paused", "interrupted", *orphaned(session, push)]
    with session.change() as change:
        if pushes.move(change.db, push.id, "cancelled", at_rest, change.at):
            operations.skip_rest(change.db, push.id, change.at, "The push was cancelled before this was begun.", limit=1 << 31)
        else:
            pushes.wish(change.db, push.id, "cancel")
        change.record("push.cancelled", push.app_label, {"push": push.id})
        change.event("push", push.id)
    return get(session, push.id)


def stop_live(session: Session, application_id: str) -> None:
    """Cancels the push under way to an application, and waits until it stands still; `Refused` when it does not."""
    deadline, push = time.monotonic() + GIVE_UP, pushes.live(session.db, application_id)
    if push is not None:
        with contextlib.suppress(Refused):  # it may have ended in between
            cancel(session, push.id)
    while push is not None and pushes.live(session.db, application_id) is not None:
        if time.monotonic() > deadline:
            raise Refused(
                "push-running", f"The push to {push.app_label} was told to stop, and is in the middle of a request.", "Wait a moment, then try again."
            )
        time.sleep(POLL / 2)


def retry(session: Session, push_id: str, *, worker: bool = True) -> PushView:
    """A new push for the people for whom this one did not go right. The guard and a fresh plan apply as ever."""
    session.check_allowed("operator")
    push = find_push(session, push_id)
    if push.state not in FINAL:
        raise _not_in(push, "retried", "Wait for its end, or cancel it.")
    people = sorted({one.user_id for state in ("failed", "skipped", "unknown") for one in operations.every(session.db, push.id, state)})
    if not people:
        raise Refused("nothing-to-retry", "Nothing failed in this push.", "")
    again = _planned(session, _target(session, push), people)
    return get(session, again.id) if again.state == "held" else start(session, again.id, worker=worker)


def get(session: Session, push_id: str) -> PushView:
    """The push as it stands now."""
    return view_of(session, find_push(session, push_id))


def list_(session: Session, app: str | None = None, limit: int = 50, before: int | None = None) -> list[PushView]:
    """Pushes, newest first, from below the number `before`."""
    application_id = None if app is None else find_application(session, app).id
    return [view_of(session, push) for push in pushes.page(session.db, application_id, before=before, limit=min(limit, 1 << 62))]


def operations_page(session: Session, push_id: str, after_seq: int = 0, limit: int = 100, state: str | None = None) -> list[Operation]:
    """The operations of a push in their order, from above `after_seq`."""
    return operations.page(session.db, find_push(session, push_id).id, after=after_seq, limit=limit, state=state)


def wait(session: Session, push_id: str, on_progress: Callable[[PushView], None] | None = None) -> PushView:
    """Waits until the push is over, paused or held, and says how far it is whenever that changes. A push whose worker
    died is taken up again."""
    seen, looked = None, 0.0
    while True:
        version, now = session.store.data_version(), time.monotonic()
        if version != seen or now - looked >= 1:
            seen, looked = version, now
            view = get(session, push_id)
            if on_progress is not None:
                on_progress(view)
            if view.state not in ("queued", "running", "interrupted"):
                return view
            if view.state in ("queued", "interrupted") and session.may("operator") is True:
                ensure_worker(session)
        time.sleep(POLL)


def impact(session: Session, app: str, users: Sequence[str] | None = None) -> Counts:
    """What a push to everybody (or to the people with these ids) would do now, by action; all 0 while Identity Management
    is not active. For the line before Save: inside `session.rehearse()` it sees the change that is rehearsed."""
    target = find_application(session, app)
    return prepare(session, target, users).plan.counts if target.idm == "active" else dict.fromkeys(COUNTED, 0)


def _fresh(db: Db, push_id: str) -> Push:
    push = pushes.get(db, push_id)
    if push is None:
        raise NotFound("no-such-push", f"There is no push {push_id}.", "")
    return push


def _target(session: Session, push: Push) -> Target:
    target = accounts.target(session.db, push.application_id)
    if target is None:
        raise Refused("application-deleted", f"The application {push.app_label} was deleted.", "")
    return target


def _not_in(push: Push, verb: str, hint: str) -> Refused:
    return Refused("wrong-state", f"The push {push.id} is {push.state}: it cannot be {verb}.", hint)


def workers(session: Session) -> int:
    """How many workers are alive."""
    return len(living(session.store, session.db))
