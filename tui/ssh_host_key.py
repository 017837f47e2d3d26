"""The key by which clients know this server: made once, kept for ever, never a throw-away in its place."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

import asyncssh

from store.errors import StoreError

NAME = "ssh_host_ed25519_key"


def host_key(folder: Path) -> asyncssh.SSHKey:
    """The host key in that folder; made (0600) when there is none.

    Raises `StoreError` for one that cannot be read or that others can read: a new one would look like an impostor's.
    """
    path = folder / NAME
    try:
        if not os.path.lexists(path):
            _make(path)
        return _read(path)
    except OSError as error:
        raise StoreError(
            "host-key-unusable", f"The host key {path} cannot be used: {error.strerror}.", "Check the rights of the file and its folder."
        ) from None


def _make(path: Path) -> None:
    """Writes a new key under another name and puts it in place whole; whoever was faster stays."""
    text = asyncssh.generate_private_key("ssh-ed25519", comment="usher").export_private_key("openssh")
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    fd = os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(fd)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(scratch)
    finally:
        scratch.unlink()


def _read(path: Path) -> asyncssh.SSHKey:
    """The key, once its file is found to be closed to others."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise StoreError("host-key-open", f"The host key {path} is not a file of this account's alone.", f"Close it: chmod 600 {path}")
        text = file.read(16_384)
    try:
        return asyncssh.import_private_key(text)
    except asyncssh.KeyImportError:
        raise StoreError(
            "host-key-damaged", f"{path} holds no private key.", "Put the right one back. Only if there is none: remove it, and tell everybody who comes in."
        ) from None
