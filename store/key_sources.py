"""Where the master key comes from, behind one interface: a `KeySource` gives its 32 bytes, or says in words why not.

The key file is always the way in. It holds the 32 bytes; or, as JSON, the key wrapped by a passphrase, or the command
whose output is the key:

    {"usher_key": 1, "kind": "passphrase", "argon2id": {"iterations": 3, "memory_kib": 65536, "lanes": 4}, "salt": …, "wrapped": …, "fingerprint": …}
    {"usher_key": 1, "kind": "command", "argv": ["age", "-d", …], "timeout": 30}

It lies outside the store on purpose: a copied store must bring neither its key nor a command to be run. A systemd
credential named `usher.key` is taken where systemd puts it.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from store.errors import StoreError
from store.records import dataclass

KEY_BYTES = 32
CREDENTIAL = "usher.key"
ITERATIONS, MEMORY_KIB, LANES = 3, 65536, 4  # Argon2id: 0.2 s and 64 MiB a guess
TIMEOUT = 30.0
_LONGEST = 65536
_MOST_MEMORY_KIB, _MOST_ITERATIONS, _MOST_LANES = 4 << 20, 64, 64


class KeySource(Protocol):
    """A way to the master key. `kind` is file, passphrase, command or credential; `path` is the file that leads there."""

    @property
    def kind(self) -> str:
        """As above."""
        ...

    @property
    def path(self) -> Path:
        """As above."""
        ...

    def read(self) -> bytes:
        """The 32 bytes. Raises `StoreError`; `key-locked` where a person has to unlock it first."""
        ...

    def fingerprint(self) -> str:
        """Tells one master key from another and says nothing about it; raises as `read` does where it needs the key."""
        ...


@dataclass(frozen=True)
class PlainKey:
    """The key as it lies in a file closed to others (`file`), or as systemd hands it over (`credential`)."""

    kind: str
    path: Path
    _key: bytes

    def __repr__(self) -> str:
        return f"PlainKey({self.kind}, {self.path})"

    def read(self) -> bytes:
        """The bytes."""
        return self._key

    def fingerprint(self) -> str:
        """Of the bytes."""
        return fingerprint_of(self._key)


@dataclass(frozen=True)
class WrappedKey:
    """The key under a passphrase: locked until somebody gives it."""

    path: Path
    salt: bytes
    wrapped: bytes
    mark: str
    iterations: int = ITERATIONS
    memory_kib: int = MEMORY_KIB
    lanes: int = LANES
    kind: str = "passphrase"

    def read(self) -> bytes:
        """Never without the passphrase."""
        raise locked()

    def fingerprint(self) -> str:
        """Kept beside the wrapped key."""
        return self.mark

    def unlock(self, passphrase: str) -> bytes:
        """The key (Argon2id, RFC 9106; RFC 3394). Raises `StoreError` for another passphrase."""
        from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

        try:
            return aes_key_unwrap(_derive(passphrase, self.salt, self.iterations, self.memory_kib, self.lanes), self.wrapped)
        except InvalidUnwrap:
            raise StoreError("wrong-passphrase", "This is not the passphrase of the store's key.", "Try again; nothing was changed.", "passphrase") from None

    def document(self) -> dict[str, Any]:
        """As it stands in the file."""
        cost = {"iterations": self.iterations, "memory_kib": self.memory_kib, "lanes": self.lanes}
        return {
            "usher_key": 1,
            "kind": self.kind,
            "argon2id": cost,
            "salt": self.salt.hex(),
            "wrapped": self.wrapped.hex(),
            "fingerprint": self.mark,
        }


@dataclass(frozen=True)
class KeyCommand:
    """A program whose output is the key: 32 bytes, or the same as hex or Base64 on a line. No shell is between."""

    path: Path
    argv: tuple[str, ...]
    timeout: float = TIMEOUT
    kind: str = "command"

    def read(self) -> bytes:
        """Runs it. What it writes to stderr is not passed on: it may hold anything."""
        import subprocess

        name = self.argv[0]
        try:
            done = subprocess.run(self.argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=self.timeout, check=False)
        except subprocess.TimeoutExpired:
            raise self._failed(f"{name} gave no key within {self.timeout:g} s") from None
        except (OSError, ValueError) as error:
            raise self._failed(f"{name} cannot be run: {getattr(error, 'strerror', None) or 'its words are unfit'}") from None
        if done.returncode:
            raise self._failed(f"{name} ended with status {done.returncode}")
        key = parse_key(done.stdout)
        if key is None:
            raise self._failed(f"what {name} printed is no key (32 bytes, or the same as hex or Base64)")
        return key

    def fingerprint(self) -> str:
        """Of what it prints."""
        return fingerprint_of(self.read())

    def _failed(self, what: str) -> StoreError:
        return StoreError("key-command-failed", f"The key command failed: {what}.", f"It is named in {self.path}; run it by hand to see what it says.")

    def document(self) -> dict[str, Any]:
        """As it stands in the file."""
        return {"usher_key": 1, "kind": self.kind, "argv": list(self.argv), "timeout": self.timeout}


def locked() -> StoreError:
    """The key waits for its passphrase."""
    return StoreError(
        "key-locked",
        "The store's key is locked by a passphrase.",
        "Give it at a terminal when asked, in the console (Unlock the key), or to a worker that waits: usher keys unlock.",
    )


def source(path: Path) -> KeySource:
    """What the key file at `path` says. Raises `StoreError` in words: missing, readable by others, no key."""
    credential = is_credential(path)
    data = _content(path, closed=not credential)
    if credential:
        key = parse_key(data)
        if key is not None:
            return PlainKey("credential", path, key)
    elif len(data) == KEY_BYTES:
        return PlainKey("file", path, data)
    found = _described(path, data)
    if found is None:
        raise StoreError("key-damaged", f"The key {path} is not a key of Usher's (32 bytes expected).", "Name the right one with USHER_KEY_FILE.")
    return found


def parse_key(data: bytes) -> bytes | None:
    """The key of a command's or a credential's output: 32 bytes, or one line of hex or Base64; None for anything else."""
    import base64
    import binascii

    if len(data) == KEY_BYTES:
        return data
    text = data.strip()
    try:
        key = bytes.fromhex(text.decode("ascii")) if len(text) == 2 * KEY_BYTES else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return key if len(key) == KEY_BYTES else None


def wrap(path: Path, key: bytes, passphrase: str, *, salt: bytes | None = None) -> WrappedKey:
    """`key` under a passphrase, as a file at `path` is to hold it."""
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap

    salt = salt or os.urandom(16)
    wrapped = aes_key_wrap(_derive(passphrase, salt, ITERATIONS, MEMORY_KIB, LANES), key)
    return WrappedKey(path, salt, wrapped, fingerprint_of(key))


def fingerprint_of(master: bytes) -> str:
    """16 hex digits that tell one master key from another and say nothing about it."""
    import hashlib

    return hashlib.sha256(b"usher/master-key/1\0" + master).hexdigest()[:16]


def credential_path() -> Path | None:
    """Where systemd put the credential `usher.key` for this process, if it did."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder) / CREDENTIAL if folder else None
    return path if path is not None and path.is_file() else None


