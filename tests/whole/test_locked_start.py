"""A store whose key is under a passphrase, met by a person at a terminal and by a script without one."""

from __future__ import annotations

from tests.whole.house import ROOT, USHER, House, house
from tests.whole.terminal import Terminal

__all__ = ["house"]

PASSPHRASE = "gulls-over-the-quay"


def test_a_command_asks_at_a_terminal_and_does_not_show_what_is_typed(house: House) -> None:
    house.do("apps", "add", "calendly", "--label", "Calendly")
    house.do("keys", "source", "passphrase", "--new-passphrase-file", house.file("passphrase", PASSPHRASE + "\n"))
    at = Terminal([*USHER, "keys", "rotate"], size=(120, 24), env=house.env, cwd=ROOT)
    try:
        at.wait_for("Passphrase of the store's key:")
        at.type(PASSPHRASE)
        at.press("enter")
        assert at.ended() == 0
    finally:
        at.close()
    assert b"1 secret sealed anew" in at.output and PASSPHRASE.encode() not in at.output
    ended = house.usher("keys", "rotate")
    assert ended.status == 4 and len(ended.err.splitlines()) == 1 and "locked by a passphrase" in ended.err


def test_a_console_asks_goes_on_without_and_is_unlocked_later(house: House) -> None:
    house.do("keys", "source", "passphrase", "--new-passphrase-file", house.file("passphrase", PASSPHRASE + "\n"))
    with house.console("settings") as console:
        console.wait_for("╭─ Unlock the key", "key locked")
        console.press("esc")
        console.wait_for("The key stays locked", "key locked")
        house.do("groups", "add", "Pilots")
        console.press("u")
        console.wait_for("╭─ Unlock the key")
        console.type(PASSPHRASE)
        console.press("enter")
        console.wait_for("The key is unlocked for this console.")
        console.wait_for("▲ key locked", gone=True)
        assert console.leave() == 0
    assert PASSPHRASE.encode() not in console.output
