"""What a change would bring at the applications, before it is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from store import applications, authorizations
from store.records import dataclass
from usher.provisioning.plan import COUNTED
from usher.services import pushes
from usher.services.session import Session

ACTIONS = tuple(name for name in COUNTED if name != "unchanged")


@dataclass(frozen=True)
class Impact:
    """What a change brings at one application: what the next push would do, by action (nothing for those that come to
    nothing), and by how many the people who may reach it become more, or fewer."""

    application_id: str
    label: str
    counts: dict[str, int]
    access: int = 0


def rehearsed(session: Session, change: Callable[[], object], users: Sequence[str] | None = None) -> list[Impact]:
    """What `change` would bring for everybody, or for the people with these ids. It is made and undone at once. One
    `Impact` for each application at which something would happen, by label."""
    found = []
    with session.rehearse():
        every = applications.list_(session.db)
        before = {application.id: authorizations.entitled_count(session.db, application.id, users) for application in every}
        change()
        for application in every:
            access = authorizations.entitled_count(session.db, application.id, users) - before[application.id]
            counts = pushes.impact(session, application.id, users) if application.idm == "active" else {}
            done = {name: counts[name] for name in ACTIONS if counts.get(name)}
            if done or access:
                found.append(Impact(application.id, application.label, done, access))
    return found
