"""The SSO tab of an application: placeholders first, what to enter there, every field, attributes, on and off."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from store.errors import Conflict
from store.saml_settings import SamlAttribute
from tui import words
from tui.commands import Command
from tui.screens import application_federation, application_sso_fields
from tui.screens.application_attributes import AddAttribute, Attributes, editor
from tui.screens.application_certificates import download
from tui.screens.application_sso_commands import ActivateSso, CopyCertificate, DeactivateSso, DownloadCertificate
from tui.screens.application_sso_known import known_lines
from tui.screens.application_sso_reading import how, state_lines, where
from tui.screens.application_sso_values import COPIES, ROTATION, Value, Values
from tui.screens.confirm import Confirm
from tui.screens.dialog import Button
from tui.screens.form_pane import FormPane
from tui.screens.meanwhile import Meanwhile, met
from tui.widgets.fields import FieldSpec, Form
from tui.widgets.fold import Fold
from tui.widgets.reading import Reading
from tui.widgets.sheet import Sheet
from tui.widgets.table import VirtualTable
from usher.catalog.connector import Connector
from usher.services import catalog, sp_metadata, sso
from usher.services.applications import ApplicationDetail
from usher.services.sso_fields import sources


class SsoPane(FormPane):
    """Single sign-on by SAML."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (
        ActivateSso,
        DeactivateSso,
        DownloadCertificate,
        CopyCertificate,
        AddAttribute,
        *COPIES,
        *application_federation.ALL,
    )
    tab: ClassVar[str] = "sso"
    title: ClassVar[str] = "SSO"
    steps = {"certificate": DownloadCertificate}

    @classmethod
    def belongs(cls, detail: ApplicationDetail) -> bool:
        """Applications with SAML."""
        return detail.saml is not None

    def __init__(self, detail: ApplicationDetail) -> None:
        super().__init__(detail)
        self._asked = self._placeholders(detail)
        self._asked_begun: dict[str, str] | None = None

    # What stands in it

    def content(self) -> ComposeResult:
        """From what must be filled in down to the way off."""
        connector = self.connector
        with Form(id="all"):
            yield Reading(id="sso-state", classes="block")
            yield Form(self._placeholders(self.detail), id="placeholders")
            with Horizontal(classes="buttons", id="activating"):
                yield Button("save", "Save", key="ctrl+s")
                yield Button("activate", "Activate SSO")
            yield Reading([("ENTER THESE AT THE APPLICATION", "faint bold"), *where(connector)], classes="block")
            values = Values()
            values.add_class("rows")
            yield values
            yield Fold("How to set it up there", f"steps and notes for {connector.name}" if connector else "", id="how")
            yield Reading(how(connector), id="how-text", classes="block folded")
            yield Reading([("FIELDS", "faint bold")], classes="section")
            yield Form(self.specs(self.detail), id="fields")
            yield Reading([("KNOWN OF THE APPLICATION", "faint bold")], classes="section")
            yield Reading(id="known", classes="block")
            with Horizontal(classes="buttons"):
                yield Button("metadata", "Take over its metadata")
            yield Reading([("ATTRIBUTES OF THE ASSERTION", "faint bold")], classes="section")
            yield Attributes(self)
            with Horizontal(classes="buttons"):
                yield Button("add", "Add attribute")
                yield Button("save", "Save", key="ctrl+s")
            with Horizontal(classes="buttons"):
                yield Button("try", "Preview the assertion")
                yield Button("test", "Test a request or response")
            with Horizontal(classes="buttons"):
                yield Button("deactivate", "Deactivate SSO", tone="bad")

    @property
    def connector(self) -> Connector | None:
        """What the catalog knows."""
        return catalog.known(self.detail.connector)

    def specs(self, detail: ApplicationDetail) -> list[FieldSpec]:
        """Every field."""
        return application_sso_fields.specs(detail, sources(self.session.db))

    def _placeholders(self, detail: ApplicationDetail) -> list[FieldSpec]:
        """What is asked for once, by its label."""
        return [
            FieldSpec(
                each.token,
                each.label,
                each.value or "",
                f"{'Stands for' if each.value else 'Replaces'} {each.token}. {each.place}",
                required=not each.value,
            )
            for each in detail.placeholders
        ]

    def fill(self) -> None:
        """Everything but what is being typed."""
        super().fill()
        detail, connector = self.detail, self.connector
        asked = self.query_one("#placeholders", Form)
        specs = self._placeholders(detail)
        if not asked.changed() or self._asked_begun is None:
            self._asked_begun = {spec.name: spec.value for spec in specs}
        if specs != self._asked:
            self._asked = specs
            asked.fill(specs, keep_edits=True)
        asked.disabled = not self.app.administers
        asked.display = bool(detail.placeholders)
        self.query_one("#sso-state", Reading).show(state_lines(detail))
        self.query_one(Values).show_detail(detail, connector)
        self.query_one("#how", Fold).display = bool(how(connector))
        self.query_one(Attributes).fill(detail.attributes)
        self.query_one("#known", Reading).show(known_lines(sp_metadata.known(self.session, detail.id)))
        self.query_one("#activating").display = detail.sso != "active"
        self.query_one("#button-deactivate").display = detail.sso == "active"

    def landing(self) -> Widget | None:
        """The field of the step that led here, else the first placeholder that is left."""
        name = application_sso_fields.of_step(self._aim, self.detail) or next(iter(self.detail.unfilled), "")
        self._aim = ""
        field = self.query_one("#all", Form).fields.get(name)
        return field.field if field and self.app.administers else None

    # What can be done in it

    def changed(self) -> bool:
        """Whether a placeholder or a field was typed in."""
        return bool(self.form.changed() or self.query_one("#placeholders", Form).changed())

    def _keep(self) -> None:
        everything = self.query_one("#all", Form)
        save = self._saving()
        self.work(lambda: met(save), self._kept, form=everything, busy="saving …")

    def _kept(self, detail: ApplicationDetail | Conflict) -> None:
        asked = self.query_one("#placeholders", Form)
        if isinstance(detail, Conflict) and any(one.field in asked.fields for one in detail.changes):
            labels = {spec.name: spec.label for spec in self._asked}
            self.ask(Meanwhile(detail, asked.values(), labels), lambda answer: self._settle_asked(answer, detail))
        else:
            super()._kept(detail)

    def _settle_asked(self, answer: str, conflict: Conflict) -> None:
        """Goes on from what is kept now: with what was typed here, or with theirs."""
        fields = self.query_one("#placeholders", Form).fields
        for one in conflict.changes:
            self._asked_begun = {**(self._asked_begun or {}), one.field: one.now}
            if answer == "theirs":
                fields[one.field].field.value = one.now
        self.edited()
        if answer == "mine":
            self._keep()

    def _saving(self) -> Any:
        """What saves: fields first, then what was filled in."""
        begun = self._asked_begun or {}
        asked, fields, app, version = self.query_one("#placeholders", Form).changed(), self.form.changed(), self.detail.id, self.detail.version

        def save() -> ApplicationDetail:
            if fields or not asked:
                kept = sso.set_fields(self.session, app, fields, version)
            return sso.fill(self.session, app, asked, expected={token: begun.get(token, "") for token in asked}) if asked else kept

        return save

    def _take(self, detail: ApplicationDetail) -> None:
        self._asked = self._placeholders(detail)
        self._asked_begun = {spec.name: spec.value for spec in self._asked}
        self.query_one("#placeholders", Form).fill(self._asked)
        super()._take(detail)

    def keep(self, values: Mapping[str, str], version: int) -> ApplicationDetail:
        """Saves the fields."""
        return sso.set_fields(self.session, self.detail.id, values, version)

    def save_cli(self) -> str:
        """`usher apps fill` or `usher apps set`."""
        asked = self.query_one("#placeholders", Form).changed()
        verb, values = ("fill", asked) if asked else ("set", self.form.changed())
        return " ".join([f"usher apps {verb}", shlex.quote(self.detail.label), *(shlex.quote(f"{name}={value}") for name, value in values.items())])

    def activate(self) -> None:
        """Saves what was typed and activates."""
        save, dirty, app = self._saving(), self.changed(), self.detail.id

        def both() -> ApplicationDetail:
            if dirty:
                save()
            return sso.activate(self.session, app)

        def done(detail: ApplicationDetail) -> None:
            self._take(detail)
            self.saved(f"SSO of {detail.label} was activated.")

        self.work(both, done, form=self.query_one("#all", Form), busy="activating …")

    def deactivate(self) -> None:
        """Says whom it concerns, and asks."""
        detail = self.detail
        lines = [
            f"{words.count(detail.people, 'person is', 'people are')} entitled to {detail.label}; none of them can be signed in to it then.",
            "",
            ("The fields stay as they are; it can be activated again at any time.", "dim"),
        ]
        if detail.idm == "active":
            lines[1:1] = [f"Identity Management stays active: {words.count(detail.accounts.in_step, 'account')} there stay as they are."]
        done = f"SSO of {detail.label} was deactivated."
        self.ask(
            Confirm("Deactivate SSO?", lines, "Deactivate SSO", key="y"),
            lambda _: self.work(lambda: sso.deactivate(self.session, detail.id), lambda _: self.saved(done)),
        )

    def download(self) -> None:
        """Asks where the certificate is to go."""
        self.ask(download(self.session, self.detail), lambda path: self.say("The certificate was saved.", str(path)))

    def copy_certificate(self) -> None:
        """Copies it as PEM."""
        self.query_one(Values).copy(Value("certificate", ""))

    def edit_attribute(self, row: SamlAttribute | None) -> None:
        """Adds one, or changes that one."""
        dialog = editor(self.session, self.detail, row, sources(self.session.db))
        self.ask(dialog, lambda _: self.saved("The attributes were saved."))

    def remove_attribute(self, row: SamlAttribute) -> None:
        """Asks, then takes it out."""
        lines = [f"The assertion will no longer carry {row.name}: {words.count(self.detail.people, 'person', 'people')} may sign in with it."]
        done = f"{row.name} was removed."
        self.ask(
            Confirm("Remove 1 attribute?", lines, "Remove", key="y"),
            lambda _: self.work(lambda: sso.remove_attributes(self.session, self.detail.id, [row.name]), lambda _: self.saved(done)),
        )

    # What happens in it

    def pressed(self, name: str) -> None:
        """The buttons."""
        ways: dict[str, type[Command[Any]]] = {
            "activate": ActivateSso,
            "deactivate": DeactivateSso,
            "add": AddAttribute,
            "metadata": application_federation.TakeOverMetadata,
            "try": application_federation.PreviewAssertion,
            "test": application_federation.TestMessage,
        }
        if name in ways:
            self.do(ways[name])
        else:
            super().pressed(name)

    def on_sheet_opened(self, message: Sheet.Opened) -> None:
        """A value is copied; the certificate is downloaded."""
        message.stop()
        if message.target.key == "certificate":
            self.download()
        elif message.target.key == ROTATION:
            self.do(application_federation.ShowCertificates)
        else:
            self.query_one(Values).copy(message.target)

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Changes an attribute."""
        message.stop()
        if not self.app.administers:
            return
        self.edit_attribute(message.row)

    def on_fold_turned(self, message: Fold.Turned) -> None:
        """Shows or hides the steps."""
        self.query_one("#how-text").set_class(not message.fold.opened, "folded")
