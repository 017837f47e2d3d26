"""`usher keys`: the store's keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.cli.context import Cli
from tui.cli.files import read_secret
from tui.cli.framework import Command, Noun, pass_cli
from tui.cli.text import plural
from tui.cli.unlocking import passphrase_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.secrets import Secret
    from usher.services.keys import KeyStatus, Rewrapped

_new = click.option("--new-passphrase-file", metavar="F", help="The file with the new passphrase; - is stdin. Without it, you are asked twice.")


@click.group(cls=Noun, short_help="The store's keys: show, unlock, rotate, change where the master key comes from.")
def keys() -> None:
    """The store's keys.

    Tokens and private keys are sealed with a data key; the data key is wrapped by the master key, which lies outside the store.
    """


@keys.command("show", cls=Command, example="usher keys show --json")
@pass_cli
def show(cli: Cli) -> int:
    """Where the master key comes from, its fingerprint, and the data key in use. Never a key itself.

    Ends with 4 when the key cannot be used; a locked one can.
    """
    from usher.services import keys as service

    found = service.show(cli.session)
    document = {
        "source": found.source,
        "path": str(found.path),
        "fingerprint": found.fingerprint,
        "locked": found.locked,
        "kid": found.kid,
        "created": found.created_at,
        "data_keys": found.data_keys,
        "secrets": found.secrets,
        "unsettled": found.unsettled,
        "trouble": found.trouble,
    }
    if cli.output.json:
        cli.output.document(document)
    else:
        cli.output.facts(_facts(found))
    return 4 if found.trouble else 0


@keys.command("unlock", cls=Command, example="usher keys unlock")
@passphrase_options
@pass_cli
def unlock(cli: Cli, passphrase_file: str | None) -> None:
    """Give the passphrase to the workers and servers of this store that wait for it."""
    from usher.services import keys as service

    count = service.unlock(cli.session, read_secret(cli, passphrase_file, "Passphrase", "--passphrase-file"))
    told = f"{plural(count, 'process', 'processes')} went on." if count else "No worker waits for it now; a console asks for itself."
    cli.output.result(f"The passphrase is right. {told}", {"unlocked": count})


@keys.command("rotate", cls=Command, example="usher keys rotate")
@passphrase_options
@pass_cli
def rotate(cli: Cli, passphrase_file: str | None) -> None:
    """Make a new data key and seal every secret anew with it, in one transaction.

    Open consoles and workers take it up by themselves. Backups made before open with the master key as ever.
    """
    from usher.services import keys as service

    _unlock_by_file(cli, passphrase_file)
    made = service.rotate(cli.session)
    cli.output.result(f"The data key is {made.kid} now; {plural(made.secrets, 'secret')} sealed anew.", {"kid": made.kid, "secrets": made.secrets})


@keys.command("rewrap", cls=Command, example="usher keys rewrap")
@passphrase_options
@_new
@pass_cli
def rewrap(cli: Cli, passphrase_file: str | None, new_passphrase_file: str | None) -> None:
    """Make a new master key of the same kind. The old one is kept beside it: backups made until now need it."""
    from usher.services import keys as service

    _unlock_by_file(cli, passphrase_file)
    new = _new_passphrase(cli, new_passphrase_file) if cli.session.vault.source.kind == "passphrase" else None
    _tell(cli, service.rewrap(cli.session, new))


@keys.group("source", cls=Noun, short_help="Change where the master key comes from.")
def source() -> None:
    """Change where the master key comes from. The store is given another master key with it.

    A systemd credential named usher.key is taken by itself where systemd provides one.
    """


@source.command("file", cls=Command, example="usher keys source file")
@passphrase_options
@pass_cli
def source_file(cli: Cli, passphrase_file: str | None) -> None:
    """A key file, readable by you alone: every start is an open one (the default)."""
    from usher.services import keys as service

    _change(cli, passphrase_file, lambda: service.to_file(cli.session))


@source.command("passphrase", cls=Command, example="usher keys source passphrase")
@passphrase_options
@_new
@pass_cli
def source_passphrase(cli: Cli, passphrase_file: str | None, new_passphrase_file: str | None) -> None:
    """A key file under a passphrase: every start is locked until somebody gives it. Lost, nothing brings the secrets back."""
    from usher.services import keys as service

    _change(cli, passphrase_file, lambda: service.to_passphrase(cli.session, _new_passphrase(cli, new_passphrase_file)))


@source.command("command", cls=Command, example="usher keys source command -- age --decrypt --identity id.txt usher.key.age")
@click.option("--timeout", type=click.FloatRange(0.1, 600), default=30.0, show_default=True, metavar="S", help="The seconds it may take.")
@click.argument("words", nargs=-1, required=True, metavar="PROGRAM [WORDS]...")
@passphrase_options
@pass_cli
def source_command(cli: Cli, timeout: float, words: tuple[str, ...], passphrase_file: str | None) -> None:
    """A command that prints the key: 32 bytes, or the same as hex or Base64. It is run without a shell whenever the key is needed."""
    from usher.services import keys as service

    _change(cli, passphrase_file, lambda: service.to_command(cli.session, words, timeout))


def _change(cli: Cli, passphrase_file: str | None, do: Callable[[], Rewrapped]) -> None:
    """Changes the source and says what follows from it."""
    cli.session.check_allowed("administrator")
    _unlock_by_file(cli, passphrase_file)
    _tell(cli, do())


def _unlock_by_file(cli: Cli, passphrase_file: str | None) -> None:
    """The current passphrase, where a file names it; else it is asked for when it is needed."""
    if passphrase_file is not None:
        cli.session.vault.unlock(read_secret(cli, passphrase_file, "Passphrase", "--passphrase-file"))


def _new_passphrase(cli: Cli, name: str | None) -> Secret:
    """The new passphrase from a file or stdin, or asked for twice."""
    import sys

    from store.secrets import Secret

    if name is not None or not sys.stdin.isatty():
        return read_secret(cli, name, "new passphrase", "--new-passphrase-file")
    return Secret(str(click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True)))


def _tell(cli: Cli, made: Rewrapped) -> None:
    """What changed, and what backups made before need."""
    cli.output.result(
        f"The master key comes from {_SOURCES[made.source]} now ({made.path}), fingerprint {made.fingerprint}.",
        {"source": made.source, "path": str(made.path), "fingerprint": made.fingerprint, "kept": str(made.kept) if made.kept else None},
    )
    if made.kept:
        cli.output.note(f"The old key is kept as {made.kept}: backups made until now need it. Move it to where they are looked after.")


_SOURCES = {"file": "a key file", "passphrase": "a key file under a passphrase", "command": "a command", "credential": "a systemd credential"}


def _facts(found: KeyStatus) -> dict[str, object]:
    """For a person."""
    return {
        "master key": found.trouble or f"{_SOURCES.get(found.source, '-')}{', locked' if found.locked else ''}",
        "file": found.path,
        "fingerprint": found.fingerprint,
        "data key": f"{found.kid}, made {found.created_at[:19].replace('T', ' ')} UTC",
        "secrets": found.secrets,
        "to do": found.hint or ("Make the change of the master key complete: usher keys rewrap" if found.unsettled else ""),
    }
