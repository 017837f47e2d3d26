"""What the frame says of the console as a whole."""

from __future__ import annotations

from datetime import timedelta

from store import accounts, pushes
from store.ids import moment
from store.records import dataclass
from usher.services import settings
from usher.services.session import Session

ALIVE = timedelta(seconds=15)
_WORKED = ("queued", "running")
_WAITS = ("held", "paused", "interrupted")


@dataclass(frozen=True)
class LivePush:
    """A push that is not over; `waits` when it waits for a person or a worker."""

    label: str
    state: str

    @property
    def waits(self) -> bool:
        """Whether somebody has to do something."""
        return self.state in _WAITS


@dataclass(frozen=True)
class Status:
    """What the top bar and the status line show."""

    organization: str = ""
    operator: str = ""
    role: str = ""
    store: str = ""
    read_only: bool = False
    workers: int = 0
    worker_needed: bool = False
    pushes: tuple[LivePush, ...] = ()
    trouble: str = ""
    locked: bool = False


def read(session: Session, read_only: bool, trouble: str = "", locked: bool = False) -> Status:
    """The status now (well under a millisecond)."""
    now = session.clock.now()
    live = tuple(LivePush(push.app_label, push.state) for push in pushes.all_live(session.db))
    return Status(
        organization=settings.organization(session),
        operator=session.actor.name,
        role=session.actor.role,
        store=session.store.path.name,
        read_only=read_only,
        workers=sum(now - moment(worker.heartbeat_at) < ALIVE for worker in pushes.workers(session.db)),
        worker_needed=any(push.state in _WORKED for push in live) or bool(accounts.automatic_targets(session.db)),
        pushes=live,
        trouble=trouble,
        locked=locked,
    )
