"""One name, two people: whoever leaves it has left before whoever gets it comes, and an account has one owner."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.whole.engine import APP, connect, live, person, push
from tests.whole.proxy import FaultProxy
from tests.whole.servers import Server, _running_servers, scim2_server, scim_server
from usher.services import authorizations, directory, pushes
from usher.services.session import Session

__all__ = ["_running_servers", "live", "scim2_server", "scim_server"]


@pytest.fixture
def slow_removals(scim_server: Server) -> Iterator[FaultProxy]:
    """A provider that takes its time over removals, and over nothing else."""
    with FaultProxy(scim_server.base_url) as between:
        between.spoil("slow", method="DELETE", times=None, seconds=0.5)
        yield between


@pytest.mark.parametrize("newcomers", [0, 3])
def test_somebody_deleted_and_added_again_under_the_same_name_has_an_account_of_their_own(
    live: Session, scim_server: Server, slow_removals: FaultProxy, newcomers: int
) -> None:
    connect(live, slow_removals.base_url)
    person(live, "amelia")
    person(live, "bessie")
    push(live)
    before = (scim_server.user("bessie") or {})["id"]
    directory.delete_users(live, ["bessie"])
    person(live, "bessie")
    for number in range(newcomers):
        person(live, f"new{number}")
    done = push(live)
    assert (done.state, done.failed) == ("succeeded", 0), pushes.document(live, done.id)
    now = scim_server.user("bessie")
    assert now is not None and now["active"] and now["id"] != before
    assert pushes.plan(live, APP).total == 0


def test_a_name_that_one_person_gives_up_goes_to_another_in_the_same_push(live: Session, scim2_server: Server) -> None:
    connect(live, scim2_server.base_url)
    person(live, "amelia")
    push(live)
    amelia = (scim2_server.user("amelia") or {})["id"]
    directory.set_user(live, "amelia", {"username": "amelia.old"})
    person(live, "amelia", "Another Amelia")
    done = push(live)
    assert (done.state, done.failed) == ("succeeded", 0), pushes.document(live, done.id)
    old, new = scim2_server.user("amelia.old"), scim2_server.user("amelia")
    assert old is not None and new is not None
    assert old["id"] == amelia != new["id"]
    assert new["displayName"] == "Another Amelia"


def test_two_people_with_one_user_name_are_named_and_neither_gets_the_account_of_the_other(live: Session, scim2_server: Server) -> None:
    connect(live, scim2_server.base_url, mapping={"userName": "email", "displayName": "displayname"})
    directory.add_group(live, "More")
    for name in ("amelia", "bessie"):
        person(live, name)
        directory.set_user(live, name, {"email": "shared@mail.example" if name == "amelia" else "Shared@mail.example"})
    done = push(live)
    assert scim2_server.users() == []
    found = pushes.document(live, done.id)["failures"]
    assert len(found) == 2 and "amelia" in found[1]["detail"] and "bessie" in found[0]["detail"]
    directory.set_user(live, "bessie", {"email": "bessie@mail.example"})
    assert push(live).state == "succeeded"
    directory.set_user(live, "bessie", {"email": "shared@mail.example"})
    done = push(live)
    assert done.failed == 1 and "amelia" in pushes.document(live, done.id)["failures"][0]["detail"]
    assert len(scim2_server.users()) == 2


def test_a_refusal_of_one_person_leaves_nobody_out_silently(live: Session, scim2_server: Server) -> None:
    with FaultProxy(scim2_server.base_url) as between:
        connect(live, between.base_url)
        for number in range(12):
            person(live, f"p{number}")
        push(live)
        someone = (scim2_server.user("p3") or {})["id"]
        for number in range(12):
            directory.set_user(live, f"p{number}", {"displayname": f"New {number}"})
        between.spoil("403", method="PATCH", times=None, path=someone)
        done = push(live)
        document = pushes.document(live, done.id)
        assert done.state in ("failed", "paused"), document
        if done.state == "failed":
            assert [one["user"] for one in document["failures"]] == ["p3"]


def test_an_account_that_another_application_shares_is_not_taken_from_it(live: Session, scim2_server: Server) -> None:
    connect(live, scim2_server.base_url)
    connect(live, scim2_server.base_url, label="Second")
    directory.add_group(live, "Others")
    authorizations.revoke(live, "Second", ["Pilots"])
    authorizations.authorize(live, "Second", ["Others"])
    person(live, "amelia")
    directory.add_members(live, "Others", ["amelia"])
    push(live)
    assert push(live, app="Second").done["adopt"] == 1
    directory.remove_members(live, "Pilots", ["amelia"])
    done = push(live)
    assert (scim2_server.user("amelia") or {})["active"] is True
    assert "Second" in pushes.document(live, done.id)["failures"][0]["detail"]
    directory.remove_members(live, "Others", ["amelia"])
    assert push(live, app="Second").done["deactivate"] == 1
    assert push(live).done["deactivate"] == 1
    assert (scim2_server.user("amelia") or {})["active"] is False
    directory.delete_users(live, ["amelia"])
    assert push(live).done["delete"] == push(live, app="Second").done["delete"] == 1
    assert scim2_server.users() == []
