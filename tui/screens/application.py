"""An application: the panel at the left and its tabs."""

from __future__ import annotations

import shlex
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Vertical

from store.errors import NotFound
from tui.commands import Command
from tui.places import Visit
from tui.screens.application_bookmark import BookmarkPane
from tui.screens.application_check import CheckApplication
from tui.screens.application_commands import DeactivateIdm, GoPanel, NextTab, PreviousTab, PushApplication, ShowStillToDo, tab_command
from tui.screens.application_general import GeneralPane
from tui.screens.application_groups import GroupsPane
from tui.screens.application_idm import IdentityPane
from tui.screens.application_log import LogPane
from tui.screens.application_panel import AppPanel, PanelLink
from tui.screens.application_reach import REACH
from tui.screens.application_sso import SsoPane
from tui.screens.application_users import UsersPane
from tui.screens.base import PlaceScreen
from tui.screens.confirm import Confirm
from tui.screens.newer_connector import NewerConnector, ShowNewer
from tui.screens.pane import Pane, SavePane
from tui.styles.sheets import APPLICATION_CSS, FORM_CSS
from tui.widgets.reading import Para, Reading
from tui.widgets.sheet import Sheet
from tui.widgets.tabs import Tab
from usher.services import applications, connectors, identity
from usher.services.applications import ApplicationDetail

BOTH = 92
"""Cells that panel and tabs need to stand side by side."""

PANES: tuple[type[Pane], ...] = (GeneralPane, SsoPane, BookmarkPane, IdentityPane, GroupsPane, UsersPane, LogPane)


class Body(Container):
    """Panel and tabs side by side, or the panel as a strip on top where there is less room than both need."""

    def on_resize(self, event: events.Resize) -> None:
        """Chooses."""
        self.set_class(event.size.width < BOTH, "-strip")


