"""Opening the console at a place: the way to Textual, and the only one from here.

`usher` and `usher PLACE` come here without the option parser; with options, by way of the command in `console`.
"""

from __future__ import annotations

import sys

from store.errors import Refused, StoreError, UsageError
from store.litestream import is_standby
from tui.cli.context import Cli
from tui.cli.listing import COMMANDS, PLACES

_COMMANDS = {name for name, _, _ in COMMANDS}


def opens_console(words: list[str], *, at_terminal: bool) -> bool:
    """Whether the words name a place of the console rather than a command.

    `app LABEL` and `overview` always do. A place whose word is also a command or a group of commands does
    alone, at a terminal; `log FILTER` does when no option is given.
    """
    place, rest = words[0], words[1:]
    if place in PLACES and place not in _COMMANDS:
        return True
    if place not in PLACES or not at_terminal:
        return False
    return not rest or (place == "log" and rest[0] != "show" and not any(word.startswith("-") for word in rest))


def at_terminal() -> bool:
    """Whether a person is at both ends; whoever called may have closed one (`<&-`)."""
    return all(end is not None and end.isatty() for end in (sys.stdin, sys.stdout))


def open_console(cli: Cli, words: tuple[str, ...]) -> int:
    """Opens the console at the place the words name and returns its exit status."""
    from tui import terminal

    place = _place(words)
    if cli.output.json or not at_terminal():
        hint = "Ask for one: ssh -t" if cli.confined else "In scripts use a command: usher --help lists them."
        raise UsageError("no-terminal", "The console needs a terminal on both ends.", hint)
    if is_standby(cli.store_path):
        raise Refused(
            "store-is-standby",
            f"{cli.store_path} is a standby: a console that keeps it open would hold Litestream up.",
            "Use commands on it (usher --read-only …), or take a copy for a console: litestream restore -o FILE.",
        )
    terminal.prepare()
    cli.way = "terminal"
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
        if error.code != "no-store" or cli.read_only or cli.confined:
            raise
        import click

        click.echo(f"There is no store at {cli.store_path} yet: two answers make one (Ctrl-C leaves).", file=sys.stderr)
        try:
            organization = click.prompt("Organisation", err=True)
            base_url = click.prompt("Base URL of the identity provider (for instance https://sso.example.org)", err=True)
        except click.Abort:
            raise KeyboardInterrupt from None
        setup.create_store(cli.store_path, cli.key_file, organization=organization, base_url=base_url, actor=cli.actor).close()
