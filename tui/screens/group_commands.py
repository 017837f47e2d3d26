"""What can be done to a user group, in the list and on its own page: rename, delete."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from store.groups import GroupSummary
from tui import words
from tui.commands import Command, Possible
from tui.screens.consequence import ImpactConfirm
from tui.screens.prompt import Prompt
from tui.widgets.fields import FieldSpec
from tui.widgets.ink import Spans
from usher.services import directory, impact
from usher.services.session import Session


class OfGroup(Protocol):
    """A screen on which a group is chosen."""

    app: Any

    @property
    def session(self) -> Session:
        """The session."""
        ...

    @property
    def group(self) -> GroupSummary | None:
        """The group it would be done to."""
        ...

    def gone(self) -> None:
        """Called after it was deleted."""
        ...

    def refresh_here(self) -> None:
        """Shows the place again."""
        ...

    ask: Any
    work: Any
    say: Any


class GroupCommand(Command[OfGroup]):
    """Done to the group chosen."""

    def possible(self, screen: OfGroup) -> Possible:
        """Only with one there, and not for readers."""
        return screen.group is not None and screen.app.may("operator")


class RenameGroup(GroupCommand):
    """Give the group another name; members and authorisations stay."""

    keys, name, short, priority, words = "e", "Rename", "Rename", 25, "groups rename"

    def run(self, screen: OfGroup) -> None:
        """Asks for the name."""
        group = screen.group
        if group is None:
            return

        def rename(values: Mapping[str, str]) -> GroupSummary:
            return directory.rename_group(screen.session, group.id, values["name"], expected=dialog.seen)

        def told(renamed: GroupSummary) -> None:
            screen.say(f"{group.name} is called {renamed.name} now." if renamed.name != group.name else "The name stays as it is.")
            screen.refresh_here()

        dialog = Prompt("Rename the user group", [FieldSpec("name", "Name", group.name, required=True)], "Rename", rename)
        screen.ask(dialog, told)

    def cli(self, screen: OfGroup) -> str:
        """Names it."""
        return f"usher groups rename {shlex.quote(screen.group.name)} NAME" if screen.group else ""


class DeleteGroup(GroupCommand):
    """Delete the group; its people stay in the directory, and lose what only this group opened to them."""

    keys, name, short, priority, words = "d", "Delete the group", "Delete", 50, "groups delete"

    def run(self, screen: OfGroup) -> None:
        """Says who loses access to what, and asks."""
        group = screen.group
        if group is None:
            return
        session, group_id = screen.session, group.id
        count = partial(impact.rehearsed, session, partial(directory.delete_group, session, group_id))

        def told(was: GroupSummary) -> None:
            screen.say(f"Deleted {was.name}.", f"{words.count(was.members, 'person stays', 'people stay')} in the directory." if was.members else "")
            screen.gone()

        do = lambda _: screen.work(partial(directory.delete_group, session, group_id), told)  # noqa: E731
        screen.ask(ImpactConfirm(f"Delete the user group {group.name}?", deletion_lines(group), "Delete group", count), do)

    def cli(self, screen: OfGroup) -> str:
        """Names it."""
        return f"usher groups delete {shlex.quote(screen.group.name)}" if screen.group else ""


def deletion_lines(group: GroupSummary) -> list[Spans]:
    """What deleting the group means for its people."""
    members = f"{words.count(group.members, 'member stays', 'members stay')} in the directory."
    if not group.applications:
        return [f"{members} It opens no application: nobody loses access."]
    opens = ", ".join(group.applications)
    return [
        f"{members} It opens {opens}: who is in no other authorised group loses access there.",
        "",
        "Accounts are deactivated by the next push. It is reversible: authorise another group with the same people.",
    ]
