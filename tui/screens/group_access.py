"""The Applications tab of a user group: what it opens, authorised and revoked from the group's side."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING, Any

from store.applications import Application
from store.applications import list_ as list_applications
from store.authorizations import ApplicationAccess
from tui import words
from tui.commands import Command, Possible
from tui.places import BY_NAME
from tui.screens.consequence import ImpactConfirm
from tui.widgets.ink import Spans, badge
from tui.widgets.source import Column
from tui.widgets.table import VirtualTable
from usher.services import authorizations, impact
from usher.services.authorizations import Authorized
from usher.services.session import Session

if TYPE_CHECKING:
    from tui.screens.group import GroupScreen
else:
    GroupScreen = Any


class AccessCommand(Command[GroupScreen]):
    """Works on the Applications tab."""

    def possible(self, screen: GroupScreen) -> Possible:
        """Only there, with an application under the cursor."""
        return screen.current_tab == "applications" and screen.access.row is not None


class ToggleAccess(AccessCommand):
    """Authorise the group for the application, or revoke it; the impact is counted before."""

    keys, name, short, priority, words = "t", "Authorise or revoke", "Authorise/revoke", 20, "apps authorize"

    def possible(self, screen: GroupScreen) -> Possible:
        """Administrators only."""
        if super().possible(screen) is not True:
            return False
        return screen.app.may("administrator")

    def run(self, screen: GroupScreen) -> None:
        """Asks, with the count."""
        access, group = screen.access.row, screen.found
        if access is None or group is None:
            return
        session, label = screen.session, access.label
        verb = authorizations.revoke if access.authorized else authorizations.authorize
        change = partial(verb, session, access.id, [group.id])

        def told(done: Authorized) -> None:
            screen.say(f"{group.name} is no longer authorised for {label}." if done.removed else f"{group.name} is authorised for {label}.")
            screen.refresh_here()

        many = words.count(group.members, "member", "members")
        if access.authorized:
            lines: list[Spans] = [f"{group.name} has {many}. Who is in no other authorised group loses access.", "", _deactivated(access.id, session)]
            title, word, tone = f"Revoke {group.name} at {label}?", "Revoke", "bad"
        else:
            lines = [f"{group.name} has {many}. Those who are activated are let in, and the next push provisions them where accounts are managed."]
            title, word, tone = f"Authorise {group.name} for {label}?", "Authorise", "ok"
        screen.ask(ImpactConfirm(title, lines, word, partial(impact.rehearsed, session, change), tone=tone), lambda _: screen.work(change, told))

    def cli(self, screen: GroupScreen) -> str:
        """Either verb, as it would be."""
        row = screen.access.row
        if row is None or screen.found is None:
            return ""
        return f"usher apps {'revoke' if row.authorized else 'authorize'} {shlex.quote(row.label)} {shlex.quote(screen.found.name)}"


class OpenApplication(AccessCommand):
    """Open the application."""

    keys, name, short, priority = "o", "Open the application", "Open app", 30

    def possible(self, screen: GroupScreen) -> Possible:
        """Where there is one."""
        return "app" in BY_NAME and super().possible(screen)

    def run(self, screen: GroupScreen) -> None:
        """Goes there."""
        if screen.access.row is not None:
            screen.app.visit("app", screen.access.row.id)


class AccessTable(VirtualTable[ApplicationAccess]):
    """Every application, and whether the group opens it."""

    def __init__(self, id: str | None = None) -> None:
        self._apps: dict[str, Application] = {}
        super().__init__(
            [
                Column("Group", _authorised, 16, sort=lambda row: not row.authorized),
                Column("", lambda row: self._badge(row), 4),
                Column("Application", lambda row: (row.label, "strong"), 20, grow=1, most=40, sort=lambda row: row.label.casefold()),
                Column("SSO", lambda row: words.state(self._apps[row.id].sso), 10),
                Column("IdM", lambda row: words.state(self._apps[row.id].idm), 10),
            ],
            id=id,
        )
        self.empty = [("No applications yet.", "strong"), "", ("SSO Applications adds them from the catalog.", "dim")]

    def fill(self, session: Session, group_id: str) -> None:
        """Reads them."""
        self._apps = {app.id: app for app in list_applications(session.db)}
        self.show([row for row in authorizations.for_group(session, group_id) if row.id in self._apps], lambda row: row.id)

    def _badge(self, row: ApplicationAccess) -> Spans:
        app = self._apps[row.id]
        return badge(app.badge, app.colour)


def _authorised(row: ApplicationAccess) -> Spans:
    return [("✓ ", "ok"), "authorised"] if row.authorized else [("○ ", "faint"), ("not authorised", "dim")]


def _deactivated(application_id: str, session: Session) -> Spans:
    managed = next((app.idm == "active" for app in list_applications(session.db) if app.id == application_id), False)
    return (
        "Accounts are deactivated by the next push. It is reversible: authorise the group again." if managed else "It is reversible: authorise the group again."
    )
