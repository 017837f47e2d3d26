"""`usher check`: whether an application can go live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli

if TYPE_CHECKING:
    from usher.services.check import Check


@click.command(cls=Command, short_help="Whether an application can go live: NameID, placeholders, certificate, connection.", example="usher check Calendly")
@click.argument("app")
@pass_cli
def check(cli: Cli, app: str) -> int:
    """Check APP before it goes live, and everybody in its scope.

    The NameID of each person equals the identifier they are provisioned under, and is nobody else's; nothing is
    missing; the certificate holds; the connection answers (it is asked read-only). Exit status 1 when something
    does not hold.
    """
    from usher.services import check as service

    found = service.run(cli.session, app)
    if cli.output.json:
        checks = [{"check": each.check, "holds": each.holds, "warns": each.warns, "detail": each.detail} for each in found.checks]
        cli.output.document({"app": found.app, "ready": found.ready, "people": found.people, "checks": checks})
    else:
        cli.output.table(["holds", "check", "detail"], [(_word(each), each.check, each.detail) for each in found.checks])
        failed = sum(not each.holds for each in found.checks)
        cli.output.say("", f"{found.app} is ready." if found.ready else f"{found.app} is not ready: {failed} of {len(found.checks)} do not hold.")
    return 0 if found.ready else 1


def _word(found: Check) -> str:
    """Whether it holds; `but` where it does, and is to be thought about."""
    return "no" if not found.holds else "but" if found.warns else "yes"
