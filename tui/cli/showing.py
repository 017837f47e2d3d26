"""One application, in full, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.context import Cli
from tui.cli.documents import connection_document, saml_document
from tui.cli.text import shown_time

if TYPE_CHECKING:
    from usher.services.applications import ApplicationDetail


def describe_application(cli: Cli, app: ApplicationDetail) -> None:
    """General Info, SSO, Identity Management, User Groups: in the order of the console's tabs."""
    out = cli.output
    out.facts(
        {
            "label": app.label,
            "id": app.id,
            "connector": app.connector_name,
            "description": app.description,
            "hidden": "yes" if not app.visible else "no",
            "url": app.bookmark_url,
            "sso": app.sso,
            "idm": app.idm,
            "idp_url": app.idp_url,
            "groups": ", ".join(app.groups),
            "last push": f"{app.last_push_state} {shown_time(app.last_push)}" if app.last_push else "",
        }
    )
    _describe_saml(cli, app)
    _describe_connection(cli, app)
    _describe_newer(cli, app)


def newer_document(cli: Cli, app: ApplicationDetail) -> list[dict[str, str]]:
    """What the connector says now and did not when the application was added."""
    from usher.services import connectors

    return [{"field": each.field, "made_with": each.made_with, "newer": each.newer} for each in connectors.newer(cli.session, app.id)]


def _describe_newer(cli: Cli, app: ApplicationDetail) -> None:
    """What the connector says now and did not when the application was added."""
    found = newer_document(cli, app)
    if found:
        cli.output.say("", "The connector has changed since. The application keeps what it was made with; to take a change over, set it by hand.")
        cli.output.table(["fact", "made with", "the connector now"], [tuple(each.values()) for each in found])


def _describe_saml(cli: Cli, app: ApplicationDetail) -> None:
    """The SSO tab."""
    if app.saml is None:
        return
    cli.output.say("", "SSO")
    certificate = app.certificate
    valid = f"{certificate.state} until {certificate.not_after[:10]} ({certificate.days_left} days)" if certificate else ""
    fields = {
        name: ", ".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else value
        for name, value in saml_document(app.saml).items()
    }
    cli.output.facts({"certificate": valid, **fields, **{p.token: p.value or "to be filled in" for p in app.placeholders}})


def _describe_connection(cli: Cli, app: ApplicationDetail) -> None:
    """The Identity Management tab."""
    connection = connection_document(app)["connection"]
    if connection is None:
        return
    cli.output.say("", "Identity Management")
    counts = app.accounts
    shown = {name: "on" if value is True else "off" if value is False else value for name, value in connection.items() if name != "capabilities"}
    able = ", ".join(name for name, holds in connection["capabilities"].items() if holds is True)
    accounts = f"{counts.in_step} in step, {counts.pending} pending, {counts.failed} failed, {counts.deactivated} deactivated"
    accounts += f", {counts.blocked} cannot be sent" if counts.blocked else ""
    accounts = f"not compared while Identity Management is not active ({counts.kept} kept)" if counts.kept else accounts
    cli.output.facts({**{name: "" if value is None else value for name, value in shown.items()}, "can do": able, "accounts": accounts})
