"""The store's file as the file system sees it: made closed to others, looked at but never opened by hand."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from store.errors import Refused, StoreError

_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph"}


def create_file(path: Path) -> None:
    """Makes the empty store file, 0600 in a 0700 folder; refuses to touch one that exists."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_network_file_system(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, 0o600))
    except FileExistsError as error:
        if path.parent.exists() and not path.parent.is_dir():
            raise StoreError(
                "store-cannot-create", f"The store {path} cannot be made: {path.parent} is no folder.", "Name another file with --store."
            ) from error
        raise StoreError("store-exists", f"There is a store at {path} already.", "Use it, or name another file with --store.") from None
    except OSError as error:
        raise StoreError(
            "store-cannot-create", f"The store {path} cannot be made: {error.strerror}.", "Name a file in a folder you may write to with --store."
        ) from None


def check_file(path: Path) -> None:
    """Looks at the file's own properties (never opens it): there, regular, ours, closed to others."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        raise StoreError("no-store", f"There is no store at {path}.", "Make one: usher init --organization NAME --base-url URL") from None
    except OSError as error:
        raise StoreError(
            "store-unreachable", f"The store {path} cannot be reached: {error.strerror}.", "Check the path and the rights of its folders."
        ) from None
    if not stat.S_ISREG(status.st_mode):
        raise StoreError("store-not-a-file", f"The store {path} is not a regular file.", "Links and devices are not followed: name the file itself.")
    if status.st_uid != os.geteuid():
        raise StoreError("store-not-yours", f"The store {path} belongs to another account (uid {status.st_uid}).", "Run usher as that account.")
    if status.st_mode & 0o077:
        raise StoreError(
            "store-open-to-others", f"The store {path} can be read by other accounts (mode {status.st_mode & 0o777:04o}).", f"Close it: chmod 600 {path}"
        )
    if status.st_size == 0:
        raise StoreError("store-empty", f"The store {path} is empty (0 bytes).", "Restore a backup, or remove the file and run usher init.")
    refuse_network_file_system(path.parent)


def refuse_network_file_system(folder: Path) -> None:
    """SQLite's locks do not hold on network file systems."""
    with contextlib.suppress(OSError):
        best, kind = "", ""
        for line in Path("/proc/self/mounts").read_text().splitlines():
            mount, fs = line.split()[1:3]
            if f"{folder.resolve()}/".startswith(mount.rstrip("/") + "/") and len(mount) >= len(best):
                best, kind = mount, fs
        if kind in _NETWORK_FILE_SYSTEMS:
            raise StoreError("store-on-network", f"{folder} is on a network file system ({kind}).", "Keep the store on a local disk.")


def refuse_the_store(path: Path, store: Path) -> None:
    """A file that is named for something else must not be the store: opening the live file by hand, and closing it, drops this
    process's locks and loses commits; writing over it loses all. Looks, and opens nothing."""
    try:
        found = path.stat()
    except OSError:
        return
    for end in ("", "-wal", "-shm", "-journal", ".lock"):
        with contextlib.suppress(OSError):
            if os.path.samestat(found, store.with_name(store.name + end).stat()):
                raise Refused("file-is-the-store", f"{path} is the store itself.", "Name another file.")
