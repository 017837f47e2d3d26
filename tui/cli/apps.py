"""`usher apps`: Configured Applications."""

from __future__ import annotations

from pathlib import Path

import click

from store.errors import UsageError
from tui.cli.context import Cli
from tui.cli.documents import application_detail_document, application_document
from tui.cli.framework import Command, Noun, pass_cli
from tui.cli.showing import describe_application, newer_document
from tui.cli.text import assignments, listed, plural

_ELSEWHERE = {"certificate": "federation", "metadata": "federation", "sp-metadata": "federation", "todo": "todo"}


@click.group(cls=Noun, short_help="Configured applications: add, set up, authorise, delete.", elsewhere=_ELSEWHERE)
def apps() -> None:
    """Configured applications: add, set up single sign-on, authorise groups, delete.

    APP is an application's label (in any case) or id, GROUP a group's name or id.
    """


@apps.command("list", cls=Command, example="usher apps list")
@pass_cli
def list_(cli: Cli) -> None:
    """List the configured applications."""
    from usher.services import application_views

    found = application_views.list_(cli.session)
    if cli.output.json:
        cli.output.document([application_document(app) for app in found])
        return
    rows = [
        (
            a.label,
            a.connector_name,
            a.sso,
            a.idm,
            ", ".join(a.groups),
            a.accounts.in_step,
            a.accounts.pending,
            a.accounts.failed,
            a.certificate.days_left if a.certificate else "",
        )
        for a in found
    ]
    columns = ["label", "connector", "sso", "idm", "groups", "in step", "pending", "failed", "cert days"]
    cli.output.table(columns, rows, right=columns[5:], empty="No applications yet. Find one: usher catalog search, then usher apps add KEY --label LABEL")


@apps.command("show", cls=Command, example="usher apps show Calendly")
@click.argument("app")
@pass_cli
def show(cli: Cli, app: str) -> None:
    """Show one application with every setting."""
    from usher.services import application_views

    found = application_views.get(cli.session, app)
    if cli.output.json:
        cli.output.document({**application_detail_document(found), "newer_connector": newer_document(cli, found)})
    else:
        describe_application(cli, found)


@apps.command("add", cls=Command, example="usher apps add calendly --label Calendly --idp-slug calendly")
@click.argument("key")
@click.option("--label", required=True, metavar="L", help="Display Label; unique.")
@click.option("--description", default="", metavar="D", help="A line about it.")
@click.option("--idp-slug", default="", metavar="S", help="The end of the SSO IdP URL; made from the label without it. Fixed once the application exists.")
@click.option("--hidden", is_flag=True, help="Do not show it in the User Portal.")
@click.option("--url", default="", metavar="U", help="Bookmark URL, for a bookmark.")
@click.option("--badge", default="", metavar="XY", help="One or two letters for the console.")
@click.option("--colour", default="", metavar="C", help="The badge's colour.")
@click.option("--image", default=None, metavar="FILE", help="User Portal Image: png, jpg or svg, up to 100 KB.")
@click.option("--sp-metadata", default=None, metavar="FILE", help="The application's own metadata, taken over at once.")
@pass_cli
def add(
    cli: Cli,
    key: str,
    label: str,
    description: str,
    idp_slug: str,
    hidden: bool,
    url: str,
    badge: str,
    colour: str,
    image: str | None,
    sp_metadata: str | None,
) -> None:
    """Add an application from the catalog. KEY is what `usher catalog search` shows."""
    from tui.cli import federation
    from usher.services import applications

    told = federation.read_sp_metadata(cli, sp_metadata) if sp_metadata else b""
    found = applications.add(
        cli.session,
        key,
        label=label,
        description=description,
        slug=idp_slug,
        visible=not hidden,
        bookmark_url=url,
        badge=badge,
        colour=colour,
        image=Path(image) if image else None,
    )
    if told:
        found = federation.add_sp_metadata(cli, found.id, told)
    lines = [f"Added {found.label}."]
    if found.idp_url:
        lines.append(f"SSO IdP URL: {found.idp_url} (fixed from now on).")
    lines += [f"Fill in {p.token}, its {p.label}: usher apps fill '{found.label}' {p.token}=VALUE" for p in found.placeholders if p.value is None]
    if cli.output.json:
        cli.output.document(application_detail_document(found))
    else:
        cli.output.say(*lines)


@apps.command("set", cls=Command, example="usher apps set Calendly description='Meetings' nameid_source=email hidden=true")
@click.argument("app")
@click.argument("assigned", nargs=-1, required=True, metavar="FIELD=VALUE...")
@pass_cli
def set_(cli: Cli, app: str, assigned: tuple[str, ...]) -> None:
    """Change fields of an application; all of them or none.

    \b
    General Info: label description hidden url badge colour image
    SSO: sp_entity_id acs_urls (comma-separated, first is the default)
         nameid_source nameid_format sign_assertion sign_response
         encrypt_assertion require_signed_requests signature_algorithm
         default_relay_state login_url idp_entity_id
         declare_redirect_endpoint groups_attribute require_second_factor

    Flags are true or false, formats full URNs, sources user attribute names.
    """
    from tui.cli.changing import change_application

    values = assignments(assigned)
    found = change_application(cli.session, app, values)
    cli.output.result(f"Saved {listed(list(values))} of {found.label}.", application_detail_document(found))


