"""The backup that comes by itself: made by a worker, or by a timer through `usher backup --scheduled`; old ones are taken away."""

from __future__ import annotations

import contextlib
import os
import re
from datetime import timedelta
from pathlib import Path

from store import schedule, settings
from store.errors import Refused, StoreError, UsageError, UsherError
from store.ids import stamp
from store.records import dataclass
from usher.services.backup import Backup, make
from usher.services.backup_plan import TASK, Plan, plan
from usher.services.restore import read_manifest
from usher.services.session import Change, Session

LEASE, REST = timedelta(minutes=10), timedelta(minutes=15)


@dataclass(frozen=True)
class Scheduled:
    """A backup made by itself, and the older ones that were taken away for it."""

    backup: Backup
    removed: tuple[Path, ...]


def run_if_due(session: Session, holder: str) -> Scheduled | None:
    """Makes the backup when one is due and nobody else is at it. What fails is recorded and shown, not raised; it is tried
    again after a rest."""
    planned, standing, now = plan(session), schedule.get(session.db, TASK), session.clock.now()
    due = planned.due(now)
    if due is None or standing.done_for >= stamp(due) or (standing.lease_until or "") > stamp(now):
        return None
    with session.store.transaction() as db:
        had = schedule.claim(db, TASK, holder, stamp(due), stamp(now), stamp(now + LEASE))
    with contextlib.suppress(UsherError):
        return _run(session, planned, holder, stamp(due)) if had else None
    return None


def run_now(session: Session, holder: str) -> Scheduled:
    """Makes the backup now, for who keeps the time elsewhere (a systemd timer, cron). Raises what went wrong."""
    session.check_allowed("administrator")
    if session.confined:
        raise Refused("confined", "A confined operator writes to the exchange folder alone.", "Name a file: usher backup FILE")
    now = session.clock.now()
    with session.store.transaction() as db:
        had = schedule.claim(db, TASK, holder, "", stamp(now), stamp(now + LEASE))
    if not had:
        raise Refused("backup-under-way", "A backup is being made right now.", "It will be there in a moment: see usher doctor.")
    planned = plan(session)
    due = planned.due(now)
    return _run(session, planned, holder, stamp(due) if due else "")


def _run(session: Session, planned: Plan, holder: str, due: str) -> Scheduled:
    """The backup in the hands of `holder`, and its outcome in the store, whatever it is."""
    try:
        _prepare(session, planned.folder)
        prefix = f"usher-{settings.get(session.db, 'store_id')[-8:].lower()}"
        path = planned.folder / f"{prefix}-{re.sub('[-:.]', '', session.now())}.db"

        def note(change: Change) -> None:
            schedule.done(change.db, TASK, change.at, str(path), due)

        made = make(session, path, needs=_needs(session), note=note)
        return Scheduled(made, _remove_old(session, planned, prefix))
    except (UsherError, OSError) as caught:
        error = caught if isinstance(caught, UsherError) else StoreError("backup-unwritable", f"{planned.folder} cannot be used: {caught.strerror}.")
        with contextlib.suppress(StoreError):  # a full disk takes no record either; the doctor tells by the age
            _record_failure(session, holder, error)
        raise error from None


def _needs(session: Session) -> str:
    """A worker makes what an administrator has set."""
    return "operator" if session.actor.role == "worker" else "administrator"


def _prepare(session: Session, folder: Path) -> None:
    """The folder beside the store is made; another must be there: a disk that is not mounted must not be taken for its folder."""
    if folder == session.store.path.parent / "backups":
        folder.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise UsageError("no-folder", f"There is no folder {folder} for backups.", "Mount or make it, or change the setting backup_folder.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError("folder-unwritable", f"The folder {folder} for backups cannot be written to.", "Check its owner and mode.")


def _record_failure(session: Session, holder: str, error: UsherError) -> None:
    """Once for each cause: what fails every quarter of an hour fills no record."""
    again = stamp(session.clock.now() + REST)
    known = schedule.get(session.db, TASK).error == error.message
    if known:
        with session.store.transaction() as db:
            schedule.failed(db, TASK, holder, session.now(), error.message, again)
        return
    with session.change(_needs(session)) as change:
        schedule.failed(change.db, TASK, holder, change.at, error.message, again)
        change.record("backup.failed", TASK, {"code": error.code, "error": error.message})
        change.event("setting", TASK)


def _remove_old(session: Session, planned: Plan, prefix: str) -> tuple[Path, ...]:
    """Takes away what goes beyond the number kept: only files of this name whose manifest says they are of this store."""
    name = re.compile(rf"{re.escape(prefix)}-\d{{8}}T\d{{9}}Z\.db")
    found = sorted((path for path in planned.folder.iterdir() if name.fullmatch(path.name) and _ours(session, path)), reverse=True)
    gone = []
    for path in found[planned.keep :]:
        with contextlib.suppress(OSError):
            path.unlink()
            path.with_name(f"{path.name}.json").unlink(missing_ok=True)
            gone.append(path)
    for left in planned.folder.glob(f".{prefix}-*.part*"):  # of a backup that died: the lease says that nobody is at one
        with contextlib.suppress(OSError):
            left.unlink()
    return tuple(gone)


def _ours(session: Session, path: Path) -> bool:
    with contextlib.suppress(StoreError):
        manifest = read_manifest(path)
        return manifest is not None and manifest.store == settings.get(session.db, "store_id")
    return False
