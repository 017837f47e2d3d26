"""`usher settings`: the organisation's settings."""

from __future__ import annotations

import click

from tui.cli.context import Cli
from tui.cli.framework import Command, Noun, pass_cli
from tui.cli.text import assignments, listed


@click.group(cls=Noun, invoke_without_command=True, short_help="The organisation's name, its base URL and the console's theme.")
@click.pass_context
def settings(ctx: click.Context) -> None:
    """The organisation's name, its base URL and the console's theme. Alone, the same as `list`."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@settings.command("list", cls=Command, example="usher settings list")
@pass_cli
def list_(cli: Cli) -> None:
    """Show every setting."""
    from usher.services import settings as service

    found = service.list_(cli.session)
    if cli.output.json:
        cli.output.document([{"key": s.key, "value": s.value, "label": s.label, "editable": s.editable} for s in found])
    else:
        cli.output.table(["key", "value", "what it is"], [(s.key, s.value, s.label if s.editable else f"{s.label} (fixed)") for s in found])


@settings.command("set", cls=Command, example="usher settings set organization='Example Ltd' theme=light")
@click.argument("assigned", nargs=-1, required=True, metavar="KEY=VALUE...")
@pass_cli
def set_(cli: Cli, assigned: tuple[str, ...]) -> None:
    """Change settings; all of them or none."""
    from usher.services import settings as service

    values = assignments(assigned, "KEY=VALUE")
    found = service.set_(cli.session, values)
    cli.output.result(f"Saved {listed(list(values))}.", [{"key": s.key, "value": s.value, "label": s.label, "editable": s.editable} for s in found])
