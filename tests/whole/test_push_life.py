"""The life of a dozen people at two servers that nobody here wrote: it ends as wanted, and nobody is there twice."""

from __future__ import annotations

from tests.whole.engine import APP, GROUP, connect, live, person, push
from tests.whole.servers import Server, _running_servers, scim2_server, scim_server
from usher.services import directory, pushes
from usher.services.session import Session

__all__ = ["_running_servers", "live", "scim2_server", "scim_server"]

NAMES = ["amelia", "bessie", "charles", "dorothy", "emil", "frida", "gustave", "harriet", "igor", "jacqueline", "kurt", "lotte"]


def there(server: Server) -> dict[str, bool]:
    """Who is at the provider, by name as we write it, and whether active."""
    return {user["userName"].lower(): str(user.get("active")).lower() == "true" for user in server.users()}


def test_the_life_of_a_dozen_people_ends_as_wanted(live: Session, scim_server: Server) -> None:
    scim_server.add("bessie", active=True, displayName="Bessie of old")
    scim_server.add("Charles", active=True)
    connect(live, scim_server.base_url)
    for number, name in enumerate(NAMES):
        person(live, name, number=f"E{number}")
    first = push(live)
    assert (first.state, first.failed) == ("succeeded", 0), pushes.document(live, first.id)
    assert first.planned["create"] == 12
    assert (first.done["create"], first.done["adopt"]) == (10, 2)
    assert there(scim_server) == dict.fromkeys(NAMES, True)
    assert len(scim_server.users()) == 12

    directory.set_user(live, "amelia", {"displayname": "Amelia E."})
    directory.set_user(live, "dorothy", {"username": "dorothea"})
    directory.suspend(live, ["emil"])
    directory.remove_members(live, GROUP, ["frida"])
    directory.delete_users(live, ["gustave"])
    second = push(live)
    assert (second.state, second.failed) == ("succeeded", 0), pushes.document(live, second.id)
    renamed_only = scim_server.name == "django-scim2"  # it derives displayName: that was learned, and is not asked of it again
    wanted = {"update": 1, "unchanged": 8} if renamed_only else {"update": 2, "unchanged": 7}
    assert {name: count for name, count in second.done.items() if count} == {"deactivate": 2, "delete": 1, **wanted}
    now = there(scim_server)
    assert (now["emil"], now["frida"], "dorothy" in now, now["dorothea"], "gustave" in now) == (False, False, False, True, False)

    directory.activate(live, ["emil"])
    directory.set_user(live, "emil", {"employeeIdentifier": "E99"})
    third = push(live)
    assert (third.state, third.done["reactivate"]) == ("succeeded", 1), pushes.document(live, third.id)
    assert there(scim_server)["emil"] is True
    assert scim_server.user("emil")["externalId"] == "E99"

    last = pushes.plan(live, APP)
    assert last.total == 0
    assert last.planned["unchanged"] == 10


def test_a_changed_attribute_is_changed_there_alone(live: Session, scim2_server: Server) -> None:
    connect(live, scim2_server.base_url)
    person(live, "amelia", "Amelia", "E1")
    push(live)
    directory.set_user(live, "amelia", {"displayname": "Amelia E."})
    planned = pushes.plan(live, APP)
    assert [one.changes for one in pushes.operations_page(live, planned.id)] == [{"displayName": ["Amelia", "Amelia E."]}]
    push(live)
    there_now = scim2_server.user("amelia")
    assert there_now is not None
    assert (there_now["displayName"], there_now["externalId"]) == ("Amelia E.", "E1")


def test_an_emptied_value_is_taken_away_there(live: Session, scim2_server: Server) -> None:
    connect(live, scim2_server.base_url)
    person(live, "amelia", number="E1")
    push(live)
    directory.set_user(live, "amelia", {"employeeIdentifier": ""})
    planned = pushes.plan(live, APP)
    assert [one.changes for one in pushes.operations_page(live, planned.id)] == [{"externalId": ["E1", None]}]
    assert push(live).state == "succeeded"
    assert "externalId" not in (scim2_server.user("amelia") or {})
    assert pushes.plan(live, APP).total == 0
