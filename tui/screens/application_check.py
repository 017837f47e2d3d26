"""What is looked at before an application goes live: NameID against the provisioned name, placeholders, certificate, connection."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from tui import words
from tui.commands import Command, Possible
from tui.screens.reader import Reader, folded
from tui.widgets.ink import Spans

if TYPE_CHECKING:
    from usher.services.check import Report

_WIDTH = 58


class CheckApplication(Command[Any]):
    """Check before going live: NameID and provisioned name agree for everybody, nothing is missing, the connection answers."""

    name, group, words = "Check before going live", "This application", "check"

    def possible(self, screen: Any) -> Possible:
        """Wherever people sign in or accounts are managed."""
        return screen.detail is not None and screen.detail.kind != "bookmark"

    def run(self, screen: Any) -> None:
        """Looks beside the screen; the application is asked, and nothing is changed there."""
        from usher.services import check

        app = screen.detail.id
        screen.work(lambda: check.run(screen.session, app), lambda found: _show(screen, found), group="check", busy="checking …")

    def cli(self, screen: Any) -> str:
        """The command that says the same."""
        return f"usher check {shlex.quote(screen.detail.label)}"


def _show(screen: Any, found: Report) -> None:
    """What holds and what does not, what does not first."""
    failed = sum(not each.holds for each in found.checks)
    said = f"{found.app} is ready" if found.ready else f"{found.app} is not ready: {words.count(failed, 'thing')} to see to"
    lines: list[Spans] = [(f"{words.count(found.people, 'person', 'people')} in scope.", "dim"), ""]
    for each in sorted(found.checks, key=lambda each: (each.holds, not each.warns)):
        mark = ("▲ ", "warn") if each.warns else ("✓ ", "ok") if each.holds else ("✗ ", "bad")
        lines += [[mark if at == 0 else "  ", (part, "text")] for at, part in enumerate(folded(each.check, _WIDTH))]
        lines += [["  ", (part, "dim")] for part in folded(each.detail, _WIDTH) if each.detail]
    screen.app.push_screen(Reader(said, lines))
