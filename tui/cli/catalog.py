"""`usher catalog`: the applications that can be added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.cli.context import Cli
from tui.cli.documents import connector_document
from tui.cli.framework import Command, Noun, pass_cli
from tui.cli.text import listed

if TYPE_CHECKING:
    from usher.catalog.connector import Connector


@click.group(cls=Noun, short_help="The applications that can be added.")
def catalog() -> None:
    """The applications that can be added, and what is known of each."""


@catalog.command("search", cls=Command, example="usher catalog search calendly")
@click.argument("text", required=False, default="", metavar="[TEXT]")
@pass_cli
def search(cli: Cli, text: str) -> None:
    """List the connectors whose name or summary holds the words of TEXT; all without it."""
    from usher.services import catalog as service

    found = service.search(text)
    if cli.output.json:
        cli.output.document([{"key": c.key, "name": c.name, "kind": c.kind, "supports": list(c.supports), "summary": c.summary} for c in found])
        return
    rows = [(c.key, c.name, ", ".join(c.supports), c.summary) for c in found]
    cli.output.table(["key", "name", "supports", "summary"], rows, empty=f"No connector matches ‘{text}’. custom-saml fits any SAML application.")


@catalog.command("show", cls=Command, example="usher catalog show calendly")
@click.argument("key")
@pass_cli
def show(cli: Cli, key: str) -> None:
    """Show what is known of one connector: prerequisites, placeholders, SAML and SCIM facts, mapping, sources."""
    from usher.services import catalog as service

    connector = service.get(key)
    if cli.output.json:
        cli.output.document(connector_document(connector))
    else:
        _describe(cli, connector)


def _describe(cli: Cli, connector: Connector) -> None:
    """A connector for a person."""
    out = cli.output
    out.facts(
        {"key": connector.key, "name": connector.name, "kind": connector.kind, "supports": listed(list(connector.supports)), "summary": connector.summary}
    )
    _section(cli, "Prerequisites", list(connector.prerequisites))
    _section(cli, "To fill in", [f"{p.token}: {p.label}. {p.where}" for p in connector.placeholders])
    if connector.saml:
        out.say("", "Single sign-on")
        saml = connector.saml
        out.facts({"SP Entity ID": saml.sp_entity_id, "ACS URL": ", ".join(saml.acs_urls), "NameID": f"{saml.nameid_source} ({saml.nameid_format})"})
    if connector.scim:
        out.say("", "Identity Management")
        scim = connector.scim
        out.facts(
            {
                "Base URL": scim.base_url,
                "groups": "yes" if scim.groups else "no",
                "needs SSO": "yes" if scim.requires_sso else "no",
                "deactivating": scim.deactivate,
                "deleting": scim.delete,
            }
        )
    if connector.mapping:
        out.say("")
        out.table(
            ["path", "source", "on", "required", "field"],
            [(r.path, r.source or f"‘{r.constant}’", "on" if r.on else "off", "required" if r.required else "", r.label) for r in connector.mapping],
        )
    _section(cli, "Sources", [f"{s.title}: {s.url}" for s in connector.sources])


def _section(cli: Cli, title: str, lines: list[str]) -> None:
    """A heading and its lines, when there are any."""
    if lines:
        cli.output.say("", title, *(f"  {line}" for line in lines))
