"""General Info of an application."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from store.errors import UsageError
from tui import words
from tui.screens.dialog import Button
from tui.screens.form_pane import FormPane
from tui.widgets.fields import FieldSpec, Form
from tui.widgets.ink import Drawn, Spans, badge
from tui.widgets.reading import Para, Reading
from usher.services import applications
from usher.services.applications import ApplicationDetail
from usher.services.badges import COLOURS, check_badge, check_colour, letters_of
from usher.services.session import Session

PORTAL = (("true", "Show in User Portal"), ("false", "Hide"))
FIXED = "Cannot be changed after the application is created. To use another one, delete the application and add it again."


def colours() -> tuple[tuple[str, str], ...]:
    """The colours of a badge, to choose from."""
    return tuple((colour, colour) for colour in COLOURS)


def image_hint(session: Session, now: str | None = None) -> str:
    """What an image file may be, where it may lie, and what is kept now."""
    where = "A bare file name in the exchange folder" if session.confined else "A path"
    kept = f" Now: {now.removeprefix('image/').removesuffix('+xml')}; type - to take it away." if now else ""
    return f"{where}; png, jpg or svg, up to 100 KB.{kept}"


def image_path(session: Session, typed: str) -> Path | None:
    """The file that was typed; `-` and nothing are none."""
    text = typed.strip()
    if text in ("", "-"):
        return None
    return Path(text) if session.confined else Path(text).expanduser()


class BadgeLine(Drawn):
    """How the application will look in lists: its badge and label."""

    def __init__(self) -> None:
        super().__init__(id="badge-line")
        self.badge: Spans = ""
        self.text = ""

    def show(self, letters: str, colour: str, label: str) -> None:
        """Shows them; letters and colour that cannot be are made from the label."""
        try:
            self.badge = badge(check_badge(letters, label), check_colour(colour, label))
        except UsageError:
            self.badge = badge(check_badge("", label), check_colour("", label))
        self.text = label
        self.refresh()

    def line(self, y: int, width: int) -> Spans:
        """Badge and label."""
        return [self.badge, "  ", (self.text, "strong"), ("   as it stands in lists", "faint")]


class GeneralPane(FormPane):
    """What the application is called and how it is shown."""

    tab: ClassVar[str] = "general"
    title: ClassVar[str] = "General Info"

    def specs(self, detail: ApplicationDetail) -> list[FieldSpec]:
        """The fields of General Info."""
        found = [
            FieldSpec("label", "Display Label", detail.label, required=True),
            FieldSpec("description", "Description", detail.description),
            FieldSpec("visible", "User Portal", "true" if detail.visible else "false", options=PORTAL),
            FieldSpec("badge", "User Portal Image", detail.badge, "One or two letters. Empty: from the label, which it follows."),
            FieldSpec("colour", "Colour", detail.colour, options=colours()),
            FieldSpec("image", "Image file", "", image_hint(self.app.session, detail.image_type)),
        ]
        return [*found, FieldSpec("slug", "SSO IdP URL", detail.idp_url, locked=FIXED)] if detail.slug else found

    def content(self) -> ComposeResult:
        """Badge, fields, Save."""
        yield BadgeLine()
        yield Reading(id="newer", classes="block")
        with Horizontal(classes="buttons", id="newer-way"):
            yield Button("newer", "What it would change")
        yield Form(self.specs(self.detail), id="fields")
        with Horizontal(classes="buttons"):
            yield Button("save", "Save", key="ctrl+s")

    def fill(self) -> None:
        """Fields and badge."""
        super().fill()
        self._show_badge()
        self._show_newer()

    def pressed(self, name: str) -> None:
        """The buttons."""
        if name == "newer":
            screen: Any = self.screen
            screen.show_newer()
        else:
            super().pressed(name)

    def _show_newer(self) -> None:
        """Whether the connector says something else by now."""
        screen: Any = self.screen
        many = words.count(screen.newer, "thing")
        said = f"The connector says {many} otherwise than when this application was added. It keeps what it was made with."
        self.query_one("#newer", Reading).show([Para(said, "text", ("▲ ", "warn"))] if screen.newer else [])
        self.query_one("#newer").display = self.query_one("#newer-way").display = bool(screen.newer)

    def on_form_edited(self) -> None:
        """The badge follows what is typed."""
        self._show_badge()
        self.edited()

    def _show_badge(self) -> None:
        values = self.form.values()
        if values:
            made = values["badge"] == self.detail.badge == letters_of(self.detail.label)  # then it follows the label
            self.query_one(BadgeLine).show("" if made else values["badge"], values["colour"], values["label"])

    def keep(self, values: Mapping[str, str], version: int) -> ApplicationDetail:
        """Saves General Info."""
        given: dict[str, Any] = dict(values)
        if "image" in given:
            given["image"] = image_path(self.session, given["image"]) or ""
        return applications.set_general(self.session, self.detail.id, given, version)

    def save_cli(self) -> str:
        """`usher apps set`."""
        return general_cli(self.detail.label, self.form.changed())


def general_cli(label: str, values: Mapping[str, str]) -> str:
    """`usher apps set APP FIELD=VALUE…` for what was typed."""
    named = {
        "hidden" if name == "visible" else name: ("false" if value == "true" else "true") if name == "visible" else value for name, value in values.items()
    }
    return " ".join(["usher apps set", shlex.quote(label), *(shlex.quote(f"{name}={value}") for name, value in named.items())])
