"""`usher [PLACE]`: opens the console. It is the way to Textual, and the only one from here."""

from __future__ import annotations

import sys

import click

from store.errors import StoreError, UsageError
from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli
from tui.cli.listing import PLACES


@click.command(cls=Command, hidden=True, short_help="The console.", example="usher log calendly")
@click.argument("words", nargs=-1, metavar="[PLACE]")
@pass_cli
def console(cli: Cli, words: tuple[str, ...]) -> int:
    """Open the console, at a place when one is named."""
    from tui import terminal
    from tui.cli.program import at_terminal

    place = _place(words)
    if cli.output.json or not at_terminal():
        raise UsageError("no-terminal", "The console needs a terminal on both ends.", "In scripts use a command: usher --help lists them.")
    terminal.prepare()
    _make_sure_of_a_store(cli)
    from tui.app import run_console

    return run_console(cli.session, place, read_only=cli.read_only)


def _place(words: tuple[str, ...]) -> str | None:
    """The place as the console takes it; `app` needs its label."""
    if not words:
        return None
    if words[0] not in PLACES:
        raise UsageError("no-such-place", f"There is no place ‘{words[0]}’.", f"Places are: {', '.join(PLACES)}.")
    if words[0] == "app" and len(words) < 2:
        raise UsageError("label-missing", "Which application?", "Write usher app LABEL.")
    return " ".join(words)


def _make_sure_of_a_store(cli: Cli) -> None:
    """Opens the store; where there is none yet, asks the two things it needs and makes it."""
    from usher.services import setup

    try:
        _ = cli.session
    except StoreError as error:
        if error.code != "no-store" or cli.read_only:
            raise
        click.echo(f"There is no store at {cli.store_path} yet: two answers make one (Ctrl-C leaves).", file=sys.stderr)
        organization = click.prompt("Organisation", err=True)
        base_url = click.prompt("Base URL of the identity provider (for instance https://sso.example.org)", err=True)
        setup.create_store(cli.store_path, cli.key_file, organization=organization, base_url=base_url, actor=cli.actor).close()
