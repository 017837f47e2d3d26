"""A one-time link with which a person sets their own password, made where people are listed or shown."""

from __future__ import annotations

from tui.commands import Possible
from tui.screens.message import Message
from tui.screens.people_commands import OfPeople, PeopleCommand
from tui.widgets.ink import Spans
from usher.services import passwords
from usher.services.passwords import Link


class PasswordLink(PeopleCommand):
    """Make a one-time link with which the person sets a password; an older link of theirs ends."""

    keys, name, short, priority, words = "p", "Link to set a password", "Password", 61, "users password"

    def possible(self, screen: OfPeople) -> Possible:
        """For one person at a time."""
        verdict = super().possible(screen)
        return "One person at a time." if verdict is True and len(screen.people) != 1 else verdict

    def run(self, screen: OfPeople) -> None:
        """Makes it and shows it: it can be read here only now."""
        user = screen.people[0].id
        screen.work(lambda: passwords.make_link(screen.session, user), lambda link: _show(screen, link), group="link", busy="making a link …")


def _show(screen: OfPeople, link: Link) -> None:
    width = 60
    address: list[Spans] = [(link.url[at : at + width], "accent") for at in range(0, len(link.url), width)]
    lines: list[Spans] = [
        f"{link.username} sets a password at",
        "",
        *address,
        "",
        f"once, until {link.expires_at[:16].replace('T', ' ')} UTC.",
        "Whoever has the link can set the password: give it to the person alone. It is shown only now.",
    ]

    def copied(answer: str | None) -> None:
        if answer == "copy":
            screen.app.copy(link.url, f"Copied the link of {link.username}.")

    screen.app.push_screen(Message(f"A password for {link.username}", lines, [("copy", "Copy link")]), copied)
