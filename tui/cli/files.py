"""What comes in from outside an argument: secrets from a file, stdin or a prompt."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import UsageError
from store.files import refuse_the_store

if TYPE_CHECKING:
    from store.secrets import Secret
    from tui.cli.context import Cli

_LONGEST = 65536
PATIENCE = 10.0


def read_secret(cli: Cli, name: str | None, what: str, option: str) -> Secret:
    """The secret from the file `name`, from stdin (`-`), or asked for at a terminal; one line end is dropped.

    Raises `UsageError` when there is nowhere to take it from, or it is empty or no text.
    """
    from store.secrets import Secret

    if name is None:
        text = _prompt(what, option)
    elif name == "-":
        text = _decoded(sys.stdin.buffer.read(_LONGEST + 1), "stdin")
    else:
        text = _decoded(_read(cli, Path(name)), name)
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise UsageError("secret-empty", f"The {what} is empty.", f"Put it into the file, or give it on stdin with {option} -.")
    return Secret(text)


def read_document(cli: Cli, name: str, limit: int) -> bytes:
    """Up to `limit` bytes and one more of a file, whoever asks; for the confined one of the exchange folder."""
    if cli.confined:
        from usher.services.files import read_file

        return read_file(cli.session, Path(name), limit)
    refuse_the_store(Path(name), cli.store_path)
    try:
        fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(fd, "rb") as file:
            return file.read(limit + 1) or b""
    except OSError as error:
        raise UsageError("file-unreadable", f"The file {name} cannot be read: {error.strerror}.", "Check its name and its rights.") from None


def _prompt(what: str, option: str) -> str:
    """Asks at the terminal without showing what is typed."""
    if not sys.stdin.isatty():
        raise UsageError("secret-missing", f"The {what} is missing.", f"Name a file with {option}, or give {option} - and write it to stdin.")
    import click

    text: str = click.prompt(what, hide_input=True, err=True)
    return text


def _read(cli: Cli, path: Path) -> bytes:
    """Up to the longest secret's bytes of a file: any kind (`<(command)` too), but for the confined a file of the exchange folder."""
    if cli.confined:
        from usher.services.files import read_file

        return read_file(cli.session, path, _LONGEST)
    refuse_the_store(path, cli.store_path)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe that nobody writes to must not be waited for
        try:
            return _drained(fd, path)
        finally:
            os.close(fd)
    except OSError as error:
        raise UsageError("file-unreadable", f"The file {path} cannot be read: {error.strerror}.", "Check its name and its rights.") from None


def _drained(fd: int, path: Path) -> bytes:
    """What a file or a pipe gives; a pipe is given `PATIENCE` seconds for each part."""
    import select

    data = b""
    while len(data) <= _LONGEST:
        if not select.select([fd], [], [], PATIENCE)[0]:
            raise UsageError("secret-late", f"Nothing came out of {path} for {PATIENCE:g} s.", "Something must write to it, or name a file that holds it.")
        part = os.read(fd, _LONGEST + 1 - len(data))
        if not part:
            break
        data += part
    return data


def _decoded(data: bytes, name: str) -> str:
    """The bytes as text."""
    if len(data) > _LONGEST:
        raise UsageError("secret-too-long", f"{name} holds more than {_LONGEST // 1024} KB: that is no token.", "Name the file with the token alone.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("secret-not-text", f"{name} is not UTF-8 text.", "Name the file with the token alone.") from None
