"""Who is at work at the console, what they may do, and what becomes of it when somebody changes that meanwhile."""

from __future__ import annotations

from typing import Any

from store.errors import UsherError
from usher.services.session import Session

GONE = ("operator-gone", "key-gone")
"""What `Session` refuses with to who was shut out."""


class AtWork:
    """Mixed into the app."""

    session: Session
    say: Any
    gone = ""
    """A sentence, once the operator at work is none any more."""

    def may(self, needs: str, *, writes: bool = True) -> bool | str:
        """Whether who is at work may do what needs that role (see `Session.change`), or the sentence why not."""
        return self.gone or self.session.may(needs, writes=writes)

    @property
    def read_only(self) -> bool:
        """Whether nothing at all can be changed from here."""
        return self.may("operator") is not True

    @property
    def administers(self) -> bool:
        """Whether who is at work may do everything."""
        return self.may("administrator") is True

    def look_who_is_at_work(self) -> bool:
        """Takes name and role as they are now; who was shut out is told so, once, and goes on reading. Whether it is another now."""
        before, gone = self.session.actor, self.gone
        try:
            self.session.look_again()
            self.gone = ""
        except UsherError as error:
            self.gone = error.message
            self.say(error.message, error.hint, "bad")
        if gone and not self.gone:
            self.say("You may work here again.")
        elif self.session.actor.role != before.role:
            self.say(f"Your role is {self.session.actor.role} now; it was {before.role}.", tone="warn")
        return (before, gone) != (self.session.actor, self.gone)
