"""Stores with a directory to look at: sixty people in step with Calendly, files to import, a record with a torn entry."""

from __future__ import annotations

import platform
from dataclasses import replace
from typing import Any

from store import schedule
from store import settings as settings_rows
from store.activity import Actor
from store.ids import stamp
from store.pushes import WorkerRow, enlist
from tests.stages_push import connected, in_step
from usher.provisioning.worker import ACTOR
from usher.services import applications, authorizations, directory, doctor, passwords, scheduled, settings
from usher.services.doctor import Finding
from usher.services.passwords import Link
from usher.services.session import Session

GOOD = """username,email,firstname,lastname,displayname,employeeIdentifier,groups
amelie.lefevre@example.com,amelie.lefevre@example.com,Amélie,Lefèvre-Roy,Amélie Lefèvre-Roy,E-1001,All Staff;Sales
bjorn.astrom@example.com,bjorn.astrom@example.com,Björn,Åström,Björn Åström,E-1002,All Staff;Sales
chidi.okonkwo@example.com,chidi@example.com,Chidi,Okonkwo,Chidi Okonkwo,E-1003,All Staff;Night shift
ines.prado@example.com,ines.prado@example.com,Inês,Prado,,E-5001,All Staff;Night shift
omar.benali@example.com,omar.benali@example.com,Omar,Benali,,E-5002,All Staff
"""
BAD = """username,email,state,groups
amelie.lefevre@example.com,amelie.lefevre,ACTIVATED,All Staff
,nobody@example.com,ACTIVATED,
bjorn.astrom@example.com,bjorn.astrom@example.com,RESTING,Sales
ines.prado@example.com,ines.prado@example.com,STAGED
"""
FOUND = [
    Finding("ok", "sqlite", "Usher 0.1.0 (store version 10), Python 3.11.7, SQLite 3.51.3, free of the WAL-reset fault."),
    Finding("ok", "store", "/srv/usher/usher.db is whole."),
    Finding("ok", "permissions", "The store's files are closed to other accounts."),
    Finding("ok", "space", "41287 MB are free beside the store."),
    Finding("ok", "lock", "Nobody waits to write. The store is open in usher serve (process 4711)."),
    Finding("ok", "key", "The key /etc/usher/usher.key opens this store."),
    Finding("ok", "clock", "The clock says 2026-03-02 09:00 UTC."),
    Finding("ok", "activity", "All 18 entries of the activity record hold."),
    Finding("warn", "worker", "Nobody pushes automatically to Calendly.", "Run usher serve or usher worker."),
    Finding("warn", "push", "The last push to Calendly is held by the removal guard.", "usher pushes show 01K; then usher pushes approve 01K"),
]
_staged: set[str] = set()


def staff(session: Session) -> None:
    """Sixty people, most with an account at Calendly; a handbook for all; an empty group."""
    in_step(session)
    applications.add(session, "bookmark", label="Staff handbook", bookmark_url="https://handbook.harbour.example", colour="amber")
    authorizations.authorize(session, "Staff handbook", ["All Staff", "Sales"])
    authorizations.authorize(session, "Travel desk", ["Sales"])
    directory.add_group(session, "Visitors", "Guests of a week or two")


def with_links(session: Session) -> None:
    """The same, where a link to set a password reads the same in every picture: elsewhere it can't be guessed."""
    staff(session)
    real = passwords.make_link

    def make_link(asking: Session, user: str) -> Link:
        made = real(asking, user)
        return replace(made, url=f"{made.url.rpartition('/')[0]}/{'k7Hq' * 10}") if asking.store.path == session.store.path else made

    passwords.make_link = make_link


def files(session: Session) -> None:
    """The same, for a confined operator with files in the exchange folder."""
    staff(session)
    assert session.exchange is not None
    session.exchange.mkdir(mode=0o700, parents=True, exist_ok=True)
    (session.exchange / "march.csv").write_text(GOOD, "utf-8")
    (session.exchange / "broken.csv").write_text(BAD, "utf-8")
    session.confined = True


def machine(session: Session) -> None:
    """The staff, a worker at work, and a machine about which the same is found every time."""
    staff(session)
    settings.set_(session, {"organization": "Harbour Works Ltd"})
    at = stamp(session.clock.now())
    with session.store.transaction() as db:
        enlist(db, WorkerRow("01SCENEMACHINE", 4711, platform.node(), "serve", at, at))
    _examined_alike(session)


def unbacked(session: Session) -> None:
    """Such a machine whose backups come by themselves, to a disk that is no longer there."""
    machine(session)
    folder = session.store.path.parent / "disk"
    folder.mkdir()
    settings.set_(session, {"backup_every": "hourly", "backup_folder": str(folder)})
    with session.change("administrator") as change:
        settings_rows.put(change.db, "backup_folder", "/mnt/backups")
        schedule.noted(change.db, "backup", change.at, "/mnt/backups/usher-monday.db")
        change.record("backup.made", "usher-monday.db", {"file": "/mnt/backups/usher-monday.db"})
    folder.rmdir()
    scheduled.run_if_due(replace(session, actor=ACTOR), "worker")


def new_machine(session: Session) -> None:
    """A new store on such a machine."""
    _examined_alike(session)


def day(session: Session) -> None:
    """A morning's changes by several people: added, connected, let in, suspended, renamed."""
    connected(session)
    bo = replace(session, actor=Actor("bo", "operator", "ssh SHA256:4f1c"))
    script = replace(session, actor=Actor("nightly", "operator", "command"))
    wait = session.clock.forward  # type: ignore[attr-defined]
    wait(minutes=12)
    directory.set_user(bo, "sofia.d.angelo@example.com", {"lastname": "D'Angelo Rossi", "displayname": "Sofia D'Angelo Rossi"})
    wait(minutes=3)
    directory.suspend(bo, ["tomasz.wojcik@example.com"])
    wait(hours=1, minutes=20)
    directory.add_group(session, "Visitors", "Guests of a week or two")
    directory.add_members(bo, "Visitors", ["wei.zhang@example.com", "xenia.papadopoulou@example.com"])
    wait(minutes=4)
    authorizations.authorize(session, "Travel desk", ["Visitors", "Sales"])
    authorizations.revoke(session, "Travel desk", ["Visitors"])
    wait(hours=2)
    directory.activate(script, ["nuno.goncalves@example.com"])
    directory.delete_users(script, ["lars.moller@example.com"])
    directory.rename_group(session, "Visitors", "Guests")
    settings.set_(session, {"theme": "light"})
    settings.set_(session, {"theme": "dark"})


def torn(session: Session) -> None:
    """Somebody changed entry 3 of the record past the program."""
    day(session)
    with session.store.transaction() as db:
        db.execute("drop trigger activity_no_update")
        db.execute("update activity set actor = 'mallory' where seq = 3")


def _examined_alike(session: Session) -> None:
    """An examination says what the machine is like: for the pictures it is always the same one."""
    if not _staged:
        real = doctor.examine

        def examine(what: Any, **named: Any) -> list[Finding]:
            return FOUND if isinstance(what, Session) and str(what.store.path) in _staged else real(what, **named)

        doctor.examine = examine
    _staged.add(str(session.store.path))
