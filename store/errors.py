"""What can go wrong, in a person's words.

    UsherError                    code, message, hint, exit status
    ├── UsageError        (2)     the words of a command, or a value in a form, are wrong
    │   └── NotFound      (2)     a name that does not exist
    ├── Refused           (3)     a rule of the product says no; nothing was changed
    │   ├── Conflict      (3)     somebody else changed the same thing meanwhile
    │   └── Held          (3)     the removal guard, or a pause, waits for a person
    ├── StoreError        (4)     the store or its key cannot be used
    └── Failed            (1)     done, but something in it failed

Exit statuses are those of the command line; the console shows message and hint.
"""

from __future__ import annotations

from typing import Any


class UsherError(Exception):
    """An error a person reads: what happened and what to do about it.

    `code` is a short stable word for scripts (`label-taken`), `message` one sentence, `hint` what to do
    (may be empty), `field` the form field concerned, if one is.
    """

    exit_status = 1
    noted = False
    """Whether it stands in a record already."""

    def __init__(self, code: str, message: str, hint: str = "", field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.field = field

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Failed(UsherError):
    """Done, but something in it failed."""


class UsageError(UsherError):
    """A value that cannot be taken."""

    exit_status = 2


class NotFound(UsageError):
    """A name or id that does not exist."""


class Refused(UsherError):
    """A rule of the product says no. Nothing was changed."""

    exit_status = 3


class Conflict(Refused):
    """The same thing was changed by somebody else since it was read; `changes` says what (see `usher.services.meanwhile`)."""

    changes: tuple[Any, ...] = ()


class Held(Refused):
    """Waits for a person: the removal guard, or a pause."""


class StoreError(UsherError):
    """The store, or its master key, cannot be used."""

    exit_status = 4
