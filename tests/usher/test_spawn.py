"""A worker is started once: not again while the first is still on its way up."""

from __future__ import annotations

from usher.provisioning import spawn
from usher.services.session import Session


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
