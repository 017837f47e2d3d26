"""One person across the applications: where they are let in, and how their account stands there."""

from __future__ import annotations

from store import accounts, applications, failures
from store.accounts import Target
from store.applications import Application
from store.records import dataclass
from usher.provisioning.plan import Step
from usher.provisioning.prepare import prepare, provider_of
from usher.services.session import Session


@dataclass(frozen=True)
class PersonAt:
    """A person at one application. `there` is active, inactive, none, or empty where accounts are not managed; `due` what the
    next push would do, empty for nothing; `error` what went wrong last, or why nothing can be sent."""

    application_id: str
    label: str
    badge: str
    colour: str
    entitled: bool
    there: str
    due: str
    error: str
    confirmed_at: str


def applications_of(session: Session, user_id: str) -> list[PersonAt]:
    """The applications the person is let into, or has an account at, by label."""
    with session.store.reading():
        found = [_at(session, application, user_id) for application in applications.list_(session.db)]
    return [one for one in found if one.entitled or one.there in ("active", "inactive")]


def _at(session: Session, application: Application, user_id: str) -> PersonAt:
    db = session.db
    entitled = accounts.is_entitled(db, application.id, user_id)
    target, connection = accounts.target(db, application.id), accounts.connection(db, application.id)
    there = due = error = confirmed = ""
    if target is not None and connection is not None:
        account = accounts.account(db, application.id, provider_of(connection.base_url), user_id) if connection.base_url else None
        known = account is not None and account.state != "gone"
        there, confirmed = (account.state, account.confirmed_at) if account and known else ("none", "")
        step = _due(session, target, user_id)
        failure = failures.of(db, application.id, [user_id]).get(user_id)
        due = step.action if step else ""
        error = step.blocked if step and step.blocked else failure.detail if failure else ""
    return PersonAt(application.id, application.label, application.badge, application.colour, entitled, there, due, error, confirmed)


def _due(session: Session, target: Target, user_id: str) -> Step | None:
    """What the next push would do for them."""
    steps = prepare(session, target, [user_id]).plan.steps if target.idm == "active" else []
    return steps[0] if steps else None