def is_credential(path: Path) -> bool:
    """Whether a key lies among this process's systemd credentials."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return bool(folder) and path.absolute().parent == Path(folder or "").absolute()


def described(document: dict[str, Any]) -> bytes:
    """A key file's JSON."""
    return (json.dumps(document) + "\n").encode()


def checked_command(path: Path, argv: Sequence[str], timeout: float = TIMEOUT) -> KeyCommand:
    """A key command as it may be kept. Raises `StoreError` for an empty one."""
    if not argv or not argv[0].strip() or any("\0" in word for word in argv) or not 0 < timeout <= 600:
        raise StoreError(
            "key-command-unfit",
            "A key command is a program and its words, and ends within 600 s.",
            "For instance: usher keys source command -- age -d -i ID FILE",
        )
    return KeyCommand(path, tuple(argv), float(timeout))


def _derive(passphrase: str, salt: bytes, iterations: int, memory_kib: int, lanes: int) -> bytes:
    """The key that wraps the master key. One spelling of a passphrase, whatever keyboard it came from (NFC)."""
    import unicodedata

    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    kdf = Argon2id(salt=salt, length=KEY_BYTES, iterations=iterations, lanes=lanes, memory_cost=memory_kib)
    return kdf.derive(unicodedata.normalize("NFC", passphrase).encode())


def _described(path: Path, data: bytes) -> KeySource | None:
    """What a key file in JSON says; None when it says nothing that is known."""
    if not data.lstrip().startswith(b"{"):
        return None
    try:
        document = json.loads(data)
        if document["usher_key"] != 1:
            return None
        if document["kind"] == "command":
            return checked_command(path, [str(word) for word in document["argv"]], float(document.get("timeout", TIMEOUT)))
        iterations, memory, lanes = (int(document["argon2id"][name]) for name in ("iterations", "memory_kib", "lanes"))
        found = WrappedKey(path, bytes.fromhex(document["salt"]), bytes.fromhex(document["wrapped"]), str(document["fingerprint"]), iterations, memory, lanes)
    except (ValueError, KeyError, TypeError):
        return None
    fits = 1 <= found.iterations <= _MOST_ITERATIONS and 1 <= found.lanes <= _MOST_LANES and 8 * found.lanes <= found.memory_kib <= _MOST_MEMORY_KIB
    return found if document["kind"] == "passphrase" and fits else None


def _content(path: Path, *, closed: bool) -> bytes:
    """The bytes of the key file; refuses one that others can read, as ssh does (systemd closes its folder instead)."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe there would be waited for
    except FileNotFoundError:
        raise StoreError(
            "no-key", f"The store's key is not at {path}.", "Put it back, or name it with USHER_KEY_FILE. Without it tokens and private keys cannot be read."
        ) from None
    except OSError as error:
        raise StoreError("key-unreadable", f"The key {path} cannot be read: {error.strerror}.", "Check its owner and mode.") from None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise StoreError("key-unreadable", f"The key {path} is not a regular file.", "Name the right one with USHER_KEY_FILE.")
        if closed and status.st_mode & 0o077:
            raise StoreError(
                "key-open-to-others", f"The key {path} can be read by other accounts (mode {status.st_mode & 0o777:04o}).", f"Close it: chmod 600 {path}"
            )
        return os.read(fd, _LONGEST)
    finally:
        os.close(fd)
