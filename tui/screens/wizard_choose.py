"""The first step of adding an application: find it in the catalog, read what it can do."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widgets import Input

from store.errors import UsherError
from tui import words
from tui.commands import Command, Commanded, Possible
from tui.screens.wizard_about import about
from tui.widgets.heading import Heading
from tui.widgets.ink import Spans
from tui.widgets.inputs import TextInput
from tui.widgets.reading import Para, laid
from tui.widgets.sheet import Sheet
from tui.widgets.source import Column
from tui.widgets.table import VirtualTable
from usher.catalog.card import Card
from usher.catalog.connector import Connector
from usher.services import catalog


class CatalogDown(Command["CatalogSearch"]):
    """The next application of the catalog."""

    keys, name, group = "down,ctrl+n", "Next application", "In the catalog"

    def run(self, search: CatalogSearch) -> None:
        """Moves."""
        search.step.table.move(search.step.table.cursor + 1)


class CatalogUp(Command["CatalogSearch"]):
    """The application before."""

    keys, name, group = "up", "Previous application", "In the catalog"

    def run(self, search: CatalogSearch) -> None:
        """Moves."""
        search.step.table.move(search.step.table.cursor - 1)


class CatalogNext(Command["CatalogSearch"]):
    """Select the application and go on to its general info."""

    keys, name, short, group, priority = "enter", "Next", "Next", "In the catalog", 5

    def possible(self, search: CatalogSearch) -> Possible:
        """Only when one was found."""
        return search.step.table.row is not None or "Nothing in the catalog matches."

    def run(self, search: CatalogSearch) -> None:
        """Goes on."""
        search.step.next()


class CatalogClear(Command["CatalogSearch"]):
    """Clear what was typed."""

    keys, name, short, group, priority = "escape", "Clear the search", "Clear", "In the catalog", 6

    def possible(self, search: CatalogSearch) -> Possible:
        """Only when something was."""
        return bool(search.value)

    def run(self, search: CatalogSearch) -> None:
        """Clears."""
        search.value = ""


class CatalogRead(Command["CatalogSearch"]):
    """Scroll what is said about the application."""

    keys, name, short, group, priority = "pagedown", "Read on", "Read on", "In the catalog", 30

    def run(self, search: CatalogSearch) -> None:
        """Scrolls."""
        sheet = search.step.query_one("#about", Sheet)
        sheet.scroll_to(y=sheet.scroll_y + max(1, sheet.size.height - 2), animate=False)


class CatalogReadBack(Command["CatalogSearch"]):
    """Scroll it back."""

    keys, name, group = "pageup", "Read back", "In the catalog"

    def run(self, search: CatalogSearch) -> None:
        """Scrolls."""
        sheet = search.step.query_one("#about", Sheet)
        sheet.scroll_to(y=sheet.scroll_y - max(1, sheet.size.height - 2), animate=False)


class CatalogSearch(Commanded, TextInput):
    """The Search field; the list follows what is typed."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (CatalogNext, CatalogClear, CatalogDown, CatalogUp, CatalogRead, CatalogReadBack)

    def __init__(self, step: ChooseStep) -> None:
        super().__init__(placeholder="Search: type the name of the application", id="catalog-search")
        self.step = step


class About(Sheet):
    """What is said about the application, wrapped to the room there is."""

    def __init__(self) -> None:
        super().__init__(id="about")
        self.connector: Connector | None = None
        self.trouble = ""

    def show_connector(self, connector: Connector | None, trouble: str = "") -> None:
        """Shows that one, from the top; or what is wrong with its file."""
        if connector is not self.connector or trouble != self.trouble:
            self.connector, self.trouble = connector, trouble
            self._wrap()
            self.scroll_to(y=0, animate=False)

    def on_resize(self) -> None:
        """Wraps anew."""
        self._wrap()

    def _wrap(self) -> None:
        width = max(20, self.size.width - 2)
        paras = about(self.connector) if self.connector else [Para(self.trouble, "bad")]
        self.show([line for para in paras for line in laid(para, width)])


class ChooseStep(Vertical):
    """Search, list, and what is said about the one under the cursor."""

    class Chosen(Message):
        """An application was selected."""

        def __init__(self, connector: Connector) -> None:
            super().__init__()
            self.connector = connector

    def __init__(self) -> None:
        super().__init__(id="choose")
        self._heads: set[str] = set()
        self.table: VirtualTable[Card] = VirtualTable(
            [
                Column("Category", lambda row: (self._group(row), "dim"), 13, grow=1, most=22),
                Column("Application", lambda row: (row.name, "strong"), 18, grow=2, most=40),
                Column("Kind", _kind, 10, drop=1),
            ],
            id="catalog-list",
        )

    def compose(self) -> ComposeResult:
        """The three parts."""
        yield Heading(id="catalog-heading")
        yield CatalogSearch(self)
        with Container(id="catalog"):
            yield self.table
            yield About()

    def _group(self, row: Card) -> str:
        """The category, where it begins; of what was searched for each has its own."""
        return category(row.category) if row.key in self._heads else ""

    def on_mount(self) -> None:
        """Everything at first, a category after the other."""
        self.find("")

    def find(self, text: str) -> None:
        """Shows what matches."""
        found = catalog.search(text)
        if not text.strip():
            found.sort(key=lambda row: (row.category == "generic", row.category))  # by name within a category
        firsts = {row.category: row.key for row in reversed(found)}
        self._heads = set(firsts.values()) if not text.strip() else {row.key for row in found}
        self.table.empty = _nothing(text)
        self.table.show(found, lambda row: row.key)
        self.table.move(0)
        self.query_one("#catalog-heading", Heading).show("Add New Application", [(f"1 of 2  ·  {words.count(len(found), 'connector')}", "dim")])
        self._tell()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows as is typed."""
        event.stop()
        self.find(event.value)

    def on_virtual_table_changed(self, message: VirtualTable.Changed) -> None:
        """Another one is under the cursor."""
        message.stop()
        self._tell()
        screen: Any = self.screen
        screen.touch()

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Selected with enter in the list, or by two clicks."""
        message.stop()
        self.next()

    def next(self) -> None:
        """Goes on with the one under the cursor."""
        about = self.query_one(About)
        if about.connector is not None:
            self.post_message(self.Chosen(about.connector))

    def _tell(self) -> None:
        """Shows what is said about the one under the cursor; of a file that is wrong, why it cannot be used."""
        row = self.table.row
        connector, trouble = None, ""
        if row is not None:
            try:
                connector = catalog.get(row.key)
            except UsherError as error:
                trouble = error.message
        self.query_one(About).show_connector(connector, trouble)


def category(slug: str) -> str:
    """A category in words: `project-management`, `hr`."""
    return slug.upper() if len(slug) < 4 else slug.replace("-", " ").capitalize()


def _kind(row: Card) -> Spans:
    """`SAML+SCIM`, `SAML`, `SCIM` or `Bookmark`."""
    if row.kind == "bookmark":
        return "Bookmark", "dim"
    return "+".join(word for word, has in (("SAML", "SSO"), ("SCIM", "Identity Management")) if has in row.supports), "dim"


def _nothing(text: str) -> list[Spans]:
    return [
        [("Nothing is called ", "dim"), (f"“{text}”", "text")],
        "",
        ("Custom SAML 2.0, Custom SAML 2.0 + SCIM", "dim"),
        ("and Bookmark take any application.", "dim"),
    ]
