"""`usher activity`: what each operator did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from store.errors import UsageError
from tui.cli.context import Cli
from tui.cli.documents import activity_document
from tui.cli.framework import Command, Noun, pass_cli
from tui.cli.output import dump
from tui.cli.text import shown_time
from tui.cli.text import since as moment_of

if TYPE_CHECKING:
    from store.activity import Entry


@click.group(cls=Noun, invoke_without_command=True, short_help="What each operator did, hash-chained.", example="usher activity --since 7d --format jsonl")
@click.option("--since", metavar="T", help="From this time on: ISO (UTC unless it says otherwise), or an age as 30m, 24h, 7d.")
@click.option("--limit", type=click.IntRange(1), default=None, metavar="N", help="At most so many, the newest; 100 in a table, else all.")
@click.option("--format", "form", type=click.Choice(["table", "jsonl"]), default="table", show_default=True, help="How entries are written.")
@click.pass_context
@pass_cli
def activity(cli: Cli, ctx: click.Context, since: str | None, limit: int | None, form: str) -> None:
    """What each operator did, oldest first: who, when, before and after."""
    if ctx.invoked_subcommand is not None:
        return
    from usher.services import activity as service

    entries = _entries(cli, moment_of(since, cli.session.now()) if since else "", limit or (100 if form == "table" and not cli.output.json else None))
    if cli.output.json:
        cli.output.stream([map(activity_document, entries)])
    elif form == "jsonl":
        for entry in entries:
            print(dump(activity_document(entry)))
    else:
        rows = [(e.seq, shown_time(e.at), e.actor, e.via, e.action, service.about(e), _detail(e.detail)) for e in entries]
        cli.output.table(["seq", "time (UTC)", "who", "via", "action", "target", "detail"], rows, right=["seq"], empty="Nothing was recorded in that time.")


@activity.command("verify", cls=Command, example="usher activity verify --anchor kept-elsewhere.jsonl")
@click.option("--anchor", metavar="FILE", help="What was kept elsewhere and must still hold: a backup's .json, or lines of `usher activity --format jsonl`.")
@pass_cli
def verify(cli: Cli, anchor: str | None) -> int:
    """Check that no entry was changed, put in or taken out. Ends with 1 when one was.

    The chain shows tampering; only an entry kept elsewhere proves that the end was not cut off.
    """
    from usher.services import activity as service

    found = service.verify(cli.session)
    bad = [seq for seq in (found.first_bad, _first_missing(cli, Path(anchor)) if anchor else None) if seq is not None]
    first_bad = min(bad, default=None)
    sentence = f"All {found.entries} entries hold." if first_bad is None else f"The record does not hold: entry {first_bad} was changed or is missing."
    cli.output.result(sentence, {"entries": found.entries, "intact": first_bad is None, "first_bad": first_bad})
    return 0 if first_bad is None else 1


def _entries(cli: Cli, since: str, limit: int | None) -> Iterator[Entry]:
    """The newest `limit` entries (all without), oldest first."""
    from usher.services import activity as service

    if limit is not None:
        newest: list[Entry] = []
        while len(newest) < limit and (
            page := service.page(cli.session, before=newest[-1].seq if newest else None, since=since, limit=min(500, limit - len(newest)))
        ):
            newest += page
        yield from reversed(newest)
        return
    after = 0
    while page := service.page(cli.session, after=after, since=since, limit=500):
        yield from page
        after = page[-1].seq


def _first_missing(cli: Cli, path: Path) -> int | None:
    """The first entry of the anchor file that the record no longer has as it was."""
    import json

    from usher.services import activity as service
    from usher.services.files import read_file

    for line in read_file(cli.session, path, 64 << 20).decode("utf-8", "replace").splitlines():
        try:
            kept = json.loads(line)
            seq, digest = int(kept["seq"]), str(kept["hash"])
        except (ValueError, KeyError, TypeError):
            raise UsageError(
                "not-an-anchor", f"{path} does not hold entries of the record.", "Make one: usher activity --format jsonl | tail -1 > FILE"
            ) from None
        page = service.page(cli.session, after=seq - 1, limit=1)
        if not page or page[0].seq != seq or page[0].hash != digest:
            return seq
    return None


def _detail(detail: dict[str, Any]) -> str:
    """`label: Wiki → Notes; sso: active`."""
    return "; ".join(f"{name}: {_value(value)}" for name, value in detail.items())


def _value(value: Any) -> str:
    """A value, or before → after."""
    if isinstance(value, list) and len(value) == 2:
        return f"{_value(value[0]) or 'nothing'} → {_value(value[1]) or 'nothing'}"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value if isinstance(value, str) else dump(value)
