"""`usher pushes`: pushes past and under way."""

from __future__ import annotations

import click

from tui.cli.context import Cli
from tui.cli.framework import Command, Noun, pass_cli
from tui.cli.pushing import describe, end_of, follow, summary
from tui.cli.text import shown_time


@click.group(cls=Noun, short_help="Pushes, past and under way: look at, approve, pause, resume, cancel, retry.")
def pushes() -> None:
    """Pushes, past and under way: look at, approve, pause, resume, cancel, retry.

    ID is the push's id, as `usher push` and `usher pushes list` print it.
    """


@pushes.command("list", cls=Command, example="usher pushes list --app Calendly")
@click.option("--app", metavar="APP", help="Only pushes to this application.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many, the newest.")
@pass_cli
def list_(cli: Cli, app: str | None, limit: int) -> None:
    """List pushes, the newest first."""
    from usher.services import pushes as service

    found = service.list_(cli.session, app=app, limit=limit)
    documents = [service.document(cli.session, view.id) for view in found]
    if cli.output.json:
        cli.output.document(documents)
        return
    rows = [
        (v.id, shown_time(v.requested_at), d["app"], v.kind, d["state"], summary(d["planned"], v.blocked), d["failed"])
        for v, d in zip(found, documents, strict=True)
    ]
    cli.output.table(
        ["id", "asked for (UTC)", "app", "kind", "state", "planned", "failed"], rows, right=["failed"], empty="No pushes yet. Begin one: usher push APP"
    )


@pushes.command("show", cls=Command, example="usher pushes show 01JT0000000000000000000000")
@click.argument("push_id", metavar="ID")
@pass_cli
def show(cli: Cli, push_id: str) -> None:
    """Show one push: what was planned, what was done, what failed."""
    from usher.services import pushes as service

    view = service.get(cli.session, push_id)
    document = service.document(cli.session, view.id)
    if cli.output.json:
        cli.output.document(document)
        return
    describe(cli, document, view)
    cli.output.facts(
        {
            "planned": summary(document["planned"], view.blocked),
            "asked for by": view.requested_by,
            "at (UTC)": shown_time(view.requested_at),
            "approved by": view.approved_by or "",
        }
    )


@pushes.command("approve", cls=Command, example="usher pushes approve 01JT0000000000000000000000")
@click.argument("push_id", metavar="ID")
@pass_cli
def approve(cli: Cli, push_id: str) -> int:
    """Release a push that the removal guard holds, and wait for its end."""
    from usher.services import pushes as service

    return end_of(cli, follow(cli, service.approve(cli.session, push_id).id))


@pushes.command("pause", cls=Command, example="usher pushes pause 01JT0000000000000000000000")
@click.argument("push_id", metavar="ID")
@pass_cli
def pause(cli: Cli, push_id: str) -> None:
    """Let a push stop after the operations under way."""
    from usher.services import pushes as service

    view = service.pause(cli.session, push_id)
    cli.output.result(f"Push {view.id} pauses. Go on with usher pushes resume {view.id}.", service.document(cli.session, view.id))


@pushes.command("resume", cls=Command, example="usher pushes resume 01JT0000000000000000000000")
@click.argument("push_id", metavar="ID")
@pass_cli
def resume(cli: Cli, push_id: str) -> int:
    """Go on with a paused or interrupted push, and wait for its end. Starts a worker where none is alive."""
    from usher.services import pushes as service

    return end_of(cli, follow(cli, service.resume(cli.session, push_id).id))


@pushes.command("cancel", cls=Command, example="usher pushes cancel 01JT0000000000000000000000")
@click.argument("push_id", metavar="ID")
@pass_cli
def cancel(cli: Cli, push_id: str) -> None:
    """End a push after the operations under way. What was done stays done."""
    from usher.services import pushes as service

    view = service.cancel(cli.session, push_id)
    cli.output.result(f"Push {view.id} is cancelled; what was done stays done.", service.document(cli.session, view.id))


@pushes.command("retry", cls=Command, example="usher pushes retry 01JT0000000000000000000000")
@click.argument("push_id", metavar="ID")
@pass_cli
def retry(cli: Cli, push_id: str) -> int:
    """Try what failed in a push once more, and wait for its end."""
    from usher.services import pushes as service

    return end_of(cli, follow(cli, service.retry(cli.session, push_id).id))
