"""Puts a backup in the place of a store: checked whole before anything changes, and recorded in the store that comes of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from store import activity
from store.activity import Actor
from store.errors import Refused, StoreError, UsageError
from store.files import check_file
from store.ids import Clock, SystemClock
from store.records import dataclass
from store.restore import Inside, bring, id_of, inspect, nobody_else, put_over, scratch_beside, settle
from store.secrets import Secret
from usher.services.backup import Manifest
from usher.services.session import Session
from usher.services.setup import open_session

Progress = Callable[[int, int], None]
_MANIFEST_LIMIT = 1 << 16


@dataclass(frozen=True)
class Restored:
    """What was restored: the store, when the backup was made (empty without a manifest), how many entries its activity record
    had, where the replaced store is kept (None: there was none), the store's version before, and what to think of."""

    path: Path
    made_at: str
    seq: int
    kept: Path | None
    version: int
    warning: str = ""


def restore(
    path: Path,
    file: Path,
    *,
    actor: Actor,
    key_file: Path | None = None,
    replace: bool = False,
    clock: Clock | None = None,
    progress: Progress | None = None,
    ask: Callable[[], Secret] | None = None,
) -> Restored:
    """Makes the backup `file` the store at `path`. `progress(done, total)` counts bytes read; `ask` gets the passphrase of a
    locked key.

    Before anything changes: nobody may have the store open, one that is there needs `replace`, and the backup must be whole,
    ours, no newer than this program, as its manifest says, with a record that holds and a key that opens it. The old store
    is kept beside the new one. Raises `Refused`, `UsageError` or `StoreError`; the store is then as it was.
    """
    path, file = path.absolute(), file.expanduser().absolute()
    clock = clock or SystemClock()
    _check_target(path, file, replace)
    with scratch_beside(path) as scratch, nobody_else(path):
        manifest, digest = read_manifest(file), bring(file, scratch, progress)
        found = inspect(scratch, file)
        _compare(file, manifest, digest, found)
        _refuse_another(path, found)
        kept = _free_name(path, clock)
        detail = {"file": str(file), "sha256": digest, "seq": found.head.seq, "replaced": kept.name if os.path.lexists(path) else ""}
        session = open_session(scratch, actor=actor, key_file=key_file, aside=False)
        session.clock, session.ask = clock, ask
        try:
            _finish(session, manifest, detail)
        finally:
            session.store.close()
        settle(scratch)
        was_there = put_over(scratch, path, kept)
    warning = "" if manifest else "It has no manifest beside it: nothing but its own record says that it is what was written."
    return Restored(path, manifest.made_at if manifest else "", found.head.seq, kept if was_there else None, found.version, warning)


def read_manifest(file: Path) -> Manifest | None:
    """What stands beside a backup; None when nothing does. Raises `StoreError` for one that cannot be read."""
    path = file.with_name(f"{file.name}.json")
    try:
        with path.open("rb") as reading:
            document = json.loads(reading.read(_MANIFEST_LIMIT))
        values: dict[str, Any] = {field.name: _typed(document[field.name], field.type) for field in fields(Manifest)}
        return Manifest(**values)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise StoreError(
            "manifest-unreadable", f"The manifest {path} cannot be read.", "Bring it back from where the backup is kept, or use another backup."
        ) from None


def _typed(value: object, kind: object) -> object:
    if type(value).__name__ != str(kind):
        raise ValueError("not of its type")
    return value


def _check_target(path: Path, file: Path, replace: bool) -> None:
    """What speaks against it before a byte is read."""
    if not os.path.lexists(path):
        return
    if file.exists() and path.samefile(file):
        raise UsageError("same-file", f"{file} is the store itself.", "Name a file that usher backup wrote.")
    if not replace:
        raise Refused(
            "store-exists", f"There is a store at {path} already.", "With --replace it is kept aside under another name and the backup takes its place."
        )
    try:
        check_file(path)
    except StoreError as error:
        if error.code in {"store-not-a-file", "store-not-yours", "store-on-network", "store-unreachable"}:
            raise


def _compare(file: Path, manifest: Manifest | None, digest: str, found: Inside) -> None:
    """The manifest is of this very file, and of the state in it."""
    if manifest is None:
        return
    said = (manifest.sha256, manifest.store, manifest.seq, manifest.hash, manifest.version)
    if said != (digest, found.store, found.head.seq, found.head.hash, found.version):
        raise StoreError(
            "backup-differs", f"The backup {file} is not the file its manifest describes.", "It was changed or mixed up since. Nothing was changed here."
        )


def _refuse_another(path: Path, found: Inside) -> None:
    there = id_of(path) if os.path.lexists(path) else ""
    if there and there != found.store:
        raise Refused(
            "another-store",
            f"The backup is of another store ({found.store}) than the one at {path} ({there}).",
            "Name another file with --store, or move that store away first.",
        )


def _free_name(path: Path, clock: Clock) -> Path:
    """`usher.db.replaced-20260131T090000Z`, or the next that is free."""
    name = f"{path.name}.replaced-{clock.now():%Y%m%dT%H%M%SZ}"
    return next(p for p in (path.with_name(f"{name}{f'-{n}' if n else ''}") for n in range(1000)) if not os.path.lexists(p))


def _finish(session: Session, manifest: Manifest | None, detail: dict[str, object]) -> None:
    """Proves the key on the copy, which was brought up to date, records the restoring and verifies the whole record once more."""
    try:
        session.vault.check()
    except StoreError as error:
        which = f" The backup was made with the key of fingerprint {manifest.key_fingerprint}." if manifest and manifest.key_fingerprint else ""
        raise StoreError(error.code, f"{error.message}{which}", f"{error.hint} Nothing was changed.".strip()) from None
    with session.change("administrator") as change:
        change.record("store.restored", activity.store_id(change.db), detail)
        change.event("setting")
    bad = activity.verify(session.db)
    if bad is not None:
        raise StoreError("backup-tampered", f"The record did not hold after restoring (entry {bad}).", "Nothing was changed. Try an older backup.")
