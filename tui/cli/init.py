"""`usher init`: makes the store and its master key."""

from __future__ import annotations

import click

from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli


@click.command(
    cls=Command,
    short_help="Make the store and its master key.",
    example="usher init --organization 'Example Ltd' --base-url https://sso.example.org",
)
@click.option("--organization", required=True, metavar="NAME", help="The organisation's name, as applications and people see it.")
@click.option("--base-url", required=True, metavar="URL", help="Where people reach this identity provider; fixed once a SAML application exists.")
@pass_cli
def init(cli: Cli, organization: str, base_url: str) -> None:
    """Make the store and its master key.

    The store is --store, USHER_STORE, or a file in your data folder; the key is USHER_KEY_FILE or a file in
    your config folder. A store that exists is never touched.
    """
    from usher.services import setup

    store = setup.create_store(cli.store_path, cli.key_file, organization=organization, base_url=base_url, actor=cli.actor)
    store.close()
    with_key = cli.session.key_file
    cli.output.result(
        f"Made the store {cli.store_path} and its master key {with_key}. Keep a copy of the key away from the backups.",
        {"store": str(cli.store_path), "key_file": str(with_key), "organization": organization, "base_url": base_url},
    )
