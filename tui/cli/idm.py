"""`usher idm`: Identity Management of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from store.errors import Failed, UsageError
from tui.cli.context import Cli
from tui.cli.documents import application_document, connection_document, mapping_document
from tui.cli.files import read_secret
from tui.cli.framework import Command, Noun, pass_cli, secret_is_no_argument
from tui.cli.text import assignments, listed, plural

if TYPE_CHECKING:
    from usher.services.identity import Probe


@click.group(cls=Noun, short_help="Identity Management: connection, attribute mapping, options.")
def idm() -> None:
    """Identity Management: how an application's accounts are created, updated and deactivated (SCIM 2.0)."""


@idm.command("configure", cls=Command, example="usher idm configure Calendly --base-url https://api.calendly.com/scim/example/v2 --token-file token")
@click.argument("app")
@click.option("--base-url", required=True, metavar="U", help="The Base URL, pasted whole.")
@click.option("--token-file", metavar="F", help="The file with the Token Key; - is stdin. Without it, you are asked.")
@secret_is_no_argument("--token", "--token-file FILE, or --token-file - with the token on stdin")
@pass_cli
def configure(cli: Cli, app: str, base_url: str, token_file: str | None) -> None:
    """Keep Base URL and Token Key. The token is never shown again, only its fingerprint."""
    from usher.services import applications, connectors, identity

    label = applications.get(cli.session, app).label
    token = read_secret(cli, token_file, "Token Key", "--token-file")
    identity.configure(cli.session, app, base_url, token)
    found = applications.get(cli.session, app)
    missing = connectors.not_yet(cli.session, found.id)
    said = " ".join([f"Saved the connection of {label}. Verify and switch it on: usher idm activate '{label}'", *missing])
    cli.output.result(said, {**connection_document(found), "not_yet": list(missing)})


@idm.command("test", cls=Command, example="usher idm test Calendly")
@click.argument("app")
@pass_cli
def test(cli: Cli, app: str) -> None:
    """Ask the provider, reading only, and print what it can do. Ends with 1 when it cannot be used."""
    from usher.services import identity

    probe = identity.test(cli.session, app)
    if cli.output.json:
        cli.output.document(probe.as_json())
    else:
        _show_probe(cli, probe, "The provider can be used" if probe.verified else "The provider cannot be used like this")
    if not probe.verified:
        raise Failed(probe.code, probe.message, probe.hint)


@idm.command("activate", cls=Command, example="usher idm activate Calendly")
@click.argument("app")
@pass_cli
def activate(cli: Cli, app: str) -> None:
    """Verify the connection against the live service, and only then switch it on."""
    from usher.services import applications, identity

    probe = identity.activate(cli.session, app)
    found = applications.get(cli.session, app)
    if cli.output.json:
        cli.output.document({**application_document(found), **probe.as_json()})
    else:
        _show_probe(cli, probe, f"Identity Management of {found.label} is verified and active")


@idm.command("deactivate", cls=Command, example="usher idm deactivate Calendly --yes")
@click.argument("app")
@click.option("--yes", is_flag=True, help="Needed: accounts stay at the application as they are.")
@pass_cli
def deactivate(cli: Cli, app: str, yes: bool) -> None:
    """Deactivate the IdM connection. Nothing is sent: the accounts stay as they are."""
    from usher.services import applications, identity

    found = applications.get(cli.session, app)
    if not yes:
        told = identity.deactivation_preview(cli.session, app)
        raise UsageError("yes-needed", f"Nothing was changed. {told}", "Add --yes to deactivate the connection.")
    left = identity.deactivate(cli.session, app)
    cli.output.result(
        f"The IdM connection of {found.label} is deactivated. Nothing was sent: {plural(left, 'account')} there stay as they are.",
        {"app": found.label, "idm": "inactive", "accounts_left": left},
    )


@idm.command("mapping", cls=Command, example="usher idm mapping Calendly set userName=email\nusher idm mapping Calendly off externalId")
@click.argument("app")
@click.argument("verb", type=click.Choice(["list", "set", "constant", "on", "off"]), default="list", metavar="[list|set|constant|on|off]")
@click.argument("words", nargs=-1, metavar="[PATH=VALUE|PATH]...")
@pass_cli
def mapping(cli: Cli, app: str, verb: str, words: tuple[str, ...]) -> None:
    """The attribute mapping: what is sent of a person, and as what.

    \b
    list                every row
    set PATH=SOURCE     PATH takes a user attribute
    constant PATH=VALUE PATH is always VALUE
    on PATH, off PATH   send it, or not
    """
    from usher.services import identity

    if verb != "list" and not words:
        raise UsageError("nothing-named", f"Nothing to {verb} was named.", "See usher idm mapping --help.")
    if verb == "set":
        identity.map_source(cli.session, app, assignments(words, "PATH=SOURCE"))
    elif verb == "constant":
        identity.map_constant(cli.session, app, assignments(words, "PATH=VALUE"))
    elif verb != "list":
        identity.switch(cli.session, app, list(words), verb == "on")
    _list_mapping(cli, app)


@idm.command("set", cls=Command, example="usher idm set Calendly mode=on-demand rate=5 delete=off")
@click.argument("app")
@click.argument("assigned", nargs=-1, required=True, metavar="KEY=VALUE...")
@pass_cli
def set_(cli: Cli, app: str, assigned: tuple[str, ...]) -> None:
    """Change options of the connection.

    \b
    mode           automatic or on-demand
    rate           writes per second; 0: no pacing; unset: the connector's
                   published figure, else none until told to slow down
    concurrency    requests at once, 1 to 16
    create, update, deactivate, delete      on or off
    guard_percent, guard_minimum            when a removal waits for a person
    """
    from usher.services import applications, identity

    values = assignments(assigned, "KEY=VALUE")
    identity.set_options(cli.session, app, values)
    found = applications.get(cli.session, app)
    cli.output.result(f"Saved {listed(list(values))} of {found.label}.", connection_document(found))


def _list_mapping(cli: Cli, app: str) -> None:
    """Every row of the mapping."""
    from usher.services import identity

    rows = identity.mapping(cli.session, app)
    if cli.output.json:
        cli.output.document([mapping_document(row) for row in rows])
        return
    shown = [
        (r.path, r.source or "", "" if r.constant is None else r.constant, "on" if r.on else "off", "required" if r.required else "", r.label) for r in rows
    ]
    cli.output.table(["path", "source", "constant", "on", "required", "field"], shown)


def _show_probe(cli: Cli, probe: Probe, sentence: str) -> None:
    """What was asked, what was answered, and what that says."""
    able = [name.replace("_", " ") for name, holds in probe.capabilities.items() if holds]
    cli.output.say(f"{sentence}.{f' It can do: {listed(able)}.' if able else ''}")
    cli.output.table(["request", "status", "learned"], [(e.request, e.status, e.learned) for e in probe.evidence])
