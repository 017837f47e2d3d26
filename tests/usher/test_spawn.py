"""A worker is started once: not again while the first is still on its way up."""

from __future__ import annotations

import pytest

from store.errors import StoreError
from store.secrets import Secret
from tests.kit import ADMINISTRATOR
from usher.provisioning import spawn
from usher.provisioning.presence import living
from usher.services import keys
from usher.services.session import Session
from usher.services.setup import open_session


def test_asking_twice_at_once_starts_one_worker(session: Session) -> None:
    try:
        assert spawn.ensure_worker(session) is True
        assert spawn.ensure_worker(session) is False
    finally:
        for _, process in spawn._started:
            process.kill()
            process.wait()
    assert spawn.ensure_worker(session) is True, "one that was killed is followed by another"
    for _, process in spawn._started:
        process.kill()
        process.wait()


def test_with_a_locked_key_none_is_started_and_the_push_waits(session: Session) -> None:
    keys.to_passphrase(session, Secret("gulls over the quay"))
    locked = open_session(session.store.path, actor=ADMINISTRATOR, key_file=session.key_file)
    with pytest.raises(StoreError, match="The push waits") as caught:
        spawn.ensure_worker(locked)
    assert caught.value.exit_status == 4 and "usher keys unlock" in caught.value.hint
    assert not living(session.store, session.db)
