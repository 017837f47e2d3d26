"""The Bookmark tab: the address that the tile opens, on and off."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from tui import words
from tui.commands import Command, Possible
from tui.screens.confirm import Confirm
from tui.screens.dialog import Button
from tui.screens.form_pane import FormPane
from tui.screens.pane import PaneCommand
from tui.widgets.fields import FieldSpec, Form
from tui.widgets.reading import Para, Reading
from usher.services import applications, sso
from usher.services.applications import ApplicationDetail


class ActivateBookmark(PaneCommand):
    """Activate the bookmark: its tile is in the portal again."""

    name, words = "Activate Bookmark", "apps sso"

    def possible(self, pane: Any) -> Possible:
        """Only while it is off."""
        return pane.detail.sso != "active" and super().possible(pane)

    def run(self, pane: Any) -> None:
        """Activates."""
        pane.work(lambda: sso.activate(pane.session, pane.detail.id), lambda _: pane.saved(f"The bookmark {pane.detail.label} was activated."))

    def cli(self, pane: Any) -> str:
        """With the label."""
        return f"usher apps sso {shlex.quote(pane.detail.label)} activate"


class DeactivateBookmark(PaneCommand):
    """Deactivate the bookmark: its tile goes from the portal."""

    name, words = "Deactivate Bookmark", "apps sso"

    def possible(self, pane: Any) -> Possible:
        """Only while it is on."""
        return pane.detail.sso == "active" and super().possible(pane)

    def run(self, pane: Any) -> None:
        """Asks first."""
        pane.deactivate()

    def cli(self, pane: Any) -> str:
        """With the label."""
        return f"usher apps sso {shlex.quote(pane.detail.label)} deactivate"


class BookmarkPane(FormPane):
    """A bookmark signs nobody in: it is an address behind a tile."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (ActivateBookmark, DeactivateBookmark)
    tab: ClassVar[str] = "sso"
    title: ClassVar[str] = "Bookmark"

    @classmethod
    def belongs(cls, detail: ApplicationDetail) -> bool:
        """Bookmarks alone."""
        return detail.kind == "bookmark"

    def specs(self, detail: ApplicationDetail) -> list[FieldSpec]:
        """Its URL."""
        return [FieldSpec("url", "Bookmark URL", detail.bookmark_url, "The address that the portal's tile opens.", required=True)]

    def content(self) -> ComposeResult:
        """State, field, Save, and at the bottom the way off."""
        yield Reading(id="bookmark-state", classes="block")
        yield Form(self.specs(self.detail), id="fields")
        with Horizontal(classes="buttons"):
            yield Button("save", "Save", key="ctrl+s")
        with Horizontal(classes="buttons"):
            yield Button("activate", "Activate Bookmark")
            yield Button("deactivate", "Deactivate Bookmark", tone="bad")

    def fill(self) -> None:
        """State and field."""
        super().fill()
        active = self.detail.sso == "active"
        who = words.count(self.detail.people, "person", "people")
        text = f"{who} may reach it." if active else "It is deactivated: nobody sees its tile."
        self.query_one("#bookmark-state", Reading).show([[words.state(self.detail.sso)], Para(text, "dim")])
        self.query_one("#button-activate").display = not active
        self.query_one("#button-deactivate").display = active

    def pressed(self, name: str) -> None:
        """The buttons."""
        ways = {"activate": ActivateBookmark, "deactivate": DeactivateBookmark}
        if name in ways:
            self.do(ways[name])
        else:
            super().pressed(name)

    def deactivate(self) -> None:
        """Says who loses the tile, and asks."""
        lines = [f"{losing(self.detail.people)} its tile in the portal.", "", ("It can be activated again at any time.", "dim")]
        done = f"The bookmark {self.detail.label} was deactivated."
        dialog = Confirm("Deactivate Bookmark?", lines, "Deactivate Bookmark", key="y")
        self.ask(dialog, lambda _: self.work(lambda: sso.deactivate(self.session, self.detail.id), lambda _: self.saved(done)))

    def keep(self, values: Mapping[str, str], version: int) -> ApplicationDetail:
        """Saves the URL."""
        return applications.set_general(self.session, self.detail.id, dict(values), version)

    def save_cli(self) -> str:
        """`usher apps set`."""
        return f"usher apps set {shlex.quote(self.detail.label)} {shlex.quote('url=' + self.form.values()['url'])}"


def losing(people: int) -> str:
    """`12 people lose`, `1 person loses`, `Nobody may reach it now; nobody loses`."""
    if not people:
        return "Nobody may reach it now, so nobody loses"
    return f"{words.count(people, 'person', 'people')} {'loses' if people == 1 else 'lose'}"
