"""`usher worker`: carries out pushes, in the foreground."""

from __future__ import annotations

import os
import sys

import click

from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli
from tui.cli.unlocking import passphrase_options, unlocked


@click.command(cls=Command, short_help="Carry out pushes, and push what changes by itself.", example="usher worker")
@passphrase_options
@pass_cli
def worker(cli: Cli, passphrase_file: str | None) -> int:
    """Carry out pushes that are asked for, and push by itself what changes, until stopped with Ctrl-C.

    With a locked key nobody unlocks here, it waits for usher keys unlock and pushes nothing until then.
    """
    from usher.provisioning import worker as engine

    session = cli.session
    session.check_allowed("operator", writes=False)
    master = unlocked(cli, passphrase_file)
    cli.output.note(f"Carrying out the pushes of {session.store.path}; Ctrl-C ends it.")
    if cli.output.json:
        cli.output.document({"store": str(session.store.path), "pid": os.getpid()})
        sys.stdout.flush()
    cli.close()
    return engine.run(session.store.path, session.key_file, kind="worker", master=master)
