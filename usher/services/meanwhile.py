"""Two people change the same thing: who was faster, and what they changed, for the one who comes second.

A change says what its author saw (`expected`). Where a field that is to be changed is something else by now, nothing
is kept, and the `Conflict` says field by field what it was, what it is, and by whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from store import activity
from store.activity import Entry
from store.connection import Db
from store.errors import Conflict
from store.records import dataclass
from usher.services.session import Session

_HINT = "Look at it again, then make your change."
_LOOKED_AT = 500


@dataclass(frozen=True)
class Changed:
    """A field that somebody changed, as text. `field` is what the service calls it; `by` is empty where the record does not say."""

    field: str
    was: str
    now: str
    by: str


def about(values: Mapping[str, Any], expected: Mapping[str, Any] | None) -> dict[str, Any]:
    """What was seen of the fields that are to be changed."""
    return {field: expected[field] for field in values if field in expected} if expected else {}


def check(db: Db, label: str, targets: Sequence[str], seen: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raises `Conflict` when a field is no longer what was seen. `targets` are what the record calls the thing: ids or names."""
    moved = [field for field, was in seen.items() if field in now and plain(was) != plain(now[field])]
    if moved:
        entries = activity.about(db, targets, limit=_LOOKED_AT)
        raise conflict(label, [Changed(field, plain(seen[field]), plain(now[field]), _author(entries, field)) for field in moved])


def refuse_stale(db: Db, label: str, targets: Sequence[str]) -> None:
    """Raises the `Conflict` for a change that was begun on an older state of the thing as a whole: its last change is told."""
    last = activity.about(db, targets, limit=1)
    raise conflict(label, _changes(last[0]) if last else [])


def conflict(label: str, changes: Sequence[Changed]) -> Conflict:
    """The refusal, with who was faster."""
    told = ", ".join(f"{one.field} {one.was or '–'} → {one.now or '–'}" for one in changes)
    found = Conflict("changed-meanwhile", f"{label} was changed by {authors(changes)} meanwhile{f': {told}' if told else ''}.", _HINT)
    found.changes = tuple(changes)
    return found


def since(session: Session, seq: int, targets: Sequence[str]) -> list[Changed]:
    """What others changed about the thing after the entry `seq`, oldest first."""
    found = activity.about(session.db, targets, after=seq, limit=_LOOKED_AT)
    return [one for entry in reversed(found) for one in _changes(entry)]


def whose(session: Session, seq: int, user_id: str) -> str:
    """Who changed a person after the entry `seq`, in words. An import leaves one entry for all of its people."""
    if found := since(session, seq, [user_id]):
        return authors(found)
    later = activity.page(session.db, after=seq, text="users.imported", limit=_LOOKED_AT)
    return " and ".join(dict.fromkeys(entry.actor for entry in later if entry.action == "users.imported")) or authors(())


def head(session: Session) -> int:
    """The newest entry's number, taken before something is read: what is changed afterwards stands above it."""
    return activity.count(session.db)


def authors(changes: Iterable[Changed]) -> str:
    """Who it was, in words."""
    return " and ".join(dict.fromkeys(one.by for one in changes if one.by)) or "somebody else"


def plain(value: Any) -> str:
    """A value as a person reads it; what is the same is spelled the same."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(plain(one) for one in value)
    return "" if value is None else str(value)


def _changes(entry: Entry) -> list[Changed]:
    pairs = {field: value for field, value in entry.detail.items() if isinstance(value, list) and len(value) == 2}
    return [Changed(field, plain(was), plain(now), entry.actor) for field, (was, now) in pairs.items()]


def _author(entries: Sequence[Entry], field: str) -> str:
    """Who changed that field last; entries come newest first."""
    return next((entry.actor for entry in entries if field in entry.detail), entries[0].actor if entries else "")
