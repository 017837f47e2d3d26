"""How people stand at an application: in step, pending, failed, deactivated; and one by one for its Users tab."""

from __future__ import annotations

from store import accounts, failures, standing
from store.accounts import Account
from store.failures import Failure
from store.records import dataclass
from store.standing import Somebody
from usher.provisioning.plan import Step
from usher.provisioning.prepare import prepare, provider_of
from usher.services.application_views import AccountCounts
from usher.services.session import Session

EXACT = 500
"""Up to so many people attributes are compared too; beyond, counts look at who is there and whether active, and whoever
cannot be sent counts as pending."""

WANTED = {True: "an account", False: "no account"}


@dataclass(frozen=True)
class Standing:
    """One person at one application. `wanted`: an account, no account, or deletion; `there`: active, inactive or none;
    `status`: in step, pending, failed, blocked or deactivated, and not compared while Identity
    Management is not active; `due` what the next push would do, empty for nothing;
    `pushed_at` when the account was last confirmed there; `error` what last went wrong; `key` pages the list."""

    key: str
    user_id: str
    username: str
    displayname: str
    state: str
    wanted: str
    there: str
    remote_id: str
    status: str
    due: str
    pushed_at: str | None
    error: str
    managed: bool


def counts(session: Session, application_id: str) -> AccountCounts:
    """How many stand how; while Identity Management is not active, only how many accounts are kept."""
    target = accounts.target(session.db, application_id)
    connection = accounts.connection(session.db, application_id)
    if target is None or connection is None:
        return AccountCounts()
    provider = provider_of(connection.base_url)
    if target.idm != "active":
        return AccountCounts(kept=accounts.managed_active(session.db, application_id, provider))
    tally = standing.tally(session.db, application_id, provider)
    differing = blocked = 0
    if 0 < max(tally.entitled, tally.known) <= EXACT:
        failed = failures.of(session.db, application_id)
        steps = [step for step in prepare(session, target).plan.steps if step.user_id not in failed]
        differing, blocked = sum(step.action == "update" for step in steps), sum(bool(step.blocked) for step in steps)
    return AccountCounts(tally.active_as_wanted - differing, tally.due + differing - blocked, tally.failed, tally.off_as_wanted, blocked)


def total(session: Session, application_id: str, text: str = "") -> int:
    """How many lines the Users tab has, of those that `text` finds."""
    return position(session, application_id, chr(0x10FFFF), text)


def position(session: Session, application_id: str, key: str, text: str = "") -> int:
    """How many lines stand before that key."""
    connection = accounts.connection(session.db, application_id)
    return standing.position(session.db, application_id, provider_of(connection.base_url), key, text) if connection else 0


def page(session: Session, application_id: str, *, text: str = "", after_key: str = "", before_key: str = "", limit: int = 100) -> list[Standing]:
    """Everyone in scope and everyone with an account, a page by key, in the order of names; with `text` those it finds."""
    target = accounts.target(session.db, application_id)
    connection = accounts.connection(session.db, application_id)
    if target is None or connection is None:
        return []
    provider = provider_of(connection.base_url)
    with session.store.reading() as db:
        people = standing.page(db, application_id, provider, text=text, after_key=after_key, before_key=before_key, limit=limit)
        ids = [one.user_id for one in people]
        known = {account.user_id: account for account in accounts.known(db, application_id, provider, ids)}
        failed = failures.of(db, application_id, ids)
        if target.idm != "active":
            return [_standing(one, known.get(one.user_id), None, None, "not compared") for one in people]
        steps = {step.user_id: step for step in prepare(session, target, ids).plan.steps}
    return [_standing(one, known.get(one.user_id), failed.get(one.user_id), steps.get(one.user_id)) for one in people]


def _standing(one: Somebody, account: Account | None, failure: Failure | None, step: Step | None, status: str = "") -> Standing:
    return Standing(
        key=one.key,
        user_id=one.user_id,
        username=one.username,
        displayname=one.displayname,
        state=one.state,
        wanted=WANTED[one.entitled] if one.here else "deletion",
        there=account.state if account else "none",
        remote_id=account.remote_id if account else "",
        status=status or _status(one, account, failure, step),
        due=step.action if step else "",
        pushed_at=account.confirmed_at if account else None,
        error=step.blocked if step and step.blocked else failure.detail if failure else "",
        managed=account.managed if account else False,
    )


def _status(one: Somebody, account: Account | None, failure: Failure | None, step: Step | None) -> str:
    if step is not None and step.blocked:
        return "blocked"
    if failure is not None:
        return "failed"
    if step is not None or (one.entitled and account is None):
        return "pending"
    return "in step" if one.entitled else "deactivated" if account and account.state == "inactive" else "left alone"
