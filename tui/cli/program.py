"""Runs one call by its words: finds the command and lets click read its options."""

from __future__ import annotations

import importlib

import click

from store.errors import UsageError
from tui.cli.context import Cli
from tui.cli.ending import ended
from tui.cli.framework import common_options
from tui.cli.listing import COMMANDS, help_text, version_text
from tui.cli.opening import at_terminal, opens_console

_MODULES = {name: module for name, module, _ in COMMANDS}


class Root(click.Group):
    """`usher`: its commands are loaded when they are named; a place, or nothing, is the console."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help."""
        return [name for name, _, _ in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Loads the module that holds the command."""
        if cmd_name not in _MODULES:
            return None
        command: click.Command = getattr(importlib.import_module(f"tui.cli.{_MODULES[cmd_name]}"), cmd_name.replace("-", "_"))
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """A place becomes the console's; the rest is as click has it."""
        if opens_console(args, at_terminal=at_terminal() and not _cli(ctx).output.json):
            return console_command(args)
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(f"There is no command ‘{args[0]}’.", ctx) from error

    def get_help(self, ctx: click.Context) -> str:
        """The same text that is answered without loading anything."""
        return help_text().rstrip("\n")


def console_command(words: list[str]) -> tuple[str, click.Command, list[str]]:
    """The hidden command that opens the console at a place."""
    from tui.cli.console import console

    return "console", console, words


def _cli(ctx: click.Context) -> Cli:
    """This call's own object."""
    cli = ctx.find_object(Cli)
    assert cli is not None
    return cli


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    """`--version` where other options stand beside it."""
    if value:
        click.echo(version_text(), nl=False)
        ctx.exit()


@click.group(cls=Root, invoke_without_command=True)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version)
@click.pass_context
def root(ctx: click.Context) -> None:
    """The console, when no command is named."""
    if ctx.invoked_subcommand is None:
        name, command, words = console_command([])
        with command.make_context(name, words, parent=ctx) as inner:
            command.invoke(inner)


root.params += common_options(hidden=False)


def run(words: list[str]) -> int:
    """Carries out one call and returns its exit status. Never raises, never prints a traceback."""
    cli = Cli(json="--json" in words)
    return ended(cli, words, lambda: _invoke(words, cli))


def _invoke(words: list[str], cli: Cli) -> int:
    """What click does with words, less its own ways of ending: they are ours."""
    try:
        with root.make_context("usher", list(words), obj=cli) as ctx:
            status = root.invoke(ctx)
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "usher"
        raise UsageError("usage", _sentence(error.format_message()), f"See {path} --help.") from error
    except click.ClickException as error:
        raise UsageError("usage", error.format_message()) from error
    return status if isinstance(status, int) else 0


def _sentence(said: str) -> str:
    """What click says, on one line that ends as a sentence does."""
    line = " ".join(said.split())
    return line if line.endswith((".", "?", "!", "?)")) else f"{line}."
