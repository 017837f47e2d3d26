"""A tab that is one form: what is typed stays when somebody else changes the same application, and both are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.errors import Conflict
from tui.screens.meanwhile import Meanwhile, met
from tui.screens.pane import Pane
from tui.widgets.fields import FieldSpec, Form
from usher.services import meanwhile
from usher.services.applications import ApplicationDetail


@dataclass(frozen=True)
class Clash:
    """A field that was changed here and, meanwhile, in the store."""

    name: str
    label: str
    was: str
    now: str
    yours: str


def clashes(before: Sequence[FieldSpec], now: Sequence[FieldSpec], edits: Mapping[str, str]) -> list[Clash]:
    """The fields that both sides changed, and not to the same."""
    earlier = {spec.name: spec.value for spec in before}
    return [
        Clash(spec.name, spec.label, earlier[spec.name], spec.value, edits[spec.name])
        for spec in now
        if spec.name in edits and earlier.get(spec.name, spec.value) not in (spec.value, edits[spec.name]) and edits[spec.name] != spec.value
    ]


class FormPane(Pane):
    """Subclasses give `specs` and `keep`, and put `Form(self.specs(self.detail), id="fields")` into their content."""

    def __init__(self, detail: ApplicationDetail) -> None:
        super().__init__(detail)
        self._begun = self._specs_now()
        self._begun_at: int | None = None
        self._begun_label = detail.label
        self._shown = self._begun

    # For a subclass to fill in

    def specs(self, detail: ApplicationDetail) -> list[FieldSpec]:
        """The fields of that state of the application."""
        raise NotImplementedError

    def keep(self, values: Mapping[str, str], version: int) -> ApplicationDetail:
        """Saves these; runs beside the screen."""
        raise NotImplementedError

    # The form

    @property
    def form(self) -> Form:
        """The form."""
        return self.query_one("#fields", Form)

    def _specs_now(self) -> list[FieldSpec]:
        return self.specs(self.detail)

    def fill(self) -> None:
        """Shows the store's values in the fields nobody has typed in."""
        specs = self._specs_now()
        if not self.form.changed() or self._begun_at is None:
            self._begin(specs)
        if specs != self._shown:
            self._shown = specs
            self.form.fill(specs, keep_edits=True)
        self.form.disabled = not self.app.administers

    def _begin(self, specs: list[FieldSpec]) -> None:
        """From now on, what somebody else changes is a change meanwhile."""
        self._begun, self._begun_at, self._begun_label = specs, meanwhile.head(self.session), self.detail.label

    def changed(self) -> bool:
        """Whether something was typed that the store does not have."""
        return bool(self.form.changed())

    def save(self) -> None:
        """Saves; where somebody else changed the same field, asks whose is to stand."""
        found = clashes(self._begun, self._shown, self.form.changed())
        if found:
            changes = self._with_authors(found)
            typed, labels = {one.name: one.yours for one in found}, {one.name: one.label for one in found}
            dialog = Meanwhile(meanwhile.conflict(self.detail.label, changes), typed, labels)
            self.ask(dialog, lambda answer: self._settle(answer, found))
        else:
            self._keep()

    def _with_authors(self, found: Sequence[Clash]) -> list[meanwhile.Changed]:
        """Who changed each of these since the typing began, by the record."""
        names = [self.detail.id, self.detail.label, self._begun_label]  # the record knows it by the label it had then
        others = meanwhile.since(self.session, self._begun_at or 0, names)
        by = {one.field: one.by for one in others}
        return [meanwhile.Changed(one.name, one.was, one.now, by.get(one.name, "")) for one in found]

    def _settle(self, answer: str, found: Sequence[Clash]) -> None:
        self._begin(self._shown)
        if answer == "mine":
            self._keep()
            return
        for clash in found:
            self.form.fields[clash.name].field.value = clash.now
        self.edited()

    def _keep(self) -> None:
        values, version = self.form.changed(), self.detail.version
        self.work(lambda: met(lambda: self.keep(values, version)), self._kept, form=self.form, busy="saving …")

    def _kept(self, detail: ApplicationDetail | Conflict) -> None:
        if isinstance(detail, Conflict):  # within the blink of an eye: look again, and what was changed is told
            screen: Any = self.screen
            screen.refresh_here()
            self.say(detail.message, "What you typed is still here: save again.", "warn")
            return
        self._take(detail)
        self.saved(f"Saved {detail.label}.")

    def _take(self, detail: ApplicationDetail) -> None:
        """Shows what is kept now; nothing is being typed any more."""
        self.detail = detail
        self._shown = self.specs(detail)
        self._begin(self._shown)
        self.form.fill(self._shown)
