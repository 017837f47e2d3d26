"""Commands and groups of commands as this program has them: the common options, examples, one-line refusals."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from tui.cli.context import Cli

F = TypeVar("F", bound=Callable[..., Any])

pass_cli = click.make_pass_decorator(Cli)


def _into(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """A callback that keeps an option in the call's `Cli` when it is given."""

    def keep(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        cli = ctx.find_object(Cli)
        if cli is None or not value:
            return
        if name in ("json", "quiet"):
            setattr(cli.output, name, True)
        else:
            setattr(cli, name, value)

    return keep


def common_options(hidden: bool) -> list[click.Option]:
    """The options every command takes: shown on `usher` itself, accepted everywhere."""

    def option(words: list[str], help_line: str, **more: Any) -> click.Option:
        return click.Option(words, help=help_line, expose_value=False, callback=_into(words[-1].lstrip("-").replace("-", "_")), **more)

    return [
        option(["--store"], "The store.", metavar="FILE", hidden=hidden),
        option(["--operator"], "Who is at work: an operator's name.", metavar="NAME", hidden=hidden),
        option(["--ssh-key"], "The fingerprint of the key the operator came in with.", metavar="SHA256:...", hidden=True),
        option(["--confined"], "Read and write files in the exchange folder alone.", is_flag=True, hidden=hidden),
        option(["--read-only"], "Change nothing.", is_flag=True, hidden=hidden),
        option(["--json"], "One JSON document on stdout; errors as JSON on stderr.", is_flag=True),
        option(["-q", "--quiet"], "No progress bar.", is_flag=True),
    ]


class _Common(click.Command):
    """Takes the common options as well, and ends its help with an example."""

    def __init__(self, *args: Any, example: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example
        self.params += common_options(hidden=True)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the example below the options, as it is to be typed."""
        super().format_epilog(ctx, formatter)
        if self.example:
            with formatter.section("Example"):
                for line in self.example.splitlines():
                    formatter.write(f"  {line}\n")


class Command(_Common):
    """A command."""


class Noun(_Common, click.Group):
    """A group of commands about one thing: its word alone is answered with what may follow. `elsewhere` names modules of
    `tui.cli` that hold more of them, loaded when one is named or all are listed: `{"todo": "todo"}`."""

    command_class = Command

    def __init__(self, *args: Any, elsewhere: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("no_args_is_help", False)
        super().__init__(*args, **kwargs)
        self._elsewhere = elsewhere or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all, in their order."""
        return sorted({*super().list_commands(ctx), *self._elsewhere})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Loads the module that holds the command, where it is another's."""
        if cmd_name not in self.commands and (module := self._elsewhere.get(cmd_name)):
            self.add_command(getattr(importlib.import_module(f"tui.cli.{module}"), cmd_name.replace("-", "_")))
        return super().get_command(ctx, cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; but a missing command is said in one line."""
        rest = super().parse_args(ctx, args)
        if not self.invoke_without_command and not ctx._protected_args and not ctx.args and not ctx.resilient_parsing:
            raise click.UsageError(f"{ctx.command_path} needs one of: {', '.join(self.list_commands(ctx))}.", ctx)
        return rest


def secret_is_no_argument(name: str, instead: str) -> Callable[[F], F]:
    """An option that exists to be refused: a secret in an argument is seen by every account of the machine."""

    def refuse(_: click.Context, __: click.Parameter, value: str | None) -> None:
        if value is not None:
            raise click.UsageError(f"A secret is never given as an argument: other accounts can read it there, and the shell keeps it. Use {instead}.")

    return click.option(name, hidden=True, expose_value=False, callback=refuse, is_eager=True)
