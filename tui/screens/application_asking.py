"""Asking the live service from the Identity Management tab: trying the connection, and activating it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from store.errors import Refused, UsherError
from tui.screens import application_connection as connection
from tui.screens.message import Message
from tui.screens.pane import Pane
from tui.widgets.fields import Form
from tui.widgets.reading import Reading
from usher.services import applications, identity
from usher.services.applications import ApplicationDetail
from usher.services.identity import Probe

VERIFIED = "The Identity Management integration has been successfully verified."


class AskingPane(Pane):
    """What was typed is kept before the service is asked; what it answered is shown under the buttons."""

    def __init__(self, detail: ApplicationDetail) -> None:
        super().__init__(detail)
        self._probe: Probe | None = None

    # For the tab to fill in

    def _part(self, name: str) -> Form:
        """One of its forms: `connection`, `options`, or `all`."""
        raise NotImplementedError

    def _saving(self, only_connection: bool = False) -> Callable[[], ApplicationDetail]:
        """What saves, with what is typed now."""
        raise NotImplementedError

    def _taken(self, detail: ApplicationDetail, everything: bool = False) -> None:
        """Shows what is kept."""
        raise NotImplementedError

    # Asking

    def _asking(self) -> None:
        self._probe = None
        found = self.query_one("#evidence", Reading)
        found.display = True
        found.show([[("● ", "info"), ("Asking the service … it is given fifteen seconds at most for an answer.", "dim")]])
        self.call_after_refresh(found.scroll_visible, animate=False)

    def test(self) -> None:
        """Keeps what was typed, then asks; shows what was answered."""
        save, dirty, app = self._saving(only_connection=True), bool(self._part("connection").changed()), self.detail.id

        def ask() -> tuple[ApplicationDetail, Probe]:
            detail = save() if dirty else self.detail
            return detail, identity.test(self.session, app)

        self._asking()
        self.work(self._guarded(ask), self._answered, form=self._part("all"), busy="asking the service …")

    def _answered(self, found: tuple[ApplicationDetail, Probe] | Exception) -> None:
        if isinstance(found, Exception):
            self._refused(found)
            return
        detail, self._probe = found
        self._taken(detail)
        self._show_evidence(self._probe)
        self.fill()

    def _show_evidence(self, found: Probe | None) -> None:
        reading = self.query_one("#evidence", Reading)
        reading.display = found is not None
        reading.show(connection.evidence(found) if found else [])
        if found:
            self.call_after_refresh(reading.scroll_visible, animate=False)

    def _guarded(self, fn: Callable[[], Any]) -> Callable[[], Any]:
        """A refusal comes back as a value, so that the line `asking …` goes away with it."""

        def run() -> Any:
            try:
                return fn()
            except UsherError as error:
                return error

        return run

    def _refused(self, error: Exception) -> None:
        """Says so beside the field. What the service was asked with is kept by now: Base URL and sealed token, not active."""
        self._show_evidence(None)
        if isinstance(error, Refused):  # anything else was wrong before it was kept, and stays as it was typed
            self._taken(applications.get(self.session, self.detail.id))
        self.app.fail(error, self._part("all"))

    def activate(self) -> None:
        """Keeps what was typed, asks the live service, and activates."""
        save, dirty, app = self._saving(only_connection=True), bool(self._part("connection").changed()), self.detail.id

        def ask() -> tuple[ApplicationDetail, Probe]:
            if dirty:
                save()
            found = identity.activate(self.session, app)
            return applications.get(self.session, app), found

        self._asking()
        self.work(self._guarded(ask), self._activated, form=self._part("all"), busy="asking the service …")

    def _activated(self, found: tuple[ApplicationDetail, Probe] | Exception) -> None:
        if isinstance(found, Exception):
            self._refused(found)
            return
        detail, self._probe = found
        self._taken(detail)
        self._show_evidence(self._probe)
        screen: Any = self.screen
        screen.refresh_here()
        ways = [("users", "Users")] if detail.groups else [("groups", "User Groups")]
        next_step = "Changes now reach it by a push." if detail.groups else "You can now connect user groups to the application to provision their members."
        self.ask(Message("Identity Management", [(f"✓ {VERIFIED}", "ok"), "", next_step], ways), screen.show_tab)
