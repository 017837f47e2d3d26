"""What the tabs can do, offered wherever the focus stands: in the panel, and from every other tab."""

from __future__ import annotations

import shlex
from types import SimpleNamespace
from typing import Any, ClassVar

from tui.commands import Command, Possible
from tui.screens.application_bookmark import ActivateBookmark, BookmarkPane, DeactivateBookmark
from tui.screens.application_federation import ALL as FEDERATION
from tui.screens.application_idm import IdentityPane
from tui.screens.application_idm_commands import ActivateIdm, Configure, TestConnection
from tui.screens.application_sso import SsoPane
from tui.screens.application_sso_commands import ActivateSso, CopyCertificate, DeactivateSso, DownloadCertificate
from tui.screens.pane import Pane, SavePane

GROUP = "This application"


class Reach(Command[Any]):
    """A command of a tab, done from elsewhere: the tab is shown first. Where the focus is in that tab, the tab's own stands."""

    group = GROUP
    kind: ClassVar[type[Command[Any]]]
    pane: ClassVar[type[Pane]]

    def possible(self, screen: Any) -> Possible:
        """What the tab would say."""
        if screen.detail is None or not self.pane.belongs(screen.detail):
            return False
        shown = screen.pane_of(self.pane.tab)
        if shown is not None and shown.has_focus_within:
            return False
        return self.kind().possible(shown or _absent(screen))

    def run(self, screen: Any) -> None:
        """Shows the tab, then does it there."""
        screen.do_in(self.pane.tab, self.kind)

    def cli(self, screen: Any) -> str:
        """What the tab would say."""
        return self.kind().cli(screen.pane_of(self.pane.tab) or _absent(screen))


class SaveHere(Command[Any]):
    """Save what was changed in the tab that is shown."""

    keys, name, group = "ctrl+s", "Save", GROUP

    def possible(self, screen: Any) -> Possible:
        """Where the focus is in the tab, the tab's own stands."""
        pane = screen.pane_of(screen.current_tab)
        return False if pane is None or pane.has_focus_within else SavePane().possible(pane)

    def run(self, screen: Any) -> None:
        """Saves."""
        screen.do_in(screen.current_tab, SavePane)


def _absent(screen: Any) -> Any:
    """Stands for a tab nobody has come to yet: what its commands ask about it follows from the application."""
    view = screen.detail.connection
    return SimpleNamespace(
        detail=screen.detail,
        app=screen.app,
        session=screen.session,
        configuring=bool(view and view.base_url),
        quoted=shlex.quote(screen.detail.label),
        form=None,
    )


def _reach(pane: type[Pane], kind: type[Command[Any]], name: str) -> type[Reach]:
    """The way to a command of a tab."""
    return type(f"Reach{kind.__name__}", (Reach,), {"__doc__": kind.__doc__, "name": name, "words": kind.words, "kind": kind, "pane": pane})


REACH: tuple[type[Command[Any]], ...] = (
    SaveHere,
    _reach(SsoPane, ActivateSso, "Activate SSO"),
    _reach(SsoPane, DeactivateSso, "Deactivate SSO"),
    _reach(SsoPane, DownloadCertificate, "Download certificate"),
    _reach(SsoPane, CopyCertificate, "Copy certificate"),
    *(_reach(SsoPane, kind, kind.name) for kind in FEDERATION),
    _reach(BookmarkPane, ActivateBookmark, "Activate Bookmark"),
    _reach(BookmarkPane, DeactivateBookmark, "Deactivate Bookmark"),
    _reach(IdentityPane, Configure, "Configure IdM"),
    _reach(IdentityPane, TestConnection, "Test the IdM connection"),
    _reach(IdentityPane, ActivateIdm, "Activate IdM"),
)
