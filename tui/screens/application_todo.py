"""What is not yet done at an application, in the order of doing it: for the card after adding and the panel."""

from __future__ import annotations

from dataclasses import dataclass

from tui import words
from usher.services import still_to_do
from usher.services.applications import ApplicationDetail


@dataclass(frozen=True)
class Todo:
    """One thing to do, and the tab it is done in."""

    tab: str
    text: str


def todos(app: ApplicationDetail) -> list[Todo]:
    """What accounts ask for now, then every step that `usher apps todo` lists too, in the order of doing them."""
    accounts = _accounts(app)
    steps = [task for task in still_to_do.of(app) if not task.done and not (task.key == "push" and accounts)]
    return [*_bookmark(app), *accounts, *(Todo(task.tab, task.text) for task in steps)]


def _bookmark(app: ApplicationDetail) -> list[Todo]:
    return [Todo("sso", "Activate the bookmark")] if app.kind == "bookmark" and app.sso != "active" else []


def _accounts(app: ApplicationDetail) -> list[Todo]:
    """What is due where accounts are managed."""
    found = []
    if app.groups and app.idm == "active" and app.accounts.pending:
        found.append(Todo("users", f"Push {words.count(app.accounts.pending, 'account')}"))
    if app.groups and app.accounts.failed:
        found.append(Todo("users", f"See {words.count(app.accounts.failed, 'failed account')}"))
    return found