@apps.command("fill", cls=Command, example="usher apps fill Calendly YOUR_ID=4f1c2a")
@click.argument("app")
@click.argument("assigned", nargs=-1, required=True, metavar="TOKEN=VALUE...")
@pass_cli
def fill(cli: Cli, app: str, assigned: tuple[str, ...]) -> None:
    """Fill in the connector's placeholders, such as YOUR_ID, in every SSO field."""
    from usher.services import applications, sso

    values = assignments(assigned, "TOKEN=VALUE")
    sso.fill(cli.session, app, values)
    found = applications.get(cli.session, app)
    cli.output.result(f"Filled in {listed(list(values))} in {found.label}.", application_detail_document(found))


@apps.command(
    "attributes",
    cls=Command,
    example="usher apps attributes Calendly set firstName=firstname\nusher apps attributes Calendly constant role=editor role=reviewer\nusher apps attributes Calendly remove plan",
)
@click.argument("app")
@click.argument("verb", type=click.Choice(["list", "set", "constant", "remove"]), default="list", metavar="[list|set|constant|remove]")
@click.argument("words", nargs=-1, metavar="[NAME=VALUE|NAME]...")
@pass_cli
def attributes(cli: Cli, app: str, verb: str, words: tuple[str, ...]) -> None:
    """The attributes of the assertion.

    \b
    list                what is sent
    set NAME=SOURCE     NAME takes a user attribute
    constant NAME=VALUE NAME is always VALUE; given again, it has several values
    remove NAME         NAME is no longer sent
    """
    from tui.cli.changing import change_attributes

    if verb != "list":
        change_attributes(cli.session, app, verb, words)
    _list_attributes(cli, app)


@apps.command("sso", cls=Command, example="usher apps sso Calendly activate")
@click.argument("app")
@click.argument("verb", type=click.Choice(["activate", "deactivate"]), metavar="activate|deactivate")
@pass_cli
def sso(cli: Cli, app: str, verb: str) -> None:
    """Activate or deactivate single sign-on (of a bookmark: the bookmark)."""
    from usher.services import applications
    from usher.services import sso as service

    (service.activate if verb == "activate" else service.deactivate)(cli.session, app)
    found = applications.get(cli.session, app)
    what = "Bookmark" if found.kind == "bookmark" else "SSO"
    cli.output.result(f"{what} of {found.label} is {found.sso}.", application_document(found))


@apps.command("authorize", cls=Command, example="usher apps authorize Calendly Engineering Sales")
@click.argument("app")
@click.argument("group", nargs=-1, required=True)
@pass_cli
def authorize(cli: Cli, app: str, group: tuple[str, ...]) -> None:
    """Let the members of groups reach an application. Everybody else stays out."""
    from usher.services import applications, authorizations

    authorizations.authorize(cli.session, app, list(group))
    found = applications.get(cli.session, app)
    cli.output.result(f"{found.label} is open to {listed(found.groups)}.", application_document(found))


@apps.command("revoke", cls=Command, example="usher apps revoke Calendly Sales")
@click.argument("app")
@click.argument("group", nargs=-1, required=True)
@pass_cli
def revoke(cli: Cli, app: str, group: tuple[str, ...]) -> None:
    """Take groups' way to an application; their members' accounts are deactivated there by the next push."""
    from usher.services import applications, authorizations

    authorizations.revoke(cli.session, app, list(group))
    found = applications.get(cli.session, app)
    cli.output.result(f"{found.label} is open to {listed(found.groups) or 'nobody'}.", application_document(found))


@apps.command("delete", cls=Command, example="usher apps delete Calendly 'Wiki' --count 2")
@click.argument("app", nargs=-1, required=True)
@click.option("--count", type=int, default=None, metavar="N", help="How many are being deleted; must equal the number named.")
@pass_cli
def delete(cli: Cli, app: tuple[str, ...], count: int | None) -> None:
    """Delete applications here. Nothing is sent: accounts at the applications stay as they are."""
    from usher.services import applications

    names = list(app)
    preview = applications.deletion_preview(cli.session, names)
    if count is None:
        told = " ".join(one.sentence for one in preview)
        raise UsageError("count-needed", f"Nothing was deleted. {told}", f"To delete {plural(len(preview), 'application')}, add --count {len(preview)}.")
    result = applications.delete(cli.session, names, count)
    told = " ".join(one.sentence for one in preview)
    document = {"deleted": [{"id": one.id, "label": one.label, "accounts_left": one.accounts} for one in preview], "accounts_left": result.accounts_left}
    cli.output.result(f"Deleted {listed(result.deleted)}. {told}", document)


def _list_attributes(cli: Cli, app: str) -> None:
    """The attributes of the assertion, with those just changed."""
    from usher.services import applications

    found = applications.get(cli.session, app)
    if found.saml is None:
        raise UsageError("no-saml", f"{found.label} has no SAML single sign-on, so it has no attributes.", "usher catalog show says what a connector supports.")
    if cli.output.json:
        cli.output.document([{"name": a.name, "source": a.source, "constant": a.constant, "required": a.required} for a in found.attributes])
        return
    rows = [(a.name, a.source or "", ", ".join(a.values), "required" if a.required else "") for a in found.attributes]
    cli.output.table(["name", "source", "constant", "required"], rows, empty=f"{found.label} gets no attributes beside the NameID.")
