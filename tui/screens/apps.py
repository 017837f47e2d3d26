"""SSO Applications: the Configured Applications list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tui import words
from tui.commands import Command, Possible
from tui.places import BY_NAME
from tui.screens.listing import ListScreen
from tui.widgets.ink import Spans, badge
from tui.widgets.matching import matches
from tui.widgets.source import Column
from tui.widgets.table import VirtualTable
from usher.services import application_views
from usher.services.application_views import ApplicationSummary

if TYPE_CHECKING:
    from usher.services.applications import DeleteResult


class AddApplication(Command["Apps"]):
    """Add New Application: choose it from the catalog."""

    keys, name, short, priority, words = "a", "Add New Application", "Add", 20, "apps add"

    def possible(self, screen: Apps) -> Possible:
        """Not for readers."""
        return "add" in BY_NAME and screen.app.may("administrator")

    def run(self, screen: Apps) -> None:
        """Goes to the wizard."""
        screen.app.visit("add")


class DeleteApplications(Command["Apps"]):
    """Delete the ticked applications, or the one under the cursor. Accounts at the providers stay as they are."""

    keys, name, short, priority, words = "d", "Delete applications", "Delete", 50, "apps delete"

    def possible(self, screen: Apps) -> Possible:
        """Only where there is one."""
        return bool(screen.table.chosen) and screen.app.may("administrator")

    def run(self, screen: Apps) -> None:
        """Asks for the number."""
        screen.delete(screen.table.chosen)

    def cli(self, screen: Apps) -> str:
        """Names them."""
        labels = " ".join(f'"{row.label}"' if " " in row.label else row.label for row in screen.table.chosen)
        return f"usher apps delete {labels} --count {len(screen.table.chosen)}"


class CopyUrl(Command["Apps"]):
    """Copy the SSO IdP URL."""

    keys, name, short, priority = "y", "Copy the SSO IdP URL", "Copy URL", 60

    def possible(self, screen: Apps) -> Possible:
        """Only where there is one."""
        row = screen.table.row
        return row is not None and (True if row.idp_url else f"{row.label} has no SSO IdP URL: it does not sign in by SAML.")

    def run(self, screen: Apps) -> None:
        """Copies."""
        if screen.table.row is not None:
            screen.app.copy(screen.table.row.idp_url, "Copied the SSO IdP URL.")


class Apps(ListScreen):
    """Every application, with how its single sign-on and its accounts stand."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (AddApplication, DeleteApplications, CopyUrl)
    place = "apps"
    heading = "Configured Applications"
    topics = frozenset({"application", "authorization", "connection", "group", "membership", "user", "push", "journal", "mapping", "setting"})

    def make_table(self) -> VirtualTable[ApplicationSummary]:
        """Its columns; at 80 cells the ones with `drop` give way."""
        columns: list[Column[ApplicationSummary]] = [
            Column("", lambda app: badge(app.badge, app.colour), 4),
            Column("Label", lambda app: (app.label, "strong"), 14, grow=3, most=34, sort=lambda app: app.label.casefold()),
            Column("Connector", lambda app: (app.connector_name, "dim"), 14, grow=2, most=24, drop=3, sort=lambda app: app.connector_name.casefold()),
            Column("SSO", lambda app: words.state(app.sso), 10, sort=lambda app: app.sso),
            Column("IdM", lambda app: words.state(app.idm), 10, sort=lambda app: app.idm),
            Column("Groups", lambda app: (f"{len(app.groups)}", "text" if app.groups else "faint"), 6, drop=4, align="right", sort=lambda app: len(app.groups)),
            Column("Accounts", lambda app: words.accounts(app.accounts), 16, grow=1, most=20, sort=lambda app: -app.accounts.failed),
            Column("Last push", self._last_push, 12, drop=2, sort=lambda app: app.last_push or ""),
            Column("Certificate", lambda app: words.certificate(app.certificate), 11, drop=1, sort=_days_left),
        ]
        return VirtualTable(columns, tickable=True)

    def _last_push(self, app: ApplicationSummary) -> Spans:
        if app.last_push is None or app.last_push_state is None:
            return "–", "faint"
        return [words.glyph(app.last_push_state), words.ago(app.last_push, self.session.clock.now())]

    def fill(self, text: str) -> None:
        """All of them, or those that match by label, connector or group."""
        self._all = application_views.list_(self.session)
        rows = [app for app in self._all if not text or matches(f"{app.label} {app.connector_name} {' '.join(app.groups)}", text)]
        self.table.show(rows, lambda app: app.id)

    def whole(self) -> int:
        """How many there are."""
        return len(self._all)

    def empty(self) -> list[Spans]:
        """What to do first."""
        return [
            ("No applications yet.", "strong"),
            "",
            [("Press ", "dim"), ("a", "accent bold"), (" to add one from the catalog.", "dim")]
            if self.app.administers
            else (str(self.app.may("administrator")), "dim"),
        ]

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Opens the application."""
        self.app.visit("app", message.row.id)

    def delete(self, rows: list[ApplicationSummary]) -> None:
        """Says what would be left behind, and asks for the number."""
        from tui.screens.confirm import ConfirmNumber
        from usher.services import applications

        ids, number = [row.id for row in rows], len(rows)
        lines: list[Spans] = []
        for preview in applications.deletion_preview(self.session, ids):
            lines += [preview.sentence, ""]
        title = "Delete Application" if number == 1 else "Delete Applications"
        dialog = ConfirmNumber(title, lines[:-1], "Delete Application", number, f"Type {number}, the number of applications, to delete")
        self.ask(dialog, lambda _: self.work(lambda: applications.delete(self.session, ids, number), self._deleted, busy="deleting …"))

    def _deleted(self, result: DeleteResult) -> None:
        left = f"{words.count(result.accounts_left, 'account')} left as they are." if result.accounts_left else ""
        self.say(f"Deleted {', '.join(result.deleted)}.", left)
        self.table.ticks.clear()
        self.refill()


def _days_left(app: ApplicationSummary) -> int:
    """The sort key of the certificate column: the soonest first, none last."""
    return app.certificate.days_left if app.certificate else 1 << 30
