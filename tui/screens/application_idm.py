"""The Identity Management tab: connection, mapping, options; nothing is active before the live service was asked."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from store.errors import Conflict
from tui.commands import Command
from tui.screens import application_connection as connection
from tui.screens import application_options as options
from tui.screens.application_asking import AskingPane
from tui.screens.application_idm_commands import ActivateIdm, AddRow, Configure, TestConnection, UseStandIn
from tui.screens.application_impact import Foreseen, foresee
from tui.screens.application_mapping import MappingTable, editor
from tui.screens.dialog import Button
from tui.screens.meanwhile import met
from tui.widgets.fields import FieldSpec, Form
from tui.widgets.fold import Fold
from tui.widgets.gauges import ImpactLine
from tui.widgets.reading import Para, Reading
from tui.widgets.table import VirtualTable
from usher.sandbox import facts
from usher.sandbox.facts import DemoFacts
from usher.services import applications, catalog, identity
from usher.services.applications import ApplicationDetail
from usher.services.mapping_rows import sources


class IdentityPane(AskingPane):
    """Accounts at the application, by SCIM."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (Configure, UseStandIn, TestConnection, ActivateIdm, AddRow)
    tab: ClassVar[str] = "idm"
    title: ClassVar[str] = "Identity Management"

    def __init__(self, detail: ApplicationDetail) -> None:
        super().__init__(detail)
        self.connector = catalog.known(detail.connector)
        self.demo: DemoFacts | None = facts.of_store(self.session.store.path)
        self.configuring = bool(detail.connection and detail.connection.base_url)

    @classmethod
    def belongs(cls, detail: ApplicationDetail) -> bool:
        """Where the connector knows SCIM."""
        return detail.idm != "unsupported"

    @property
    def quoted(self) -> str:
        """The label as a shell takes it."""
        return shlex.quote(self.detail.label)

    # What stands in it

    def content(self) -> ComposeResult:
        """Connection, mapping, options, impact, Save."""
        with Form(id="all"):
            yield Reading(id="idm-state", classes="block")
            with Horizontal(classes="buttons", id="begin"):
                yield Button("configure", "Configure")
            yield Form(self._connection_specs(), id="connection")
            with Horizontal(classes="buttons", id="asking"):
                yield Button("use", "Use the stand-in")
                yield Button("test", "Test connection")
                yield Button("activate", "Activate")
            yield Reading(id="evidence", classes="block")
            yield Reading(connection.stand_in(self.demo) if self.demo else [], id="stand-in", classes="block")
            yield Reading(connection.guide(self.connector), id="guide", classes="block")
            yield Reading(id="capabilities", classes="block")
            yield Reading(
                [
                    ("ATTRIBUTE MAPPING", "faint bold"),
                    Para("Space switches a row, enter changes where it comes from. Nothing outside the mapping is sent.", "dim"),
                ],
                classes="block",
            )
            yield MappingTable(self)
            yield Fold("Notes", f"what to know about {self.connector.name}" if self.connector else "", id="notes")
            yield Reading(connection.notes(self.connector), id="notes-text", classes="block folded")
            yield Reading([("OPTIONS", "faint bold")], classes="section")
            yield Form(self._option_specs(), id="options")
            with Horizontal(classes="buttons"):
                yield Button("save", "Save", key="ctrl+s")
                yield Button("add", "Add a row")

    def foot(self) -> ComposeResult:
        """The impact, wherever in the tab the change is made."""
        yield ImpactLine(id="idm-impact")

    def _connection_specs(self) -> list[FieldSpec]:
        example = self.connector.scim.base_url if self.connector and self.connector.scim else ""
        return connection.specs(self.detail, example, self.session.confined)

    def _option_specs(self) -> list[FieldSpec]:
        return options.specs(self.detail.connection, self.connector.scim.rate if self.connector and self.connector.scim else None)

    def _part(self, name: str) -> Form:
        return self.query_one(f"#{name}", Form)

    def fill(self) -> None:
        """Everything but what is being typed."""
        active = self.detail.idm == "active"
        known = self.detail.connection.capabilities if self.detail.connection else {}
        self.configuring = self.configuring or active or bool(self.detail.connection and self.detail.connection.base_url)
        self.query_one("#idm-state", Reading).show(connection.state(self.detail, self.session))
        self._refill("connection", self._connection_specs())
        self._refill("options", self._option_specs())
        self.query_one(MappingTable).fill(self.detail.mapping)
        self.query_one("#capabilities", Reading).show(connection.capabilities(known, self.connector) if active else [])
        self._fold(active, bool(known))
        self._foresee()

    def _refill(self, name: str, specs: list[FieldSpec]) -> None:
        form = self._part(name)
        if not form.changed() or name not in self._begun:
            self._begun[name] = connection.seen(self.detail) if name == "connection" else {spec.name: spec.value for spec in specs}
        if specs != self._shown.get(name):
            self._shown[name] = specs
            form.fill(specs, keep_edits=True)
        form.disabled = not self.app.administers

    def _fold(self, active: bool, known: bool) -> None:
        """What is shown depends on how far the connection is."""
        shown = {
            "#guide": not active,
            "#begin": not self.configuring,
            "#stand-in": self.demo is not None and not active,
            "#connection": self.configuring,
            "#button-use": self.demo is not None and self.configuring and not active,
            "#asking": self.configuring,
            "#button-activate": self.configuring and not active,
            "#evidence": self._probe is not None,
            "#capabilities": active and known,
            "#notes": bool(connection.notes(self.connector)),
        }
        for selector, display in shown.items():
            self.query_one(selector).display = display

    def landing(self) -> Widget | None:
        """Configure, while nothing is entered."""
        return None if self.configuring or not self.app.administers else self.query_one("#button-configure")

    # Saving

    def changed(self) -> bool:
        """Whether the connection, a row or an option is not what is kept."""
        return bool(self._part("connection").changed() or self._part("options").changed() or self.query_one(MappingTable).drafts)

    def save(self) -> None:
        """Keeps everything that was changed here."""
        save = self._saving()
        self.work(lambda: met(save), self._kept, form=self._part("all"), busy="saving …")

    def _saving(self, only_connection: bool = False) -> Callable[[], ApplicationDetail]:
        """What saves, with what is typed now."""
        detail, table = self.detail, self.query_one(MappingTable)
        typed = self._part("connection").values() if self._part("connection").changed() else {}
        chosen, drafts, began = self._part("options").changed(), dict(table.drafts), dict(table.began)
        connected = dict(self._begun["connection"])

        def save() -> ApplicationDetail:
            if typed:
                connection.configure(self.session, detail, typed, connected)
            if not only_connection:
                self._keep_rest(detail.id, chosen, drafts, began)
            return applications.get(self.session, detail.id)

        return save

    def _keep_rest(self, app: str, chosen: dict[str, str], drafts: dict[str, Any], began: dict[str, Any]) -> None:
        MappingTable.keep(self.session, app, drafts, began)
        if chosen:
            identity.set_options(self.session, app, chosen, expected=self._begun["options"])

    def _kept(self, detail: ApplicationDetail | Conflict) -> None:
        if isinstance(detail, Conflict):
            self._met(detail, self.save)
            return
        self._taken(detail, everything=True)
        self.saved(f"Saved {detail.label}.")

    def _taken(self, detail: ApplicationDetail, everything: bool = False) -> None:
        """Shows what is kept; what was typed into the connection is no longer here, the token first of all."""
        self.detail = detail
        self._shown["connection"] = self._connection_specs()
        self._part("connection").fill(self._shown["connection"])
        self._begun["connection"] = connection.seen(detail)
        if everything:
            self.query_one(MappingTable).drafts.clear()
            self._shown["options"] = self._option_specs()
            self._part("options").fill(self._shown["options"])
            self._begun["options"] = {spec.name: spec.value for spec in self._shown["options"]}

    def save_cli(self) -> str:
        """`usher idm configure`, `mapping` or `set`."""
        if self._part("connection").changed():
            return f"usher idm configure {self.quoted} --base-url {shlex.quote(self._part('connection').values()['base_url'])} --token-file FILE"
        chosen = self._part("options").changed()
        if chosen:
            return " ".join([f"usher idm set {self.quoted}", *(f"{name}={value}" for name, value in chosen.items())])
        row = next(iter(self.query_one(MappingTable).drafts.values()), None)
        if row is None:
            return f"usher idm mapping {self.quoted} list"
        verb = f"set {row.path}={row.source}" if row.source else f"constant {shlex.quote(f'{row.path}={row.constant}')}"
        return f"usher idm mapping {self.quoted} {verb if row.on else f'off {row.path}'}"

    # Impact

    def foresee_later(self) -> None:
        """A row was changed: what that would bring."""
        self._foresee()
        self.edited()

    def on_form_edited(self) -> None:
        """Something was typed."""
        self._foresee()
        self.edited()

    def _foresee(self) -> None:
        """Counts what mapping and switches would bring, beside the screen."""
        table, line = self.query_one(MappingTable), self.query_one("#idm-impact", ImpactLine)
        chosen = {name: value for name, value in self._part("options").changed().items() if name in options.ACTIONS}
        drafts, began, app = dict(table.drafts), dict(table.began), self.detail.id
        line.display = bool(drafts or chosen)
        if not line.display:
            return
        if self.detail.idm != "active":
            line.show(None, "none before Identity Management is active")
            return
        line.show(None, "counting …")
        self.read(lambda: foresee(self.session, app, lambda: self._keep_rest(app, chosen, drafts, began)), self._foreseen, group="impact")

    def _foreseen(self, found: Foreseen) -> None:
        self.query_one("#idm-impact", ImpactLine).show(found.counts, found.refused)

    # Entering the connection

    def configure(self) -> None:
        """Shows Base URL and Token Key and goes there."""
        self.configuring = True
        self.fill()
        self.call_after_refresh(lambda: self._part("connection").fields["base_url"].field.focus())

    def use_stand_in(self) -> None:
        """Fills in the rehearsal's Base URL and the file its token is in."""
        if self.demo is not None:
            self.configuring = True
            self.fill()
            fields = self._part("connection").fields
            fields["base_url"].field.value = self.demo.base_url
            fields["token_file"].field.value = str(self.demo.token_file)
            self.query_one("#button-activate").focus()

    # What happens in it

    def pressed(self, name: str) -> None:
        """The buttons."""
        ways: dict[str, type[Command[Any]]] = {"configure": Configure, "use": UseStandIn, "test": TestConnection, "activate": ActivateIdm, "add": AddRow}
        if name in ways:
            self.do(ways[name])
        else:
            super().pressed(name)

    def on_fold_turned(self, message: Fold.Turned) -> None:
        """Shows or hides the notes."""
        self.query_one("#notes-text").set_class(not message.fold.opened, "folded")

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Changes where a row comes from."""
        message.stop()
        self.edit_row(message.row)

    def edit_row(self, row: Any) -> None:
        """Asks for it; Save keeps it."""
        if self.app.administers:
            self.ask(editor(row, sources(self.session.db)), self.query_one(MappingTable).put)
