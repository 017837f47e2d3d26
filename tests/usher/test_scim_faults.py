"""What the client does when things go wrong on the way, or the provider answers as only some provider would."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from store.errors import UsageError
from store.secrets import Secret
from tests.usher.scim_kit import Bench, person
from tests.whole.proxy import FaultProxy
from tests.whole.servers import TOKEN, Server, free_port
from usher.scim.client import ScimClient
from usher.scim.dialect import Dialect
from usher.scim.errors import NoSeat, NotScim, RateLimited, Redirected, Rejected, Unauthorized, Unavailable, Unknown, Unreachable
from usher.scim.gate import Gate

ANN = "ann@harbour.example"
USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "id": "1",
    "userName": ANN,
    "active": True,
    "displayName": "Ann Ö",
    "externalId": "7",
    "emails": [{"value": ANN}],
}


@pytest.fixture
def proxy(scim2_server: Server) -> Iterator[FaultProxy]:
    with FaultProxy(scim2_server.base_url) as running:
        yield running


@pytest.fixture
def bench(proxy: FaultProxy) -> Bench:
    return Bench(proxy.base_url)


@pytest.fixture
def made(bench: Bench, proxy: FaultProxy) -> str:
    """The id of somebody who is there."""
    remote_id = bench.run(lambda lane: lane.create(person())).remote_id
    bench.records.clear()
    proxy.seen.clear()
    return remote_id


def says(proxy: FaultProxy, status: int, body: Any, method: str = "", path: str = "", times: int | None = None, **headers: str) -> None:
    """An answer of a provider that is not there."""
    proxy.spoil(str(status), method, path, times, body=body if isinstance(body, bytes) else json.dumps(body).encode(), headers=headers)


# --- lost and late answers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "there"), [("close-before", 0), ("close-after", 1), ("garbage", 0), ("500", 0), ("502", 0), ("503", 0), ("504", 0)])
def test_a_create_without_a_clear_answer_is_unknown_and_never_sent_again(bench: Bench, proxy: FaultProxy, scim2_server: Server, fault: str, there: int) -> None:
    proxy.spoil(fault, "POST")
    with pytest.raises(Unknown):
        bench.run(lambda lane: lane.create(person()))
    assert proxy.count("POST") == 1
    found = bench.run(lambda lane: lane.find_by_username(ANN))
    assert len(found) == len(scim2_server.users()) == there


def test_a_create_that_takes_too_long_is_unknown(bench: Bench, proxy: FaultProxy) -> None:
    proxy.spoil("slow-after", "POST", seconds=1)
    with pytest.raises(Unknown, match="too long"):
        bench.run(lambda lane: lane.create(person()), read_timeout=0.3)
    assert len(bench.run(lambda lane: lane.find_by_username(ANN))) == 1


def test_a_lost_create_can_be_cancelled_and_says_that_it_was_on_its_way(bench: Bench, proxy: FaultProxy) -> None:
    proxy.spoil("slow", "POST", seconds=1)

    async def work(lane: ScimClient) -> bool:
        task = asyncio.create_task(lane.create(person()))
        while not lane.in_flight:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        was = lane.in_flight
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return was and not lane.in_flight

    assert bench.run(work)
    assert bench.records[0].error


@pytest.mark.parametrize("fault", ["close-before", "close-after", "500", "503"])
def test_a_patch_without_an_answer_is_settled_by_a_read(bench: Bench, proxy: FaultProxy, made: str, fault: str) -> None:
    proxy.spoil(fault, "PATCH")
    written = bench.run(lambda lane: lane.update(made, {"displayName": ["Ann Ö", "Ann Lee"]}, person(displayName="Ann Lee")))
    assert written.remote is not None and written.remote.attributes["displayName"] == "Ann Lee"
    assert [(s.method, s.fault) for s in proxy.seen[:2]] == [("PATCH", fault), ("GET", "")]
    assert proxy.count("PATCH") == (1 if fault == "close-after" else 2)


@pytest.mark.parametrize("fault", ["close-before", "close-after"])
def test_a_deactivation_without_an_answer_ends_deactivated(bench: Bench, proxy: FaultProxy, scim2_server: Server, made: str, fault: str) -> None:
    proxy.spoil(fault, "PATCH")
    shown = bench.run(lambda lane: lane.set_active(made, False))
    assert shown is not None and shown.active is False
    assert (scim2_server.user(ANN) or {})["active"] is False


@pytest.mark.parametrize("fault", ["close-before", "close-after", "500", "503", "garbage"])
def test_reads_and_deletions_are_simply_sent_again(bench: Bench, proxy: FaultProxy, scim2_server: Server, made: str, fault: str) -> None:
    proxy.spoil(fault, "GET")
    assert len(bench.run(lambda lane: lane.list_all()).users) == 1
    proxy.spoil(fault, "DELETE")
    assert bench.run(lambda lane: lane.delete(made)).outcome == "gone"
    assert scim2_server.users() == []


def test_a_provider_that_stays_out_of_order_is_given_up_on(bench: Bench, proxy: FaultProxy) -> None:
    proxy.spoil("503", times=None)
    with pytest.raises(Unavailable, match="503"):
        bench.run(lambda lane: lane.list_all())
    assert proxy.count("GET") == 6
    assert bench.waited == [0.25, 0.5, 1.0, 2.0, 4.0]


def test_a_connection_that_nobody_takes_is_tried_again_for_any_method() -> None:
    bench = Bench(f"http://127.0.0.1:{free_port()}/v2")
    with pytest.raises(Unreachable) as refused:
        bench.run(lambda lane: lane.create(person()))
    assert refused.value.kind == "refused"
    assert len(bench.records) == 6 and all(record.status is None and record.error for record in bench.records)


def test_a_service_that_comes_back_gets_the_create_once(bench: Bench, proxy: FaultProxy, scim2_server: Server) -> None:
    bench.run(lambda lane: lane.list_all())
    proxy.spoil("503-later", "POST", times=2, seconds=3)
    bench.run(lambda lane: lane.create(person()))
    assert len(scim2_server.users()) == 1
    assert bench.waited == [3.0, 3.0]


# --- slowing down ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "least", "most"), [("429-seconds", 4, 4), ("429-date", 1, 4.1), ("429-vendor", 4, 4), ("429", 0.25, 0.25)])
def test_a_429_is_waited_out_in_each_of_its_forms(bench: Bench, proxy: FaultProxy, scim2_server: Server, fault: str, least: float, most: float) -> None:
    proxy.spoil(fault, "POST", seconds=4)
    bench.run(lambda lane: lane.create(person()))
    assert len(scim2_server.users()) == 1
    assert least <= max(bench.waited) <= most
    assert proxy.count("POST") == 2


def test_a_429_without_end_is_said_with_the_providers_words(bench: Bench, proxy: FaultProxy) -> None:
    proxy.spoil("429-seconds", times=None, seconds=2)
    with pytest.raises(RateLimited) as limited:
        bench.run(lambda lane: lane.create(person()))
    assert limited.value.detail == "Too many requests" and limited.value.retry_after == 2


# --- refusals --------------------------------------------------------------------------------------------------------


def test_a_token_that_is_refused_twice_in_a_row_says_so(scim2_server: Server) -> None:
    bench = Bench(scim2_server.base_url, token="another-token-altogether")

    async def twice(lane: ScimClient) -> list[bool]:
        found = []
        for _ in range(2):
            with pytest.raises(Unauthorized) as refused:
                await lane.find_by_username(ANN)
            found.append(refused.value.repeated)
        return found

    assert bench.run(twice) == [False, True]


def test_a_redirect_is_not_followed_and_the_token_stays_home(bench: Bench, proxy: FaultProxy) -> None:
    with FaultProxy(proxy.base_url) as elsewhere:
        proxy.spoil("redirect", times=None, location=f"{elsewhere.base_url}/Users")
        with pytest.raises(Redirected, match="not followed"):
            bench.run(lambda lane: lane.list_all())
        with pytest.raises(Redirected):
            bench.run(lambda lane: lane.create(person()))
        assert elsewhere.seen == []


def test_a_full_house_is_told_in_the_applications_own_words(bench: Bench, proxy: FaultProxy) -> None:
    says(proxy, 403, {"detail": "No seats left in your plan"}, "POST")
    with pytest.raises(NoSeat) as full:
        bench.run(lambda lane: lane.create(person()))
    assert full.value.detail == "No seats left in your plan" and "Free a seat" in full.value.hint


def test_a_web_page_instead_of_a_list_is_no_scim(bench: Bench, proxy: FaultProxy) -> None:
    proxy.spoil("html", times=None)
    with pytest.raises(NotScim, match="HTML"):
        bench.run(lambda lane: lane.find_by_username(ANN))


def test_a_directory_that_is_switched_off_and_says_yes_to_everything_makes_nobody(bench: Bench, proxy: FaultProxy) -> None:
    proxy.spoil("{}", times=None)
    with pytest.raises(NotScim):
        bench.run(lambda lane: lane.create(person()))


# --- odd answers -----------------------------------------------------------------------------------------------------


def test_an_empty_answer_to_a_create_is_looked_up(bench: Bench, proxy: FaultProxy) -> None:
    proxy.spoil("empty", "POST")
    assert bench.run(lambda lane: lane.create(person())).username == ANN
    assert proxy.count("GET", "filter") == 1


def test_a_create_that_made_nobody_is_a_failure(bench: Bench, proxy: FaultProxy) -> None:
    says(proxy, 201, b"", "POST")
    with pytest.raises(Rejected, match="no account was made"):
        bench.run(lambda lane: lane.create(person()))


@pytest.mark.parametrize(
    "body", [{**USER, "id": 1}, {"ID": "1", "USERNAME": ANN}, {**USER, "emails": {"value": ANN}}, {**USER, "schemas": None, "password": "x", "x": [1]}]
)
def test_a_201_with_an_id_is_believed_however_odd(bench: Bench, proxy: FaultProxy, body: dict[str, Any]) -> None:
    says(proxy, 201, body, "POST")
    assert bench.run(lambda lane: lane.create(person())).remote_id == "1"


def test_a_filter_that_fails_is_replaced_by_the_whole_list_and_not_tried_again(bench: Bench, proxy: FaultProxy, made: str) -> None:
    says(proxy, 500, b"", "GET", "filter")
    assert [r.remote_id for r in bench.run(lambda lane: lane.find_by_username(ANN.upper()))] == [made]
    assert bench.dialect.filter is False
    before = proxy.count("GET", "filter")
    bench.run(lambda lane: lane.find_by_username(ANN))
    assert proxy.count("GET", "filter") == before


def test_a_filter_that_is_not_heard_never_adopts_a_stranger(bench: Bench, proxy: FaultProxy, scim2_server: Server, made: str) -> None:
    says(proxy, 200, {"totalResults": 9, "Resources": [{"id": "77", "userName": "stranger@x.example"}]}, "GET", "filter")
    assert [r.remote_id for r in bench.run(lambda lane: lane.find_by_username(ANN))] == [made]
    assert bench.run(lambda lane: lane.find_by_username("zoe@harbour.example")) == []


def test_a_filter_that_finds_the_old_name_after_a_rename_finds_nobody(bench: Bench, proxy: FaultProxy) -> None:
    says(proxy, 200, {"totalResults": 1, "Resources": [{"id": "1", "userName": "renamed@harbour.example"}]}, "GET", "filter")
    assert bench.run(lambda lane: lane.find_by_username(ANN)) == []


def test_two_accounts_of_one_name_are_both_shown_to_whoever_asks(bench: Bench, proxy: FaultProxy) -> None:
    says(proxy, 200, {"totalResults": 2, "Resources": [{"id": "1", "userName": ANN}, {"id": "2", "userName": ANN.upper()}]}, "GET")
    assert len(bench.run(lambda lane: lane.find_by_username(ANN))) == 2


def test_a_list_that_repeats_its_first_page_is_incomplete_and_ends(bench: Bench, proxy: FaultProxy) -> None:
    says(proxy, 200, {"totalResults": 4, "Resources": [USER, {**USER, "id": "2"}]}, "GET")
    listing = bench.run(lambda lane: lane.list_all())
    assert not listing.complete and "4 accounts and shows 2" in listing.reason
    assert proxy.count("GET") == 2
    with pytest.raises(Unavailable, match="cannot be told"):
        bench.run(lambda lane: lane.find_after_conflict("zoe@harbour.example"))


def test_a_list_without_a_total_that_repeats_itself_is_incomplete(bench: Bench, proxy: FaultProxy) -> None:
    says(proxy, 200, {"Resources": [USER]}, "GET")
    assert not bench.run(lambda lane: lane.list_all()).complete


def test_a_list_without_resources_is_empty_and_complete(bench: Bench, proxy: FaultProxy) -> None:
    says(proxy, 200, {"totalResults": 0}, "GET")
    listing = bench.run(lambda lane: lane.list_all())
    assert listing.complete and listing.users == ()


def test_one_account_that_cannot_be_read_makes_a_list_incomplete_and_no_error(bench: Bench, proxy: FaultProxy) -> None:
    says(proxy, 200, {"totalResults": 2, "Resources": [USER, {"userName": "without an id"}]}, "GET")
    listing = bench.run(lambda lane: lane.list_all())
    assert not listing.complete and len(listing.users) == 1


def test_an_attribute_that_a_provider_refuses_is_unsupported_and_the_person_has_not_failed(bench: Bench, proxy: FaultProxy, made: str) -> None:
    says(proxy, 400, {"detail": "Unknown attribute"}, "PATCH", times=2)
    says(proxy, 400, {"detail": "Unknown attribute"}, "PUT")
    wanted = person(displayName="Ann Lee", externalId="8")
    written = bench.run(lambda lane: lane.update(made, {"displayName": ["Ann Ö", "Ann Lee"], "externalId": ["7", "8"]}, wanted))
    assert written.unsupported == ("displayName",)
    assert written.remote is not None and written.remote.attributes["externalId"] == "8"


def test_a_value_that_is_refused_is_the_persons_failure_and_not_the_attributes(bench: Bench, proxy: FaultProxy, made: str) -> None:
    says(proxy, 400, {"detail": "Invalid email value"}, "PATCH")
    with pytest.raises(Rejected, match="Invalid email value"):
        bench.run(lambda lane: lane.update(made, {"emails.value": [ANN, "x"]}, person(**{"emails.value": "x"})))
    assert bench.dialect.unsupported == set()
    assert proxy.count("PUT") == 0


def test_a_username_is_never_marked_unsupported(bench: Bench, proxy: FaultProxy, made: str) -> None:
    says(proxy, 501, b"", "PATCH")
    says(proxy, 400, {"detail": "no"}, "PUT")
    with pytest.raises(Rejected):
        bench.run(lambda lane: lane.update(made, {"userName": [ANN, "b@harbour.example"]}, person("b@harbour.example")))
    assert bench.dialect.unsupported == set()


def test_a_rename_that_neither_patch_nor_put_carries_out_is_a_failure(bench: Bench, proxy: FaultProxy) -> None:
    says(proxy, 501, {"detail": "Renaming is not offered"}, "PATCH")
    says(proxy, 200, USER)
    with pytest.raises(Rejected, match="Renaming is not offered"):
        bench.run(lambda lane: lane.update("1", {"userName": [ANN, "b@harbour.example"]}, person("b@harbour.example")))
    assert bench.dialect.unsupported == set()


@pytest.mark.parametrize("status", [405, 501])
def test_a_provider_without_patch_gets_put_from_then_on(bench: Bench, proxy: FaultProxy, made: str, status: int) -> None:
    says(proxy, status, b"", "PATCH")
    wanted = person(displayName="Ann Lee")
    written = bench.run(lambda lane: lane.update(made, {"displayName": ["Ann Ö", "Ann Lee"]}, wanted))
    assert written.remote is not None and written.remote.attributes["displayName"] == "Ann Lee"
    before = proxy.count("PATCH")
    bench.run(lambda lane: lane.update(made, {"displayName": ["Ann Lee", "Ann"]}, person(displayName="Ann")))
    assert proxy.count("PATCH") == before
    off = bench.run(lambda lane: lane.set_active(made, False, person(displayName="Ann")))
    assert off is not None and not off.active and bench.dialect.active_form == "put"


def test_the_pathless_form_is_tried_when_the_other_is_refused(bench: Bench, proxy: FaultProxy, made: str) -> None:
    says(proxy, 400, {"detail": "path is not supported"}, "PATCH", times=1)
    off = bench.run(lambda lane: lane.set_active(made, False))
    assert off is not None and not off.active
    assert bench.dialect.active_form == "pathless"
    assert json.loads(bench.records[-2].request_body)["Operations"] == [{"op": "replace", "value": {"active": False}}]


def test_a_deactivation_that_is_accepted_and_not_done_is_a_failure(bench: Bench, proxy: FaultProxy) -> None:
    says(proxy, 200, USER)
    with pytest.raises(Rejected, match="still shows the account as active"):
        bench.run(lambda lane: lane.set_active("1", False))


def test_a_deactivation_that_deletes_for_good_is_told(bench: Bench, proxy: FaultProxy) -> None:
    says(proxy, 204, b"", "PATCH")
    says(proxy, 404, b"", "GET")
    assert bench.run(lambda lane: lane.set_active("1", False)) is None


@pytest.mark.parametrize(
    ("status", "shown", "outcome"),
    [(200, (404, b""), "gone"), (202, (410, b""), "gone"), (204, (200, {**USER, "active": "False"}), "inactive"), (404, (404, b""), "gone")],
)
def test_a_deletion_is_what_a_read_shows(bench: Bench, proxy: FaultProxy, status: int, shown: tuple[int, Any], outcome: str) -> None:
    says(proxy, status, b"", "DELETE")
    says(proxy, *shown, "GET")
    assert bench.run(lambda lane: lane.delete("1")).outcome == outcome


def test_a_deletion_that_leaves_the_account_active_is_a_failure(bench: Bench, proxy: FaultProxy) -> None:
    says(proxy, 204, b"", "DELETE")
    says(proxy, 200, USER, "GET")
    with pytest.raises(Rejected, match="still there"):
        bench.run(lambda lane: lane.delete("1"))


# --- the token -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "  ", "two words", "a\nb", "a\r\nX-Evil: 1", "a\x00b", "tökén", "a\tb"])
def test_a_token_that_cannot_be_one_is_refused_in_our_words(token: str) -> None:
    with pytest.raises(UsageError) as refused:
        Bench("http://127.0.0.1:1/v2", token=token).run(lambda lane: lane.list_all())
    assert refused.value.code.startswith("token-") and (token.strip() == "" or token not in str(refused.value))


def test_the_token_is_nowhere_even_when_the_provider_repeats_it(proxy: FaultProxy, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bench = Bench(proxy.base_url)
    echo = {"detail": f"Bearer {TOKEN} is not known"}
    says(proxy, 401, echo, "GET", **{"X-Echo": f"Bearer {TOKEN}"})
    says(proxy, 400, echo, "POST")
    proxy.spoil("close-after", "PATCH", times=None)
    proxy.spoil("redirect", "DELETE", None, location=f"https://elsewhere.example/{TOKEN}")
    failures: list[BaseException] = []

    async def everything(lane: ScimClient) -> None:
        for work in (lane.list_all(), lane.create(person()), lane.set_active("1", False), lane.delete("1")):
            try:
                await work
            except Exception as failure:
                failures.append(failure)
        failures.append(Exception(repr(lane), repr(vars(lane)), repr(lane._transport)))

    bench.run(everything, tries=2)
    shown = repr(bench.records) + "".join(f"{f!r} {f} {vars(f)} {f.__cause__!r} {f.__context__!r}" for f in failures) + caplog.text
    assert len(failures) == 5
    assert TOKEN not in shown
    assert "[redacted]" in shown


def test_bodies_are_kept_up_to_four_kilobytes(bench: Bench, proxy: FaultProxy) -> None:
    says(proxy, 400, b"x" * 10_000, "POST")
    with pytest.raises(Rejected):
        bench.run(lambda lane: lane.create(person(displayName="y" * 10_000)))
    assert len(bench.records[0].request_body) == len(bench.records[0].response_body) == 4096


def test_a_lane_keeps_to_one_connection_and_a_new_gate_to_its_rate(scim2_server: Server) -> None:
    async def paced() -> float:
        loop = asyncio.get_running_loop()
        lane = ScimClient(scim2_server.base_url, Secret(TOKEN), Dialect(), paths=(), gate=Gate(50), record=lambda _: None)
        async with lane:
            began = loop.time()
            for number in range(6):
                await lane.create({"userName": f"p{number}"})
            return loop.time() - began

    assert asyncio.run(paced()) >= 5 / 50
