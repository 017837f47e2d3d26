"""What can be done to people, wherever they are listed or shown: suspend, activate, delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from store.directory import User, UserState
from tui import words
from tui.commands import Command, Possible
from tui.screens.consequence import ImpactConfirm, ImpactConfirmNumber
from tui.screens.people import names, quoted
from tui.widgets.ink import Spans
from usher.services import directory, impact
from usher.services.session import Session


class OfPeople(Protocol):
    """A screen on which people are chosen."""

    app: Any

    @property
    def session(self) -> Session:
        """The session."""
        ...

    @property
    def people(self) -> Sequence[User]:
        """The people it would be done to."""
        ...

    def done(self, users: Sequence[User]) -> None:
        """Called after it was done."""
        ...

    ask: Any
    work: Any
    say: Any


class PeopleCommand(Command[OfPeople]):
    """Done to the people chosen."""

    def possible(self, screen: OfPeople) -> Possible:
        """Only with somebody chosen, and not for readers."""
        return bool(screen.people) and screen.app.may("operator")

    def cli(self, screen: OfPeople) -> str:
        """Names them."""
        return f"usher {self.words} {quoted(screen.people)}"


class SuspendPeople(PeopleCommand):
    """Suspend the ticked people: their accounts are deactivated by the next push, and can come back."""

    keys, name, short, priority, words = "s", "Suspend", "Suspend", 30, "users suspend"

    def possible(self, screen: OfPeople) -> Possible:
        """Somebody must not be suspended yet."""
        verdict = super().possible(screen)
        return "Suspended already." if verdict is True and not _others(screen.people, UserState.SUSPENDED) else verdict

    def run(self, screen: OfPeople) -> None:
        """Asks, with the count."""
        users = _others(screen.people, UserState.SUSPENDED)
        title = f"Suspend {_who(users)}?"
        lines: list[Spans] = [
            f"{names(users)} can no longer sign in.",
            "",
            "Accounts are deactivated by the next push. It is reversible: activate the " + ("person" if len(users) == 1 else "people") + " again.",
        ]
        _ask(screen, title, lines, "Suspend", directory.suspend, users, "Suspended")


class ActivatePeople(PeopleCommand):
    """Activate the ticked people, staged or suspended: they can sign in, and are provisioned."""

    keys, name, short, priority, words = "v", "Activate", "Activate", 32, "users activate"

    def possible(self, screen: OfPeople) -> Possible:
        """Somebody must not be active yet."""
        verdict = super().possible(screen)
        return "Activated already." if verdict is True and not _others(screen.people, UserState.ACTIVATED) else verdict

    def run(self, screen: OfPeople) -> None:
        """Asks, with the count."""
        users = _others(screen.people, UserState.ACTIVATED)
        lines: list[Spans] = [f"{names(users)} can sign in, and the next push provisions " + ("them." if len(users) > 1 else "the person.")]
        _ask(screen, f"Activate {_who(users)}?", lines, "Activate", directory.activate, users, "Activated", tone="ok")


class DeletePeople(PeopleCommand):
    """Delete the ticked people from the directory; their accounts are deleted for good. To take access away reversibly, suspend."""

    keys, name, short, priority, words = "d", "Delete people", "Delete", 34, "users delete"

    def run(self, screen: OfPeople) -> None:
        """Says what goes for good, and asks; for more than one it asks for the number."""
        users = list(screen.people)
        ids = [user.id for user in users]
        lines = deletion_lines(screen.session, users)
        count = partial(impact.rehearsed, screen.session, lambda: directory.delete_users(screen.session, ids), ids)
        title = f"Delete {_who(users)} PERMANENTLY?"
        do = partial(_do, screen, directory.delete_users, users, "Deleted")
        if len(users) == 1:
            screen.ask(ImpactConfirm(title, lines, "Delete permanently", count), lambda _: do())
        else:
            screen.ask(
                ImpactConfirmNumber(title, lines, "Delete permanently", len(users), f"Type {len(users)}, the number of people, to delete", count),
                lambda _: do(),
            )

    def cli(self, screen: OfPeople) -> str:
        """Names them, and says it."""
        return f"{super().cli(screen)} --permanently"


def deletion_lines(session: Session, users: Sequence[User]) -> list[Spans]:
    """What deleting these people means, application by application."""
    preview = directory.deletion_preview(session, [user.id for user in users])
    lines: list[Spans] = [f"{names(users)} {'is' if len(users) == 1 else 'are'} deleted from the directory, with all memberships.", ""]
    gone = [one for one in preview.applications if one.deleted]
    stay = [one for one in preview.applications if not one.deleted]
    if gone:
        verb = "account is" if preview.accounts == 1 else "accounts are"
        lines.append((f"{preview.accounts:,} {verb} deleted PERMANENTLY by the next push; this cannot be undone:", "bad bold"))
        lines += [[("✗ ", "bad"), f"{one.accounts:,} at {one.label}"] for one in gone]
    else:
        lines.append(
            "No account is deleted anywhere: none is known. The person cannot be brought back." if len(users) == 1 else "No account is known anywhere."
        )
    if stay:
        lines += ["", "Accounts that stay as they are, for nothing is sent there:"]
        lines += [[("○ ", "dim"), f"{one.accounts:,} at {one.label}"] for one in stay]
    return lines


def _who(users: Sequence[User]) -> str:
    return users[0].username if len(users) == 1 else words.count(len(users), "person", "people")


def _others(users: Sequence[User], state: UserState) -> list[User]:
    return [user for user in users if user.state != state]


Verb = Callable[[Session, Sequence[str]], list[User]]


def _ask(screen: OfPeople, title: str, lines: list[Spans], verb: str, do: Verb, users: Sequence[User], done: str, *, tone: str = "warn") -> None:
    """A confirmation with the impact on these people; then it is done beside the screen."""
    ids = [user.id for user in users]
    count = partial(impact.rehearsed, screen.session, lambda: do(screen.session, ids), ids)
    screen.ask(ImpactConfirm(title, lines, verb, count, tone=tone), lambda _: _do(screen, do, users, done))


def _do(screen: OfPeople, do: Verb, users: Sequence[User], said: str) -> None:
    ids = [user.id for user in users]

    def told(changed: list[User]) -> None:
        screen.say(f"{said} {_who(changed)}." if changed else f"Nobody had to be {said.lower()}.")
        screen.done(changed)

    screen.work(lambda: do(screen.session, ids), told)
