"""The second step of adding an application: its general info."""

from __future__ import annotations

import shlex
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from store.errors import UsherError
from tui.commands import Command, Commanded, Possible
from tui.screens.application_general import PORTAL, BadgeLine, colours, image_hint, image_path
from tui.screens.dialog import Button
from tui.screens.pane import FieldDown, FieldUp, Scroll
from tui.widgets.fields import FieldSpec, Form
from tui.widgets.fold import Fold
from tui.widgets.heading import Heading
from tui.widgets.reading import Para, Reading
from usher.catalog.connector import Connector
from usher.services import applications, settings
from usher.services.applications import ApplicationDetail
from usher.services.general_fields import choose_slug
from usher.services.session import Session

FROM_LABEL = "from the label"
ADVANCED = "Advanced Settings"


class SaveApplication(Command["GeneralStep"]):
    """Save Application: it is added with its defaults, and for SAML with a certificate of its own."""

    keys, name, short, priority, words = "ctrl+s", "Save Application", "Save Application", 5, "apps add"

    def possible(self, step: GeneralStep) -> Possible:
        """Not for readers."""
        return step.may

    def run(self, step: GeneralStep) -> None:
        """Adds it."""
        step.screen.save_application()  # type: ignore[attr-defined]

    def cli(self, step: GeneralStep) -> str:
        """`usher apps add` with what was typed."""
        return step.cli()


class ChooseAgain(Command["GeneralStep"]):
    """Back to the catalog. What was typed stays until another application is chosen."""

    keys, name, short, priority = "escape", "Back to the catalog", "Back", 7

    def run(self, step: GeneralStep) -> None:
        """Goes back."""
        step.screen.choose_again()  # type: ignore[attr-defined]


class GeneralStep(Commanded, Vertical):
    """Display Label and the rest; Advanced Settings folded away."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (SaveApplication, ChooseAgain, FieldDown, FieldUp)

    def __init__(self, session: Session, connector: Connector, may: bool | str) -> None:
        super().__init__(id="general")
        self.session, self.connector, self.may = session, connector, may

    def compose(self) -> ComposeResult:
        """Heading, fields, the fold, buttons."""
        yield Heading(id="general-heading")
        with Scroll(), Form(id="all"):
            yield BadgeLine()
            yield Form(self._specs(), id="fields")
            if self.connector.saml:
                yield Fold(ADVANCED, "SSO IdP URL", id="advanced")
                with Vertical(id="advanced-part", classes="folded block"):
                    yield Form(
                        [FieldSpec("slug", "SSO IdP URL ends in", "", "Small letters, digits and hyphens. Left empty, it is made from the label.")],
                        id="advanced-fields",
                    )
                    yield Reading(id="url", classes="block")
            with Horizontal(classes="buttons"):
                yield Button("back", "Back", key="escape", tone="dim")
                yield Button("save", "Save Application", key="ctrl+s")

    def _specs(self) -> list[FieldSpec]:
        connector = self.connector
        label = "" if connector.category == "generic" else connector.name
        url = (
            [FieldSpec("url", "Bookmark URL", "", "Your sign-in URL: the address that the tile opens.", required=True)] if connector.kind == "bookmark" else []
        )
        return [
            FieldSpec("label", "Display Label", label, required=True),
            *url,
            FieldSpec("description", "Description"),
            FieldSpec("visible", "User Portal", "true", options=PORTAL),
            FieldSpec("badge", "User Portal Image", "", "One or two letters. Empty: from the label."),
            FieldSpec("colour", "Colour", "", options=(("", FROM_LABEL), *colours())),
            FieldSpec("image", "Image file", "", image_hint(self.session)),
        ]

    def on_mount(self) -> None:
        """The badge and the URL of what stands there at first."""
        self.query_one("#general-heading", Heading).show(f"Add New Application: {self.connector.name}", [("2 of 2  ·  General info", "dim")])
        self.show_made()
        self.call_after_refresh(self.form.fields["label"].field.focus)

    @property
    def form(self) -> Form:
        """All fields, the folded ones too."""
        return self.query_one("#all", Form)

    @property
    def typed(self) -> bool:
        """Whether something was."""
        return bool(self.form.changed())

    def on_form_edited(self) -> None:
        """Badge and URL follow."""
        self.show_made()

    def on_fold_turned(self, message: Fold.Turned) -> None:
        """Opens or closes the Advanced Settings."""
        self.query_one("#advanced-part").set_class(not message.fold.opened, "folded")
        if message.fold.opened:
            self.call_after_refresh(self.query_one("#advanced-part").scroll_visible, animate=False)

    def on_descendant_focus(self) -> None:
        """The URL stays in view while its end is typed."""
        parts = self.query("#advanced-part")
        if parts and parts.first().has_focus_within:
            self.call_after_refresh(parts.first().scroll_visible, animate=False)

    def show_made(self) -> None:
        """What will be made of what is typed: badge and SSO IdP URL."""
        values = self.form.values()
        if not values:
            return
        self.query_one(BadgeLine).show(values["badge"], values["colour"], values["label"] or self.connector.name)
        if not self.connector.saml:
            return
        try:
            url = f"{settings.base_url(self.session)}/saml2/{choose_slug(self.session.db, values['slug'], values['label'], self.connector.name)}"
            said: list[Any] = [[("It will be  ", "dim"), (url, "strong")]]
        except UsherError as error:
            url, said = "", [Para(str(error), "bad", ("✗ ", "bad"))]
        self.query_one("#url", Reading).show(
            [*said, Para("It can never be edited after the application is created. The way out then is to delete the application and add it again.", "dim")]
        )
        fold = self.query_one("#advanced", Fold)
        fold.inside = f"SSO IdP URL: {url}" if url else "SSO IdP URL"
        fold.refresh()

    def unfold(self, field: str) -> None:
        """Opens the Advanced Settings when the error is about something in them."""
        if field == "slug":
            self.query_one("#advanced", Fold).opened = True

    def adding(self) -> Any:
        """What adds the application, with what is typed now."""
        values, session, connector = self.form.values(), self.session, self.connector

        def add() -> ApplicationDetail:
            return applications.add(
                session,
                connector.key,
                label=values["label"],
                description=values["description"],
                slug=values.get("slug", ""),
                visible=values["visible"] == "true",
                bookmark_url=values.get("url", ""),
                badge=values["badge"],
                colour=values["colour"],
                image=image_path(session, values["image"]),
            )

        return add

    def cli(self) -> str:
        """The command line that adds it."""
        values = self.form.values()
        parts = ["usher apps add", self.connector.key, "--label", shlex.quote(values.get("label", ""))]
        for name, option in (
            ("description", "--description"),
            ("slug", "--idp-slug"),
            ("url", "--url"),
            ("badge", "--badge"),
            ("colour", "--colour"),
            ("image", "--image"),
        ):
            if values.get(name):
                parts += [option, shlex.quote(values[name])]
        return " ".join([*parts, *(["--hidden"] if values.get("visible") == "false" else [])])

    def on_button_pressed(self, message: Button.Pressed) -> None:
        """The buttons."""
        message.stop()
        screen: Any = self.screen
        if message.button.answer == "back":
            screen.choose_again()
        elif self.may is not True:
            screen.say(str(self.may), tone="warn")
        else:
            screen.save_application()
