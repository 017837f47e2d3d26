"""When backups are made by themselves, where they go and how many are kept: the settings, and what follows from them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from store import schedule, settings
from store.connection import Db
from store.errors import UsageError
from store.ids import moment, stamp
from store.records import dataclass
from store.schedule import Standing
from usher.services.session import Session

EVERY = ("off", "hourly", "daily")
DEFAULTS = {"backup_every": "off", "backup_at": "02:30", "backup_folder": "", "backup_keep": "14"}
TASK = "backup"
_STEP = {"hourly": timedelta(hours=1), "daily": timedelta(days=1)}


@dataclass(frozen=True)
class Plan:
    """`every` is off, hourly or daily; `at` the time of day (UTC; hourly takes its minutes), `keep` how many are kept."""

    every: str
    at: str
    folder: Path
    keep: int

    def due(self, now: datetime) -> datetime | None:
        """The last time a backup was due, at `now` or before; None when they are off."""
        step = _STEP.get(self.every)
        if step is None:
            return None
        hour, minute = map(int, self.at.split(":"))
        slot = now.replace(hour=now.hour if self.every == "hourly" else hour, minute=minute, second=0, microsecond=0)
        return slot if slot <= now else slot - step


def plan(session: Session, db: Db | None = None) -> Plan:
    """The settings as they are now. Without a folder named, backups go to `backups` beside the store."""
    found = {key: settings.get(db or session.db, key, default) for key, default in DEFAULTS.items()}
    folder = Path(found["backup_folder"]) if found["backup_folder"] else session.store.path.parent / "backups"
    return Plan(found["backup_every"], found["backup_at"], folder, int(found["backup_keep"]))


def lateness(session: Session, grace: timedelta = timedelta(minutes=30)) -> str:
    """What is wrong with the backups that should come by themselves, in a sentence; empty when nothing is, or they are off."""
    planned, standing, now = plan(session), schedule.get(session.db, TASK), session.clock.now()
    due = planned.due(now)
    if due is None:
        return ""
    if standing.error:
        return f"The backup failed at {_minute(standing.failed_at)}: {standing.error}"
    if standing.done_for < stamp(due) and now - due > grace and not _younger(standing, due):
        return f"The backup of {_minute(stamp(due))} was not made; {_last(standing)}."
    return ""


def _younger(standing: Standing, due: datetime) -> bool:
    return bool(standing.good_at) and moment(standing.good_at) >= due


def _last(standing: Standing) -> str:
    return f"the last good one is of {_minute(standing.good_at)}" if standing.good_at else "there is none yet"


def _minute(at: str) -> str:
    return f"{at[:16].replace('T', ' ')} UTC"


def check_every(text: str) -> str:
    """off, hourly or daily."""
    word = text.strip().lower()
    if word not in EVERY:
        raise UsageError("backup-every-unknown", f"Backups cannot be made {word!r}.", f"Choose one of {', '.join(EVERY)}.", "backup_every")
    return word


def check_at(text: str) -> str:
    """A time of day, `02:30`."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip(), re.ASCII)
    if found is None:
        raise UsageError("time-unfit", f"{text.strip()!r} is no time of day.", "Write it as 02:30, in UTC.", "backup_at")
    return f"{int(found[1]):02}:{found[2]}"


def check_folder(text: str) -> str:
    """The absolute path of a folder that is there, or nothing for the one beside the store."""
    name = text.strip()
    if not name:
        return ""
    if not name.isprintable() or not Path(name).is_absolute() or len(name) > 1000:
        raise UsageError("folder-unfit", "The folder for backups is named from the root.", "For instance /srv/backups/usher.", "backup_folder")
    if not Path(name).is_dir():
        raise UsageError("no-folder", f"There is no folder {name}.", "Make it first, closed to other accounts (chmod 700).", "backup_folder")
    return name
