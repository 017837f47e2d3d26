"""What is not known is looked up: operations cut off, accounts in doubt, names in another case, accounts of others."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from store import accounts, operations
from store.secrets import Secret
from tests.kit import fill_directory
from tests.whole.engine import APP, GROUP, connect, live, person, push, work
from tests.whole.proxy import FaultProxy
from tests.whole.servers import TOKEN, Server, _running_servers, scim2_server
from usher.services import applications, authorizations, directory, identity, pushes, sso
from usher.services.pushes import PushView
from usher.services.session import Session

__all__ = ["_running_servers", "live", "scim2_server"]

EMPTY = json.dumps({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}).encode()
SCIM = {"Content-Type": "application/scim+json"}


@pytest.fixture
def between(scim2_server: Server) -> Iterator[FaultProxy]:
    with FaultProxy(scim2_server.base_url) as proxy:
        yield proxy


def cut_off(session: Session, between: FaultProxy, username: str) -> PushView:
    """A push whose one create was made there, answered by nothing, and never settled; cancelled then."""
    planned = pushes.plan(session, APP, [username])
    pushes.start(session, planned.id, worker=False)
    between.spoil("close-after", method="POST", times=1)
    between.spoil("503", method="GET", times=None, path="filter")

    def in_doubt(view: PushView) -> bool:
        if operations.counts(session.db, view.id).get("unknown") and view.state == "running" and view.wish == "":
            pushes.cancel(session, view.id)
        return view.state == "cancelled"

    work(session, planned.id, in_doubt)
    between.heal()
    return pushes.get(session, planned.id)


def test_a_create_in_doubt_survives_the_cancelling_of_its_push(live: Session, scim2_server: Server, between: FaultProxy) -> None:
    app = connect(live, between.base_url)
    person(live, "amelia")
    push(live)
    person(live, "bessie")
    cancelled = cut_off(live, between, "bessie")
    assert cancelled.state == "cancelled"
    assert scim2_server.user("bessie") is not None
    bessie = directory.get_user(live, "bessie").id
    assert accounts.account(live.db, app, between.base_url, bessie) is None
    directory.suspend(live, ["bessie"])
    planned = pushes.plan(live, APP)
    assert (planned.planned["deactivate"], planned.total) == (1, 1)
    done = push(live)
    assert (done.state, done.done["deactivate"]) == ("succeeded", 1), pushes.document(live, done.id)
    assert (scim2_server.user("bessie") or {})["active"] is False
    assert operations.in_doubt(live.db, app, between.base_url) == []


def test_a_create_in_doubt_is_found_and_not_made_twice(live: Session, scim2_server: Server, between: FaultProxy) -> None:
    connect(live, between.base_url)
    person(live, "amelia")
    push(live)
    person(live, "bessie")
    cut_off(live, between, "bessie")
    posts = between.count("POST")
    assert push(live).state == "succeeded"
    assert between.count("POST") == posts
    assert pushes.plan(live, APP).total == 0


def test_after_a_new_token_accounts_are_looked_up_before_they_are_believed(live: Session, scim2_server: Server, between: FaultProxy) -> None:
    app = connect(live, between.base_url)
    amelia = person(live, "amelia")
    person(live, "bessie")
    push(live)
    scim2_server.request("DELETE", f"/Users/{(scim2_server.user('bessie') or {})['id']}")
    identity.deactivate(live, APP)
    identity.configure(live, APP, scim2_server.base_url, Secret(TOKEN))
    identity.configure(live, APP, between.base_url, Secret(TOKEN))
    identity.activate(live, APP)
    assert accounts.doubtful(live.db, app, between.base_url) >= {amelia}
    done = push(live)
    assert (done.state, done.failed, done.done["update"]) == ("succeeded", 0, 2), pushes.document(live, done.id)
    assert sorted(user["userName"] for user in scim2_server.users()) == ["amelia", "bessie"]
    assert pushes.plan(live, APP).total == 0


def test_another_base_url_knows_nobody(live: Session, scim2_server: Server, between: FaultProxy) -> None:
    connect(live, between.base_url)
    person(live, "amelia")
    push(live)
    identity.deactivate(live, APP)
    identity.configure(live, APP, scim2_server.base_url, Secret(TOKEN))
    identity.activate(live, APP)
    planned = pushes.plan(live, APP)
    assert (planned.planned["create"], planned.planned["unchanged"]) == (1, 0)
    assert push(live).done["adopt"] == 1


def test_a_name_in_another_case_is_adopted_though_the_filter_minds_the_case(live: Session, scim2_server: Server, between: FaultProxy) -> None:
    connect(live, between.base_url)
    for name in ("amelia", "bessie", "charles", "dorothy", "emil"):
        person(live, name)
    push(live)
    scim2_server.add("FRIDA", active=True)
    between.spoil("200", method="GET", path="filter", times=None, body=EMPTY, headers=SCIM)
    person(live, "frida")
    posts = between.count("POST")
    done = push(live)
    assert between.count("POST") == posts, "a server that takes a second one in other case would have two now"
    assert (done.state, done.done["adopt"]) == ("succeeded", 1), pushes.document(live, done.id)
    assert len(scim2_server.users()) == 6


def test_an_incomplete_list_does_not_prove_that_somebody_is_not_there(live: Session, scim2_server: Server, between: FaultProxy) -> None:
    scim2_server.add("person0001@harbour.example", active=True)
    connect(live, between.base_url)
    fill_directory(live, 3, group=GROUP)
    lying = json.dumps({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 9, "Resources": []}).encode()
    between.spoil("200", method="GET", path="startIndex", times=2, body=lying, headers=SCIM)
    done = push(live)
    assert (done.state, done.done["adopt"], done.done["create"]) == ("succeeded", 1, 2), pushes.document(live, done.id)
    assert len(scim2_server.users()) == 3


def test_a_big_first_push_reads_the_list_once_instead_of_asking_for_each(live: Session, scim2_server: Server, between: FaultProxy) -> None:
    connect(live, between.base_url)
    fill_directory(live, 60, group=GROUP)
    before = between.count("GET")
    assert push(live).done["create"] == 60
    assert between.count("GET") - before == 1


def test_an_account_that_is_another_persons_is_not_adopted(live: Session, scim2_server: Server, between: FaultProxy) -> None:
    connect(live, between.base_url, mapping={"userName": "email", "displayName": "displayname"})
    for name in ("amelia", "bessie"):
        directory.add_user(live, name, "shared@mail.example", displayname=name)
    directory.add_members(live, GROUP, ["amelia", "bessie"])
    assert push(live, ["amelia"]).done["create"] == 1
    done = push(live, ["bessie"])
    assert (done.done["create"], done.failed) == (0, 1)
    assert "another person" in pushes.document(live, done.id)["failures"][0]["detail"]
    assert len(scim2_server.users()) == 1


def test_calendly_blocks_a_username_that_is_no_email_and_says_what_to_do(live: Session, scim2_server: Server) -> None:
    applications.add(live, "calendly", label="Calendly")
    sso.fill(live, "Calendly", {"YOUR_ID": "42"})
    sso.activate(live, "Calendly")
    identity.configure(live, "Calendly", scim2_server.base_url, Secret(TOKEN))
    identity.activate(live, "Calendly")
    identity.set_options(live, "Calendly", {"mode": "on-demand"})
    directory.add_group(live, GROUP)
    authorizations.authorize(live, "Calendly", [GROUP])
    person(live, "amelia")
    directory.add_user(live, "bessie@mail.example", "bessie@mail.example", displayname="Bessie")
    directory.add_members(live, GROUP, ["bessie@mail.example"])
    done = push(live, app="Calendly")
    assert (done.state, done.done["create"], done.failed) == ("failed", 1, 1), pushes.document(live, done.id)
    failure = pushes.document(live, done.id)["failures"][0]
    assert failure["user"] == "amelia"
    assert "Map userName to email" in failure["detail"]
    identity.map_source(live, "Calendly", {"userName": "email"})
    again = push(live, app="Calendly")
    assert (again.state, again.done["create"]) == ("succeeded", 1), pushes.document(live, again.id)
