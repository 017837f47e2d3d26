"""`usher activity`: what each operator did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.context import Cli
from tui.cli.documents import activity_document
from tui.cli.framework import Command, Noun, pass_cli
from tui.cli.output import dump
from tui.cli.text import shown_time
from tui.cli.text import since as moment_of

if TYPE_CHECKING:
    from store.activity import Entry
    from usher.services.activity import Verification


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
@click.option(
    "--anchor",
    metavar="FILE",
    help="What was kept elsewhere and must still hold: a file of `usher activity anchor`, a backup's .json, or lines of `usher activity --format jsonl`.",
)
@pass_cli
def verify(cli: Cli, anchor: str | None) -> int:
    """Check that no entry was changed, put in or taken out. Nothing is changed, and no key is needed.

    Ends with 0 when all hold, 1 when not, 2 when the store or the anchor cannot be read. That the end was not cut off only an
    anchor kept elsewhere proves. Without --anchor, the file of the setting anchor_file is taken.
    """
    from usher.services import activity as service
    from usher.services import anchors

    kept = None
    if anchor:
        kept = anchors.of_file(cli.session, Path(anchor)) if cli.confined else anchors.read(Path(anchor), cli.store_path)
    found = service.verify_file(cli.store_path, kept)
    cli.output.result(f"{found.sentence} {found.proof if found.intact else ''}".rstrip(), _verdict(found))
    return 0 if found.intact else 1


@activity.command("anchor", cls=Command, example="usher activity anchor /mnt/elsewhere/usher-anchor.jsonl")
@click.argument("file")
@pass_cli
def anchor(cli: Cli, file: str) -> None:
    """Append the record's newest entry, its number and hash, to FILE: kept elsewhere, it proves later that nothing before it was cut off or changed.

    Workers do so by themselves at every change: usher settings set anchor_file=FILE.
    """
    from usher.services import anchors

    head = anchors.append(cli.session, Path(file))
    cli.output.result(f"Entry {head.seq} was appended to {file}.", {"file": file, "seq": head.seq, "hash": head.hash})


def _verdict(found: Verification) -> dict[str, Any]:
    """`activity verify --json`."""
    return {"entries": found.entries, "intact": found.intact, "first_bad": found.first_bad}


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


def _detail(detail: dict[str, Any]) -> str:
    """`label: Wiki → Notes; sso: active`."""
    return "; ".join(f"{name}: {_value(value)}" for name, value in detail.items())


def _value(value: Any) -> str:
    """A value, or before → after."""
    if isinstance(value, list) and len(value) == 2:
        return f"{_value(value[0]) or 'nothing'} → {_value(value[1]) or 'nothing'}"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value if isinstance(value, str) else dump(value)
