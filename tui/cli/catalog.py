"""`usher catalog`: the applications that can be added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from store.errors import UsageError
from tui.cli.context import Cli
from tui.cli.documents import connector_document
from tui.cli.framework import Command, Noun, pass_cli
from tui.cli.text import listed

if TYPE_CHECKING:
    from usher.catalog.connector import Connector, Saml, Scim


@click.group(cls=Noun, short_help="The applications that can be added.")
def catalog() -> None:
    """The applications that can be added, and what is known of each."""


@catalog.command("search", cls=Command, example="usher catalog search calendly")
@click.argument("words", nargs=-1, metavar="[TEXT]")
@pass_cli
def search(cli: Cli, words: tuple[str, ...]) -> None:
    """List the connectors that match TEXT by name, alias, vendor, category or summary, best first; all without it."""
    from usher.services import catalog as service

    text = " ".join(words)
    found = service.search(text)
    if cli.output.json:
        names = ("key", "name", "kind", "supports", "summary", "vendor", "category", "aliases", "confidence", "own")
        rows = [{name: getattr(card, name) for name in names} for card in found]
        cli.output.document([{**row, "supports": list(row["supports"]), "aliases": list(row["aliases"])} for row in rows])
        return
    lines = [(c.key, c.name, c.category, ", ".join(c.supports), c.summary) for c in found]
    cli.output.table(["key", "name", "category", "supports", "summary"], lines, empty=f"No connector matches ‘{text}’. custom-saml fits any SAML application.")


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


@catalog.command("check", cls=Command, example="usher catalog check our-wiki.toml")
@click.argument("file", required=False, metavar="[FILE]")
@pass_cli
def check(cli: Cli, file: str | None) -> None:
    """Judge a connector file of your own; an error names its line. Without FILE: every one in your folder of connectors.

    That folder is connectors/ in the platform's config folder, or what USHER_CONNECTORS names: a good file in it is
    in the catalog at once.
    """
    from tui.cli.files import read_document
    from usher.services import catalog as service

    if file is None:
        return _check_folder(cli)
    connector = service.check(file, read_document(cli, file, service.LARGEST))
    cli.output.result(
        f"{connector.name} ({connector.key}) is good: {', '.join(connector.supports)}. To use it, put it into {service.own_folder()}.",
        {"key": connector.key, "name": connector.name, "supports": list(connector.supports), "folder": str(service.own_folder())},
    )


def _check_folder(cli: Cli) -> None:
    """Every file of the operator's own folder; ends with 2 when one cannot be used."""
    from usher.services import catalog as service

    problems = service.problems()
    good = [card for card in service.cards() if card.own and card.key not in {problem.file.stem for problem in problems}]
    if cli.output.json:
        rows = [{"key": card.key, "name": card.name} for card in good]
        cli.output.document(
            {"folder": str(service.own_folder()), "good": rows, "bad": [{"file": str(problem.file), "problem": problem.message} for problem in problems]}
        )
    else:
        lines = [(f"{card.key}.toml", "good", card.name) for card in good] + [(problem.file.name, "bad", problem.message) for problem in problems]
        cli.output.table(["file", "state", "what"], lines, empty=f"There are no connectors of your own in {service.own_folder()}.")
    if problems:
        raise UsageError(
            "bad-connector", f"{len(problems)} of {len(good) + len(problems)} of your own connectors cannot be used.", "Mend the files named above."
        )


def _describe(cli: Cli, connector: Connector) -> None:
    """A connector for a person."""
    out = cli.output
    out.facts(
        {
            "key": connector.key,
            "name": connector.name,
            "vendor": connector.vendor,
            "category": connector.category,
            "also": listed(list(connector.aliases)),
            "kind": connector.kind,
            "supports": listed(list(connector.supports)),
            "facts": connector.confidence,
            "summary": connector.summary,
        }
    )
    _section(cli, "Read first", [connector.caution] if connector.caution else [])
    _section(cli, "Not yet", list(connector.not_yet))
    _section(cli, "Prerequisites", list(connector.prerequisites))
    _section(cli, "To fill in", [f"{p.token}: {p.label}. {p.where}" for p in connector.placeholders])
    if connector.saml:
        _describe_saml(cli, connector.saml)
    if connector.scim:
        _describe_scim(cli, connector.scim)
    if connector.mapping:
        out.say("")
        out.table(
            ["path", "source", "on", "required", "field"],
            [(r.path, r.source or f"‘{r.constant}’", "on" if r.on else "off", "required" if r.required else "", r.label) for r in connector.mapping],
        )
    _section(cli, "Notes", list(connector.notes))
    _section(cli, "Sources", [f"{s.title}: {s.url}" for s in connector.sources])


def _describe_saml(cli: Cli, saml: Saml) -> None:
    """Single sign-on, and what is done there."""
    cli.output.say("", "Single sign-on")
    cli.output.facts(
        {
            "SP Entity ID": saml.sp_entity_id or "copy it from the application",
            "ACS URL": ", ".join(saml.acs_urls) or "copy it from the application",
            "NameID": f"{saml.nameid_source} ({saml.nameid_format})",
            "attributes": ", ".join(f"{a.name}={a.source or f'‘{a.constant}’'}" for a in saml.attributes),
            "makes accounts at sign-in": "yes" if saml.jit else "no",
            "there": saml.where,
        }
    )
    _section(cli, "Enter there", [f"{entry.field}: {entry.value.replace('_', ' ')}" for entry in saml.enter])
    _section(cli, "Steps there", [f"{number}. {step}" for number, step in enumerate(saml.steps, 1)])
    _section(cli, "Single sign-on, notes", list(saml.notes))


def _describe_scim(cli: Cli, scim: Scim) -> None:
    """Identity Management, and what is done there."""
    cli.output.say("", "Identity Management")
    cli.output.facts(
        {
            "Base URL": scim.base_url or "copy it from the application",
            "authentication": {"header": scim.authorization, "bearer": "bearer token", "oauth2": "OAuth 2.0", "unsaid": "not documented"}[scim.authentication],
            "groups": "yes" if scim.groups else "no",
            "needs SSO": "yes" if scim.requires_sso else "no",
            "updates by": {"learn": "what it takes"}.get(scim.update_method, scim.update_method.upper()),
            "deactivating": scim.deactivate,
            "deleting": scim.delete,
            "seats": scim.seats,
            "never sent": ", ".join(scim.refuses),
            "writes a second": "" if scim.rate is None else f"{scim.rate:g}",
            "token": " ".join(filter(None, (scim.token, f"It lives {scim.token_days} days." if scim.token_days else ""))),
            "there": scim.where,
        }
    )
    _section(cli, "Steps there", [f"{number}. {step}" for number, step in enumerate(scim.steps, 1)])
    _section(cli, "Identity Management, notes", list(scim.notes))


def _section(cli: Cli, title: str, lines: list[str]) -> None:
    """A heading and its lines, when there are any."""
    if lines:
        cli.output.say("", title, *(f"  {line}" for line in lines))
