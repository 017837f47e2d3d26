"""Changes reach the application by themselves; what the guard holds waits; what failed for good is not tried again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from store import failures
from tests.whole.engine import APP, GROUP, as_worker, connect, live, person
from tests.whole.proxy import FaultProxy
from tests.whole.servers import Server, _running_servers, scim2_server
from usher.provisioning import automatic
from usher.provisioning.worker import Worker
from usher.services import authorizations, directory, identity, pushes
from usher.services.session import Session

__all__ = ["_running_servers", "live", "scim2_server"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automatic, "QUIET", 0.2)
    monkeypatch.setattr(automatic, "LOOK_BACK", 0.5)


@contextmanager
def watching(session: Session) -> Iterator[None]:
    """An automatic worker at work in a thread of its own."""
    made: list[tuple[Worker, asyncio.AbstractEventLoop]] = []

    async def run() -> None:
        worker = Worker(as_worker(session), kind="worker", automatic=True)
        made.append((worker, asyncio.get_running_loop()))
        await worker.run()

    thread = Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        yield
    finally:
        worker, loop = made[0]
        loop.call_soon_threadsafe(worker.stop.set)
        thread.join(20)


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def active(server: Server) -> set[str]:
    return {user["userName"] for user in server.users() if user["active"]}


def test_what_changes_is_pushed_by_itself_to_whom_it_concerns(live: Session, scim2_server: Server) -> None:
    connect(live, scim2_server.base_url, mode="automatic")
    person(live, "amelia")
    with watching(live):
        until(lambda: active(scim2_server) == {"amelia"})
        person(live, "bessie")
        until(lambda: active(scim2_server) == {"amelia", "bessie"})
        directory.suspend(live, ["amelia"])
        until(lambda: active(scim2_server) == {"bessie"})
        until(lambda: pushes.list_(live)[0].state == "succeeded")
    newest = pushes.list_(live)[0]
    assert (newest.kind, newest.scope, newest.total) == ("automatic", (directory.get_user(live, "amelia").id,), 1)


def test_on_demand_means_on_demand(live: Session, scim2_server: Server) -> None:
    connect(live, scim2_server.base_url)
    person(live, "amelia")
    with watching(live):
        time.sleep(1.5)
    assert pushes.list_(live) == []


def test_leaving_a_group_or_losing_the_authorisation_is_followed(live: Session, scim2_server: Server) -> None:
    connect(live, scim2_server.base_url, mode="automatic")
    person(live, "amelia")
    person(live, "bessie")
    with watching(live):
        until(lambda: active(scim2_server) == {"amelia", "bessie"})
        directory.remove_members(live, GROUP, ["amelia"])
        until(lambda: active(scim2_server) == {"bessie"})
        authorizations.revoke(live, APP, [GROUP])
        until(lambda: active(scim2_server) == set())


def test_a_mass_removal_waits_and_is_asked_for_once(live: Session, scim2_server: Server) -> None:
    connect(live, scim2_server.base_url, mode="automatic", guard_minimum=1)
    for name in ("amelia", "bessie", "charles"):
        person(live, name)
    with watching(live):
        until(lambda: len(active(scim2_server)) == 3)
        authorizations.revoke(live, APP, [GROUP])
        until(lambda: [view.state for view in pushes.list_(live, limit=1)] == ["held"])
        directory.set_user(live, "amelia", {"displayname": "Amelia E."})
        time.sleep(1)
        assert [view.state for view in pushes.list_(live)].count("held") == 1
        assert len(active(scim2_server)) == 3
        pushes.approve(live, next(view.id for view in pushes.list_(live) if view.state == "held"), worker=False)
        until(lambda: active(scim2_server) == set())


def test_removals_in_small_bites_are_held_too(live: Session, scim2_server: Server) -> None:
    connect(live, scim2_server.base_url, mode="automatic", guard_minimum=2)
    names = ["amelia", "bessie", "charles", "dorothy"]
    for name in names:
        person(live, name)
    with watching(live):
        until(lambda: len(active(scim2_server)) == 4)
        for number, name in enumerate(names[:2], 1):
            directory.suspend(live, [name])
            until(lambda left=4 - number: len(active(scim2_server)) == left)  # type: ignore[misc]
        directory.suspend(live, ["charles"])
        until(lambda: pushes.list_(live, limit=1)[0].state == "held")
    assert "after 2 in the last day" in pushes.list_(live, limit=1)[0].held_reason


def test_what_failed_for_good_is_tried_again_only_when_something_changes(live: Session, scim2_server: Server) -> None:
    words = b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "400", "detail": "We do not like her"}'
    with FaultProxy(scim2_server.base_url) as between:
        app = connect(live, between.base_url, mode="automatic")
        between.spoil("400", method="POST", times=1, body=words, headers={"Content-Type": "application/scim+json"})
        amelia = person(live, "amelia")
        with watching(live):
            until(lambda: failures.of(live.db, app))
            directory.set_user(live, "amelia", {"lastname": "Not mapped"})
            person(live, "bessie")  # looked at together with her
            until(lambda: active(scim2_server) == {"bessie"})
            assert between.count("POST") == 2
            directory.set_user(live, "amelia", {"displayname": "Amelia E."})
            until(lambda: active(scim2_server) == {"amelia", "bessie"})
            until(lambda: amelia not in failures.of(live.db, app))


def test_a_full_house_is_tried_again_after_a_while(live: Session, scim2_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usher.provisioning.lane.SEAT_AGAIN", 0.5)
    words = b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "402", "detail": "No seat left"}'
    with FaultProxy(scim2_server.base_url) as between:
        connect(live, between.base_url, mode="automatic")
        between.spoil("402", method="POST", times=1, body=words, headers={"Content-Type": "application/scim+json"})
        person(live, "amelia")
        with watching(live):
            until(lambda: active(scim2_server) == {"amelia"})


def test_a_deactivated_connection_is_left_alone(live: Session, scim2_server: Server) -> None:
    connect(live, scim2_server.base_url, mode="automatic")
    with watching(live):
        identity.deactivate(live, APP)
        person(live, "amelia")
        time.sleep(1)
    assert active(scim2_server) == set()
