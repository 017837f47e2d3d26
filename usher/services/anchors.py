"""Anchors of the activity record: its newest entry, written where whoever can write to the store cannot reach.

An anchor file holds a line of JSON for each: `{"at", "hash", "seq", "store"}`. It grows at its end alone; put it on another
machine's disk, or on one that takes appends only.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from store import activity, settings
from store.connection import Db
from store.errors import Refused, UsageError
from store.files import refuse_the_store
from usher.services.files import within_reach
from usher.services.session import Session

if TYPE_CHECKING:
    from store.verify_activity import Anchor

_FIRST = 4096
_LONGEST = 64 << 20


def append(session: Session, path: Path) -> Anchor:
    """Appends the record's head to the file `path` (made 0600), durably. Raises `UsageError` for a file that cannot be written
    or is no anchor file, `Refused` for one that others may write to."""
    head = activity.head(session.db)
    line = json.dumps({"at": session.now(), "hash": head.hash, "seq": head.seq, "store": head.store}, separators=(",", ":"))
    path = within_reach(session, path)
    refuse_the_store(path, session.store.path)
    try:
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        try:
            torn = _checked(fd, path)
            os.write(fd, f"{torn}{line}\n".encode())
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as error:
        raise UsageError(
            "anchor-unwritable", f"The anchor file {path} cannot be written: {error.strerror}.", "Name a file in a folder you may write to.", "anchor_file"
        ) from None
    return head


def keep(session: Session, last: int) -> int:
    """Appends the head to the file that the settings name, when the record has grown beyond entry `last`; the newest entry kept."""
    name = settings.get(session.db, "anchor_file")
    if not name or activity.count(session.db) <= last:
        return last
    return append(session, Path(name)).seq


def of_file(session: Session, path: Path) -> list[Anchor]:
    """The anchors in a file that this operator may reach: an anchor file, a backup's manifest, or entries as `usher activity` writes them."""
    from usher.services.files import read_file

    return _parsed(read_file(session, path, _LONGEST), path)


def read(path: Path, store: Path) -> list[Anchor]:
    """The same without an operator: for a check of the file `store`, which is not opened for work."""
    path = path.expanduser().absolute()
    refuse_the_store(path, store)
    try:
        if not path.is_file():
            raise UsageError("file-unreadable", f"There is no anchor file {path}.", "Check its name.")
        return _parsed(path.read_bytes(), path)
    except OSError as error:
        raise UsageError("file-unreadable", f"The anchor file {path} cannot be read: {error.strerror}.", "Check its rights.") from None


def of_settings(db: Db, store: Path) -> list[Anchor]:
    """The anchors in the file that the settings name; none where none is named or none was written yet."""
    name = settings.get(db, "anchor_file")
    return read(Path(name), store) if name and Path(name).is_file() else []


def _parsed(data: bytes, path: Path) -> list[Anchor]:
    """The anchors in the bytes of a file. Raises `UsageError` for one that holds none."""
    from store.verify_activity import read_anchors

    try:
        return read_anchors(data.decode("utf-8", "replace"))
    except ValueError as error:
        raise UsageError(
            "not-an-anchor", f"{path} does not hold entries of the record: {error}.", "Make one: usher activity anchor FILE; a backup's .json is one, too."
        ) from None


def check_path(text: str) -> str:
    """The setting `anchor_file`: an absolute path in a folder that is there, or nothing."""
    name = text.strip()
    if name and (not Path(name).is_absolute() or not name.isprintable()):
        raise UsageError("anchor-file-unfit", "The anchor file is named by its whole path.", "For instance /mnt/elsewhere/usher-anchor.jsonl", "anchor_file")
    if name and not Path(name).parent.is_dir():
        raise UsageError("no-folder", f"There is no folder {Path(name).parent}.", "Make or mount it first; best on another machine's disk.", "anchor_file")
    if name and Path(name).exists() and not Path(name).is_file():
        raise UsageError("not-an-anchor", f"{name} is not a regular file.", "Name a file of its own.", "anchor_file")
    return name


def _checked(fd: int, path: Path) -> str:
    """Refuses what is no anchor file; the line end that a torn last line lacks."""
    from store.verify_activity import read_anchors

    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise UsageError("not-an-anchor", f"{path} is not a regular file.", "Name a file of its own.", "anchor_file")
    if status.st_mode & 0o022:
        raise Refused("anchor-open-to-others", f"Other accounts may write to {path} (mode {status.st_mode & 0o777:04o}).", f"Close it: chmod 600 {path}")
    if not status.st_size:
        return ""
    try:
        read_anchors(os.pread(fd, _FIRST, 0).decode("utf-8", "replace").split("\n")[0])
    except ValueError:
        raise UsageError("not-an-anchor", f"{path} holds something else than anchors.", "Name a file of its own.", "anchor_file") from None
    return "" if os.pread(fd, 1, status.st_size - 1) == b"\n" else "\n"
