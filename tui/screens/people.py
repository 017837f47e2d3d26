"""People as rows of a table: paged from the store by key, found by words, by state, or by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from store.directory import LAST_KEY, User, UserState
from tui import words
from tui.widgets.ink import Spans
from tui.widgets.source import Column
from usher.services import directory
from usher.services.session import Session

STATES = tuple(state.value for state in (UserState.ACTIVATED, UserState.STAGED, UserState.SUSPENDED))


@dataclass(frozen=True)
class Row:
    """A person, and the names of their groups."""

    user: User
    groups: tuple[str, ...]

    @property
    def id(self) -> str:
        """The person's id."""
        return self.user.id


@dataclass(frozen=True)
class Wanted:
    """A filter as typed: words, and `state=suspended` (or what it begins with)."""

    text: str
    state: str

    @classmethod
    def parse(cls, typed: str) -> Wanted:
        """Takes the state out of the words."""
        parts = typed.split()
        states = [part[len("state=") :].upper() for part in parts if part.casefold().startswith("state=")]
        found = [state for state in STATES if states and states[-1] and state.startswith(states[-1])]
        return cls(" ".join(part for part in parts if not part.casefold().startswith("state=")), found[0] if len(found) == 1 else "")

    def with_state(self, state: str) -> str:
        """The filter as it would be typed for another state; no state for all of them."""
        return f"{self.text} state={state.lower()}".strip() if state else self.text


class People:
    """A source over the directory in the order of usernames."""

    def __init__(self, session: Session, typed: str = "", group: str = "") -> None:
        self.session, self.typed, self.group = session, typed, group
        self.wanted = Wanted.parse(typed)
        self.slow = bool(typed)
        self.reverse = False

    def count(self) -> int:
        """How many there are."""
        return directory.people_count(self.session, **self._narrowed)

    def forward(self, after: Row | None, limit: int) -> list[Row]:
        """A page after somebody."""
        if self.reverse:
            return self._below(after.user.key if after else LAST_KEY, limit)[::-1]
        return self._rows(directory.people_page(self.session, after_key=after.user.key if after else "", limit=limit, **self._narrowed))

    def backward(self, before: Row | None, limit: int) -> list[Row]:
        """A page before somebody."""
        if self.reverse:
            return self._rows(directory.people_page(self.session, after_key=before.user.key if before else "", limit=limit, **self._narrowed))[::-1]
        return self._below(before.user.key if before else LAST_KEY, limit)

    def at(self, index: int, limit: int) -> list[Row]:
        """A page from a position on."""
        if not self.reverse:
            return self._rows(directory.people_page(self.session, skip=index, limit=limit, **self._narrowed))
        end = self.count() - index
        start = max(0, end - limit)
        return self._rows(directory.people_page(self.session, skip=start, limit=end - start, **self._narrowed))[::-1]

    def position(self, row: Row) -> int:
        """How many stand before somebody."""
        below = directory.people_count(self.session, below_key=row.user.key, **self._narrowed)
        return self.count() - below - 1 if self.reverse else below

    def id(self, row: Row) -> str:
        """The person's id."""
        return row.id

    def sort(self, column: Column[Row], reverse: bool) -> None:
        """Turns the order round; there is one order."""
        self.reverse = reverse

    @property
    def _narrowed(self) -> dict[str, Any]:
        return {"text": self.wanted.text, "state": self.wanted.state, "group": self.group}

    def _below(self, key: str, limit: int) -> list[Row]:
        return self._rows(directory.people_page(self.session, before_key=key, limit=limit, **self._narrowed))

    def _rows(self, users: Sequence[User]) -> list[Row]:
        groups = directory.group_names(self.session, users)
        return [Row(user, groups.get(user.id, ())) for user in users]


def columns() -> list[Column[Row]]:
    """The columns of a list of people; the address gives way first, for it often is the username."""
    return [
        Column("Username", lambda row: (row.user.username, "strong"), 24, grow=3, most=36, sort="username"),
        Column("Display name", lambda row: row.user.displayname or ("–", "faint"), 14, grow=2, most=28),
        Column("E-mail", _email, 14, grow=2, most=36, drop=3),
        Column("State", lambda row: words.state(row.user.state), 11),
        Column("Groups", lambda row: (f"{len(row.groups)}", "text" if row.groups else "faint"), 6, drop=1, align="right"),
        Column("Employee ID", lambda row: (row.user.employee_identifier or "–", "dim" if row.user.employee_identifier else "faint"), 11, drop=2),
    ]


def _email(row: Row) -> Spans:
    """The address; where it is the username, only that."""
    email = row.user.email
    if email and email.casefold() == row.user.username.casefold():
        return "as username", "faint"
    return (email, "text") if email else ("–", "faint")


def names(users: Sequence[User], most: int = 3) -> str:
    """`ada, grace and 4 more`."""
    shown = ", ".join(user.username for user in users[:most])
    return f"{shown} and {len(users) - most:,} more" if len(users) > most else shown


def quoted(users: Sequence[User], most: int = 6) -> str:
    """Usernames as words of a command line."""
    import shlex

    return " ".join(shlex.quote(user.username) for user in users[:most]) + (" …" if len(users) > most else "")
