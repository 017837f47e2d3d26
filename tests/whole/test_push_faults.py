"""What goes wrong on the way, or at the provider: the end state is right, and everybody is there once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from store import accounts, journal
from store.errors import Refused
from tests.whole.engine import APP, connect, live, person, push, work
from tests.whole.proxy import FaultProxy
from tests.whole.servers import Server, _running_servers, scim2_server, scim_server
from usher.services import directory, pushes
from usher.services.pushes import PushView
from usher.services.session import Session

__all__ = ["_running_servers", "live", "scim2_server", "scim_server"]


@pytest.fixture
def proxy(scim_server: Server) -> Iterator[FaultProxy]:
    with FaultProxy(scim_server.base_url) as between:
        yield between


@pytest.fixture
def through(scim2_server: Server) -> Iterator[FaultProxy]:
    with FaultProxy(scim2_server.base_url) as between:
        yield between


def names(server: Server) -> list[str]:
    return sorted(user["userName"].lower() for user in server.users())


def failures(session: Session, view: PushView) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pushes.document(session, view.id)["failures"]
    return found


@pytest.mark.parametrize("fault", ["close-before", "close-after", "empty", "garbage", "429-seconds", "429-date", "503", "503-later", "500"])
def test_a_create_that_was_spoiled_ends_with_one_account(live: Session, scim_server: Server, proxy: FaultProxy, fault: str) -> None:
    connect(live, proxy.base_url)
    people = ["amelia", "bessie", "charles"]
    for name in people:
        person(live, name)
    proxy.spoil(fault, method="POST", times=2)
    done = push(live)
    assert (done.state, done.failed) == ("succeeded", 0), pushes.document(live, done.id)
    assert names(scim_server) == people
    assert pushes.plan(live, APP).total == 0


@pytest.mark.parametrize("fault", ["close-before", "close-after", "503", "429-seconds"])
def test_a_deactivation_that_was_spoiled_takes_effect(live: Session, scim2_server: Server, through: FaultProxy, fault: str) -> None:
    connect(live, through.base_url)
    person(live, "amelia")
    push(live)
    directory.suspend(live, ["amelia"])
    through.spoil(fault, method="PATCH", times=1)
    done = push(live)
    assert (done.state, done.done["deactivate"]) == ("succeeded", 1), pushes.document(live, done.id)
    assert (scim2_server.user("amelia") or {})["active"] is False


def test_a_deactivation_travels_in_a_patch_of_its_own(live: Session, through: FaultProxy) -> None:
    connect(live, through.base_url)
    person(live, "amelia")
    push(live)
    directory.set_user(live, "amelia", {"displayname": "Somebody Else", "state": "SUSPENDED"})
    push(live)
    bodies = [json.loads(seen.body) for seen in through.seen if seen.method == "PATCH"]
    assert [body["Operations"] for body in bodies] == [[{"op": "replace", "path": "active", "value": False}]]


def test_nothing_outside_the_mapping_is_sent_and_groups_are_never_asked_for(live: Session, through: FaultProxy) -> None:
    connect(live, through.base_url)
    person(live, "amelia", "Amelia", "E1")
    push(live)
    body = json.loads(next(seen.body for seen in through.seen if seen.method == "POST"))
    assert set(body) - {"schemas"} == {"userName", "active", "displayName", "externalId"}
    assert through.count(path="/Groups") == 0


def test_an_account_removed_there_by_hand_is_made_anew(live: Session, scim2_server: Server, through: FaultProxy) -> None:
    connect(live, through.base_url)
    person(live, "amelia")
    push(live)
    scim2_server.clear()
    directory.set_user(live, "amelia", {"displayname": "Amelia E."})
    done = push(live)
    assert (done.state, done.failed) == ("succeeded", 0), pushes.document(live, done.id)
    assert (scim2_server.user("amelia") or {})["displayName"] == "Amelia E."
    assert "gone there" in pushes.operations_page(live, done.id)[0].detail


def test_two_accounts_of_one_name_need_a_person(live: Session, scim2_server: Server, through: FaultProxy) -> None:
    twins = [{"id": name, "userName": spelling, "active": True} for name, spelling in (("one", "amelia"), ("two", "Amelia"))]
    listing = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 2, "Resources": twins}
    connect(live, through.base_url)
    person(live, "amelia")
    through.spoil("200", method="GET", path="/Users", times=None, body=json.dumps(listing).encode(), headers={"Content-Type": "application/scim+json"})
    done = push(live)
    assert done.state == "failed"
    detail = failures(live, done)[0]["detail"]
    assert "one" in detail and "two" in detail
    assert through.count("POST") == 0


def test_without_a_free_seat_creates_stop_and_the_rest_goes_on(live: Session, scim2_server: Server, through: FaultProxy) -> None:
    connect(live, through.base_url, concurrency=1)
    person(live, "amelia")
    person(live, "bessie")
    push(live)
    words = b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "403", "detail": "No seats left: buy more licenses"}'
    through.spoil("403", method="POST", times=None, body=words, headers={"Content-Type": "application/scim+json"})
    for name in ("charles", "dorothy", "emil"):
        person(live, name)
    directory.suspend(live, ["amelia"])
    directory.set_user(live, "bessie", {"displayname": "Bessie C."})
    done = push(live)
    assert (done.state, done.failed, done.skipped) == ("failed", 1, 2), pushes.document(live, done.id)
    assert (done.done["deactivate"], done.done["update"]) == (1, 1)
    assert "No seats left: buy more licenses" in failures(live, done)[0]["detail"]
    assert "seat" in failures(live, done)[0]["detail"].lower()
    through.heal()
    again = pushes.retry(live, done.id, worker=False)
    assert work(live, again.id).state == "succeeded"
    assert names(scim2_server) == ["amelia", "bessie", "charles", "dorothy", "emil"]


def test_a_refused_token_pauses_the_push_and_it_goes_on_with_nothing_lost(live: Session, scim2_server: Server, through: FaultProxy) -> None:
    connect(live, through.base_url)
    for name in ("amelia", "bessie", "charles"):
        person(live, name)
    through.spoil("401", times=None)
    planned = pushes.plan(live, APP)
    pushes.start(live, planned.id, worker=False)
    paused = work(live, planned.id)
    assert paused.state == "paused"
    assert "token" in paused.paused_reason.lower()
    assert paused.failed == 0
    through.heal()
    pushes.resume(live, planned.id, worker=False)
    assert work(live, planned.id).state == "succeeded"
    assert names(scim2_server) == ["amelia", "bessie", "charles"]


def test_a_redirect_is_not_followed(live: Session, through: FaultProxy) -> None:
    connect(live, through.base_url)
    person(live, "amelia")
    with FaultProxy("http://127.0.0.1:9/elsewhere") as elsewhere:
        through.spoil("redirect", method="POST", times=None, location=elsewhere.base_url + "/Users")
        planned = pushes.plan(live, APP)
        pushes.start(live, planned.id, worker=False)
        assert work(live, planned.id).state == "paused"
        assert elsewhere.count() == 0


def test_retry_after_is_obeyed(live: Session, through: FaultProxy) -> None:
    connect(live, through.base_url)
    person(live, "amelia")
    through.spoil("429-seconds", method="POST", times=1)
    push(live)
    first, second = [seen.at for seen in through.seen if seen.method == "POST"]
    assert second - first >= 0.95


def test_pause_and_cancel_are_seen_at_once_even_while_waiting(live: Session, through: FaultProxy) -> None:
    connect(live, through.base_url)
    for number in range(6):
        person(live, f"person{number}")
    through.spoil("429-seconds", method="POST", times=None, seconds=600)
    planned = pushes.plan(live, APP)
    pushes.start(live, planned.id, worker=False)
    asked = False

    def until(view: PushView) -> bool:
        nonlocal asked
        if not asked and through.count("POST"):
            pushes.pause(live, planned.id)
            asked = True
        return view.state == "paused"

    work(live, planned.id, until)  # which gives up long before the ten minutes that the application asks for
    assert pushes.get(live, planned.id).paused_reason == "Paused by an operator."
    pushes.cancel(live, planned.id)
    assert pushes.get(live, planned.id).state == "cancelled"
    assert pushes.plan(live, APP).planned["create"] == 6


def test_the_words_of_the_provider_are_kept(live: Session, through: FaultProxy) -> None:
    connect(live, through.base_url)
    person(live, "amelia")
    words = b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "400", "detail": "externalId: we never heard of it"}'
    through.spoil("400", method="POST", times=None, body=words, headers={"Content-Type": "application/scim+json"})
    done = push(live)
    assert failures(live, done) == [{"user": "amelia", "action": "create", "status": 400, "detail": "externalId: we never heard of it"}]
    operation = pushes.operations_page(live, done.id)[0]
    sides = journal.exchanges(live.db, operation.id)
    assert "we never heard of it" in sides[-1].response_body
    assert "canary" not in str(sides)


def test_a_stale_plan_is_refused(live: Session, through: FaultProxy) -> None:
    connect(live, through.base_url)
    person(live, "amelia")
    planned = pushes.plan(live, APP)
    directory.set_user(live, "amelia", {"displayname": "Amelia E."})
    with pytest.raises(Refused, match="changed since") as refusal:
        pushes.start(live, planned.id, worker=False)
    assert refusal.value.code == "stale-plan"


def test_a_plan_is_not_stale_for_what_does_not_concern_it(live: Session, through: FaultProxy) -> None:
    connect(live, through.base_url)
    person(live, "amelia")
    planned = pushes.plan(live, APP)
    person(live, "stranger", group=None)
    pushes.start(live, planned.id, worker=False)
    assert work(live, planned.id).state == "succeeded"


def test_somebody_who_left_after_the_start_is_not_created(live: Session, scim2_server: Server, through: FaultProxy) -> None:
    connect(live, through.base_url)
    person(live, "amelia")
    person(live, "bessie")
    planned = pushes.plan(live, APP)
    pushes.start(live, planned.id, worker=False)
    directory.suspend(live, ["bessie"])
    done = work(live, planned.id)
    assert (done.done["create"], done.skipped) == (1, 1)
    assert names(scim2_server) == ["amelia"]


def test_somebody_who_leaves_while_the_push_runs_is_not_created(live: Session, scim2_server: Server, through: FaultProxy) -> None:
    connect(live, through.base_url, concurrency=1)
    person(live, "amelia")
    person(live, "bessie")
    through.spoil("slow", method="POST", seconds=0.7)
    planned = pushes.plan(live, APP)
    pushes.start(live, planned.id, worker=False)

    def until(view: PushView) -> bool:
        if through.count("POST") == 1 and directory.get_user(live, "bessie").state == "ACTIVATED":
            directory.suspend(live, ["bessie"])
        return view.state not in ("queued", "running")

    done = work(live, planned.id, until)
    assert (done.state, done.done["create"], done.skipped) == ("succeeded", 1, 1), pushes.document(live, done.id)
    assert names(scim2_server) == ["amelia"]


def test_a_mass_removal_waits_for_approval(live: Session, scim2_server: Server, through: FaultProxy) -> None:
    connect(live, through.base_url)
    people = [f"person{number}" for number in range(6)]
    for name in people:
        person(live, name)
    push(live)
    directory.suspend(live, people)
    held = pushes.plan(live, APP)
    assert held.state == "held"
    assert "6 of 6" in held.held_reason
    with pytest.raises(Refused):
        pushes.start(live, held.id, worker=False)
    assert pushes.plan(live, APP).id == held.id
    pushes.approve(live, held.id, worker=False)
    assert work(live, held.id).done["deactivate"] == 6


def test_another_base_url_is_another_provider(live: Session, through: FaultProxy) -> None:
    app = connect(live, through.base_url)
    person(live, "amelia")
    push(live)
    assert accounts.managed_active(live.db, app, through.base_url) == 1
    assert accounts.managed_active(live.db, app, "http://127.0.0.1:1/other") == 0
