"""Files an operator names: read and written without following links where that would lead out.

A confined operator reaches the store's exchange folder alone, by bare file name. Viewers reach no file at all: what
they may read stands in the store.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from store.errors import Refused, UsageError
from store.files import refuse_the_store
from usher.services.session import Session


def read_file(session: Session, path: Path, limit: int, field: str = "") -> bytes:
    """The bytes of a regular file; `UsageError` when it can't be read or holds more than `limit` bytes."""
    session.check_allowed("operator", writes=False)
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (os.O_NOFOLLOW if session.confined else 0)
    with _folder(session, path) as (folder, name):
        refuse_the_store(_seen(session, path), session.store.path)
        try:
            fd = os.open(name, flags, dir_fd=folder)
        except OSError as error:
            raise UsageError("file-unreadable", f"The file {path} cannot be read: {error.strerror}.", _where(session), field) from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)  # before fdopen, which raises for a folder and leaves it open
        raise UsageError("file-unreadable", f"{path} is not a regular file.", _where(session), field)
    with os.fdopen(fd, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise UsageError("file-too-large", f"The file {path} is larger than {limit // 1024} KB.", "Use a smaller one.", field)
    return data


def write_file(session: Session, path: Path, data: bytes | Iterable[bytes], *, force: bool = False) -> Path:
    """Writes a new file (from parts, where they are many) and returns where it is. One that exists is refused unless
    `force`, a link always."""
    session.check_allowed("operator", writes=False)
    if not session.confined:
        path = path.expanduser().absolute()
    with _folder(session, path, make=True) as (folder, name):
        _refuse_existing(folder, name, path, force)
        refuse_the_store(_seen(session, path), session.store.path)
        scratch = f".{name}.{os.getpid()}"
        target = scratch if force else name
        try:
            fd = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=folder)
            with os.fdopen(fd, "wb") as file:
                file.writelines([data] if isinstance(data, bytes) else data)
                file.flush()
                os.fsync(fd)
            if force:
                os.replace(scratch, name, src_dir_fd=folder, dst_dir_fd=folder)
        except FileExistsError:
            raise _exists(path) from None
        except OSError as error:
            raise UsageError("file-unwritable", f"The file {path} cannot be written: {error.strerror}.", _where(session)) from None
    return _seen(session, path)


def _seen(session: Session, path: Path) -> Path:
    """The file by its whole path."""
    return session.exchange / path if session.confined and session.exchange else path


def within_reach(session: Session, path: Path) -> Path:
    """Where a file is that this operator may name: anywhere, or for the confined in the exchange folder (made when it is
    not there) by bare name. For what opens it by other means than these; links in its place are that one's to refuse."""
    if not session.confined:
        return path.expanduser().absolute()
    exchange = _exchange(session, path)
    exchange.mkdir(mode=0o700, parents=True, exist_ok=True)
    if exchange.is_symlink():
        raise Refused("confined", "The exchange folder is a link, and links are not followed.", "Ask an administrator.")
    return exchange / path


def _exchange(session: Session, path: Path) -> Path:
    """The exchange folder, if the path is the bare name of a file in it."""
    if session.exchange is None or path.name != str(path) or path.name.startswith("."):
        raise Refused("confined", "This operator reads and writes files in the store's exchange folder alone.", "Give a bare file name, without a folder.")
    return session.exchange


@contextlib.contextmanager
def _folder(session: Session, path: Path, make: bool = False) -> Iterator[tuple[int, str]]:
    """An open folder and the file's name in it, so that nobody can swap the folder in between."""
    folder, flags = path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    if session.confined:
        folder, flags = _exchange(session, path), flags | os.O_NOFOLLOW
    try:
        if make:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(folder, flags)
    except OSError as error:
        raise UsageError("folder-unreachable", f"The folder {folder} cannot be used: {error.strerror}.", _where(session)) from None
    try:
        yield fd, path.name
    finally:
        os.close(fd)


def _refuse_existing(folder: int, name: str, path: Path, force: bool) -> None:
    """Never over another file unasked; never through a link or over anything but a regular file."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(status.st_mode):
        raise Refused("not-a-file", f"{path} exists and is not a regular file; links are not followed.", "Choose another name.")
    if not force:
        raise _exists(path)


def _exists(path: Path) -> Refused:
    return Refused("file-exists", f"There is a file {path} already.", "Choose another name, or overwrite it with --force.")


def _where(session: Session) -> str:
    return "The exchange folder is the only one within reach." if session.confined else "Check the path and its rights."
