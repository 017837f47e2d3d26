"""`usher sign-ins`: every attempt to sign in, and what came of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from store.errors import UsageError
from tui.cli.context import Cli
from tui.cli.documents import sign_in_document
from tui.cli.framework import Command, Noun, pass_cli
from tui.cli.output import dump
from tui.cli.text import shown_time
from tui.cli.text import since as moment_of

if TYPE_CHECKING:
    from store.sign_ins import SignIn
    from usher.services.sign_ins import SignInQuery

_PAGE, _POLL = 500, 0.2
_RESULTS = click.Choice(["asserted", "refused", "error", "signed-in", "signed-out"])


@click.group(cls=Noun, short_help="Every sign-in and refusal, with what was sent.")
def sign_ins() -> None:
    """Every attempt to sign in at the portal or at an application, and what came of it."""


@sign_ins.command("list", cls=Command, example="usher sign-ins list --app Calendly --result refused --since 24h\nusher sign-ins list --follow --format jsonl")
@click.option("--app", default="", metavar="APP", help="Only this application.")
@click.option("--user", default="", metavar="USER", help="Only this person.")
@click.option("--result", type=_RESULTS, help="Only this result.")
@click.option("--since", metavar="T", help="From this time on: ISO (UTC unless it says otherwise), or an age as 30m, 24h, 7d.")
@click.option("--text", default="", metavar="T", help="Only rows with these words.")
@click.option("--limit", type=click.IntRange(1), default=None, metavar="N", help="At most so many, the newest; 100 in a table, else all.")
@click.option("--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.option("--format", "form", type=click.Choice(["table", "jsonl"]), default="table", show_default=True, help="How rows are written.")
@pass_cli
def list_(cli: Cli, app: str, user: str, result: str | None, since: str | None, text: str, limit: int | None, follow: bool, form: str) -> None:
    """Show attempts to sign in, oldest first. Result: asserted, refused, error; at the portal itself signed-in, signed-out."""
    from usher.services import sign_ins as service

    if follow and cli.output.json:
        raise UsageError("follow-format", "--follow writes a table or JSON lines.", "Use --follow --format jsonl.")
    query = service.SignInQuery(app, user, result or "", since=moment_of(since, cli.session.now()) if since else "", text=text)
    last = service.last(cli.session)
    rows = _rows(cli, query, limit or (100 if form == "table" and not cli.output.json else None), last)
    if cli.output.json:
        cli.output.stream([map(sign_in_document, rows)])
    elif form == "jsonl":
        _write_lines(rows)
    else:
        columns = ["time (UTC)", "app", "user", "flow", "result", "nameid", "address", "reason", "id"]
        cli.output.table(columns, [_cells(row) for row in rows], empty="" if follow else "No sign-in matches.")
    if follow:
        _follow(cli, query, form, last)


@sign_ins.command("show", cls=Command, example="usher sign-ins show 01JT0000000000000000000000")
@click.argument("sign_in")
@pass_cli
def show(cli: Cli, sign_in: str) -> None:
    """Show one attempt with all that is known: NameID, ACS, certificate, and the XML of request and response."""
    from usher.services import sign_ins as service

    row = service.show(cli.session, sign_in)
    if cli.output.json:
        more = {"certificate": row.certificate, "request_xml": row.request_xml, "response_xml": row.response_xml}
        cli.output.document({**sign_in_document(row), **more})
        return
    cli.output.facts({**sign_in_document(row), "certificate": row.certificate})
    for title, xml in (("Request", row.request_xml), ("Response", row.response_xml)):
        if xml:
            cli.output.say("", title, *xml.splitlines())


def _rows(cli: Cli, query: SignInQuery, limit: int | None, last: int) -> Iterator[SignIn]:
    """The newest `limit` rows (all without) up to the row `last`, oldest first, a page at a time."""
    from usher.services import sign_ins as service

    if limit is not None:
        newest: list[SignIn] = []
        before = last + 1
        while len(newest) < limit and (page := service.page(cli.session, query, before=before, limit=min(_PAGE, limit - len(newest)))):
            newest += page
            before = page[-1].seq
        yield from reversed(newest)
        return
    yield from (row for row in service.rows(cli.session, query) if row.seq <= last)


def _follow(cli: Cli, query: SignInQuery, form: str, last: int) -> None:
    """Writes rows as they come, until interrupted."""
    from usher.services import sign_ins as service

    version = -1
    while True:
        sys.stdout.flush()
        if (found := cli.session.store.data_version()) == version:
            cli.output.wait(_POLL)
            continue
        version = found
        while page := service.page(cli.session, query, after=last, limit=_PAGE):
            last = page[-1].seq
            if form == "jsonl":
                _write_lines(page)
            else:
                for row in page:
                    cli.output.say("  ".join(_cells(row)))


def _write_lines(rows: Iterable[SignIn]) -> None:
    """One JSON object a line."""
    for row in rows:
        print(dump(sign_in_document(row)))


def _cells(row: SignIn) -> list[str]:
    """A row of the table."""
    return [shown_time(row.at), row.app_label, row.username, row.flow, row.result, row.nameid, row.address, row.reason, row.id]
