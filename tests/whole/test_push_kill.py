"""The worker is killed, again and again, at any moment of a push: everybody is there once, and nobody is missing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter

import pytest

from store import operations
from tests.kit import fill_directory
from tests.whole.engine import APP, GROUP, beside, connect, live, person
from tests.whole.proxy import FaultProxy
from tests.whole.servers import Server, _running_servers, scim2_server
from usher.services import pushes
from usher.services.session import Session

__all__ = ["_running_servers", "live", "scim2_server"]

PEOPLE, KILLS, SEED = 300, 20, 11


def kill(process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.slow
def test_twenty_kills_in_three_hundred_creates_lose_and_double_nobody(live: Session, scim2_server: Server) -> None:
    connect(live, scim2_server.base_url, concurrency=4, rate=150)
    fill_directory(live, PEOPLE, group=GROUP)
    planned = pushes.plan(live, APP)
    pushes.start(live, planned.id, worker=False)
    chance, left = random.Random(SEED), KILLS
    moments = sorted(chance.sample(range(2, PEOPLE - 20), KILLS))
    worker = beside(live)
    deadline = time.monotonic() + 120
    while (view := pushes.get(live, planned.id)).state in ("queued", "running", "interrupted"):
        assert time.monotonic() < deadline, view
        if left and view.finished >= moments[KILLS - left]:
            time.sleep(chance.random() * 0.02)
            kill(worker)
            left -= 1
            worker = beside(live)
        time.sleep(0.005)
    worker.terminate()
    worker.wait(20)
    assert not left, f"{left} kills came too late"
    assert (view.state, view.failed) == ("succeeded", 0), pushes.document(live, planned.id)
    there = Counter(user["userName"].lower() for user in scim2_server.users())
    assert len(there) == PEOPLE
    assert set(there.values()) == {1}
    assert pushes.plan(live, APP).total == 0


def test_a_kill_in_the_middle_of_a_create_is_settled_by_a_look_up(live: Session, scim2_server: Server) -> None:
    with FaultProxy(scim2_server.base_url) as between:
        connect(live, between.base_url)
        person(live, "amelia")
        slow = between.spoil("slow-after", method="POST", seconds=30)
        planned = pushes.plan(live, APP)
        pushes.start(live, planned.id, worker=False)
        worker = beside(live)
        wait_for(lambda: slow.times == 0 and scim2_server.user("amelia") is not None)
        kill(worker)
        assert pushes.get(live, planned.id).state == "interrupted"
        assert [one.phase for one in operations.cut_off(live.db, planned.id)] == ["write"]
        between.heal()
        worker = beside(live)
        wait_for(lambda: pushes.get(live, planned.id).state == "succeeded")
        worker.terminate()
        worker.wait(20)
        assert between.count("POST") == 1
        assert pushes.get(live, planned.id).done["create"] == 1
    assert len(scim2_server.users()) == 1


def test_a_worker_told_to_end_finishes_what_is_under_way_and_leaves_the_rest(live: Session, scim2_server: Server) -> None:
    connect(live, scim2_server.base_url, rate=20)
    fill_directory(live, 40, group=GROUP)
    planned = pushes.plan(live, APP)
    pushes.start(live, planned.id, worker=False)
    worker = beside(live)
    wait_for(lambda: pushes.get(live, planned.id).finished >= 3)
    worker.terminate()
    assert worker.wait(20) == 0
    view = pushes.get(live, planned.id)
    assert view.state == "queued"
    assert view.in_flight == 0
    assert len(scim2_server.users()) == view.finished
    assert pushes.workers(live) == 0


def test_a_detached_worker_carries_out_what_is_asked_and_ends_by_itself(live: Session, scim2_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USHER_WORKER_IDLE", "0.5")
    connect(live, scim2_server.base_url)
    person(live, "amelia")
    planned = pushes.plan(live, APP)
    pushes.start(live, planned.id)
    assert pushes.wait(live, planned.id).state == "succeeded"
    wait_for(lambda: pushes.workers(live) == 0)


def test_a_push_is_taken_up_again_by_whoever_waits_for_it(live: Session, scim2_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USHER_WORKER_IDLE", "0.5")
    connect(live, scim2_server.base_url, rate=40)
    fill_directory(live, 20, group=GROUP)
    planned = pushes.plan(live, APP)
    pushes.start(live, planned.id, worker=False)
    worker = beside(live)
    wait_for(lambda: pushes.get(live, planned.id).finished >= 2)
    kill(worker)
    assert pushes.wait(live, planned.id).state == "succeeded"
    assert len(scim2_server.users()) == 20


def wait_for(condition: object, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)
