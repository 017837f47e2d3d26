"""Examines the store, its key and the machine, and says what a person should do about what it finds."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from store import doctor, operators, settings
from store.activity import Actor
from store.errors import Refused, StoreError, UsageError
from store.events import KEEP
from store.explain import explained
from store.ids import Clock, SystemClock, moment
from store.pushes import WorkerRow, workers
from usher.saml import certificate
from usher.services import activity as record
from usher.services import catalog
from usher.services import doctor_machine as machine
from usher.services.doctor_machine import versions
from usher.services.finding import Finding as Finding
from usher.services.finding import Level
from usher.services.session import Session
from usher.services.setup import open_session

_HEARTBEAT = timedelta(seconds=15)


def examine(what: Session | Path, *, key_file: Path | None = None, clock: Clock | None = None) -> list[Finding]:
    """Everything that was looked at, in a fixed order. Changes nothing, and raises nothing for a store that cannot be used: that is a finding."""
    if isinstance(what, Session):
        return [versions(), *_inside(what)]
    try:
        session = open_session(what, actor=Actor("doctor", "viewer", "command"), key_file=key_file, read_only=True)
    except StoreError as error:
        return [versions(), Finding("bad", "store", error.message, error.hint)]
    session.clock = clock or SystemClock()
    try:
        return [versions(), *_inside(session)]
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
            yield from filter(None, (machine.files(path), machine.space(path), machine.lock(path), machine.log(path), machine.litestream(path)))
            yield _key(session)
            yield _clock(session)
            yield _chain(session)
            yield _events(session)
            yield from _workers(session)
            yield from _certificates(session)
            yield from _pushes(session)
            yield from machine.backups(session)
            yield from _operators(session)
            yield from _connectors()
    except StoreError as error:
        yield Finding("bad", "store", error.message, error.hint)


def _key(session: Session) -> Finding:
    """Whether the key is there and opens this store, and lies apart from it."""
    try:
        kind = session.vault.source.kind
        if session.vault.locked:
            return Finding("ok", "key", f"The key {session.key_file} is under a passphrase, and locked here.")
        session.vault.check()
    except StoreError as error:
        return Finding("bad", "key", error.message, error.hint)
    if kind == "file" and session.key_file.absolute().parent == session.store.path.parent:
        return Finding(
            "warn", "key", f"The key {session.key_file} lies beside the store: who copies the folder has both.", "Move it and name it with USHER_KEY_FILE."
        )
    return Finding("ok", "key", f"The key {session.key_file} opens this store.")


def _clock(session: Session) -> Finding:
    """A clock behind what was written last was set back, or was wrong then."""
    now = session.clock.now()
    for what, last in doctor.newest(session.db):
        if last and moment(last) > now + timedelta(minutes=1):
            said = f"The clock says {now:%Y-%m-%d %H:%M} UTC, but the store's last {what} is of {last[:16].replace('T', ' ')}."
            return Finding("bad", "clock", said, "Set the clock, best by NTP.")
    return Finding("ok", "clock", f"The clock says {now:%Y-%m-%d %H:%M} UTC.")


def _chain(session: Session) -> Finding:
    """The whole record, held against the anchor file of the settings; a file that is out of reach is told."""
    named = settings.get(session.db, "anchor_file")
    try:
        found = record.verify(session)
    except (UsageError, Refused) as error:
        return Finding("warn", "activity", error.message, error.hint)
    if found.first_bad is not None:
        return Finding("bad", "activity", found.sentence, "Keep the store as it is and compare it with a backup.")
    if named and not Path(named).is_file():
        return Finding("warn", "activity", f"{found.sentence} No anchor is at {named}.", "Is its disk there? usher serve and usher worker write it.")
    return Finding("ok", "activity", f"{found.sentence} {found.proof}" if named else found.sentence)


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
    """Certificates applications verify assertions with: told from 60 days on, and as bad in their last week."""
    now, well = session.clock.now(), 0
    for label, not_after in doctor.certificates(session.db):
        stands = certificate.state("", not_after, "", now)
        level: Level = "bad" if stands.urgent else "warn"
        if stands.state == "expired":
            yield Finding(level, "certificate", f"The IdP certificate of {label} expired on {not_after[:10]}.", "Make a new one on the application's SSO tab.")
        elif stands.state == "expiring":
            within = "within a day" if stands.step == 1 else f"in {stands.days_left} days"
            yield Finding(level, "certificate", f"The IdP certificate of {label} expires {within}.", "Make a new one on the application's SSO tab in time.")
        else:
            well += 1
    if well:
        yield Finding("ok", "certificate", f"{well} IdP certificates are valid for more than {certificate.EXPIRING.days} days.")


def _pushes(session: Session) -> Iterator[Finding]:
    """Pushes that wait for somebody."""
    advice = {
        "failed": ("failed for some people", "usher pushes show {0}; then usher pushes retry {0}"),
        "interrupted": ("was interrupted", "usher pushes resume {0}"),
        "paused": ("is paused", "usher pushes show {0}; then usher pushes resume {0}"),
        "held": ("is held by the removal guard", "usher pushes show {0}; then usher pushes approve {0}"),
    }
    alive = {worker.id for worker in workers(session.db) if _is_alive(worker, session)}
    found = doctor.troubled_pushes(session.db)
    stuck = [*doctor.stuck_pushes(session.db, alive)]
    for label, state, push in stuck:
        said = f"The push to {label} {'was broken off with its worker' if state == 'running' else 'waits, and no worker takes it up'}."
        yield Finding("warn", "push", said, f"usher worker carries it out; usher pushes cancel {push} takes it back.")
    for label, state, push in found:
        what, hint = advice[state]
        yield Finding("warn", "push", f"The last push to {label} {what}.", hint.format(push))
    if not found and not stuck:
        yield Finding("ok", "push", "No push waits for anybody.")


def _operators(session: Session) -> Iterator[Finding]:
    """Whether somebody who comes in by name can administer the store; nothing where there are no operators."""
    found = operators.every(session.db)
    if not found:
        return
    keyed = sum(bool(one.keys) and one.enabled for one in found)
    if not any(one.enabled and one.role == "administrator" for one in found):
        said = "No operator who is enabled is an administrator: only the account that owns the store can change applications and operators."
        yield Finding("warn", "operators", said, "usher operators set NAME role=administrator")
    else:
        yield Finding("ok", "operators", f"{len(found)} operators, {keyed} of them with a key to come in by SSH.")


def _connectors() -> Iterator[Finding]:
    """The files of one's own connectors that cannot be used."""
    for problem in catalog.problems():
        yield Finding("warn", "connectors", f"{problem.file} cannot be used: {problem.message}", "usher catalog check FILE says more.")
