"""`usher why`: the chain from a person to an account."""

from __future__ import annotations

import click

from tui.cli.context import Cli
from tui.cli.documents import why_document
from tui.cli.framework import Command, pass_cli


@click.command(cls=Command, short_help="Why a person has, or has not, an account at an application.", example="usher why Calendly ada")
@click.argument("app")
@click.argument("user")
@pass_cli
def why(cli: Cli, app: str, user: str) -> None:
    """Show each step from USER's state and groups to the account at APP, and which of them holds."""
    from usher.services import why as service

    found = service.explain(cli.session, app, user)
    if cli.output.json:
        cli.output.document(why_document(found))
        return
    cli.output.say(f"{found.user} is {'entitled' if found.entitled else 'not entitled'} to {found.app}.")
    cli.output.table(["holds", "step", "detail"], [("yes" if step.holds else "no", step.step, step.detail) for step in found.chain])
