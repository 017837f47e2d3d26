"""`usher operators`: who works with this store, in which role, and with which keys over SSH."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from store.errors import UsageError
from tui.cli.context import Cli
from tui.cli.framework import Command, Noun, pass_cli

if TYPE_CHECKING:
    from store.operators import Operator

_ROLES = click.Choice(["administrator", "operator", "viewer"])
_LONGEST = 16_384


def operator_document(operator: Operator) -> dict[str, Any]:
    """An operator as JSON."""
    keys = [{"fingerprint": key.fingerprint, "type": key.kind, "comment": key.comment, "added_at": key.added_at} for key in operator.keys]
    return {"id": operator.id, "name": operator.name, "role": operator.role, "enabled": operator.enabled, "created_at": operator.created_at, "keys": keys}


@click.group(cls=Noun, short_help="Who works with this store, in which role, with which SSH keys.")
def operators() -> None:
    """Operators and roles: viewer reads, operator works with people, groups and pushes, administrator does everything.

    Without any operator, whoever may write the store's file is administrator.
    """


@operators.command("list", cls=Command, example="usher operators list")
@pass_cli
def list_(cli: Cli) -> None:
    """List every operator."""
    from usher.services import operators as service

    found = service.list_(cli.session)
    if cli.output.json:
        cli.output.document([operator_document(one) for one in found])
        return
    rows = [(one.name, one.role, "" if one.enabled else "disabled", " ".join(key.fingerprint for key in one.keys)) for one in found]
    cli.output.table(
        ["name", "role", "state", "keys"],
        rows,
        empty="There are no operators: who may write the store's file is administrator. Add one: usher operators add NAME --role administrator",
    )


@operators.command("add", cls=Command, example="usher operators add grace --role operator --key grace.pub")
@click.argument("name")
@click.option("--role", type=_ROLES, required=True, help="What the operator may do.")
@click.option("--key", metavar="FILE", help="Their OpenSSH public key: a file, or - for stdin.")
@pass_cli
def add(cli: Cli, name: str, role: str, key: str | None) -> None:
    """Add an operator."""
    from usher.services import operators as service

    made = service.add(cli.session, name, role, _key_text(cli, key))
    cli.output.result(f"Added {made.name}, {made.role}{_with_keys(made)}.", operator_document(made))


@operators.command("set", cls=Command, example="usher operators set grace --role viewer")
@click.argument("name")
@click.option("--role", type=_ROLES, help="What the operator may do from now on.")
@click.option("--key", metavar="FILE", help="One more OpenSSH public key: a file, or - for stdin.")
@click.option("--drop-key", metavar="SHA256:...", help="Take this key away.")
@click.option("--name", "new_name", metavar="NAME", help="Another name.")
@click.option("--disabled/--enabled", default=None, help="Shut the operator out, or let them in again.")
@pass_cli
def set_(cli: Cli, name: str, role: str | None, key: str | None, drop_key: str | None, new_name: str | None, disabled: bool | None) -> None:
    """Change an operator; it bites at once, in consoles that are open too."""
    from usher.services import operators as service

    enabled = None if disabled is None else "false" if disabled else "true"
    given = {"name": new_name, "role": role, "enabled": enabled, "key": _key_text(cli, key) or None, "drop_key": drop_key}
    values = {field: value for field, value in given.items() if value is not None}
    if not values:
        raise UsageError("nothing-named", "Nothing to change was named.", "See usher operators set --help.")
    kept = service.set_(cli.session, name, values)
    state = "" if kept.enabled else ", disabled"
    cli.output.result(f"{kept.name} is {kept.role}{state}{_with_keys(kept)}.", operator_document(kept))


@operators.command("remove", cls=Command, example="usher operators remove grace")
@click.argument("name")
@pass_cli
def remove(cli: Cli, name: str) -> None:
    """Remove an operator and their keys; consoles they have open change nothing any more."""
    from usher.services import operators as service

    was = service.remove(cli.session, name)
    cli.output.result(f"Removed {was.name}, who was {was.role}.", operator_document(was))


@operators.command("authorized-keys", cls=Command, example="usher operators authorized-keys > ~usher/.ssh/authorized_keys")
@click.option("--for-key", nargs=2, metavar="TYPE BASE64", help="The line for this key alone: sshd's %t %k.")
@click.option("--fingerprint", metavar="SHA256:...", help="The line for this key alone: sshd's %f.")
@click.option("--program", metavar="PATH", help="What the line starts; this program unless named.")
@pass_cli
def authorized_keys(cli: Cli, for_key: tuple[str, str] | None, fingerprint: str | None, program: str | None) -> None:
    """Print the authorized_keys line of every enabled operator: each opens a confined console under their name.

    As sshd's AuthorizedKeysCommand, with --for-key %t %k or --fingerprint %f, it prints the one line that lets
    this key in, or nothing.
    """
    from usher.services import operators as service

    session = cli.session
    launch = service.launch_of(session, program or "")
    wanted = service.offered_fingerprint(*for_key) if for_key else fingerprint or ""
    lines = service.authorized_lines(session, launch, wanted)
    if cli.output.json:
        cli.output.document(lines)
    elif lines:
        cli.output.say(*lines)


def _with_keys(operator: Operator) -> str:
    """How many keys, in words."""
    count = len(operator.keys)
    return f", with {count} key{'s' if count > 1 else ''}" if count else ", without a key"


def _key_text(cli: Cli, name: str | None) -> str:
    """What is in the file of a public key; empty when none is named."""
    if name is None:
        return ""
    if name == "-":
        data = sys.stdin.buffer.read(_LONGEST + 1)
    else:
        from usher.services.files import read_file

        data = read_file(cli.session, Path(name), _LONGEST, "key")
    text = data.decode("utf-8", errors="replace")
    if not text.strip():
        raise UsageError("key-unfit", "There is no key.", "Name the file that ends in .pub.", "key")
    return text
