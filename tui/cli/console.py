"""`usher [PLACE]` with options: opens the console."""

from __future__ import annotations

import click

from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli


@click.command(cls=Command, hidden=True, short_help="The console.", example="usher log calendly")
@click.argument("words", nargs=-1, metavar="[PLACE]")
@pass_cli
def console(cli: Cli, words: tuple[str, ...]) -> int:
    """Open the console, at a place when one is named."""
    from tui.cli.opening import open_console

    return open_console(cli, words)
