"""The last 24 hours, hour by hour: what was sent to applications, and who signed in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from store import journal, sign_ins
from store.ids import stamp
from store.records import dataclass
from usher.services.session import Session

GOOD = {"succeeded", "asserted", "signed-in", "signed-out"}
BAD = {"failed", "refused", "error"}


@dataclass(frozen=True)
class Hour:
    """How many ended how in the hour that begins at `at` (`2026-01-31T09`, UTC)."""

    at: str
    good: int = 0
    bad: int = 0
    other: int = 0

    @property
    def all(self) -> int:
        """However it ended."""
        return self.good + self.bad + self.other


@dataclass(frozen=True)
class Day:
    """24 hours each, the oldest first, empty ones too; the last one is under way."""

    operations: tuple[Hour, ...]
    sign_ins: tuple[Hour, ...]


def day(session: Session) -> Day:
    """The provisioning log and the sign-ins of the last 24 hours."""
    now = session.clock.now().replace(minute=0, second=0, microsecond=0)
    names = [stamp(now - timedelta(hours=back))[:13] for back in range(23, -1, -1)]
    with session.store.reading() as db:
        return Day(_hours(names, journal.by_hour(db, names[0])), _hours(names, sign_ins.by_hour(db, names[0])))


def _hours(names: list[str], rows: Iterable[tuple[str, str, int]]) -> tuple[Hour, ...]:
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    for hour, result, count in rows:
        if hour in found:
            kind = "good" if result in GOOD else "bad" if result in BAD else "other"
            found[hour][kind] = found[hour].get(kind, 0) + count
    return tuple(Hour(name, **found[name]) for name in names)
