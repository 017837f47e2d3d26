"""What can be done at an application whatever its tab."""

from __future__ import annotations

import shlex
from typing import Any, ClassVar

from tui.commands import Command, Possible
from tui.places import BY_NAME
from tui.screens.application_panel import AppPanel
from tui.screens.pane import Pane


class NextTab(Command[Any]):
    """The next tab."""

    keys, name, short, group, priority = "right_square_bracket,ctrl+pagedown", "Next tab", "Next tab", "Tabs", 60

    def run(self, screen: Any) -> None:
        """Steps."""
        screen.step_tab(1)


class PreviousTab(Command[Any]):
    """The tab before."""

    keys, name, group = "left_square_bracket,ctrl+pageup", "Previous tab", "Tabs"

    def run(self, screen: Any) -> None:
        """Steps."""
        screen.step_tab(-1)


class GoPanel(Command[Any]):
    """To the panel: the IdM link, and what is not yet done."""

    keys, name, short, group, priority = "i", "Panel", "Panel", "Tabs", 65

    def possible(self, screen: Any) -> Possible:
        """Only where something in it leads somewhere."""
        return screen.query_one(AppPanel).target is not None

    def run(self, screen: Any) -> None:
        """Goes there."""
        screen.query_one(AppPanel).focus()


class ShowStillToDo(Command[Any]):
    """Every step from the catalog to a working application, here and there, with what is done and the values to copy."""

    keys, name, group, words = "s", "Still to do, step by step", "This application", "apps todo"

    def possible(self, screen: Any) -> Possible:
        """Wherever there is an application."""
        return screen.detail is not None

    def run(self, screen: Any) -> None:
        """Shows the card."""
        screen.show_still_to_do()

    def cli(self, screen: Any) -> str:
        """The command that shows the same."""
        return f"usher apps todo {shlex.quote(screen.detail.label)}"


class DeactivateIdm(Command[Any]):
    """Deactivate the IdM connection. Nothing is sent: the accounts there stay as they are."""

    name, words = "Deactivate IdM connection", "idm deactivate"

    def possible(self, screen: Any) -> Possible:
        """Only while it is active."""
        active = screen.detail is not None and screen.detail.idm == "active"
        return active and screen.app.may("administrator")

    def run(self, screen: Any) -> None:
        """Asks first."""
        screen.deactivate_idm()

    def cli(self, screen: Any) -> str:
        """With the application's label."""
        return f"usher idm deactivate {shlex.quote(screen.detail.label if screen.detail else '')} --yes"


class PushApplication(Command[Any]):
    """Plan a push to this application, for everybody, and look at it. Nothing is sent before it is started."""

    keys, name, short, priority, words = "P", "Push", "Push", 55, "push"

    def possible(self, screen: Any) -> Possible:
        """Only where accounts are managed."""
        if screen.detail is None or screen.detail.idm == "unsupported" or "push" not in BY_NAME:
            return False
        return screen.app.may("operator") if screen.detail.idm == "active" else "Nothing can be pushed: Identity Management is not active."

    def run(self, screen: Any) -> None:
        """Goes to the plan."""
        if screen.detail is not None:
            screen.app.visit("push", screen.detail.id)

    def cli(self, screen: Any) -> str:
        """With the application's label."""
        return f"usher push {shlex.quote(screen.detail.label if screen.detail else '')}"


class ShowTab(Command[Any]):
    """Shows a tab."""

    group = "Tabs"
    tab: ClassVar[str] = ""

    def possible(self, screen: Any) -> Possible:
        """Only where the application has that tab."""
        return any(tab.key == self.tab for tab in screen.tabs)

    def run(self, screen: Any) -> None:
        """Shows it."""
        screen.show_tab(self.tab)


def tab_command(pane: type[Pane]) -> type[ShowTab]:
    """The palette's way to a tab."""
    return type(f"Show{pane.__name__}", (ShowTab,), {"__doc__": f"The {pane.title} tab.", "name": f"Tab: {pane.title}", "tab": pane.tab})
