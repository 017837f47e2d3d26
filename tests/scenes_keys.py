"""Scenes of the store's key: a locked start, left as it is, a wrong passphrase, and a rotation."""

from __future__ import annotations

from store.secrets import Secret
from tests.scene import Scene
from tests.stages_directory import machine
from usher.services import keys
from usher.services.session import Session


def under_passphrase(session: Session) -> None:
    """The machine, with a passphrase before its key, as whoever comes next finds it."""
    machine(session)
    keys.to_passphrase(session, Secret("correct horse battery"))
    session._vaults.clear()


KEY_SCENES = [
    Scene("key-locked", "settings", store=under_passphrase),
    Scene("key-wrong-passphrase", "settings", [*"wrong-horse", "enter"], store=under_passphrase),
    Scene("key-left-locked", "settings", ["escape"], store=under_passphrase),
    Scene("key-rotate", "settings", ["r"], store=machine),
]
