"""Plans against the store: reads what is wanted and known in one piece, and keeps the plan as a push."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from store import accounts, events, operations, pushes
from store.accounts import Account, Connection, Rule, Target
from store.connection import Db
from store.errors import Refused
from store.ids import stamp
from store.operations import Operation
from store.pushes import Push
from store.records import dataclass
from usher.provisioning import guard
from usher.provisioning.mapping import wanted
from usher.provisioning.plan import Plan, Step, Switches, make_plan
from usher.scim.behaviour import Behaviour, is_refused
from usher.services.session import Session

ORDER = ("deactivate", "delete", "update", "reactivate", "create")
"""Leavers first: that is urgent, and it frees seats for those who come."""

DAY = timedelta(days=1)
DIRECTORY = {"user", "membership", "group"}
OWN = {"application", "authorization", "connection", "mapping"}


@dataclass(frozen=True)
class Prepared:
    """A plan, with what it was made from. `held` says why it must wait for a person, empty when it need not."""

    plan: Plan
    target: Target
    connection: Connection
    provider: str
    scope: tuple[str, ...] | None
    basis: int
    held: str
    milliseconds: int


def provider_of(base_url: str) -> str:
    """A Base URL as a provider is known by: `scheme://host[:port]/path`, no slash at the end, default ports left out."""
    parts = urlsplit(base_url.strip())
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}.get(parts.scheme.lower())
    port = f":{parts.port}" if parts.port and parts.port != default else ""
    return f"{parts.scheme.lower()}://{host}{port}{parts.path.rstrip('/')}"


def prepare(
    session: Session, target: Target, scope: Sequence[str] | None = None, *, skip: Collection[tuple[str, str]] = (), automatic: bool = False
) -> Prepared:
    """What a push to this application would do now, for everybody or for the users with these ids.

    `skip` are (user id, digest) of steps not wanted in it. An automatic push is measured together with what automatic
    pushes took away in the last day, or wait to: many small removals are a big one. Raises `Refused` when Identity Management is not active.
    """
    started = time.monotonic()
    with session.store.reading() as db:
        connection = _connection(db, target)
        provider, basis = provider_of(connection.base_url), events.last(db)
        there = behaviour_of(db, target)
        rules = rules_in_use(accounts.rules(db, target.id), connection, there)
        people = wanted(rules, accounts.entitled(db, target.id, scope), username_is_email=there.username_is_email)
        switches = Switches(connection.do_create, connection.do_update, connection.do_deactivate, connection.do_delete and there.deletes)
        plan = make_plan(people, _known(db, target.id, provider, scope), switches)
        if skip:
            plan = without(plan, skip)
        managed = accounts.managed_active(db, target.id, provider)
        recent = 0
        if automatic and plan.removals:
            before = operations.removals_since(db, target.id, provider, stamp(session.clock.now() - DAY))
            recent = len(before.difference(step.user_id for step in plan.steps))
    held = guard.reason(plan.removals, managed, connection.guard_minimum, connection.guard_percent, recent=recent)
    ids = None if scope is None else tuple(sorted(scope))
    return Prepared(plan, target, connection, provider, ids, basis, held, round((time.monotonic() - started) * 1000))


def _known(db: Db, application_id: str, provider: str, scope: Sequence[str] | None) -> Iterator[Account]:
    """The accounts as last confirmed, with those that an operation left in doubt marked as such."""
    doubts = {one.user_id: one for one in operations.in_doubt(db, application_id, provider, scope)}
    left = iter(sorted(doubts))
    coming = next(left, None)
    for account in accounts.known(db, application_id, provider, scope):
        while coming is not None and coming < account.user_id:
            yield _perhaps(db, doubts[coming])
            coming = next(left, None)
        if coming == account.user_id:
            coming = next(left, None)
        yield _doubted(account, doubts.get(account.user_id))
    while coming is not None:
        yield _perhaps(db, doubts[coming])
        coming = next(left, None)


def _doubted(account: Account, doubt: Operation | None) -> Account:
    """The account, in doubt where an operation was cut off; a reactivation may have taken effect."""
    if doubt is None:
        return account
    return replace(account, doubtful=True, state="active" if doubt.action == "reactivate" else account.state)


def _perhaps(db: Db, doubt: Operation) -> Account:
    """The account that a create which was cut off may have made."""
    there = accounts.find_person(db, doubt.user_id) is not None
    return Account(doubt.user_id, "", doubt.username, "active", doubt.attributes, in_directory=there, doubtful=True)


def _connection(db: Db, target: Target) -> Connection:
    connection = accounts.connection(db, target.id)
    if target.idm == "unsupported" or connection is None:
        raise Refused("idm-unsupported", f"{target.label} has no Identity Management: nobody is pushed to it.", "Add it from a connector that supports SCIM.")
    if target.idm != "active":
        raise Refused(
            "idm-inactive",
            f"Identity Management of {target.label} is not active: nothing can be pushed.",
            "Configure it with Base URL and Token Key, then Activate.",
        )
    return connection


def rules_in_use(rules: list[Rule], connection: Connection, there: Behaviour) -> list[Rule]:
    """Without the rows that this provider is known or was seen to refuse: it would be asked again each time."""
    learned = connection.capabilities.get("learned")
    refused = set(learned.get("unsupported") or ()) if isinstance(learned, dict) else set()
    return [rule for rule in rules if rule.path in ("userName", "active") or not (rule.path in refused or is_refused(there.refuses, rule.path))]


def without(plan: Plan, skip: Collection[tuple[str, str]]) -> Plan:
    """The plan less some of its steps."""
    left = Plan(counts=dict(plan.counts))
    for step in plan.steps:
        if (step.user_id, step.digest) in skip:
            left.counts.update({step.kind: left.counts[step.kind] - 1} if step.kind else {})
        else:
            left.steps.append(step)
    return left


def behaviour_of(db: Db, target: Target) -> Behaviour:
    """What the application's connector said of it when it was added."""
    from usher.services import connectors

    return connectors.behaviour(db, target.id, target.connector)


