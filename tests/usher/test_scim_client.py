"""The client against two real SCIM servers that nobody here wrote: every verb ends as wanted on both."""

from __future__ import annotations

import json

import pytest
from scim2_models import PatchOp, User

from tests.usher.scim_kit import Bench, person
from tests.whole.servers import Server
from usher.scim.client import Remote, ScimClient
from usher.scim.dialect import Dialect
from usher.scim.errors import Conflict, NotFound


@pytest.fixture
def bench(scim_server: Server) -> Bench:
    return Bench(scim_server.base_url)


def test_a_person_is_created_with_exactly_what_was_mapped(scim_server: Server, bench: Bench) -> None:
    made = bench.run(lambda lane: lane.create(person()))
    there = scim_server.user("ann@harbour.example")
    assert there is not None and str(there["id"]) == made.remote_id
    assert there["emails"][0]["value"] == "ann@harbour.example"
    assert there["externalId"] == "7"
    assert bench.requests() == ["POST /Users 201"]
    assert set(json.loads(bench.records[0].request_body)) == {"schemas", "userName", "emails", "active", "displayName", "externalId"}


def test_somebody_who_is_there_is_found_by_name_whatever_its_case(scim_server: Server, bench: Bench) -> None:
    scim_server.add("Ann+New@Harbour.example")
    scim_server.add("annXnew@harbour.example")
    found = bench.run(lambda lane: lane.find_by_username("ann+new@harbour.example"))
    assert [remote.username for remote in found] == ["Ann+New@Harbour.example"]
    assert bench.run(lambda lane: lane.find_by_username("nobody@harbour.example")) == []


def test_a_create_over_somebody_who_is_there_is_a_conflict_and_then_found(scim_server: Server, bench: Bench) -> None:
    before = scim_server.add("ann@harbour.example", active=False)
    with pytest.raises(Conflict):
        bench.run(lambda lane: lane.create(person()))
    found = bench.run(lambda lane: lane.find_after_conflict("ann@harbour.example"))
    assert [remote.remote_id for remote in found] == [str(before["id"])]
    assert len(scim_server.users()) == 1


def test_an_update_reaches_every_attribute_that_the_server_can_keep(scim_server: Server, bench: Bench) -> None:
    made = bench.run(lambda lane: lane.create(person()))
    wanted = person("ann@harbour.example", **{"emails.value": "new@harbour.example", "externalId": "8", "displayName": "Ann Lee"})
    changes = {path: [made.attributes.get(path), value] for path, value in wanted.items() if made.attributes.get(path) != value}
    written = bench.run(lambda lane: lane.update(made.remote_id, changes, wanted))
    assert written.remote is not None
    assert {path: written.remote.attributes[path] for path in ("emails.value", "externalId")} == {"emails.value": "new@harbour.example", "externalId": "8"}
    if scim_server.name == "scim2-server":
        assert written.unsupported == () and written.remote.attributes["displayName"] == "Ann Lee"
    else:
        assert written.unsupported == ("displayName",)
        assert bench.dialect.by_put == {"externalId"}
    for record in bench.records:
        if record.method == "PATCH":
            PatchOp[User].model_validate_json(record.request_body)


def test_what_was_learned_makes_the_next_update_one_request(scim_server: Server, bench: Bench) -> None:
    made = bench.run(lambda lane: lane.create(person()))

    async def twice(lane: ScimClient) -> int:
        await lane.update(made.remote_id, {"displayName": ["", "A"], "externalId": ["7", "8"]}, person(displayName="A", externalId="8"))
        before = sum(record.method != "GET" for record in bench.records)
        await lane.update(made.remote_id, {"displayName": ["A", "B"], "externalId": ["8", "9"]}, person(displayName="B", externalId="9"))
        return sum(record.method != "GET" for record in bench.records) - before

    assert bench.run(twice) == 1
    there = scim_server.user("ann@harbour.example")
    assert there is not None and there["externalId"] == "9"


def test_a_value_that_is_gone_here_is_taken_away_there(scim_server: Server, bench: Bench) -> None:
    made = bench.run(lambda lane: lane.create(person()))
    written = bench.run(lambda lane: lane.update(made.remote_id, {"externalId": ["7", None]}, person(externalId=None)))
    assert written.remote is not None and "externalId" not in written.remote.attributes
    assert not (scim_server.user("ann@harbour.example") or {}).get("externalId")


