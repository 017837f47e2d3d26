"""What the tests of every floor are made of: a clock that steps, and quick ways to people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from store.activity import Actor

ADMINISTRATOR = Actor("ada", "administrator", "terminal")
VIEWER = Actor("vera", "viewer", "terminal")
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ORGANIZATION = "Harbour Works"
BASE_URL = "https://sso.harbour.example"


class SteppingClock:
    """Begins on a Monday morning and goes on by `step` each time it is asked; `forward` lets time pass."""

    def __init__(self, start: datetime = MORNING, step: timedelta = timedelta(seconds=1)) -> None:
        self.time = start
        self.step = step

    def now(self) -> datetime:
        self.time += self.step
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)
