"""What a change would bring at the applications, before it is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from store import applications
from usher.provisioning.plan import COUNTED
from usher.services import pushes
from usher.services.session import Session

ACTIONS = tuple(name for name in COUNTED if name not in ("unchanged", "adopt"))


@dataclass(frozen=True)
class Impact:
    """What the next push to one application would do, by action; actions that come to nothing are left out."""

    application_id: str
    label: str
    counts: dict[str, int]


def rehearsed(session: Session, change: Callable[[], object], users: Sequence[str] | None = None) -> list[Impact]:
    """What the next pushes would do for everybody, or for the people with these ids, if `change` were made. It is made and
    undone at once. One `Impact` for each application with active Identity Management at which something would happen."""
    found = []
    with session.rehearse():
        change()
        for application in applications.list_(session.db):
            if application.idm == "active":
                counts = pushes.impact(session, application.id, users)
                done = {name: counts[name] for name in ACTIONS if counts.get(name)}
                found += [Impact(application.id, application.label, done)] if done else []
    return found
