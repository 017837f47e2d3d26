"""How rows of the provisioning log are written: as a table, JSON lines, CSV or one JSON array; once or as they come."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tui.cli.context import Cli
from tui.cli.documents import log_document
from tui.cli.output import dump
from tui.cli.text import csv_cell, shown_time

if TYPE_CHECKING:
    from store.journal import Exchange, JournalRow
    from usher.services.log import LogQuery

COLUMNS = ("operation", "push", "at", "app", "user", "action", "result", "status", "attempt", "duration_ms", "detail")
_PAGE = 500
_POLL = 0.2


def write(cli: Cli, query: LogQuery, form: str, limit: int | None, follow: bool) -> None:
    """Writes the rows that match, oldest first, and with `follow` those that come."""
    last = _newest(cli)
    rows = _rows(cli, query, limit or (100 if form == "table" else None), last)
    if form == "json":
        cli.output.stream([map(log_document, rows)])
    elif form == "csv":
        _write_csv(rows)
    elif form == "jsonl":
        _write_lines(rows)
    else:
        _write_table(cli, rows, follow)
    if follow:
        _follow(cli, query, form, last)


def show(cli: Cli, operation: str, as_curl: bool) -> None:
    """One operation with both sides of every exchange."""
    from usher.services import log

    detail = log.detail(cli.session, operation)
    curls = [log.curl(exchange) for exchange in detail.exchanges]
    if cli.output.json:
        rows = [log_document(row) for row in detail.rows]
        exchanges = [{**_exchange(one), "curl": curl} for one, curl in zip(detail.exchanges, curls, strict=True)]
        cli.output.document({"operation": operation, "outcomes": rows, "exchanges": exchanges})
        return
    if as_curl:
        print("\n\n".join(curls))
        return
    _write_table(cli, detail.rows, False)
    for one in detail.exchanges:
        _show_exchange(cli, one)


def _rows(cli: Cli, query: LogQuery, limit: int | None, last: int) -> Iterator[JournalRow]:
    """The newest `limit` rows (all without) up to the row `last`, oldest first, a page at a time."""
    from usher.services import log

    if limit is not None:
        newest: list[JournalRow] = []
        before: int | None = last + 1
        while len(newest) < limit and (page := log.page(cli.session, query, before=before, limit=min(_PAGE, limit - len(newest)))):
            newest += page
            before = page[-1].seq
        yield from reversed(newest)
        return
    after = 0
    while page := log.page(cli.session, query, after=after, limit=_PAGE):
        yield from (row for row in page if row.seq <= last)
        after = page[-1].seq
        if after >= last:
            return


def _newest(cli: Cli) -> int:
    """The number of the newest row, whatever is looked for: what comes after it is new."""
    from usher.services import log

    page = log.page(cli.session, log.LogQuery(), limit=1)
    return page[0].seq if page else 0


def _follow(cli: Cli, query: LogQuery, form: str, last: int) -> None:
    """Writes rows as they come, until interrupted."""
    from usher.services import log

    version = -1
    while True:
        sys.stdout.flush()
        if (found := cli.session.store.data_version()) == version:
            cli.output.wait(_POLL)
            continue
        version = found
        while page := log.page(cli.session, query, after=last, limit=_PAGE):
            last = page[-1].seq
            if form == "jsonl":
                _write_lines(page)
            else:
                for row in page:
                    cli.output.say("  ".join(_cells(row)))


def _write_lines(rows: Iterable[JournalRow]) -> None:
    """One JSON object a line."""
    for row in rows:
        print(dump(log_document(row)))


def _write_csv(rows: Iterable[JournalRow]) -> None:
    """CSV with a header, safe to open in a spreadsheet."""
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: csv_cell(value) for name, value in log_document(row).items()})


def _write_table(cli: Cli, rows: Iterable[JournalRow], follow: bool) -> None:
    """A table for a person."""
    columns = ["time (UTC)", "app", "user", "action", "result", "status", "ms", "detail", "operation"]
    cli.output.table(columns, [_cells(row) for row in rows], right=["status", "ms"], empty="" if follow else "Nothing in the log matches.")


def _cells(row: JournalRow) -> list[str]:
    """A row of the table."""
    status = "" if row.status is None else str(row.status)
    return [shown_time(row.at), row.app_label, row.username, row.action, row.result, status, str(row.duration_ms), row.detail, row.operation_id]


def _exchange(one: Exchange) -> dict[str, object]:
    """Both sides of one exchange; headers as lists of lines."""
    return {
        "at": one.at,
        "attempt": one.attempt,
        "duration_ms": one.duration_ms,
        "error": one.error,
        "request": {"method": one.method, "url": one.url, "headers": one.request_headers.splitlines(), "body": one.request_body},
        "response": {"status": one.status, "headers": one.response_headers.splitlines(), "body": one.response_body},
    }


def _show_exchange(cli: Cli, one: Exchange) -> None:
    """Both sides, as they would read on the wire."""
    say = cli.output.say
    say("", f"Attempt {one.attempt}, {shown_time(one.at)} UTC, {one.duration_ms} ms")
    say(*(f"> {line}" for line in [f"{one.method} {one.url}", *one.request_headers.splitlines(), "", *one.request_body.splitlines()]))
    if one.error:
        say(f"! {one.error}")
    if one.status is not None:
        say(*(f"< {line}" for line in [str(one.status), *one.response_headers.splitlines(), "", *one.response_body.splitlines()]))
