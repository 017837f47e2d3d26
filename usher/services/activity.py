"""What each operator did: read by pages, and checked against its own chain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from store import activity
from store.activity import Entry
from store.connection import is_live, open_store
from store.errors import StoreError, UsageError
from store.explain import explained
from store.records import dataclass
from usher.services import anchors
from usher.services.session import Session

if TYPE_CHECKING:
    from store.verify_activity import Anchor


@dataclass(frozen=True)
class Verification:
    """How many entries there are, the first one that does not hold (None: all do) and what is wrong with it; `anchored` is the
    newest entry that an anchor kept elsewhere holds to (0: there was none)."""

    entries: int
    first_bad: int | None
    reason: str = ""
    anchored: int = 0

    @property
    def intact(self) -> bool:
        """Whether every entry holds. Only an entry kept elsewhere proves that none was cut from the end."""
        return self.first_bad is None

    @property
    def sentence(self) -> str:
        """For a person."""
        if self.first_bad is not None:
            return f"The record does not hold: {self.reason}."
        return f"All {self.entries:,} entries hold: nothing was found changed."

    @property
    def proof(self) -> str:
        """What that proves of the record's end, or does not."""
        if self.anchored:
            left = self.entries - self.anchored
            return f"The anchor proves the first {self.anchored:,} to be the ones that were written{f'; {left:,} came after it' if left else ''}."
        from store.verify_activity import UNPROVEN

        return UNPROVEN


def page(session: Session, *, before: int | None = None, after: int | None = None, since: str = "", text: str = "", limit: int = 100) -> list[Entry]:
    """A page: newest first from below `before`, or oldest first from above `after`. `since` is a time as the store keeps it,
    `text` words that all occur in an entry, or do not after `!`."""
    return activity.page(session.db, before=before, after=after, since=since, text=text, limit=limit)


def count(session: Session, *, text: str = "", above: int = 0) -> int:
    """How many entries there are, or hold those words; with `above`, those after that one."""
    return activity.count(session.db, text=text, above=above)


def verify(session: Session) -> Verification:
    """Checks the whole chain, of one state of the store, against the anchor file of the settings where there is one."""
    kept = anchors.of_settings(session.db, session.store.path)
    with session.store.reading() as db:
        return Verification(*activity.verdict(db, kept))


def verify_file(path: Path, kept: Sequence[Anchor] | None = None) -> Verification:
    """The same for a store or a backup at `path` of any version, which is only read. Without `kept`, a store that is at work (no
    backup) is held against the anchor file of its settings.

    Raises `UsageError` when it cannot be read.
    """
    try:
        store = open_store(path, read_only=True)
        try:
            with explained(path), store.reading() as db:
                if kept is None:
                    kept = anchors.of_settings(db, path) if is_live(db) else ()
                return Verification(*activity.verdict(db, kept))
        finally:
            store.close()
    except StoreError as error:
        raise UsageError(error.code, error.message, error.hint) from None


def about(entry: Entry) -> str:
    """What an entry is about, for a person: a name where the target is a person's id and the name was not erased."""
    name = entry.detail.get("username", entry.target)
    return str(name[-1] if isinstance(name, list) and name else name)
