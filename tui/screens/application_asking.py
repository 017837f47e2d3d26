"""Asking the live service from the Identity Management tab: trying the connection, and activating it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from store.errors import Conflict, Refused, UsherError
from tui.screens import application_connection as connection
from tui.screens.application_mapping import MappingTable
from tui.screens.meanwhile import Meanwhile
from tui.screens.message import Message
from tui.screens.pane import Pane
from tui.widgets.fields import FieldSpec, Form
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
        self._shown: dict[str, list[FieldSpec]] = {}
        self._begun: dict[str, dict[str, str]] = {}

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

    # Somebody else is faster

    def _met(self, conflict: Conflict, again: Callable[[], object]) -> None:
        """Somebody was faster: shows both, and goes on with whichever is to stand."""
        self.detail = applications.get(self.session, self.detail.id)
        self.fill()
        typed = {**self._part("options").changed(), **self.query_one(MappingTable).typed()}
        if any(one.field in ("base_url", "token") for one in conflict.changes):
            typed |= {"base_url": self._part("connection").values()["base_url"], "token": "(typed here)"}
        labels = {spec.name: spec.label for specs in self._shown.values() for spec in specs}
        self.ask(Meanwhile(conflict, typed, labels), lambda answer: self._settle(answer == "mine", [one.field for one in conflict.changes], again))

    def _settle(self, mine: bool, fields: list[str], again: Callable[[], object]) -> None:
        for name in ("connection", "options"):
            specs = {spec.name: spec.value for spec in self._shown[name]}
            self._begun[name] = connection.seen(self.detail) if name == "connection" else specs
            for field in set(fields) & set(specs) if not mine else ():
                self._part(name).fields[field].field.value = specs[field]
        self.query_one(MappingTable).settle(fields, mine)
        self.edited()
        if mine:
            again()

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
            self._refused(found, self.test)
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

    def _refused(self, error: Exception, again: Callable[[], object]) -> None:
        """Says so beside the field. What the service was asked with is kept by now: Base URL and sealed token, not active."""
        self._show_evidence(None)
        if isinstance(error, Conflict) and error.changes:
            self._met(error, again)
            return
        if isinstance(error, Refused):  # anything else was wrong before it was kept, and stays as it was typed
            if self._part("connection").changed():
                error.hint = error.hint.replace("Nothing was changed.", "Base URL and Token Key are kept as you typed them; it is not active.")
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
            self._refused(found, self.activate)
            return
        detail, self._probe = found
        self._taken(detail)
        self._show_evidence(self._probe)
        screen: Any = self.screen
        screen.refresh_here()
        ways = [("users", "Users")] if detail.groups else [("groups", "User Groups")]
        next_step = "Changes now reach it by a push." if detail.groups else "You can now connect user groups to the application to provision their members."
        self.ask(Message("Identity Management", [(f"✓ {VERIFIED}", "ok"), "", next_step], ways), screen.show_tab)
