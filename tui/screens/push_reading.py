"""What the screen of a push reads beside itself, and what it says where there are no operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from store import operations, push_views
from store.errors import UsherError
from tui import push_words, words
from tui.widgets.ink import Spans
from tui.widgets.push_head import Picture
from usher.services import pushes
from usher.services.pushes import PushView
from usher.services.session import Session


def ways(label: str) -> Spans:
    """What to press where there is no plan."""
    back: list[Spans] = [("esc", "accent bold"), (" goes back", "dim")]
    return [("o", "accent bold"), (" opens the application, ", "dim"), ("r", "accent bold"), (" plans again, ", "dim"), *back] if label else back


def attempt(verb: Callable[[], Any]) -> Any:
    """What the verb returns, or the refusal itself, to be shown where the rows would be."""
    try:
        return verb()
    except UsherError as error:
        return error


def picture_of(session: Session, push_id: str, note: str = "") -> Picture:
    """How a push stands."""
    return Picture(pushes.get(session, push_id), push_views.progress(session.db, push_id), operations.counts(session.db, push_id), note)


def planned_anew(session: Session, app: str, users: list[str] | None, instead_of: str) -> tuple[PushView, str]:
    """A new plan, and how it differs from the one that was stale."""
    view = pushes.plan(session, app, users)
    if not instead_of:
        return view, ""
    differs = push_words.moved(push_views.difference(session.db, instead_of, view.id))
    return view, f"This is a new plan: the one you looked at was stale{f' ({differs})' if differs else ''}. Nothing was sent."


def nothing(picture: Picture, wrong: bool) -> list[Spans]:
    """What stands where there are no operations to show."""
    view = picture.view
    if view.total:
        return [("No failures.", "strong") if wrong else ("Nothing here.", "strong"), "", [("v", "accent bold"), (" shows every operation", "dim")]]
    unchanged = view.planned.get("unchanged", 0)
    if not unchanged:
        return [("Nobody is to be sent.", "strong"), "", ("No active person is in an authorised user group, and no account is managed.", "dim")]
    return [
        [("✓ ", "ok"), ("Everyone is in step.", "strong")],
        "",
        (f"{words.count(unchanged, 'account')} {'is' if unchanged == 1 else 'are'} as the directory wants {'it' if unchanged == 1 else 'them'}.", "dim"),
    ]
