"""Add New Application: search, select, Next; general info, Save Application; then Configure Application or Close."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical

from tui.screens.application_todo import todos
from tui.screens.base import PlaceScreen
from tui.screens.still_to_do import StillToDo
from tui.screens.wizard_choose import CatalogSearch, ChooseStep
from tui.screens.wizard_general import GeneralStep
from tui.styles.sheets import APPLICATION_CSS, FORM_CSS
from tui.widgets.ink import Spans
from usher.services.applications import ApplicationDetail


class AddScreen(PlaceScreen):
    """Two steps on one screen. The argument is what to search for."""

    CSS_PATH = [FORM_CSS, APPLICATION_CSS]
    AUTO_FOCUS = "#catalog-search"
    place: ClassVar[str] = "add"

    def __init__(self) -> None:
        super().__init__()
        self.step: GeneralStep | None = None
        self._wanted = ""

    def body(self) -> ComposeResult:
        """The steps, one of them shown."""
        with Vertical(id="wizard"):
            yield ChooseStep()

    def arrive(self, argument: str) -> None:
        """Every visit begins with the catalog."""
        self._wanted = argument
        self._drop()

    def refill(self) -> None:
        """Shows the catalog, searched for the argument."""
        if self.step is None:
            choose = self.query_one(ChooseStep)
            choose.display = True
            search = self.query_one(CatalogSearch)
            search.value = self._wanted
            self.call_after_refresh(search.focus)

    def _drop(self) -> None:
        if self.step is not None:
            self.step.remove()
            self.step = None

    def focus_list(self) -> None:
        """Back to the field at work."""
        if self.step is None:
            self.query_one(CatalogSearch).focus()
        else:
            self.step.form.fields["label"].field.focus()

    def unsaved(self) -> str:
        """What was typed into the second step."""
        return f"The application is not added yet: what you typed for {self.step.connector.name} would be lost." if self.step and self.step.typed else ""

    def cli(self) -> str:
        """The same on the command line."""
        return self.step.cli() if self.step else "usher catalog search"

    # The steps

    def on_choose_step_chosen(self, message: ChooseStep.Chosen) -> None:
        """Next: general info. The same application chosen again finds what was typed."""
        if self.step is not None and self.step.connector.key != message.connector.key:
            self._drop()
        self.query_one(ChooseStep).display = False
        if self.step is None:
            self.step = GeneralStep(self.session, message.connector, self.app.may("administrator"))
            self.query_one("#wizard").mount(self.step)
            return
        self.step.display = True
        self.focus_list()

    def choose_again(self) -> None:
        """Back to the catalog."""
        if self.step is not None:
            self.step.display = False
        self.query_one(ChooseStep).display = True
        self.query_one(CatalogSearch).focus()

    def save_application(self) -> None:
        """Adds the application beside the screen: making its key pair takes a moment."""
        step = self.step
        if step is not None:
            step.form.clear_errors()
            self.work(step.adding(), self._added, form=step.form, busy="adding …")

    def _added(self, detail: ApplicationDetail) -> None:
        self._drop()
        self.app.visit("apps")
        dialog = StillToDo("Application saved", detail.id, head(detail), [("configure", "Configure Application")])
        self.app.push_screen(dialog, lambda answer: self._go_on(detail, answer))

    def _go_on(self, detail: ApplicationDetail, answer: str | None) -> None:
        """To the tab of the step that was chosen, or of the first thing that is not done."""
        if answer:
            step = _first_tab(detail) if answer == "configure" else answer
            self.app.visit("app", f"{detail.id} {step.partition(' ')[0]}")
            application: Any = self.app.screen
            application.go_to_step(step)


def _first_tab(detail: ApplicationDetail) -> str:
    """Where to go on: the first thing that is not done, else the SSO tab."""
    left = todos(detail)
    return left[0].tab if left else "sso" if detail.sso != "unsupported" else "idm"


def head(detail: ApplicationDetail) -> list[Spans]:
    """What was made."""
    lines: list[Spans] = [[("✓ ", "ok"), (detail.label, "strong"), (" was added.", "text")]]
    if detail.idp_url:
        lines.append([("  at ", "dim"), (detail.idp_url, "text")])
    if detail.kind == "bookmark" and not detail.groups:
        lines.append(("  Nobody sees the tile before a user group is authorised.", "dim"))
    return lines
