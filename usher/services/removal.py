"""Deleting applications: what would be left behind, and the act itself."""

from __future__ import annotations

from store import applications
from store.applications import Application
from store.errors import UsageError
from store.records import dataclass
from usher.services import catalog
from usher.services.session import Session


@dataclass(frozen=True)
class DeletionPreview:
    """What deleting one application leaves: `accounts` stay at the provider; `sentence` says so to a person."""

    id: str
    label: str
    accounts: int
    running_push: bool
    sentence: str


@dataclass(frozen=True)
class DeleteResult:
    """What was deleted (labels), and how many accounts stay at their providers."""

    deleted: tuple[str, ...]
    accounts_left: int


def deletion_preview(session: Session, apps: list[str]) -> list[DeletionPreview]:
    """What each deletion would leave behind."""
    return [_preview(session, application) for application in _named(session, apps)]


def delete(session: Session, apps: list[str], count: int) -> DeleteResult:
    """Deletes the applications named; `count` must be how many they are.

    A push under way is cancelled first. Nothing is sent: accounts at the providers stay as they are. Raises
    `UsageError` for another count, `Refused` when a push doesn't stop in time; then nothing is deleted.
    """
    session.check_allowed("administrator")
    named = _named(session, apps)
    if count != len(named):
        raise UsageError(
            "count-differs",
            f"{len(named)} {_applications(len(named))} named, but the number typed is {count}.",
            "Type the number of applications you are deleting.",
            "count",
        )
    for application in named:
        stop_push(session, application)
    left = 0
    with session.change("administrator") as change:
        for application in named:
            accounts = applications.accounts_left(change.db, application.id)
            for plan in applications.close_plans(change.db, application.id, change.at):
                change.event("push", plan)
            applications.delete(change.db, application.id)
            change.record("application.deleted", application.label, {"connector": application.connector, "slug": application.slug, "accounts left": accounts})
            change.event("application", application.id)
            left += accounts
    return DeleteResult(tuple(application.label for application in named), left)


def _named(session: Session, apps: list[str]) -> list[Application]:
    """The applications, each named once."""
    named = [applications.find(session.db, name) for name in apps]
    if len({application.id for application in named}) != len(named):
        raise UsageError("named-twice", "An application is named twice.", "Name each one once.")
    if not named:
        raise UsageError("none-named", "No application is named.", "Tick, or name, those to delete.")
    return named


def _preview(session: Session, application: Application) -> DeletionPreview:
    accounts = applications.accounts_left(session.db, application.id)
    running = applications.live_push(session.db, application.id) is not None
    sentence = f"{application.label}: {left_behind(application, accounts)}"
    if running:
        sentence += " A push is under way: it is cancelled first."
    return DeletionPreview(application.id, application.label, accounts, running, sentence)


def left_behind(application: Application, accounts: int) -> str:
    """What becomes of the accounts when nothing more is sent, in a sentence or two."""
    if application.idm == "unsupported":
        return "it manages no accounts; the people who use it keep whatever they have there."
    if not accounts:
        return "no accounts are known there, so none are left behind."
    connector = catalog.known(application.connector)
    sentence = (
        f"{accounts} {'account stays' if accounts == 1 else 'accounts stay'} there exactly as {'it is' if accounts == 1 else 'they are'}; nothing is sent."
    )
    if connector and connector.scim and connector.scim.removed_only_here:
        sentence += f" {connector.name} removes people only through the identity provider: deactivate or delete them by a push first if they are to go."
    return sentence


def stop_push(session: Session, application: Application) -> None:
    """Cancels the push under way, if one is, and waits until it stands still; `Refused` when it does not."""
    if applications.live_push(session.db, application.id) is not None:
        from usher.services import pushes

        pushes.stop_live(session, application.id)


def _applications(count: int) -> str:
    return "application is" if count == 1 else "applications are"
