"""What each operator did: read by pages, and checked against its own chain."""

from __future__ import annotations

from store import activity
from store.activity import Entry
from store.records import dataclass
from usher.services.session import Session


@dataclass(frozen=True)
class Verification:
    """How many entries there are, and the first one that does not hold (None: all do)."""

    entries: int
    first_bad: int | None

    @property
    def intact(self) -> bool:
        """Whether every entry holds. Only an entry kept elsewhere proves that none was cut from the end."""
        return self.first_bad is None


def page(session: Session, *, before: int | None = None, after: int | None = None, since: str = "", text: str = "", limit: int = 100) -> list[Entry]:
    """A page: newest first from below `before`, or oldest first from above `after`. `since` is a time as the store keeps it,
    `text` words that all occur in an entry, or do not after `!`."""
    return activity.page(session.db, before=before, after=after, since=since, text=text, limit=limit)


def count(session: Session, *, text: str = "", above: int = 0) -> int:
    """How many entries there are, or hold those words; with `above`, those after that one."""
    return activity.count(session.db, text=text, above=above)


def verify(session: Session) -> Verification:
    """Checks the whole chain, of one state of the store."""
    with session.store.reading() as db:
        return Verification(activity.count(db), activity.verify(db))


def about(entry: Entry) -> str:
    """What an entry is about, for a person: a name where the target is a person's id and the name was not erased."""
    name = entry.detail.get("username", entry.target)
    return str(name[-1] if isinstance(name, list) and name else name)
