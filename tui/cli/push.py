"""`usher push`: brings an application's accounts in line with the directory, and waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from store.errors import Held
from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli
from tui.cli.pushing import end_of, follow, plan_rows, summary

if TYPE_CHECKING:
    from usher.services.pushes import PushView


@click.command(
    cls=Command,
    short_help="Bring an application's accounts in line with the directory.",
    example="usher push Calendly --plan\nusher push Calendly --user ada --user grace",
)
@click.argument("app")
@click.option("--user", "people", multiple=True, metavar="USER", help="Only this person; may be given several times.")
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--approve", is_flag=True, help="Also when the removal guard holds it.")
@pass_cli
def push(cli: Cli, app: str, people: tuple[str, ...], only_plan: bool, approve: bool) -> int:
    """Plan what APP needs, carry it out and wait for the end.

    A worker process does the work: it goes on when this command is stopped. Ends with 0 when everything
    went well, 1 when something failed or it was cancelled, 3 when the guard holds it or it is paused.
    """
    from usher.services import pushes

    view = pushes.plan(cli.session, app, list(people) or None)
    if only_plan:
        _show_plan(cli, view)
        return 0
    if view.state == "held":
        if not approve:
            raise _held(cli, view)
        pushes.approve(cli.session, view.id)
    else:
        pushes.start(cli.session, view.id)
    return end_of(cli, follow(cli, view.id))


def _show_plan(cli: Cli, view: PushView) -> None:
    """What would be done, person by person."""
    from usher.services import pushes

    document = pushes.document(cli.session, view.id, operations=True)
    if cli.output.json:
        cli.output.document(document)
        return
    cli.output.table(["action", "user", "changes"], plan_rows(cli, view.id), empty="Everything is in step: nothing to do.")
    cli.output.say(f"{view.app}: {summary(document['planned'])}. Nothing was sent.")
    if view.state == "held":
        cli.output.say(f"The removal guard would hold this: {view.held_reason}")


def _held(cli: Cli, view: PushView) -> Held:
    """The guard's own words, and the way on."""
    from usher.services import pushes

    if cli.output.json:
        cli.output.document(pushes.document(cli.session, view.id))
    return Held(
        "held",
        f"Push {view.id} is held: {view.held_reason}",
        f"Look at it with usher push '{view.app}' --plan; release it with usher pushes approve {view.id}.",
    )