def test_a_renamed_person_keeps_the_account(scim_server: Server, bench: Bench) -> None:
    made = bench.run(lambda lane: lane.create(person()))
    wanted = person("ann.lee@harbour.example")
    written = bench.run(lambda lane: lane.update(made.remote_id, {"userName": ["ann@harbour.example", "ann.lee@harbour.example"]}, wanted))
    assert written.remote is not None and written.remote.username == "ann.lee@harbour.example"
    assert [str(user["id"]) for user in scim_server.users()] == [made.remote_id]


def test_deactivation_and_reactivation_are_shown_by_a_read_and_travel_alone(scim_server: Server, bench: Bench) -> None:
    made = bench.run(lambda lane: lane.create(person()))
    off = bench.run(lambda lane: lane.set_active(made.remote_id, False))
    assert off is not None and off.active is False
    assert (scim_server.user("ann@harbour.example") or {})["active"] is False
    patches = [json.loads(record.request_body)["Operations"] for record in bench.records if record.method == "PATCH"]
    assert patches == [[{"op": "replace", "path": "active", "value": False}]]
    on = bench.run(lambda lane: lane.set_active(made.remote_id, True))
    assert on is not None and on.active is True


def test_an_update_of_a_deactivated_person_does_not_reactivate(scim_server: Server, bench: Bench) -> None:
    made = bench.run(lambda lane: lane.create(person()))
    bench.run(lambda lane: lane.set_active(made.remote_id, False))
    wanted = {path: value for path, value in person(externalId="9").items() if path != "active"}
    written = bench.run(lambda lane: lane.update(made.remote_id, {"externalId": ["7", "9"]}, wanted))
    assert written.remote is not None and written.remote.active is False


def test_the_forms_for_a_provider_without_patch_end_the_same(scim_server: Server) -> None:
    bench = Bench(scim_server.base_url, dialect=Dialect(patch=False, active_form="put"))
    made = bench.run(lambda lane: lane.create(person()))
    written = bench.run(lambda lane: lane.update(made.remote_id, {"externalId": ["7", "8"]}, person(externalId="8")))
    off = bench.run(lambda lane: lane.set_active(made.remote_id, False, person(externalId="8")))
    assert written.remote is not None and written.remote.attributes["externalId"] == "8"
    assert off is not None and off.active is False and off.attributes["externalId"] == "8"
    assert not [record for record in bench.records if record.method == "PATCH"]
    assert all(json.loads(record.request_body)["id"] == made.remote_id for record in bench.records if record.method == "PUT")


def test_a_deletion_says_what_a_read_shows(scim_server: Server, bench: Bench) -> None:
    made = bench.run(lambda lane: lane.create(person()))
    assert bench.run(lambda lane: lane.delete(made.remote_id)).outcome == "gone"
    assert scim_server.users() == []
    assert bench.run(lambda lane: lane.delete(made.remote_id)).outcome == "gone"


def test_somebody_who_is_gone_is_told_so(bench: Bench) -> None:
    assert bench.run(lambda lane: lane.get("4711")) is None
    assert bench.run(lambda lane: lane.set_active("4711", False)) is None
    with pytest.raises(NotFound):
        bench.run(lambda lane: lane.update("4711", {"externalId": ["7", "8"]}, person()))


def test_the_whole_list_is_paged(scim_server: Server, bench: Bench) -> None:
    for number in range(120):
        scim_server.add(f"person{number}@harbour.example")
    seen: list[tuple[int, int | None]] = []
    listing = bench.run(lambda lane: lane.list_all(lambda done, total: seen.append((done, total))))
    assert listing.complete and listing.total == 120
    assert len({remote.remote_id for remote in listing.users}) == 120
    assert seen[-1] == (120, 120) and len(seen) >= 2


def test_records_hold_both_sides_and_never_the_token(scim_server: Server, bench: Bench) -> None:
    bench.run(lambda lane: lane.create(person()))
    record = bench.records[0]
    assert "authorization: [redacted]" in record.request_headers.lower()
    assert "ann@harbour.example" in record.request_body and "ann@harbour.example" in record.response_body
    assert "content-type: application/scim+json" in record.response_headers.lower()
    assert scim_server.token not in repr(bench.records)


def test_an_account_is_a_remote() -> None:
    assert "raw" not in repr(Remote("1", "a", True, {}, {"secret": 1}))


def test_a_dialect_survives_being_kept() -> None:
    learned = Dialect(patch=True, filter=False, put=True, active_form="pathless", by_put={"externalId"}, unsupported={"displayName"})
    assert Dialect.from_json(json.loads(json.dumps(learned.as_json()))) == learned
    assert Dialect.from_json({}) == Dialect()
    assert Dialect.from_json({"patch": "yes", "learned": {"active_form": "other", "by_put": None}}) == Dialect()