@dataclass(frozen=True)
class Draft:
    """A plan as it is about to be kept: everything that takes time is done before the transaction begins."""

    push: Push
    rows: list[operations.Values]


def draft(session: Session, prepared: Prepared, *, kind: str, by: str) -> Draft:
    """The plan as a push, `held` where the guard says so, and the rows of its operations, leavers first."""
    push = Push(
        seq=0,
        id=session.ids.new(),
        application_id=prepared.target.id,
        app_label=prepared.target.label,
        provider=prepared.provider,
        kind=kind,
        state="held" if prepared.held else "planned",
        scope=prepared.scope,
        planned={**prepared.plan.counts, "blocked": prepared.plan.blocked},
        digest=prepared.plan.digest,
        basis=prepared.basis,
        held_reason=prepared.held,
        paused_reason="",
        wish="",
        requested_by=by,
        approved_by=None,
        requested_at=session.now(),
        started_at=None,
        finished_at=None,
        planning_ms=prepared.milliseconds,
        requests=0,
        worker=None,
        lease_until=None,
    )
    steps = sorted(prepared.plan.steps, key=lambda step: ORDER.index(step.action))
    return Draft(push, [operations.values(_operation(session, push, step)) for step in steps])


def keep(db: Db, draft: Draft) -> None:
    """Keeps the plan, inside the caller's transaction; one that was held before gives way to one that is held now."""
    if draft.push.state == "held":
        pushes.supersede(db, draft.push.application_id, draft.push.requested_at)
    pushes.insert(db, draft.push)
    operations.insert(db, draft.rows)


def _operation(session: Session, push: Push, step: Step) -> Operation:
    state = "blocked" if step.blocked else "planned"
    head = (0, session.ids.new(), push.id, push.application_id, step.user_id, step.username, step.action, state, step.remote_id)
    return Operation(*head, step.changes, step.attributes, step.digest, push.provider, detail=step.blocked)


def is_stale(session: Session, push: Push, target: Target) -> tuple[bool, int]:
    """Whether the plan is no longer what would be planned now, and the last event looked at. Plans again only when
    something that concerns it happened since."""
    last = events.last(session.db)
    if not is_concerned(session, push):
        return False, last
    again = prepare(session, target, push.scope)
    return again.plan.digest != push.digest or again.provider != push.provider, again.basis


def is_concerned(session: Session, push: Push) -> bool:
    """Whether anything since the plan may have changed what it would be."""
    db, seen = session.db, push.basis
    last = events.last(db)
    while seen < last:
        found = events.since(db, seen)
        if not found or found[0].seq > seen + 1:
            return True
        for event in found:
            if event.topic in DIRECTORY or (event.topic in OWN and event.key in (push.application_id, "*")) or (event.topic == "push" and event.key != push.id):
                return True
        seen = found[-1].seq
    return False
