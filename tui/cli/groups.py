"""`usher groups`: user groups and who is in them."""

from __future__ import annotations

import click

from tui.cli.context import Cli
from tui.cli.documents import group_document, user_document
from tui.cli.framework import Command, Noun, pass_cli
from tui.cli.text import plural


@click.group(cls=Noun, short_help="User groups and who is in them.")
def groups() -> None:
    """User groups: who is in them, and which applications they open."""


@groups.command("list", cls=Command, example="usher groups list")
@pass_cli
def list_(cli: Cli) -> None:
    """List every group."""
    from usher.services import directory

    found = directory.groups(cli.session)
    if cli.output.json:
        cli.output.document([group_document(group) for group in found])
        return
    rows = [(group.name, group.members, ", ".join(group.applications)) for group in found]
    cli.output.table(["name", "members", "applications"], rows, right=["members"], empty="There are no groups. Add one: usher groups add NAME")


@groups.command("show", cls=Command, example="usher groups show Engineering")
@click.argument("group")
@pass_cli
def show(cli: Cli, group: str) -> None:
    """Show one group: how many are in it, and which applications it opens."""
    from usher.services import directory

    found = directory.get_group(cli.session, group)
    if cli.output.json:
        cli.output.document(group_document(found))
    else:
        cli.output.facts({"name": found.name, "id": found.id, "members": found.members, "applications": ", ".join(found.applications)})


@groups.command("add", cls=Command, example="usher groups add Engineering")
@click.argument("name")
@pass_cli
def add(cli: Cli, name: str) -> None:
    """Add an empty group."""
    from usher.services import directory

    group = directory.add_group(cli.session, name)
    cli.output.result(f"Added the group {group.name}.", group_document(group))


@groups.command("rename", cls=Command, example="usher groups rename Engineering Builders")
@click.argument("group")
@click.argument("name")
@pass_cli
def rename(cli: Cli, group: str, name: str) -> None:
    """Give a group another name."""
    from usher.services import directory

    renamed = directory.rename_group(cli.session, group, name)
    cli.output.result(f"The group is now named {renamed.name}.", group_document(renamed))


@groups.command("delete", cls=Command, example="usher groups delete Builders")
@click.argument("group")
@pass_cli
def delete(cli: Cli, group: str) -> None:
    """Delete a group. Its people stay in the directory; what it alone opened is closed to them."""
    from usher.services import directory

    was = directory.delete_group(cli.session, group)
    lost = f" It no longer opens {', '.join(was.applications)}." if was.applications else ""
    cli.output.result(f"Deleted the group {was.name}, which had {plural(was.members, 'member')}.{lost}", group_document(was))


class Members(Command):
    """`--add` and `--remove` take every name that follows them, once the group is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeats the option before each further name: `--add ada grace` is `--add ada --add grace`."""
        words: list[str] = []
        option, waiting, named = "", False, False
        for word in args:
            if word.startswith("-"):
                option, waiting = (word, True) if word in ("--add", "--remove") else ("", False)
            elif option and not waiting and named:
                words.append(option)
            elif waiting:
                waiting = False
            else:
                named = True
            words.append(word)
        return super().parse_args(ctx, words)


@groups.command("members", cls=Members, example="usher groups members Engineering --add ada grace --remove alan")
@click.argument("group")
@click.option("--add", "added", multiple=True, metavar="USER...", help="Put these people in.")
@click.option("--remove", "removed", multiple=True, metavar="USER...", help="Take these people out.")
@pass_cli
def members(cli: Cli, group: str, added: tuple[str, ...], removed: tuple[str, ...]) -> None:
    """List who is in a group, or put people in and take people out."""
    from usher.services import directory

    if not added and not removed:
        _list_members(cli, group)
        return
    for user in (*added, *removed):
        directory.get_user(cli.session, user)  # a name that is not there leaves everybody where they are
    came = directory.add_members(cli.session, group, added) if added else 0
    went = directory.remove_members(cli.session, group, removed) if removed else 0
    found = directory.get_group(cli.session, group)
    cli.output.result(
        f"{found.name}: {came} put in, {went} taken out; {plural(found.members, 'member')} now.", {**group_document(found), "added": came, "removed": went}
    )


def _list_members(cli: Cli, group: str) -> None:
    """Who is in a group."""
    from usher.services import directory

    people, last = [], ""
    while page := directory.people_page(cli.session, group=group, after_key=last, limit=1000):
        people += page
        last = page[-1].key
    if cli.output.json:
        names = directory.group_names(cli.session, people)
        cli.output.document([user_document(user, names.get(user.id, ())) for user in people])
        return
    cli.output.table(["username", "name", "state"], [(user.username, user.displayname, user.state) for user in people], empty="Nobody is in this group.")
