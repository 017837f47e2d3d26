"""Examines the store, its key and the machine, and says what a person should do about what it finds."""

from __future__ import annotations

import os
import platform
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

from store import activity, doctor
from store.activity import Actor
from store.connection import wal_reset_is_fixed
from store.driver import sqlite3
from store.errors import StoreError
from store.events import KEEP
from store.explain import explained
from store.ids import Clock, SystemClock, moment
from store.pushes import WorkerRow, workers
from store.records import dataclass
from usher.services.session import Session
from usher.services.setup import open_session

Level = Literal["ok", "warn", "bad"]
_MB = 1_000_000
_LEAST_FREE = 100 * _MB
_SOON = timedelta(days=30)
_HEARTBEAT = timedelta(seconds=15)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `hint` is what to do, empty when it is well."""

    level: Level
    subject: str
    message: str
    hint: str = ""


def examine(what: Session | Path, *, key_file: Path | None = None, clock: Clock | None = None) -> list[Finding]:
    """Everything that was looked at, in a fixed order. Changes nothing, and raises nothing for a store that cannot be used: that is a finding."""
    if isinstance(what, Session):
        return [_sqlite(), *_inside(what)]
    try:
        session = open_session(what, actor=Actor("doctor", "viewer", "command"), key_file=key_file, read_only=True)
    except StoreError as error:
        return [_sqlite(), Finding("bad", "store", error.message, error.hint)]
    session.clock = clock or SystemClock()
    try:
        return [_sqlite(), *_inside(session)]
    finally:
        session.store.close()


def _inside(session: Session) -> Iterator[Finding]:
    """What can be said of a store that opens."""
    path = session.store.path
    try:
        with explained(path):
            damage = doctor.damage(session.db)
            if damage:
                yield Finding("bad", "store", f"{path} is damaged: {damage}.", "Stop pushes, keep the file as it is, and restore the last backup.")
            else:
                yield Finding("ok", "store", f"{path} is whole.")
            yield from _files(path)
            yield _space(path)
            yield _key(session)
            yield _clock(session)
            yield _chain(session)
            yield _events(session)
            yield from _workers(session)
            yield from _certificates(session)
            yield from _pushes(session)
    except StoreError as error:
        yield Finding("bad", "store", error.message, error.hint)


def _sqlite() -> Finding:
    version = sqlite3.sqlite_version
    if wal_reset_is_fixed():
        return Finding("ok", "sqlite", f"SQLite {version}, free of the WAL-reset fault.")
    return Finding(
        "warn",
        "sqlite",
        f"SQLite {version} has the WAL-reset fault; checkpoints are left to one process.",
        "Use a SQLite from 3.51.3 on (3.50.7 and 3.44.6 have the mend too).",
    )


def _files(path: Path) -> Iterator[Finding]:
    """The store's files and folder, as others on this machine see them (looked at, never opened)."""
    opened = []
    for file in (path.parent, *(path.with_name(path.name + end) for end in ("", "-wal", "-shm", ".lock", ".open"))):
        try:
            mode = stat.S_IMODE(file.lstat().st_mode)
        except FileNotFoundError:
            continue
        if mode & (0o077 if file != path.parent else 0o022):
            opened.append(f"{file} (mode {mode:04o})")
    if opened:
        yield Finding("bad", "permissions", f"Open to other accounts: {', '.join(opened)}.", f"Close them: chmod -R go-rwx {path.parent}")
    else:
        yield Finding("ok", "permissions", "The store's files are closed to other accounts.")


def _space(path: Path) -> Finding:
    """Room for the store to grow, and for a backup of it."""
    free, needed = shutil.disk_usage(path.parent).free, 2 * path.stat().st_size + _LEAST_FREE
    message = f"{free // _MB} MB are free beside the store."
    if free < _LEAST_FREE:
        return Finding("bad", "space", message, "Free some space: changes are refused when the disk is full.")
    if free < needed:
        return Finding("warn", "space", message, f"Have at least {needed // _MB} MB, for growth and a backup.")
    return Finding("ok", "space", message)


def _key(session: Session) -> Finding:
    """Whether the key is there and opens this store, and lies apart from it."""
    try:
        session.vault.fingerprint("doctor")
    except StoreError as error:
        return Finding("bad", "key", error.message, error.hint)
    if session.key_file.absolute().parent == session.store.path.parent:
        return Finding(
            "warn", "key", f"The key {session.key_file} lies beside the store: who copies the folder has both.", "Move it and name it with USHER_KEY_FILE."
        )
    return Finding("ok", "key", f"The key {session.key_file} opens this store.")


