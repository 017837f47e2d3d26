"""`usher worker`: carries out pushes, in the foreground."""

from __future__ import annotations

import click

from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli


@click.command(cls=Command, short_help="Carry out pushes, and push what changes by itself.", example="usher worker")
@pass_cli
def worker(cli: Cli) -> int:
    """Carry out pushes that are asked for, and push by itself what changes, until stopped with Ctrl-C."""
    from usher.provisioning import worker as engine

    return engine.run(cli.store_path, cli.key_file, kind="worker")
