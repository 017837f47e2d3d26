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
    """Write a checked copy of the store to FILE while it is in use.

    The master key is not in it: keep that elsewhere. A file that exists is not written over.
    """
    from usher.services import backup as service

    path = Path(file)
    made = service.backup(cli.session, path)
    del made
    cli.output.result(
        f"Wrote {path}. The master key is not in it: keep a copy of {cli.session.key_file} elsewhere.",
        {"file": str(path), "key_file": str(cli.session.key_file)},
    )
