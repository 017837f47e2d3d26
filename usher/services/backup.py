"""A checked copy of the store, taken while it is in use, with a manifest beside it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from store import schedule, settings
from store.backup import copy_to, put_in_place
from store.errors import Refused, StoreError, UsageError
from store.key_sources import source
from store.migrations import VERSION
from store.records import dataclass
from usher.services.files import within_reach
from usher.services.session import Change, Session


@dataclass(frozen=True)
class Manifest:
    """What a backup is. `seq` and `hash` are the end of its activity record: kept elsewhere, they prove later that nothing was cut off."""

    store: str
    made_at: str
    version: int
    seq: int
    hash: str
    key_fingerprint: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Backup:
    """A backup that was made. `warning` is empty, or says what it lacks."""

    path: Path
    manifest_path: Path
    manifest: Manifest
    warning: str = ""


def backup(session: Session, path: Path, progress: Callable[[int, int], None] | None = None) -> Backup:
    """Writes a copy of the store to the new file `path` and its manifest to `path`.json, both 0600.

    The master key is not in it. `progress(done, total)` counts pages. Raises `Refused` when one of the files exists, `UsageError` when the folder
    cannot be written to, `StoreError` when the copy fails its check; nothing is left behind then.
    """
    return make(session, path, progress)


def make(
    session: Session,
    path: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    needs: str = "administrator",
    note: Callable[[Change], None] | None = None,
) -> Backup:
    """As `backup`, for who has the role `needs`; `note` adds to the change that records it."""
    session.check_allowed(needs)
    path = within_reach(session, path)
    manifest_path = path.with_name(f"{path.name}.json")
    for file in (path, manifest_path):
        if os.path.lexists(file):
            raise _exists(file)
    fingerprint, warning = _key_fingerprint(session)
    with _scratch(path) as scratch, _scratch(manifest_path) as written:
        try:
            head = copy_to(session.db, scratch, progress)
            digest, size = _digest(scratch)
            manifest = Manifest(settings.get(session.db, "store_id"), session.now(), VERSION, head.seq, head.hash, fingerprint, size, digest)
            _write(written, json.dumps(asdict(manifest)) + "\n")
            put_in_place(scratch, path)
            put_in_place(written, manifest_path)
        except FileExistsError:
            raise _exists(path) from None
        except OSError as error:
            raise UsageError(
                "backup-unwritable", f"The backup {path} cannot be written: {error.strerror}.", "Name a file in a folder you may write to."
            ) from None
    with session.change(needs) as change:
        (note or _by_hand(path))(change)
        change.record("backup.made", path.name, {"file": str(path), "seq": head.seq, "sha256": digest})
        change.event("setting", "backup")
    return Backup(path, manifest_path, manifest, warning)


def _by_hand(path: Path) -> Callable[[Change], None]:
    """A backup somebody asked for counts as the last good one, too."""
    return lambda change: schedule.noted(change.db, "backup", change.at, str(path))


def _key_fingerprint(session: Session) -> tuple[str, str]:
    """The fingerprint of the store's key, and what to say when it is not there: the backup is made all the same."""
    try:
        return source(session.key_file).fingerprint(), ""
    except StoreError as error:
        return "", f"The backup's secrets cannot be read without the key. {error}"


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    """A name beside `path` that is gone afterwards, whatever happens."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield scratch
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            scratch.with_name(scratch.name + end).unlink(missing_ok=True)


def _digest(path: Path) -> tuple[str, int]:
    """SHA-256 and size of the finished copy (never of the live store)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def _write(path: Path, text: str) -> None:
    fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(fd)


def _exists(path: Path) -> Refused:
    return Refused("file-exists", f"There is a file {path} already.", "A backup is never written over another file: choose another name.")