def _clock(session: Session) -> Finding:
    """A clock behind the record's last entry was set back, or was wrong then."""
    now, last = session.clock.now(), doctor.newest_entry_at(session.db)
    if last and moment(last) > now + timedelta(minutes=1):
        return Finding("bad", "clock", f"The clock says {now:%Y-%m-%d %H:%M} UTC, but the record's last entry is of {last}.", "Set the clock, best by NTP.")
    return Finding("ok", "clock", f"The clock says {now:%Y-%m-%d %H:%M} UTC.")


def _chain(session: Session) -> Finding:
    with session.store.reading() as db:
        count, bad = activity.count(db), activity.verify(db)
    if bad is not None:
        return Finding(
            "bad",
            "activity",
            f"The activity record does not hold: entry {bad} was changed or is missing.",
            "Keep the store as it is and compare it with a backup.",
        )
    return Finding("ok", "activity", f"All {count} entries of the activity record hold.")


def _events(session: Session) -> Finding:
    """Screens and workers rely on the events having no hole."""
    found = doctor.events(session.db)
    if found.kept and found.kept != found.newest - found.oldest + 1:
        return Finding(
            "bad",
            "events",
            f"Events are missing between {found.oldest} and {found.newest}.",
            "Restart consoles and workers, so that they read everything afresh.",
        )
    if found.kept > 5 * KEEP:
        return Finding("warn", "events", f"{found.kept} events are kept; old ones are not pruned.", "Run a worker: it prunes them.")
    return Finding("ok", "events", f"{found.kept} events are kept, without a gap.")


def _workers(session: Session) -> Iterator[Finding]:
    """Who is at work, and who only seems to be."""
    found = workers(session.db)
    alive = [worker for worker in found if _is_alive(worker, session)]
    for worker in found:
        if worker not in alive:
            yield Finding(
                "warn",
                "worker",
                f"Worker {worker.pid} on {worker.host} was last heard of at {worker.heartbeat_at}.",
                "It is gone; the next worker takes up its pushes.",
            )
    waiting = doctor.automatic_labels(session.db)
    if waiting and not any(worker.kind != "detached" for worker in alive):
        yield Finding("warn", "worker", f"Nobody pushes automatically to {', '.join(waiting)}.", "Run usher serve or usher worker.")
    elif alive or not found:
        yield Finding("ok", "worker", f"{len(alive)} at work." if alive else "None at work, and none is needed.")


def _is_alive(worker: WorkerRow, session: Session) -> bool:
    """Heard of lately; on this machine, its process must be there too."""
    if moment(worker.heartbeat_at) < session.clock.now() - _HEARTBEAT:
        return False
    if worker.host != platform.node():
        return True
    try:
        os.kill(worker.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _certificates(session: Session) -> Iterator[Finding]:
    """Certificates applications verify assertions with."""
    now, well = session.clock.now(), 0
    for label, not_after in doctor.certificates(session.db):
        left = moment(not_after) - now
        if left <= timedelta(0):
            yield Finding("bad", "certificate", f"The IdP certificate of {label} expired on {not_after[:10]}.", "Make a new one on the application's SSO tab.")
        elif left < _SOON:
            yield Finding(
                "warn", "certificate", f"The IdP certificate of {label} expires in {left.days} days.", "Make a new one on the application's SSO tab in time."
            )
        else:
            well += 1
    if well:
        yield Finding("ok", "certificate", f"{well} IdP certificates are valid for {_SOON.days} days or longer.")


def _pushes(session: Session) -> Iterator[Finding]:
    """Pushes that wait for somebody."""
    advice = {
        "failed": ("failed for some people", "usher pushes show {0}; then usher pushes retry {0}"),
        "interrupted": ("was interrupted", "usher pushes resume {0}"),
        "paused": ("is paused", "usher pushes show {0}; then usher pushes resume {0}"),
        "held": ("is held by the removal guard", "usher pushes show {0}; then usher pushes approve {0}"),
    }
    found = doctor.troubled_pushes(session.db)
    for label, state, push in found:
        what, hint = advice[state]
        yield Finding("warn", "push", f"The last push to {label} {what}.", hint.format(push))
    if not found:
        yield Finding("ok", "push", "No push waits for anybody.")
