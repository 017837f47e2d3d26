"""Sealing of tokens and private keys.

AES-256-GCM under a data key that lies in the store, itself wrapped by the master key that lies elsewhere
(`keys/<store id>.key` in the user's config folder, 0600 in 0700, never beside the store nor in a backup). The additional
authenticated data names table, row and column, so that one row's secret cannot be read as another's. This
protects a lost backup, a copied store and a read-only leak; it does not protect against root or the account
Usher runs as. `cryptography` is imported when a secret is first touched.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from store import key_sources
from store.connection import Db, Row
from store.errors import StoreError
from store.key_sources import KeySource, WrappedKey

_FORMAT = 1


class Secret:
    """Text that must not be shown: its repr and str are blank; `reveal()` is asked for where it is used."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


class Vault:
    """Seals and opens the secrets of one store. Loads its keys when first used, and again when one is new.

    `db` gives the calling thread's connection. A key under a passphrase must be unlocked first (`locked`, `unlock`), unless `ask`
    gets the passphrase from a person when it is needed.
    """

    def __init__(self, db: Callable[[], Db], key_file: Path, ask: Callable[[], Secret] | None = None) -> None:
        self.key_file = key_file
        self._db = db
        self._keys: dict[str, bytes] = {}
        self._oldest = self._newest = ""
        self._master: bytes | None = None
        self._ask = ask

    @property
    def source(self) -> KeySource:
        """Where the master key comes from now. Raises `StoreError` when that cannot be said."""
        return key_sources.source(self.key_file)

    @property
    def locked(self) -> bool:
        """Whether a passphrase stands before the secrets. A key that is not there at all is found out at its first use."""
        if self._keys or self._master is not None:
            return False
        try:
            return self.source.kind == "passphrase"
        except StoreError:
            return False

    def unlock(self, passphrase: Secret) -> None:
        """Opens the key with its passphrase, for as long as this object lives. Raises `StoreError` for a wrong one."""
        source = self.source
        if isinstance(source, WrappedKey):
            self.take(source.unlock(passphrase.reveal()))

    def take(self, master: bytes) -> None:
        """Goes on with a master key that somebody else has unlocked. Raises `StoreError` when it is not this store's."""
        keys = unwrap_all(master, self._db(), self.key_file)
        self._master = master
        self._keys |= keys

    def master(self) -> bytes:
        """The master key itself: to wrap other keys with, or to hand to a worker. Never to be shown."""
        if self._master is None and self._ask is not None and self.locked:
            self.unlock(self._ask())
        return self._master if self._master is not None else self.source.read()

    def handed(self) -> bytes | None:
        """The key to hand to a worker that is started, where a person had to unlock it; None where the worker finds it by itself."""
        return self._master

    def check(self) -> None:
        """Raises `StoreError` unless secrets can be opened and sealed now."""
        self._load()

    def seal(self, table: str, row: str, column: str, text: str) -> bytes:
        """`version | length of kid | kid | nonce | ciphertext` of UTF-8 `text`, bound to its place."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._load(afresh=True)
        kid, nonce = self._newest, os.urandom(12)
        box = AESGCM(self._keys[kid]).encrypt(nonce, text.encode(), _place(kid, table, row, column))
        return bytes([_FORMAT, len(kid)]) + kid.encode() + nonce + box

    def open(self, table: str, row: str, column: str, sealed: bytes) -> Secret:
        """The secret that was sealed for exactly this place; `StoreError` otherwise."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            kid = sealed[2 : 2 + sealed[1]].decode()
            self._load(afresh=kid not in self._keys)
            nonce, box = sealed[2 + sealed[1] : 14 + sealed[1]], sealed[14 + sealed[1] :]
            return Secret(AESGCM(self._keys[kid]).decrypt(nonce, box, _place(kid, table, row, column)).decode())
        except (InvalidTag, KeyError, IndexError, UnicodeDecodeError, ValueError):
            raise StoreError(
                "secret-unreadable",
                f"A sealed secret ({table}.{column}) cannot be opened: it was sealed for another place or with another key.",
                "Enter it again, or restore the store together with its key.",
            ) from None

    def fingerprint(self, text: str) -> str:
        """A keyed fingerprint (16 hex digits) for display and comparison: says nothing about the text.

        Keyed by the store's first data key, so that it stays the same when keys are rotated.
        """
        import hashlib
        import hmac

        self._load()
        return hmac.new(self._keys[self._oldest], b"fingerprint/1\0" + text.encode(), hashlib.sha256).hexdigest()[:16]

    def _load(self, afresh: bool = False) -> None:
        """Unwraps the data keys with the master key; reads them again when `afresh`."""
        if self._newest and not afresh:
            return
        rows = _wraps(self._db())
        if not rows:
            raise StoreError("no-data-key", "This store holds no data key.", "Restore a backup of it.")
        if {row["kid"] for row in rows} - set(self._keys):
            self._keys |= _unwrap(self._master_now(rows), self.key_file, rows)
        self._oldest, self._newest = rows[0]["kid"], [row["kid"] for row in rows if row["retired_at"] is None][-1]

    def _master_now(self, rows: list[Row]) -> bytes:
        """The key that was unlocked, as long as it is the store's; else the source is asked."""
        if self._master is not None and not _opens(self._master, rows):
            self._master = None  # somebody gave the store another master key meanwhile
        return self.master()


