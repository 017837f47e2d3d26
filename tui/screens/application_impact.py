"""What a change of one application would bring there, before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from store import authorizations
from store.errors import UsherError
from tui import words
from usher.services import applications, pushes
from usher.services.session import Session


@dataclass(frozen=True)
class Foreseen:
    """What the next push would do by action (None where nothing is pushed), and people who may reach the application
    before and after; `refused` says why the change itself would be refused."""

    counts: dict[str, int] | None
    before: int = 0
    after: int = 0
    refused: str = ""

    @property
    def note(self) -> str:
        """The people in words, or why nothing was counted."""
        if self.refused:
            return self.refused
        more = self.after - self.before
        if not more:
            return ""
        return f"{words.count(abs(more), 'person', 'people')} {'come in' if more > 0 else 'lose access'}"

    @property
    def takes_away(self) -> int:
        """How many accounts it would deactivate or delete."""
        return sum((self.counts or {}).get(action, 0) for action in ("deactivate", "delete"))


def foresee(session: Session, app: str, change: Callable[[], object]) -> Foreseen:
    """Makes the change, looks, and undoes it. Holds the writers' lock meanwhile: run it beside the screen."""
    try:
        with session.rehearse():
            before = authorizations.entitled_count(session.db, app)
            change()
            active = applications.get(session, app).idm == "active"
            return Foreseen(pushes.impact(session, app) if active else None, before, authorizations.entitled_count(session.db, app))
    except UsherError as error:
        return Foreseen(None, refused=error.message)
