"""What is not yet done at an application, in the order of doing it: for the card after adding and the panel."""

from __future__ import annotations

from dataclasses import dataclass

from tui import words
from usher.services.applications import ApplicationDetail


@dataclass(frozen=True)
class Todo:
    """One thing to do, and the tab it is done in."""

    tab: str
    text: str


def todos(app: ApplicationDetail) -> list[Todo]:
    """What does not work yet, first things first."""
    return [*_sso(app), *_idm(app), *_people(app)]


def _sso(app: ApplicationDetail) -> list[Todo]:
    if app.kind == "bookmark":
        return [] if app.sso == "active" else [Todo("sso", "Activate the bookmark")]
    if app.saml is None:
        return []
    asked = {each.token: each.label for each in app.placeholders}
    found = [Todo("sso", f"Fill in {asked.get(token, token)}") for token in app.unfilled]
    if not app.saml.sp_entity_id or not app.saml.acs_urls:
        found.append(Todo("sso", "Enter SP Entity ID and ACS URL"))
    return [*found, Todo("sso", "Activate SSO")] if app.sso != "active" else found


def _idm(app: ApplicationDetail) -> list[Todo]:
    if app.idm != "inactive":
        return []
    configured = app.connection is not None and app.connection.base_url
    return [Todo("idm", "Activate IdM" if configured else "Configure IdM")]


def _people(app: ApplicationDetail) -> list[Todo]:
    if not app.groups:
        return [Todo("groups", "Authorise a user group")]
    found = []
    if app.idm == "active" and app.accounts.pending:
        found.append(Todo("users", f"Push {words.count(app.accounts.pending, 'account')}"))
    if app.accounts.failed:
        found.append(Todo("users", f"See {words.count(app.accounts.failed, 'failed account')}"))
    return found
