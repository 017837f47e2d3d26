"""What can be done on the Identity Management tab."""

from __future__ import annotations

from typing import Any

from tui.commands import Possible
from tui.screens.pane import PaneCommand


class Configure(PaneCommand):
    """Enter Base URL and Token Key."""

    keys, name, short, priority, words = "c", "Configure", "Configure", 20, "idm configure"

    def possible(self, pane: Any) -> Possible:
        """Only while nothing is entered: then the fields are there to be changed."""
        return not pane.configuring and super().possible(pane)

    def run(self, pane: Any) -> None:
        """Shows the two fields."""
        pane.configure()

    def cli(self, pane: Any) -> str:
        """`usher idm configure`."""
        return f"usher idm configure {pane.quoted} --base-url URL --token-file FILE"


class TestConnection(PaneCommand):
    """Ask the service, read-only: what it is and what it can do. Nothing is changed there or here."""

    keys, name, short, priority, words = "t", "Test connection", "Test", 24, "idm test"

    def possible(self, pane: Any) -> Possible:
        """Not for viewers: it speaks to the service in the application's name."""
        return pane.app.may("operator", writes=False)  # type: ignore[no-any-return]

    def run(self, pane: Any) -> None:
        """Asks."""
        pane.test()

    def cli(self, pane: Any) -> str:
        """`usher idm test`."""
        return f"usher idm test {pane.quoted}"


class ActivateIdm(PaneCommand):
    """Activate: the connection is verified against the live service first. A refusal names the cause and changes nothing."""

    keys, name, short, priority, words = "A", "Activate", "Activate", 22, "idm activate"

    def possible(self, pane: Any) -> Possible:
        """Only while it is not active."""
        return pane.detail.idm != "active" and super().possible(pane)

    def run(self, pane: Any) -> None:
        """Asks the service, then activates."""
        pane.activate()

    def cli(self, pane: Any) -> str:
        """`usher idm activate`."""
        return f"usher idm activate {pane.quoted}"


class UseStandIn(PaneCommand):
    """Fill in the Base URL of the rehearsal's stand-in provider, and the file its token is in."""

    keys, name, short, priority = "u", "Use the stand-in", "Use the stand-in", 21

    def possible(self, pane: Any) -> Possible:
        """Only in a rehearsal, while it is not active."""
        return pane.demo is not None and pane.detail.idm != "active" and super().possible(pane)

    def run(self, pane: Any) -> None:
        """Fills them in."""
        pane.use_stand_in()


class AddRow(PaneCommand):
    """Map one more attribute."""

    keys, name, short, priority, words = "a", "Add a row to the mapping", "Add row", 40, "idm mapping"

    def run(self, pane: Any) -> None:
        """Asks for path and source."""
        pane.edit_row(None)

    def cli(self, pane: Any) -> str:
        """`usher idm mapping`."""
        return f"usher idm mapping {pane.quoted} set PATH=SOURCE"
