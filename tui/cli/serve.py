"""`usher serve`: the portal and identity provider, with automatic pushes."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tui.cli.context import Cli
from tui.cli.framework import Command, pass_cli
from tui.cli.unlocking import passphrase_options, unlocked


@click.command(
    cls=Command,
    short_help="The portal and identity provider people sign in at, with automatic pushes.",
    example="usher serve --port 8080 --trusted-proxy 127.0.0.1\nusher serve --host 0.0.0.0 --port 443 --certificate portal.pem --key portal.key",
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, metavar="N", help="The port; 0 takes any free one.")
@click.option("--no-worker", is_flag=True, help="Without automatic pushes (usher worker does them elsewhere).")
@click.option("--certificate", type=click.Path(path_type=Path), metavar="FILE", help="A certificate of this portal's own (PEM), with its chain.")
@click.option("--key", type=click.Path(path_type=Path), metavar="FILE", help="Its key (PEM).")
@click.option("--trusted-proxy", "proxies", multiple=True, metavar="ADDRESS", help="A TLS proxy whose forwarded headers count; may be given again.")
@passphrase_options
@pass_cli
def serve(
    cli: Cli, host: str, port: int, no_worker: bool, certificate: Path | None, key: Path | None, proxies: tuple[str, ...], passphrase_file: str | None
) -> int:
    """The portal where people sign in and find their applications, the identity provider behind it, and automatic pushes.

    Prints `listening on URL` when it is ready; ends on SIGTERM or Ctrl-C. Without a certificate, or a TLS proxy
    that is named, it listens on this machine's loopback alone.
    """
    from tui.crash import keep_report
    from usher.portal import gate, server
    from usher.services import settings

    session = cli.session
    session.check_allowed("operator", writes=False)
    unlocked(cli, passphrase_file)
    where = server.Listening(host, port, certificate, key, gate.networks(proxies))
    if warning := server.clock_warning(session):
        cli.output.note(warning)

    def ready(url: str) -> None:
        if cli.output.json:
            cli.output.document({"url": url, "base_url": settings.base_url(session)})
        else:
            print(f"listening on {url}")
        sys.stdout.flush()

    server.serve(session, where, with_worker=not no_worker, ready=ready, report=keep_report)
    return 0
