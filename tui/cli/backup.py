"""`usher backup`: a copy of the store."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli


@click.command(cls=Command, short_help="Write a checked copy of the store while it is in use.", example="usher backup /srv/backups/usher-monday.db")
@click.argument("file")
@pass_cli
def backup(cli: Cli, file: str) -> None:
    """Write a checked copy of the store to FILE while it is in use, and FILE.json that says what it is.

    The master key is not in it: keep that elsewhere. A file that exists is never written over.
    """
    from dataclasses import asdict

    from usher.services import backup as service

    made = service.backup(cli.session, Path(file))
    cli.output.result(
        f"Wrote {made.path} and {made.manifest_path}. The master key is not in them: keep a copy of {cli.session.key_file} elsewhere.",
        {"file": str(made.path), "manifest": str(made.manifest_path), **asdict(made.manifest), "warning": made.warning},
    )
    if made.warning:
        cli.output.note(made.warning)
