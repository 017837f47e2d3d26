"""`usher log`: the provisioning log."""

from __future__ import annotations

import click

from store.errors import UsageError
from tui.cli.context import Cli
from tui.cli.framework import Command, Noun, pass_cli
from tui.cli.text import since as moment_of

_FORMATS = click.Choice(["table", "jsonl", "csv"])
_RESULTS = click.Choice(["succeeded", "failed", "skipped", "unknown"])
_ACTIONS = click.Choice(["create", "update", "reactivate", "deactivate", "delete", "adopt"])


@click.group(
    cls=Noun,
    invoke_without_command=True,
    short_help="The provisioning log: every operation and both sides of its exchange.",
    example="usher log --app Calendly --result failed --since 24h\nusher log --follow --format jsonl",
)
@click.option("--app", metavar="APP", help="Only this application.")
@click.option("--user", metavar="USER", help="Only this person.")
@click.option("--action", type=_ACTIONS, help="Only this action.")
@click.option("--result", type=_RESULTS, help="Only this result.")
@click.option("--since", metavar="T", help="From this time on: ISO (UTC unless it says otherwise), or an age as 30m, 24h, 7d.")
@click.option("--until", metavar="T", help="Up to this time.")
@click.option("--text", default="", metavar="T", help="Only rows with these words.")
@click.option("--limit", type=click.IntRange(1), default=None, metavar="N", help="At most so many, the newest; 100 in a table, else all.")
@click.option("--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.option("--format", "form", type=_FORMATS, default="table", show_default=True, help="How rows are written.")
@click.pass_context
@pass_cli
def log(
    cli: Cli,
    ctx: click.Context,
    app: str | None,
    user: str | None,
    action: str | None,
    result: str | None,
    since: str | None,
    until: str | None,
    text: str,
    limit: int | None,
    follow: bool,
    form: str,
) -> None:
    """The provisioning log, oldest first: every operation, with what came of it.

    `usher log show OPERATION` prints both sides of the exchange.
    """
    if ctx.invoked_subcommand is not None:
        return
    from tui.cli import logging_out
    from usher.services.log import LogQuery

    if follow and (cli.output.json or form == "csv"):
        raise UsageError("follow-format", "--follow writes a table or JSON lines.", "Use --follow --format jsonl.")
    now = cli.session.now()
    query = LogQuery(
        app=app or "", user=user or "", action=action or "", result=result or "",
        since=moment_of(since, now) if since else "", until=moment_of(until, now) if until else "", text=text,
    )  # fmt: skip
    logging_out.write(cli, query, "json" if cli.output.json else form, limit, follow)


@log.command("show", cls=Command, example="usher log show 01JT0000000000000000000000 --curl")
@click.argument("operation")
@click.option("--curl", "as_curl", is_flag=True, help="Print each request as a curl command; the token is left out.")
@pass_cli
def show(cli: Cli, operation: str, as_curl: bool) -> None:
    """Show one operation: what came of it, and both sides of every exchange, secrets redacted."""
    from tui.cli import logging_out

    logging_out.show(cli, operation, as_curl)
