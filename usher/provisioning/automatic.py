"""Changes reach the applications by themselves: from what changed, a plan for just those people.

A worker that starts plans for everybody once, because nobody watched before; from then on it follows the events.
What failed for good is not tried again until something about the person changes; what may pass is, after its time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from store import accounts, events, failures, pushes
from store.accounts import Target
from store.errors import UsherError
from store.events import Event
from usher.provisioning.prepare import Prepared, draft, keep, prepare
from usher.services.session import Session

QUIET, PATIENCE, LOOK_BACK = 1.0, 5.0, 30.0
PEOPLE = {"user", "membership"}
OWN = {"application", "authorization", "mapping", "connection"}


@dataclass
class _Due:
    """Whom to look at for one application: everybody, or these people. `since` and `last` are when that was first and last said."""

    everybody: bool = False
    people: set[str] = field(default_factory=set)
    since: float = 0.0
    last: float = 0.0


class Automatic:
    """Watches the store's events and queues pushes for applications whose mode is automatic."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seen: int | None = None
        self._due: dict[str, _Due] = {}
        self._looked_back = time.monotonic()

    def look(self) -> None:
        """Reads what happened, and plans what has been quiet for a second."""
        db, now = self._session.db, time.monotonic()
        targets = accounts.automatic_targets(db)
        if self._seen is None:
            self._seen = events.last(db)
            self._mark(targets, now, everybody=True, at_once=True)
        self._follow(targets, now)
        if now - self._looked_back >= LOOK_BACK:
            self._looked_back = now
            for target in targets:
                self._mark([target], now, people=failures.to_retry(db, target, self._session.now()))
        for target, due in list(self._due.items()):
            if target not in targets:
                del self._due[target]
            elif (now - due.last >= QUIET or now - due.since >= PATIENCE) and pushes.live(db, target) is None:
                del self._due[target]
                self._push(target, None if due.everybody else sorted(due.people))

    def _follow(self, targets: list[str], now: float) -> None:
        """Notes whom the events since the last look concern."""
        seen = self._seen or 0
        while found := events.since(self._session.db, seen):
            if found[0].seq > seen + 1:  # some were pruned before they were read
                self._mark(targets, now, everybody=True)
            for event in found:
                self._note(event, targets, now)
            seen = found[-1].seq
        self._seen = seen

    def _note(self, event: Event, targets: list[str], now: float) -> None:
        if event.topic in PEOPLE and event.key != "*":
            self._mark(targets, now, people=[event.key])
        elif event.topic in PEOPLE or event.topic == "group":
            self._mark(targets, now, everybody=True)
        elif event.topic in OWN:
            self._mark([target for target in targets if event.key in (target, "*")], now, everybody=True)

    def _mark(self, targets: list[str], now: float, *, everybody: bool = False, people: list[str] | None = None, at_once: bool = False) -> None:
        if not everybody and not people:
            return
        for target in targets:
            due = self._due.setdefault(target, _Due(since=now))
            due.everybody |= everybody
            due.people |= set(people or ())
            due.last = now - QUIET if at_once else now

    def _push(self, application_id: str, scope: list[str] | None) -> None:
        """Plans for these people and queues what is to be done; what the guard holds waits for a person."""
        session = self._session
        target = accounts.target(session.db, application_id)
        if target is None:
            return
        try:
            prepared = self._prepare(target, scope)
            if prepared.held:  # one plan waits for a person at a time: it holds what waited before, too
                scope = self._with_those_who_wait(application_id, scope)
                prepared = self._prepare(target, scope)
            if prepared.plan.steps:
                self._keep(prepared)
        except UsherError:
            self._mark([application_id], time.monotonic(), everybody=scope is None, people=scope)

    def _prepare(self, target: Target, scope: list[str] | None) -> Prepared:
        """A plan without what failed and is not to be tried again yet."""
        session, now = self._session, self._session.now()
        failed = failures.of(session.db, target.id, scope)
        skip = {(one.user_id, one.digest) for one in failed.values() if one.retry_at is None or one.retry_at > now}
        return prepare(session, target, scope, skip=skip, automatic=True)

    def _with_those_who_wait(self, application_id: str, scope: list[str] | None) -> list[str] | None:
        """These people and those of a push that the guard holds; None is everybody."""
        people = set(scope or ())
        for held in pushes.waiting(self._session.db, application_id):
            if scope is None or held.scope is None:
                return None
            people.update(held.scope)
        return sorted(people) if scope is not None else None

    def _keep(self, prepared: Prepared) -> None:
        """The plan as a push that is queued, or held."""
        target = prepared.target
        if prepared.held and any(held.digest == prepared.plan.digest for held in pushes.waiting(self._session.db, target.id)):
            return
        made = draft(self._session, prepared, kind="automatic", by="worker")
        push = made.push
        with self._session.change() as change:
            keep(change.db, made)
            if not prepared.held:
                pushes.move(change.db, push.id, "queued", ["planned"], change.at)
            change.record("push.requested", target.label, {"push": push.id, "kind": "automatic", "planned": prepared.plan.counts, "held": prepared.held})
            change.event("push", push.id)
