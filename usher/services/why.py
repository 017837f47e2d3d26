"""Why a person has, or has not, an account at an application: the whole chain, link by link."""

from __future__ import annotations

from store import accounts, authorizations, groups, operations
from store.accounts import Account, Target
from store.directory import User, find_user
from store.errors import Refused
from store.records import dataclass
from usher.provisioning.mapping import evaluate
from usher.provisioning.plan import Step as Due
from usher.provisioning.prepare import behaviour_of, prepare, provider_of
from usher.services.pushes import find_application
from usher.services.session import Session

NEXT = {
    "create": "The next push creates it.",
    "update": "The next push changes {changes}.",
    "reactivate": "The next push reactivates it.",
    "deactivate": "The next push deactivates it.",
    "delete": "The next push deletes it for good.",
}


@dataclass(frozen=True)
class Step:
    """One link: what is asked, whether it holds, and what is the case."""

    step: str
    holds: bool
    detail: str


@dataclass(frozen=True)
class Why:
    """The chain for one person and one application."""

    app: str
    user: str
    entitled: bool
    chain: tuple[Step, ...]


def explain(session: Session, app: str, user: str) -> Why:
    """The chain from the person's state to the account there and the last operation; `NotFound`."""
    target = find_application(session, app)
    person = find_user(session.db, user)
    with session.store.reading():
        entitled = accounts.is_entitled(session.db, target.id, person.id)
        chain = [_state(person), _groups(session, target, person), *_active(target), *_provisioned(session, target, person, entitled)]
    return Why(target.label, person.username, entitled, tuple(chain))


def _state(person: User) -> Step:
    words = {"ACTIVATED": "activated", "SUSPENDED": "suspended: the account is to be deactivated", "STAGED": "staged: not provisioned and cannot sign in yet"}
    return Step("the person is activated", person.state == "ACTIVATED", f"{person.username} is {words.get(person.state, person.state)}.")


def _groups(session: Session, target: Target, person: User) -> Step:
    mine = set(groups.names_of(session.db, [person.id]).get(person.id, ()))
    let_in = set(authorizations.group_names(session.db, target.id))
    both = sorted(mine & let_in)
    if both:
        return Step("in an authorised user group", True, f"Member of {', '.join(both)}.")
    has = f"member of {', '.join(sorted(mine))}" if mine else "in no group"
    opens = f"open to {', '.join(sorted(let_in))}" if let_in else "open to no group"
    return Step("in an authorised user group", False, f"{person.username} is {has}; {target.label} is {opens}.")


def _active(target: Target) -> list[Step]:
    found = []
    if target.sso != "unsupported":
        found.append(Step("SSO is active", target.sso == "active", f"SSO of {target.label} is {target.sso}."))
    if target.idm != "unsupported":
        found.append(Step("Identity Management is active", target.idm == "active", f"Identity Management of {target.label} is {target.idm}."))
    return found


def _provisioned(session: Session, target: Target, person: User, entitled: bool) -> list[Step]:
    """From the mapping to the account there; nothing where accounts are not managed."""
    connection = accounts.connection(session.db, target.id)
    if target.idm == "unsupported" or connection is None:
        return []
    somebody = accounts.find_person(session.db, person.id)
    found = []
    if somebody is not None:
        blocked = evaluate(accounts.rules(session.db, target.id), somebody, username_is_email=behaviour_of(session.db, target).username_is_email).blocked
        found.append(Step("the mapping is complete", not blocked, blocked or "Every required value is there."))
    account = accounts.account(session.db, target.id, provider_of(connection.base_url), person.id)
    last = operations.last_for(session.db, target.id, person.id)
    if last is not None:
        said = f": {last.detail}" if last.detail else ""
        found.append(
            Step("the last operation went right", last.state == "succeeded", f"{last.action} {last.state} at {last.finished_at or last.started_at}{said}")
        )
    return [*found, _account(account, entitled, _due(session, target, person))]


def _due(session: Session, target: Target, person: User) -> Due | None:
    try:
        steps = prepare(session, target, [person.id]).plan.steps
    except Refused:
        return None
    return steps[0] if steps else None


def _account(account: Account | None, entitled: bool, due: Due | None) -> Step:
    coming = ""
    if due is not None:
        coming = " " + (due.blocked or NEXT[due.action].format(changes=", ".join(due.changes) or "nothing, but looks it up"))
    if account is None or account.state == "gone":
        return Step("the account is there", False, f"No account is known there.{coming}")
    ours = "" if account.managed else " It was found there and is not yet managed from here."
    held = account.state == ("active" if entitled else "inactive") and due is None
    return Step(
        "the account is as wanted",
        held,
        f"{account.username} (id {account.remote_id}) is {account.state} there, confirmed {account.confirmed_at}.{ours}{coming}",
    )