def _wraps(db: Db) -> list[Row]:
    """The wrapped data keys, oldest first."""
    return db.execute("select kid, wrapped, next_wrapped, retired_at from data_key order by created_at, kid").fetchall()


def unwrap_all(master: bytes, db: Db, key_file: Path = Path("given")) -> dict[str, bytes]:
    """Every data key by its kid. Raises `StoreError` when the master key is not that of this store."""
    return _unwrap(master, key_file, _wraps(db))


def _opens(master: bytes, rows: list[Row]) -> bool:
    """Whether the master key is that of all these data keys."""
    return all(_unwrapped(master, row) is not None for row in rows)


def _unwrap(master: bytes, key_file: Path, rows: list[Row]) -> dict[str, bytes]:
    """The data keys (RFC 3394) by the master key."""
    keys = {row["kid"]: _unwrapped(master, row) for row in rows}
    if None in keys.values():
        raise StoreError("wrong-key", f"The key {key_file} is not the key of this store.", "Name the right one with USHER_KEY_FILE.")
    return {kid: key for kid, key in keys.items() if key is not None}


def _unwrapped(master: bytes, row: Row) -> bytes | None:
    """One data key; while the master key is being changed (`store.rotation`) it is wrapped by the old and by the new one."""
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

    for box in (row["wrapped"], row["next_wrapped"]):
        if box is not None:
            with contextlib.suppress(InvalidUnwrap):
                return aes_key_unwrap(master, box)
    return None


def _place(kid: str, table: str, row: str, column: str) -> bytes:
    """The additional authenticated data."""
    return f"v{_FORMAT}|{kid}|{table}|{row}|{column}".encode()


def make_master_key(path: Path) -> bytes:
    """Makes a new master key file: 32 random bytes, 0600, in a 0700 folder; never over an existing one."""
    key = os.urandom(key_sources.KEY_BYTES)
    write_key_file(path, key)
    return key


def write_key_file(path: Path, content: bytes) -> None:
    """Writes a new key file, 0600 in a 0700 folder, durably; never over an existing one."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise StoreError("key-exists", f"There is a key at {path} already.", "Remove it only if no store needs it.") from None
    except OSError as error:
        raise StoreError("key-cannot-create", f"The key {path} cannot be made: {error.strerror}.", "Name another place with USHER_KEY_FILE.") from None
    with os.fdopen(fd, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read_master_key(path: Path) -> bytes:
    """The 32 bytes of the master key, wherever the key file says it is. Raises `StoreError` in words."""
    return key_sources.source(path).read()


def new_data_key(db: Db, master: bytes, kid: str, at: str) -> None:
    """Adds a fresh data key, wrapped (RFC 3394), inside the caller's transaction."""
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap

    db.execute("insert into data_key (kid, wrapped, created_at) values (?,?,?)", (kid, aes_key_wrap(master, os.urandom(32)), at))
