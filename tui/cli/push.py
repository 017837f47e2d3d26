"""`usher push`: brings an application's accounts in line with the directory, and waits for it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from store.errors import Held, Refused
from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli
from tui.cli.pushing import end_of, follow, plan_rows, summary

if TYPE_CHECKING:
    from usher.services.pushes import PushView


_TRIES = 3


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

    if only_plan:
        _show_plan(cli, pushes.plan(cli.session, app, list(people) or None))
        return 0
    for _ in range(_TRIES):
        view = pushes.plan(cli.session, app, list(people) or None)
        if view.state == "held" and not approve:
            raise _held(cli, view)
        with contextlib.suppress(StalePlan):
            begun = _begin(cli, view)
            return end_of(cli, follow(cli, begun.id))
    raise Refused("stale-plan", f"The directory changes faster than a push to {app} can be planned.", "Try again in a moment.")


def _begin(cli: Cli, view: PushView) -> PushView:
    """Asks for what was planned; nobody looked at the plan, so a stale one is simply made again."""
    from usher.services import pushes

    try:
        return pushes.approve(cli.session, view.id) if view.state == "held" else pushes.start(cli.session, view.id)
    except Refused as refused:
        if refused.code != "stale-plan":
            raise
        raise StalePlan from refused


class StalePlan(Exception):
    """What was planned a moment ago would not be planned now."""


def _show_plan(cli: Cli, view: PushView) -> None:
    """What would be done, person by person."""
    from usher.services import pushes

    document = pushes.document(cli.session, view.id, operations=True)
    if cli.output.json:
        cli.output.document(document)
        return
    cli.output.table(["action", "user", "changes"], plan_rows(cli, view.id), empty="Everything is in step: nothing to do.")
    cli.output.say(f"{view.app}: {summary(document['planned'], view.blocked)}. Nothing was sent.")
    if view.deactivating_deletes:
        cli.output.say(f"At {view.app} deactivating deletes the account: that cannot be undone.")
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
