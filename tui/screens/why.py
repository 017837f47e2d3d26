"""Why, or why not: the chain from a person to their account at an application."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tui.places import BY_NAME
from tui.screens.reader import Reader, folded
from tui.widgets.ink import Spans

if TYPE_CHECKING:
    from usher.services.session import Session
    from usher.services.why import Why


def show_why(screen: Any, session: Session, app: str, user: str) -> None:
    """Reads the chain beside the screen, then shows it; from there the application can be opened."""
    from usher.services import why

    screen.work(lambda: why.explain(session, app, user), lambda found: _show(screen, found, app), group="why")


def _show(screen: Any, found: Why, app: str) -> None:
    ways = [("open", "Open the application")] if "app" in BY_NAME else []
    go: Callable[[Any], Any] = lambda answer: screen.app.visit("app", app) if answer == "open" else None  # noqa: E731
    screen.app.push_screen(Reader(f"{found.user} at {found.app}", lines_of(found), ways), go)


def lines_of(found: Why) -> list[Spans]:
    """The verdict, then each link: what is asked, and what is the case."""
    verdict: Spans = [("✓ ", "ok"), ("Let in.", "strong")] if found.entitled else [("✗ ", "bad"), ("Not let in.", "strong")]
    lines: list[Spans] = [verdict, ""]
    for step in found.chain:
        lines.append([("✓ " if step.holds else "✗ ", "ok" if step.holds else "bad"), (_capital(step.step), "text")])
        lines += [["  ", (part, "dim")] for part in folded(step.detail, 58)]
    return lines


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
