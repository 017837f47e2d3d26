"""`usher restore`: a backup in the place of the store."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from store.errors import Refused, StoreError
from tui.cli.context import Cli
from tui.cli.files import read_secret
from tui.cli.framework import Command, pass_cli
from tui.cli.unlocking import passphrase_options

if TYPE_CHECKING:
    from store.activity import Actor
    from usher.services.restore import Restored


@click.command(cls=Command, short_help="Put a checked backup in the place of the store.", example="usher restore /srv/backups/usher-monday.db --replace")
@click.argument("file")
@click.option("--replace", is_flag=True, help="Take the place of a store that is there; it is kept beside it under another name.")
@passphrase_options
@pass_cli
def restore(cli: Cli, file: str, replace: bool, passphrase_file: str | None) -> None:
    """Check the backup FILE and make it the store. Nobody may have the store open meanwhile.

    Needs the key the backup was made with. Broken off at any moment, it leaves the old store or the new one. What was changed
    after the backup is not in it: look at what a worker would push (usher push APP --plan) before you start one.
    """
    from usher.services import restore as service

    actor = _who(cli)
    ask = None
    if passphrase_file is not None or sys.stdin.isatty():
        ask = partial(read_secret, cli, passphrase_file, "Passphrase of the store's key", "--passphrase-file")
    with cli.output.progress() as bar:
        done = service.restore(cli.store_path, Path(file), actor=actor, key_file=cli.key_file, replace=replace, progress=bar.update, ask=ask)
    cli.output.result(_sentence(file, done), {**_document(file, done), "warning": done.warning})
    if done.warning:
        cli.output.note(done.warning)


def _who(cli: Cli) -> Actor:
    """Who restores: an administrator of the store that is there; where it cannot be opened, who may write in its place."""
    if cli.confined or cli.read_only:
        raise Refused(
            "not-from-here", "A store is not restored from a confined or read-only place.", "Do it at the machine, as the account that owns the store."
        )
    if not os.path.lexists(cli.store_path):
        return cli.actor
    cli.read_only = True  # it is only asked who may: the store that is kept stays as it was
    try:
        session = cli.session
    except StoreError:
        return cli.actor
    try:
        session.check_allowed("administrator", writes=False)
        return session.actor
    finally:
        session.store.close()


def _sentence(file: str, done: Restored) -> str:
    made = f", made {done.made_at[:16].replace('T', ' ')} UTC" if done.made_at else ""
    kept = f" The store before is kept as {done.kept}." if done.kept else ""
    return f"{done.path} is now what {file} held{made} ({done.seq} entries in its record).{kept} Look at usher push APP --plan before you start a worker."


def _document(file: str, done: Restored) -> dict[str, object]:
    return {"store": str(done.path), "file": file, "made_at": done.made_at, "seq": done.seq, "kept": str(done.kept) if done.kept else None}
