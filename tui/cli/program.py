"""Runs one call: finds the command, and turns every way it can end into an exit status and at most one line."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from store.driver import sqlite3
from store.errors import UsherError
from tui.cli.context import Cli
from tui.cli.framework import common_options
from tui.cli.listing import COMMANDS, PLACES, help_text, version_text

_MODULES = {name: module for name, module, _ in COMMANDS}
_ALSO_PLACES = {"log", "activity", "settings"}


class Root(click.Group):
    """`usher`: its commands are loaded when they are named; a place, or nothing, is the console."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help."""
        return [name for name, _, _ in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Loads the module that holds the command."""
        if cmd_name not in _MODULES:
            return None
        command: click.Command = getattr(importlib.import_module(f"tui.cli.{_MODULES[cmd_name]}"), cmd_name)
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


def opens_console(words: list[str], *, at_terminal: bool) -> bool:
    """Whether the words name a place of the console rather than a command.

    `app LABEL` and `overview` always do. A place whose word is also a command or a group of commands does
    alone, at a terminal; `log FILTER` does when no option is given.
    """
    place, rest = words[0], words[1:]
    if place in PLACES and place not in _MODULES:
        return True
    if place not in PLACES or not at_terminal:
        return False
    return not rest or (place == "log" and rest[0] != "show" and not any(word.startswith("-") for word in rest))


def at_terminal() -> bool:
    """Whether a person is at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


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
    os.umask(0o077)
    cli = Cli(json="--json" in words)
    try:
        _take_any_character()
        _refuse_broken_words(words)
        status = _invoke(words, cli)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        return _leave_quietly()
    except (KeyboardInterrupt, click.Abort, EOFError) as stopped:
        if sys.stderr.isatty():
            print(file=sys.stderr)  # below the ^C
        cli.output.error("interrupted", "Interrupted.", getattr(stopped, "hint", "What was done before stays done."))
        return 130
    except Exception as error:
        return _report(cli, error)
    finally:
        cli.close()


def _invoke(words: list[str], cli: Cli) -> int:
    """What click does with words, less its own ways of ending: they are ours."""
    try:
        with root.make_context("usher", list(words), obj=cli) as ctx:
            status = root.invoke(ctx)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    return status if isinstance(status, int) else 0


def _report(cli: Cli, error: Exception) -> int:
    """Says in one line what went wrong; what nobody foresaw goes to a file of its own."""
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "usher"
        cli.output.error("usage", error.format_message().replace("\n", " "), f"See {path} --help.")
        return 2
    if isinstance(error, click.ClickException):
        cli.output.error("usage", error.format_message(), "")
        return 2
    if isinstance(error, sqlite3.Error):
        from store.explain import explain

        explained = explain(error, cli.store_path)
        error = explained if isinstance(explained, Exception) else error
    if isinstance(error, UsherError):
        cli.output.error(error.code, error.message, error.hint)
        return error.exit_status
    from tui.crash import keep_report

    cli.output.error("unexpected", f"Something went wrong that should not have ({type(error).__name__}).", keep_report(error))
    return 1


def _take_any_character() -> None:
    """A terminal that lacks a character gets its escape instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")


def _refuse_broken_words(words: list[str]) -> None:
    """Bytes that are no text in this locale can be neither stored nor shown."""
    for word in words:
        if any("\ud800" <= c <= "\udfff" for c in word):
            raise click.UsageError("An argument is not valid UTF-8.")


def _leave_quietly() -> int:
    """The reader has gone (`| head`): nothing more to say, and nothing to complain about at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
