"""`usher worker`: carries out pushes, in the foreground."""

from __future__ import annotations

import os
import sys

import click

from tui.cli.context import Cli
from tui.cli.files import read_secret
from tui.cli.framework import Command, pass_cli, secret_is_no_argument


@click.command(cls=Command, short_help="Carry out pushes, and push what changes by itself.", example="usher worker")
@click.option("--passphrase-file", metavar="F", help="The file with the passphrase of a locked key; - is stdin. Without it, you are asked at a terminal.")
@secret_is_no_argument("--passphrase", "--passphrase-file FILE, or --passphrase-file - with the passphrase on stdin")
@pass_cli
def worker(cli: Cli, passphrase_file: str | None) -> int:
    """Carry out pushes that are asked for, and push by itself what changes, until stopped with Ctrl-C.

    With a locked key nobody unlocks here, it waits for usher keys unlock and pushes nothing until then.
    """
    from usher.provisioning import worker as engine

    session = cli.session
    master = _unlocked(cli, passphrase_file)
    cli.output.note(f"Carrying out the pushes of {session.store.path}; Ctrl-C ends it.")
    if cli.output.json:
        cli.output.document({"store": str(session.store.path), "pid": os.getpid()})
        sys.stdout.flush()
    cli.close()
    return engine.run(session.store.path, session.key_file, kind="worker", master=master)


def _unlocked(cli: Cli, passphrase_file: str | None) -> bytes | None:
    """The key, where it has to be unlocked and somebody is here to do it; without, the worker waits for `usher keys unlock`."""
    vault = cli.session.vault
    if not vault.locked:
        return None
    if passphrase_file is None and not sys.stdin.isatty():
        cli.output.note("The store's key is locked: nothing is pushed until somebody unlocks it with usher keys unlock.")
        return None
    vault.unlock(read_secret(cli, passphrase_file, "Passphrase of the store's key", "--passphrase-file"))
    return vault.handed()
