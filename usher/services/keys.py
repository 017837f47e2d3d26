"""The store's keys: what may be shown of them, a new data key, a new master key or another way to it, and unlocking."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from store import key_sources, rotation
from store.errors import Refused, StoreError, UsageError
from store.key_sources import fingerprint_of
from store.records import dataclass
from store.secrets import Secret, write_key_file
from usher.provisioning import unlocking
from usher.services.session import Session

SHORTEST = 12


@dataclass(frozen=True)
class KeyStatus:
    """What may be shown. `source` is file, passphrase, command or credential, empty where `trouble` says why the key cannot be used;
    `fingerprint` is the master key's, `kid` and `created_at` are the newest data key's; `unsettled` while a change of the master key was cut short."""

    source: str
    path: Path
    fingerprint: str
    locked: bool
    kid: str
    created_at: str
    data_keys: int
    secrets: int
    unsettled: bool
    trouble: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Rotated:
    """A rotation that was made: the new data key, and how many secrets were sealed anew with it."""

    kid: str
    secrets: int


@dataclass(frozen=True)
class Rewrapped:
    """A new master key: how it is reached now, its fingerprint, and where the old one was kept (backups made before need it)."""

    source: str
    path: Path
    fingerprint: str
    kept: Path | None


def show(session: Session) -> KeyStatus:
    """The state of the keys; a key that cannot be used is part of that state."""
    keys = rotation.data_keys(session.db)
    newest = [key for key in keys if key.retired_at is None][-1]
    source = mark = trouble = hint = ""
    try:
        found = session.vault.source
        source, mark = found.kind, found.fingerprint()
        if not session.vault.locked:
            session.vault.check()
    except StoreError as error:
        trouble, hint = error.message, error.hint
    unsettled = any(key.unsettled for key in keys)
    count = rotation.sealed_count(session.db)
    return KeyStatus(source, session.key_file, mark, session.vault.locked, newest.kid, newest.created_at, len(keys), count, unsettled, trouble, hint)


def unlock(session: Session, passphrase: Secret) -> int:
    """Opens the key with its passphrase for this session, and for the workers of this store that wait for it; how many those were.

    Raises `StoreError` for another passphrase. A key without one needs no unlocking: `Refused` says so.
    """
    if session.vault.source.kind != "passphrase":
        raise Refused("not-locked", "The store's key is not under a passphrase.", "Nothing has to be unlocked.")
    session.vault.unlock(passphrase)
    return unlocking.deliver(session.store.path, session.vault.master())


def rotate(session: Session) -> Rotated:
    """A new data key, and every secret of the store sealed anew with it, in one transaction. Open consoles and workers take it up by themselves.

    Backups made before keep the wraps of their own data keys: they open with the same master key as ever.
    """
    session.check_allowed("administrator")
    session.vault.check()
    with session.change("administrator") as change:
        kid = f"k{len(rotation.data_keys(change.db)) + 1}-{os.urandom(3).hex()}"
        count = rotation.rotate(change.db, session.vault, kid, change.at)
        change.record("keys.rotated", kid, {"secrets": count})
        change.event("setting")
    return Rotated(kid, count)


def rewrap(session: Session, passphrase: Secret | None = None) -> Rewrapped:
    """A new master key of the same kind. `passphrase` is the new one, where there is one."""
    kind = session.vault.source.kind
    if kind == "passphrase":
        if passphrase is None:
            raise UsageError("passphrase-missing", "A key under a passphrase is given a new one.", "Give it.", "passphrase")
        return to_passphrase(session, passphrase)
    if kind == "command":
        raise Refused(
            "key-is-elsewhere", "The master key comes from a command.", "Let another command give the new one: usher keys source command -- PROGRAM WORDS"
        )
    return to_file(session)


def to_file(session: Session) -> Rewrapped:
    """A new master key in the key file itself (0600)."""
    new = os.urandom(key_sources.KEY_BYTES)
    return _change(session, "file", new, new)


def to_passphrase(session: Session, passphrase: Secret) -> Rewrapped:
    """A new master key, kept under a passphrase: from then on every start is a locked one. Raises `UsageError` for a weak one."""
    check_passphrase(passphrase)
    new = os.urandom(key_sources.KEY_BYTES)
    wrapped = key_sources.wrap(session.key_file, new, passphrase.reveal())
    made = _change(session, "passphrase", new, key_sources.described(wrapped.document()))
    session.vault.take(new)
    unlocking.deliver(session.store.path, new)
    return made


def to_command(session: Session, argv: Sequence[str], timeout: float = key_sources.TIMEOUT) -> Rewrapped:
    """The key that a command prints becomes the master key. It is run once now; raises `StoreError` when it gives none."""
    _check_may_change(session)  # before anything is run
    command = key_sources.checked_command(session.key_file, argv, timeout)
    return _change(session, "command", command.read(), key_sources.described(command.document()))


def check_passphrase(passphrase: Secret) -> None:
    """Raises `UsageError` for one that is short or holds what cannot be typed again."""
    text = passphrase.reveal()
    if len(text) < SHORTEST or len(set(text)) < 5:
        raise UsageError("passphrase-weak", f"A passphrase has at least {SHORTEST} characters, not all alike.", "Take several words.", "passphrase")
    if not text.isprintable():
        raise UsageError("passphrase-unfit", "A passphrase is one printable line.", "Take several words.", "passphrase")


def _check_may_change(session: Session) -> None:
    session.check_allowed("administrator")
    if session.confined:
        raise Refused("confined", "The master key is changed on the machine itself.", "Ask an administrator there.")


def _change(session: Session, kind: str, new: bytes, content: bytes) -> Rewrapped:
    """Gives the store another master key. Whatever moment it is cut short at, the store opens with the key file that is there."""
    _check_may_change(session)
    if key_sources.is_credential(session.key_file):
        raise Refused("key-is-elsewhere", "The master key is a systemd credential.", "Change it where it is encrypted: stop the unit, see the README.")
    source, old = session.vault.source, session.vault.master()
    marks = [fingerprint_of(old), fingerprint_of(new)]
    if marks[0] == marks[1] and source.kind == kind == "file":
        raise Refused("same-key", "This is the master key already.", "")
    with session.change("administrator") as change:
        rotation.offer(change.db, old, new)
        change.record("master-key.offered", marks[1], {"fingerprint": marks})
    kept = _put_in_place(session.key_file, content, marks[0], keep=source.kind in ("file", "passphrase") and marks[0] != marks[1])
    with session.change("administrator") as change:
        rotation.settle(change.db, new)
        change.record("master-key.changed", marks[1], {"source": [source.kind, kind], "fingerprint": marks})
        change.event("setting")
    return Rewrapped(kind, session.key_file, marks[1], kept)


def _put_in_place(path: Path, content: bytes, mark: str, *, keep: bool) -> Path | None:
    """The new key file under the old one's name, durably; the old one is kept under its fingerprint."""
    fresh, kept = path.with_name(f"{path.name}.new"), path.with_name(f"{path.stem}.{mark}{path.suffix}")
    try:
        fresh.unlink(missing_ok=True)
        write_key_file(fresh, content)
        if keep and not kept.exists():
            os.link(path, kept)
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise StoreError("key-cannot-create", f"The key {path} cannot be changed: {error.strerror}.", "The old one is still the store's key.") from None
    return kept if keep else None
