"""Sealing of tokens and private keys.

AES-256-GCM under a data key that lies in the store, itself wrapped by the master key that lies elsewhere
(`keys/<store id>.key` in the user's config folder, 0600 in 0700, never beside the store nor in a backup). The additional
authenticated data names table, row and column, so that one row's secret cannot be read as another's. This
protects a lost backup, a copied store and a read-only leak; it does not protect against root or the account
Usher runs as. `cryptography` is imported when a secret is first touched.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from store.connection import Db
from store.errors import StoreError

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

    `db` gives the calling thread's connection.
    """

    def __init__(self, db: Callable[[], Db], key_file: Path) -> None:
        self.key_file = key_file
        self._db = db
        self._keys: dict[str, bytes] = {}
        self._oldest = self._newest = ""

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
        rows = self._db().execute("select kid, wrapped, retired_at from data_key order by created_at, kid").fetchall() if afresh or not self._newest else []
        if not rows and self._newest:
            return
        if not rows:
            raise StoreError("no-data-key", "This store holds no data key.", "Restore a backup of it.")
        if {row["kid"] for row in rows} - set(self._keys):
            self._keys = _unwrap(self.key_file, {row["kid"]: row["wrapped"] for row in rows})
        self._oldest, self._newest = rows[0]["kid"], [row["kid"] for row in rows if row["retired_at"] is None][-1]


def _unwrap(key_file: Path, wrapped: dict[str, bytes]) -> dict[str, bytes]:
    """The data keys (RFC 3394) by the master key in `key_file`."""
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

    master = read_master_key(key_file)
    try:
        return {kid: aes_key_unwrap(master, box) for kid, box in wrapped.items()}
    except InvalidUnwrap:
        raise StoreError("wrong-key", f"The key {key_file} is not the key of this store.", "Name the right one with USHER_KEY_FILE.") from None


def _place(kid: str, table: str, row: str, column: str) -> bytes:
    """The additional authenticated data."""
    return f"v{_FORMAT}|{kid}|{table}|{row}|{column}".encode()


def make_master_key(path: Path) -> bytes:
    """Makes a new master key file: 32 random bytes, 0600, in a 0700 folder; never over an existing one."""
    key = os.urandom(32)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise StoreError("key-exists", f"There is a key at {path} already.", "Remove it only if no store needs it.") from None
    except OSError as error:
        raise StoreError("key-cannot-create", f"The key {path} cannot be made: {error.strerror}.", "Name another place with USHER_KEY_FILE.") from None
    with os.fdopen(fd, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def read_master_key(path: Path) -> bytes:
    """The 32 bytes of the master key; refuses a file that others can read, as ssh does."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe there would be waited for
    except FileNotFoundError:
        raise StoreError(
            "no-key", f"The store's key is not at {path}.", "Put it back, or name it with USHER_KEY_FILE. Without it tokens and private keys cannot be read."
        ) from None
    except OSError as error:
        raise StoreError("key-unreadable", f"The key {path} cannot be read: {error.strerror}.", "Check its owner and mode.") from None
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        os.close(fd)
        raise StoreError("key-unreadable", f"The key {path} is not a regular file.", "Name the right one with USHER_KEY_FILE.")
    if status.st_mode & 0o077:
        os.close(fd)
        raise StoreError(
            "key-open-to-others", f"The key {path} can be read by other accounts (mode {status.st_mode & 0o777:04o}).", f"Close it: chmod 600 {path}"
        )
    with os.fdopen(fd, "rb") as file:
        key = file.read(33)
    if len(key) != 32:
        raise StoreError("key-damaged", f"The key {path} is not a key of Usher's (32 bytes expected).", "Name the right one with USHER_KEY_FILE.")
    return key


def new_data_key(db: Db, master: bytes, kid: str, at: str) -> None:
    """Adds a fresh data key, wrapped (RFC 3394), inside the caller's transaction."""
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap

    db.execute("insert into data_key (kid, wrapped, created_at) values (?,?,?)", (kid, aes_key_wrap(master, os.urandom(32)), at))
