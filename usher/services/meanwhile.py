"""Two people change the same thing: who was faster, and what they changed, for the one who comes second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from store import activity
from store.activity import Entry
from store.connection import Db
from store.errors import Conflict
from store.records import dataclass
from usher.services.session import Session

_HINT = "Look at it again, then make your change."


@dataclass(frozen=True)
class Changed:
    """One field that somebody changed: to a person, as text. `field` is what the service calls it."""

    field: str
    was: str
    now: str
    by: str
    at: str


def refuse_stale(db: Db, label: str, targets: Sequence[str]) -> None:
    """Raises the `Conflict` for a change that was begun on an older state of the thing, with who was faster."""
    last = next(iter(_about(activity.page(db, limit=200), targets)), None)
    who = f"{last.actor} ({last.action.replace('.', ' ')}: {_told(last)})" if last and _told(last) else last.actor if last else "somebody else"
    raise Conflict("changed-meanwhile", f"{label} was changed meanwhile by {who}.", _HINT)


def since(session: Session, seq: int, targets: Sequence[str]) -> list[Changed]:
    """What was changed about these targets (ids, or names as the record has them) after the entry `seq`, oldest first."""
    found = []
    for entry in _about(activity.page(session.db, after=seq, limit=1000), targets):
        for field, value in entry.detail.items():
            if _is_change(value):
                found.append(Changed(field, plain(value[0]), plain(value[1]), entry.actor, entry.at))
    return found


def head(session: Session) -> int:
    """The newest entry's number: what is read after this is at least as new."""
    return activity.count(session.db)


def plain(value: Any) -> str:
    """A value of the record as a person reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(plain(one) for one in value)
    return "" if value is None else str(value)


def _about(entries: Sequence[Entry], targets: Sequence[str]) -> list[Entry]:
    wanted = set(targets)
    return [entry for entry in entries if entry.target in wanted or entry.detail.get("id") in wanted]


def _told(entry: Entry) -> str:
    return ", ".join(f"{field} {plain(value[0]) or '–'} → {plain(value[1]) or '–'}" for field, value in entry.detail.items() if _is_change(value))[:200]


def _is_change(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2
