"""The store's key in the console: unlocked at the start where a passphrase stands before it, and rotated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from store.secrets import Secret
from tui.commands import Command, Possible
from tui.screens.confirm import Confirm
from tui.screens.prompt import Prompt
from tui.widgets.fields import FieldSpec
from usher.services import keys
from usher.services.keys import Rotated

if TYPE_CHECKING:
    from tui.app import UsherApp

LOCKED = "The key stays locked: tokens and private keys cannot be used here."


class UnlockKey(Command[Any]):
    """Give the passphrase of the store's key: to this console, and to workers and servers that wait for it."""

    keys, name, short, priority, words = "u", "Unlock the key", "Unlock key", 5, "keys unlock"

    def possible(self, screen: Any) -> Possible:
        """Only while it is locked."""
        return bool(screen.app.locked)

    def run(self, screen: Any) -> None:
        """Asks."""
        ask_passphrase(screen.app)


class RotateKeys(Command[Any]):
    """Make a new data key and seal every token and private key anew with it. Nobody is interrupted."""

    keys, name, short, priority, words = "r", "Rotate the data key", "Rotate key", 60, "keys rotate"

    def possible(self, screen: Any) -> Possible:
        """Administrators, with the key open."""
        if screen.app.locked:
            return LOCKED
        may: bool | str = screen.may_change
        return may

    def run(self, screen: Any) -> None:
        """Asks, then does it beside the screen."""
        lines = [
            "Every token and private key is sealed anew with a new data key, in one transaction.",
            "Open consoles and workers go on. Backups made before open with the master key as ever.",
        ]
        screen.ask(Confirm("Rotate the data key?", lines, "Rotate"), lambda _: _rotate(screen))


def ask_passphrase(app: UsherApp) -> None:
    """The dialog that unlocks; left, the console goes on without secrets and says so."""
    session = app.session

    def unlock(values: Mapping[str, str]) -> int:
        return keys.unlock(session, Secret(values["passphrase"]))

    lines = ["Tokens and private keys are locked until the passphrase is given.", "Without it everything else can be read and changed."]
    dialog = Prompt("Unlock the key", [FieldSpec("passphrase", "Passphrase", password=True, required=True)], "Unlock", unlock, lines)
    app.push_screen(dialog, lambda count: _answered(app, count))


def _answered(app: UsherApp, count: int | None) -> None:
    if count is None:
        app.say(LOCKED, "It can be unlocked in Settings.", "warn")
        return
    app.look_at_key()
    others = "" if not count else f"{count} worker or server went on with it." if count == 1 else f"{count} workers and servers went on with it."
    app.say("The key is unlocked for this console.", others)


def _rotate(screen: Any) -> None:
    session = screen.session

    def done(made: Rotated) -> None:
        screen.say(f"The data key is {made.kid} now.", f"{made.secrets} secrets were sealed anew.")
        screen.refresh_here()

    screen.work(lambda: keys.rotate(session), done, busy="sealing anew …")
