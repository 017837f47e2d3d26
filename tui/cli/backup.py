"""`usher backup`: a copy of the store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from store.errors import UsageError
from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli

if TYPE_CHECKING:
    from usher.services.backup import Backup


@click.command(cls=Command, short_help="Write a checked copy of the store while it is in use.", example="usher backup /srv/backups/usher-monday.db")
@click.argument("file", required=False)
@click.option("--scheduled", is_flag=True, help="To the folder of the settings, and take away what is beyond the number kept: for a timer or cron.")
@pass_cli
def backup(cli: Cli, file: str | None, scheduled: bool) -> None:
    """Write a checked copy of the store to FILE while it is in use, and FILE.json that says what it is.

    The master key is not in it: keep that elsewhere. A file that exists is never written over. A worker makes backups by itself
    where the setting backup_every says so.
    """
    if scheduled == bool(file):
        raise UsageError("file-or-scheduled", "Name the file to write, or give --scheduled alone.", "See usher backup --help.")
    if file:
        from usher.services import backup as service

        with cli.output.progress() as bar:
            made = service.backup(cli.session, Path(file), bar.update if bar.shown else None)
        _say(cli, made)
    else:
        from usher.services.scheduled import run_now

        done = run_now(cli.session, f"process {os.getpid()}")
        _say(cli, done.backup, [str(path) for path in done.removed])


def _say(cli: Cli, made: Backup, removed: list[str] | None = None) -> None:
    """Where it is, what it lacks, and what went for it."""
    from dataclasses import asdict

    document = {"file": str(made.path), "manifest": str(made.manifest_path), **asdict(made.manifest), "warning": made.warning}
    sentence = f"Wrote {made.path} and {made.manifest_path}. The master key is not in them: keep a copy of {cli.session.key_file} elsewhere."
    gone = f" Took away {', '.join(removed)}." if removed else ""
    cli.output.result(sentence + gone, document if removed is None else {**document, "removed": removed})
    if made.warning:
        cli.output.note(made.warning)