class ApplicationScreen(PlaceScreen):
    """One application. The place's argument is a label or id, with the word of a tab behind it when one is meant."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = (
        NextTab,
        PreviousTab,
        GoPanel,
        ShowStillToDo,
        ShowNewer,
        CheckApplication,
        PushApplication,
        DeactivateIdm,
        *REACH,
        *map(tab_command, PANES),
    )
    CSS_PATH = [FORM_CSS, APPLICATION_CSS]
    AUTO_FOCUS = ""
    place = "app"
    saves_unsaved = True
    topics = frozenset({"application", "authorization", "connection", "mapping", "group", "membership", "user", "push", "journal", "setting"})

    def __init__(self) -> None:
        super().__init__()
        self.detail: ApplicationDetail | None = None
        self.gone = ""
        self.newer = 0
        self.making = False
        """Whether a tab is on its way that the next key is meant for."""
        self._panes: dict[str, Pane] = {}
        self._current = ""
        self._arrived = False
        self._step = ""

    # Coming here

    def body(self) -> ComposeResult:
        """Panel and tabs."""
        with Body(id="application"):
            yield AppPanel()
            with Vertical(id="panes"):
                yield Reading(id="gone")

    def arrive(self, argument: str) -> None:
        """Another application begins anew; the same one stays as it was left."""
        name, tab = self._named(argument)
        known = self.detail.id if self.detail else ""
        self.detail = self._read(name)
        stayed = self._current
        if self.detail is None or self.detail.id != known:
            self._drop_panes()
            stayed = ""
        elif self.unsaved():
            self._drop_panes()  # it was left without saving: what was typed is not there any more
        keys = [each.key for each in self.tabs]
        wanted = tab or stayed
        self._current = wanted if wanted in keys else (keys[0] if keys else "")
        self._arrived = self.making = True

    def _named(self, argument: str) -> tuple[str, str]:
        """The application and the tab an argument names; a label that ends like a tab is a label first."""
        name, _, tab = argument.rpartition(" ")
        if name and tab in {pane.tab for pane in PANES} and self._read(argument) is None:
            return name, tab
        return argument, ""

    def _read(self, name: str) -> ApplicationDetail | None:
        try:
            return applications.get(self.session, name)
        except NotFound as error:
            known = self.detail.label if self.detail and self.detail.id == name else ""
            self.gone = f"{known} was deleted. Press esc to go back." if known else f"{error.message} Press esc to go back."
            return None

    def refill(self) -> None:
        """Reads the application and shows it in panel and tab."""
        if self.detail is not None:
            self.detail = self._read(self.detail.id)
        if self.detail is None:
            self._drop_panes()
        self.newer = len(connectors.newer(self.session, self.detail.id)) if self.detail else 0
        gone = self.query_one("#gone", Reading)
        gone.display = self.detail is None
        self.query_one(AppPanel).display = self.detail is not None
        gone.show([Para(self.gone, "dim")])
        self.query_one(AppPanel).show_detail(self.detail, not self.app.administers, self.newer)
        self._open()

    def crumbs(self) -> list[str]:
        """The label."""
        return [self.detail.label if self.detail else "Application"]

    def cli(self) -> str:
        """The command that shows it."""
        return f"usher app {shlex.quote(self.detail.label)}" if self.detail else "usher apps"

    def unsaved(self) -> str:
        """Names the tabs with something not saved."""
        titles = [tab.title for tab in self.tabs if tab.unsaved]
        return f"What you changed under {' and '.join(titles)} is not saved." if titles else ""

    def save_unsaved(self) -> None:
        """Saves the first tab with something not saved; for the next it asks again."""
        first = next((tab.key for tab in self.tabs if tab.unsaved), "")
        if first:
            self.show_tab(first)
            self._panes[first].do_soon(SavePane)

    # Tabs

    @property
    def tabs(self) -> list[Tab]:
        """Those this application has."""
        return [Tab(pane.tab, pane.title, self._is_unsaved(pane)) for pane in PANES if self.detail is not None and pane.belongs(self.detail)]

    def _is_unsaved(self, pane: type[Pane]) -> bool:
        shown = self._panes.get(pane.tab)
        return isinstance(shown, pane) and shown.has_unsaved

    @property
    def current_tab(self) -> str:
        """The one that is shown."""
        return self._current

    def step_tab(self, by: int, *, stay: bool = False) -> None:
        """The next or previous one, round and round."""
        keys = [tab.key for tab in self.tabs]
        if keys:
            self.show_tab(keys[(keys.index(self._current) + by) % len(keys)], stay=stay)

    def show_tab(self, key: str, *, stay: bool = False) -> None:
        """Shows it; the focus goes to where its work is, or stays on the line of tabs."""
        self._current = key
        if self.detail is not None and self.app.trail[-1].place == self.place:
            self.argument = f"{self.detail.id} {key}"
            self.app.trail[-1] = Visit(self.place, self.argument)  # whoever comes back finds the same tab
        self._open(focus=True, stay=stay)
        self.touch()

    def _open(self, focus: bool = False, stay: bool = False) -> None:
        """Shows the current tab, made when it is first come to, with the application as it is now."""
        if self.detail is None or not self._current:
            self.making = False
            return
        pane = self._panes.get(self._current)
        if pane is None:
            kind = next(kind for kind in PANES if kind.tab == self._current and kind.belongs(self.detail))
            pane = self._panes[self._current] = kind(self.detail)
            self.query_one("#panes").mount(pane)
        for other in self._panes.values():
            other.display = other is pane
        pane.show(self.detail)
        if focus or self._arrived:
            first, self._arrived, self.making = self._arrived, False, True
            pane.aim(self._step)
            self._step = ""
            self.call_after_refresh(pane.take_focus, stay and not first)

    def pane_of(self, key: str) -> Pane | None:
        """The tab of that key, once somebody came to it and it stands."""
        pane = self._panes.get(key)
        return pane if pane is not None and pane.standing else None

    def do_in(self, key: str, kind: type[Command[Any]]) -> None:
        """Shows that tab, and does one of its commands there."""
        if key != self._current:
            self.show_tab(key)
        self._panes[key].do_soon(kind)

    def _drop_panes(self) -> None:
        for pane in self._panes.values():
            pane.remove()
        self._panes.clear()
        self._current = ""

    def focus_list(self) -> None:
        """Back to the tab."""
        if self._current in self._panes:
            self._panes[self._current].take_focus()

    # The panel

    def on_sheet_opened(self, message: Sheet.Opened) -> None:
        """The IdM link asks; what is not done leads to its tab."""
        if isinstance(message.target, PanelLink):
            if message.target.to == "idm-off":
                self.deactivate_idm()
            elif message.target.to == "todo":
                self.show_still_to_do()
            elif message.target.to == "newer":
                self.show_newer()
            else:
                self.show_tab(message.target.to)

    def show_still_to_do(self) -> None:
        """The card of every step, here and there; a step leads to its tab."""
        from tui.screens.still_to_do import StillToDo

        if self.detail is not None:
            self.ask(StillToDo(f"Still to do: {self.detail.label}", self.detail.id), self.go_to_step)

    def go_to_step(self, answer: str) -> None:
        """To the tab of a step on the card (`sso sp-values`), at what the step is about."""
        tab, _, self._step = answer.partition(" ")
        if self._standing:  # else it opens there once it stands
            self.show_tab(tab)

    def show_newer(self) -> None:
        """What the connector says now and did not then."""
        if self.detail is not None:
            self.app.push_screen(NewerConnector(self.detail))

    def deactivate_idm(self) -> None:
        """Says what stays behind, and asks."""
        detail = self.detail
        if detail is None:
            return
        lines = [
            identity.deactivation_preview(self.session, detail.id),
            "",
            ("Changes no longer reach the application until it is activated again. A push under way is cancelled.", "dim"),
        ]
        self.ask(Confirm("Deactivate IdM connection?", lines, "Confirm", key="y"), lambda _: self._deactivate_idm(detail))

    def _deactivate_idm(self, detail: ApplicationDetail) -> None:
        def done(left: int) -> None:
            behind = f"{left:,} {'account stays' if left == 1 else 'accounts stay'} there as {'it is' if left == 1 else 'they are'}." if left else ""
            self.say(f"The IdM connection of {detail.label} was deactivated.", behind or "Nothing was sent.")
            self.refresh_here()

        self.work(lambda: identity.deactivate(self.session, detail.id), done, busy="deactivating …")
