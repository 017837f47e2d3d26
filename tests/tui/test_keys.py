"""The store's key at the console: a locked start, the passphrase, and a rotation, by key presses."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.errors import StoreError
from store.secrets import Secret
from tests.kit import ADMINISTRATOR
from tests.tui.kit import console, press, run, text, until
from usher.services import activity, applications, directory, keys
from usher.services.session import Session
from usher.services.setup import open_session

PASSPHRASE = "correct horse battery"


@pytest.fixture
def locked(session: Session) -> Session:
    """A store with a private key in it, as somebody finds it who has not given the passphrase."""
    applications.add(session, "calendly", label="Calendly")
    keys.to_passphrase(session, Secret(PASSPHRASE))
    return open_session(session.store.path, actor=ADMINISTRATOR, key_file=session.key_file)


def test_a_locked_start_asks_and_goes_on_without_secrets(locked: Session) -> None:
    async def walk() -> None:
        async with console(locked, "settings") as pilot:
            shown = text(pilot)
            assert "Unlock the key" in shown and "▲ key locked" in shown
            shown = await press(pilot, "escape")
            assert "The key stays locked" in shown and "▲ key locked" in shown and "u Unlock key" in shown
            directory.add_group(locked, "Pilots")  # what needs no secret goes on
            assert "The key stays locked" in await press(pilot, "r"), "a rotation says why not"
            with pytest.raises(StoreError, match="locked by a passphrase"):
                locked.vault.seal("a", "b", "c", "d")

    run(walk())


def test_the_passphrase_unlocks_and_is_not_shown(locked: Session) -> None:
    async def walk() -> None:
        async with console(locked, "settings") as pilot:
            shown = await press(pilot, *"wrong horse battery".replace(" ", "_"), "enter")
            await until(pilot, "not the passphrase")
            assert "wrong" not in shown.replace("wrong-", "")
            await press(pilot, "ctrl+u", *["space" if letter == " " else letter for letter in PASSPHRASE], "enter")
            await until(pilot, "The key is unlocked for this console.")
            shown = text(pilot)
            assert "key locked" not in shown and "Unlock key" not in shown and "horse" not in shown
            assert not locked.vault.locked and locked.vault.seal("a", "b", "c", "d")

    run(walk())


def test_a_rotation_is_asked_about_and_done_beside_the_screen(session: Session) -> None:
    applications.add(session, "calendly", label="Calendly")

    async def walk() -> None:
        async with console(session, "settings") as pilot:
            assert "Rotate the data key?" in await press(pilot, "r")
            await press(pilot, "escape")
            assert keys.show(session).data_keys == 1
            await press(pilot, "r", "y")
            await until(pilot, "The data key is k2-")
            assert activity.page(session, limit=1)[0].action == "keys.rotated"

    run(walk())


def test_an_open_key_asks_nothing(session: Session, tmp_path: Path) -> None:
    async def walk() -> None:
        async with console(session, "settings") as pilot:
            assert "Unlock" not in text(pilot) and "key locked" not in text(pilot)
            assert not list(pilot.app.get_system_commands(pilot.app.screen)), "no command of Textual's own: one would write what is shown to a file"

    run(walk())
