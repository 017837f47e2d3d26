"""`usher users`: people of the directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from store.errors import UsageError
from tui.cli.context import Cli
from tui.cli.documents import user_document
from tui.cli.files import read_secret
from tui.cli.framework import Command, Noun, pass_cli, secret_is_no_argument
from tui.cli.text import assignments, listed

if TYPE_CHECKING:
    from store.directory import User


@click.group(cls=Noun, short_help="People of the directory.")
def users() -> None:
    """People of the directory: list, show, add, change, suspend, activate, delete, import; and their passwords."""


@users.command("list", cls=Command, example="usher users list lovelace")
@click.argument("text", nargs=-1, metavar="[FILTER]")
@click.option("--state", type=click.Choice(["STAGED", "ACTIVATED", "SUSPENDED"], case_sensitive=False), help="Only people in this state.")
@pass_cli
def list_(cli: Cli, text: tuple[str, ...], state: str | None) -> None:
    """List everyone, or those whose names, address or employee ID begin with the words of FILTER."""
    found = _everyone(cli, " ".join(text), (state or "").upper())
    if cli.output.json:
        cli.output.stream([user_document(user, groups) for user, groups in page] for page in found)
        return
    rows = [(u.username, u.email, _name(u), u.employee_identifier, u.state, ", ".join(groups)) for page in found for u, groups in page]
    empty = "Nobody matches." if text or state else "Nobody is in the directory. Add people: usher users import FILE"
    cli.output.table(["username", "email", "name", "employee ID", "state", "groups"], rows, empty=empty)


@users.command("show", cls=Command, example="usher users show ada")
@click.argument("user")
@pass_cli
def show(cli: Cli, user: str) -> None:
    """Show one person."""
    from usher.services import directory

    _show(cli, directory.get_user(cli.session, user))


@users.command("add", cls=Command, example="usher users add ada --email ada@example.org --firstname Ada --lastname Lovelace")
@click.argument("username")
@click.option("--email", required=True, metavar="E", help="The company e-mail address.")
@click.option("--firstname", default="", metavar="F", help="First name.")
@click.option("--lastname", default="", metavar="L", help="Last name.")
@click.option("--displayname", default="", metavar="D", help="The name as applications show it.")
@click.option("--employee-id", default="", metavar="X", help="The employee ID.")
@pass_cli
def add(cli: Cli, username: str, email: str, firstname: str, lastname: str, displayname: str, employee_id: str) -> None:
    """Add a person, activated."""
    from usher.services import directory

    user = directory.add_user(cli.session, username, email, firstname=firstname, lastname=lastname, displayname=displayname, employee_identifier=employee_id)
    cli.output.result(f"Added {user.username}.", user_document(user, []))


@users.command("set", cls=Command, example="usher users set ada displayname='Ada Lovelace' employeeIdentifier=1815")
@click.argument("user")
@click.argument("assigned", nargs=-1, required=True, metavar="FIELD=VALUE...")
@pass_cli
def set_(cli: Cli, user: str, assigned: tuple[str, ...]) -> None:
    """Change a person: username, email, firstname, lastname, displayname, employeeIdentifier, state, or a further attribute."""
    from usher.services import directory

    values = assignments(assigned)
    changed = directory.set_user(cli.session, user, values)
    cli.output.result(f"Changed {listed(list(values))} of {changed.username}.", user_document(changed, _groups(cli, changed)))


@users.command("suspend", cls=Command, example="usher users suspend ada grace")
@click.argument("user", nargs=-1, required=True)
@pass_cli
def suspend(cli: Cli, user: tuple[str, ...]) -> None:
    """Suspend people: their accounts are deactivated at the applications, which can be undone."""
    from usher.services import directory

    _done(cli, user, "suspended", directory.suspend(cli.session, list(user)))


@users.command("activate", cls=Command, example="usher users activate ada")
@click.argument("user", nargs=-1, required=True)
@pass_cli
def activate(cli: Cli, user: tuple[str, ...]) -> None:
    """Activate people who are suspended or staged."""
    from usher.services import directory

    _done(cli, user, "activated", directory.activate(cli.session, list(user)))


@users.command("delete", cls=Command, example="usher users delete ada --permanently")
@click.argument("user", nargs=-1, required=True)
@click.option("--permanently", is_flag=True, help="Needed: their accounts at the applications are deleted for good.")
@pass_cli
def delete(cli: Cli, user: tuple[str, ...], permanently: bool) -> None:
    """Delete people from the directory, and their accounts at the applications for good.

    To take access away in a way that can be undone, use `suspend`.
    """
    from usher.services import directory

    preview = directory.deletion_preview(cli.session, list(user))
    if not permanently:
        raise UsageError(
            "permanently-needed",
            f"Nothing was deleted. With --permanently, {preview.sentence}",
            "To take access away in a way that can be undone: usher users suspend",
        )
    gone = directory.delete_users(cli.session, list(user))
    accounts = [{"app": one.label, "accounts": one.accounts, "deleted": one.deleted} for one in preview.applications]
    cli.output.result(
        f"Deleted {listed([one.username for one in gone])} from the directory. {preview.sentence.partition('. ')[2]}".strip(),
        {"deleted": [{"id": one.id, "username": one.username} for one in gone], "accounts": accounts},
    )


@users.command("password", cls=Command, example="usher users password ada\nusher users password ada --password-file ada.txt")
@click.argument("user")
@click.option("--password-file", metavar="FILE", help="Set the password that stands in this file (-: stdin) instead.")
@secret_is_no_argument("--password", "--password-file")
@pass_cli
def password(cli: Cli, user: str, password_file: str | None) -> None:
    """Make a one-time link with which a person sets their own password; or set one from a file.

    The link holds for 72 hours and works once. Whoever has it can set the password: give it to the person alone.
    """
    from usher.services import passwords

    if password_file is None:
        link = passwords.make_link(cli.session, user)
        sentence = f"{link.username} sets a password at\n\n  {link.url}\n\nonce, until {link.expires_at[:16].replace('T', ' ')} UTC. Give it to them alone."
        if cli.output.json:
            cli.output.document({"user": link.username, "url": link.url, "expires_at": link.expires_at})
        else:
            cli.output.say(*sentence.splitlines())
        return
    person = passwords.set_password(cli.session, user, read_secret(cli, password_file, "password", "--password-file").reveal())
    cli.output.result(f"Set the password of {person.username}; where they were signed in, they are signed out.", {"user": person.username, "password": "set"})


@users.command("second-factor", cls=Command, example="usher users second-factor ada --remove")
@click.argument("user")
@click.option("--remove", is_flag=True, help="Take it away: the person lost the device and every recovery code.")
@pass_cli
def second_factor(cli: Cli, user: str, remove: bool) -> None:
    """Show whether a person has a second factor, and how many recovery codes are left; or take it away."""
    from usher.services import directory
    from usher.services import second_factor as service

    person = directory.get_user(cli.session, user)
    removed = service.remove(cli.session, person.id) if remove else False
    there, left = service.is_set_up(cli.session, person.id), service.recovery_codes_left(cli.session, person.id)
    sentence = f"Took the second factor of {person.username} away." if removed else f"{person.username} has {'a' if there else 'no'} second factor" + (f", {left} recovery codes left." if there else ".")  # fmt: skip
    cli.output.result(sentence, {"user": person.username, "second_factor": there, "recovery_codes": left, "removed": removed})


@users.command("import", cls=Command, example="usher users import people.csv --dry-run")
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@pass_cli
def import_(cli: Cli, file: str, dry_run: bool) -> int:
    """Add and update people from a CSV file; nothing is kept unless every row is good.

    UTF-8 with a header row: username,email,firstname,lastname,displayname,employeeIdentifier,state,groups.
    Groups are split by `;` and made if new; an absent column changes nothing.
    """
    from tui.cli.importing import import_people

    return import_people(cli, file, dry_run)


def _everyone(cli: Cli, text: str, state: str) -> Iterator[list[tuple[User, tuple[str, ...]]]]:
    """Pages of people with the names of their groups."""
    from usher.services import directory

    last = ""
    while page := directory.people_page(cli.session, after_key=last, text=text, state=state, limit=1000):
        names = directory.group_names(cli.session, page)
        yield [(user, names.get(user.id, ())) for user in page]
        last = page[-1].key


def _groups(cli: Cli, user: User) -> tuple[str, ...]:
    """The names of the groups somebody is in."""
    from usher.services import directory

    return directory.group_names(cli.session, [user]).get(user.id, ())


def _show(cli: Cli, user: User) -> None:
    """One person, in full."""
    groups = _groups(cli, user)
    if cli.output.json:
        cli.output.document(user_document(user, groups))
        return
    fixed = {
        "username": user.username,
        "id": user.id,
        "email": user.email,
        "firstname": user.firstname,
        "lastname": user.lastname,
        "displayname": user.displayname,
    }
    cli.output.facts({**fixed, "employeeIdentifier": user.employee_identifier, "state": user.state, "groups": ", ".join(groups), **user.attributes})


def _done(cli: Cli, named: tuple[str, ...], word: str, changed: list[User]) -> None:
    """What was done to whom; those who were so already are said too."""
    from usher.services import directory

    people = [directory.get_user(cli.session, name) for name in named]
    before = [user.username for user in people if user.id not in {one.id for one in changed}]
    sentence = f"{word.capitalize()}: {listed([user.username for user in changed])}. " if changed else ""
    sentence += f"{listed(before)} {'was' if len(before) == 1 else 'were'} {word} already." if before else ""
    cli.output.result(sentence.strip(), [user_document(user, _groups(cli, user)) for user in people])


def _name(user: User) -> str:
    """The name a list shows."""
    return user.displayname or f"{user.firstname} {user.lastname}".strip()
