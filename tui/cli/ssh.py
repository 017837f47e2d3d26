"""`usher ssh`: the console over SSH, where there is no sshd to use."""

from __future__ import annotations

import os
import sys

import click

from store.errors import Refused
from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli
from tui.cli.text import clean


@click.command(cls=Command, short_help="Serve the console over SSH to operators with a key.", example="usher ssh --port 2222")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H", help="The address to listen on; this machine alone unless another is named.")
@click.option("--port", default=2222, show_default=True, type=click.IntRange(0, 65535), metavar="N", help="The port; 0 takes a free one.")
@click.option("--sessions", default=20, show_default=True, type=click.IntRange(1, 1000), metavar="N", help="How many consoles at a time at most.")
@pass_cli
def ssh(cli: Cli, host: str, port: int, sessions: int) -> None:
    """Serve the console over SSH, without root and without an account for anybody.

    Only the public keys of `usher operators` let anybody in, each to a confined console of their own and to nothing else.
    Where there is an sshd, let it do this: `usher operators authorized-keys --help`.
    """
    session = cli.session
    session.check_allowed("administrator")
    try:
        from tui.ssh import serve
    except ModuleNotFoundError as error:
        if error.name != "asyncssh":
            raise
        raise Refused("ssh-not-installed", "usher ssh needs asyncssh, which is not installed.", "Install it: pip install 'usher-console[ssh]'") from None
    from usher.services import operators

    if not any(one.keys for one in operators.list_(session) if one.enabled):
        cli.output.note("No operator has a key yet, so nobody can come in: usher operators add NAME --role ROLE --key FILE")

    def ready(taken: int, fingerprint: str) -> None:
        """Says where, and how clients can tell that it is this server."""
        if cli.output.json:
            cli.output.document({"host": host, "port": taken, "host_key": fingerprint, "pid": os.getpid()})
        else:
            cli.output.say(f"listening on ssh://{f'[{host}]' if ':' in host else host}:{taken}", f"host key {fingerprint} (ED25519)")
        sys.stdout.flush()

    def note(line: str) -> None:
        """A line of the server's log: who came in, who left, who was refused."""
        print(clean(line), file=sys.stderr, flush=True)

    serve(session, host, port, sessions, ready, note)
