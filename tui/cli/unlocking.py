"""A locked key, for what goes on running: unlocked at the start, or later by `usher keys unlock`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from tui.cli.context import Cli
from tui.cli.files import read_secret
from tui.cli.framework import secret_is_no_argument

F = TypeVar("F", bound=Callable[..., Any])


def passphrase_options(command: F) -> F:
    """`--passphrase-file`, and the refusal of a passphrase as an argument."""
    named = click.option(
        "--passphrase-file", metavar="F", help="The file with the passphrase of a locked key; - is stdin. Without it, you are asked at a terminal."
    )
    return named(secret_is_no_argument("--passphrase", "--passphrase-file FILE, or --passphrase-file - with the passphrase on stdin")(command))


def unlocked(cli: Cli, passphrase_file: str | None) -> bytes | None:
    """The key, where it has to be unlocked and somebody is here to do it; without, the process waits for `usher keys unlock`."""
    vault = cli.session.vault
    if not vault.locked:
        return None
    if passphrase_file is None and not sys.stdin.isatty():
        cli.output.note("The store's key is locked: nothing is signed or pushed until somebody unlocks it with usher keys unlock.")
        return None
    vault.unlock(read_secret(cli, passphrase_file, "Passphrase of the store's key", "--passphrase-file"))
    return vault.handed()
