"""The stand-in as a real process, met over real HTTP."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from scim2_models import Error

from store.errors import Failed, NotFound, UsageError
from usher.sandbox.processes import ProviderProcess, launch_provider, start_provider

TOKEN = "a-token-of-the-test"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest.fixture(scope="module")
def token_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stand-in") / "token"
    path.write_text(TOKEN + "\n")
    return path


@pytest.fixture(scope="module")
def running(token_file: Path) -> Iterator[ProviderProcess]:
    with start_provider(token_file, seats=3) as provider:
        yield provider


@pytest.fixture
def provider(running: ProviderProcess) -> ProviderProcess:
    """One process for the module, emptied for each test."""
    running.control.clear()
    running.control.seats(3)
    with client_of(running) as client:
        for user in running.control.users():
            client.delete(f"/Users/{user['id']}")
    return running


@pytest.fixture
def client(provider: ProviderProcess) -> Iterator[httpx.Client]:
    with client_of(provider) as made:
        yield made


def client_of(provider: ProviderProcess, token: str = TOKEN) -> httpx.Client:
    return httpx.Client(base_url=provider.base_url, headers={"Authorization": f"Bearer {token}"}, timeout=10)


def person(name: str, **more: Any) -> dict[str, Any]:
    return {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"{name}@example.com", "displayName": name.title(), "active": True, **more}


def created(client: httpx.Client, name: str, **more: Any) -> str:
    answer = client.post("/Users", json=person(name, **more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def change(client: httpx.Client, user_id: str, path: str, value: Any) -> httpx.Response:
    return client.patch(f"/Users/{user_id}", json={"schemas": [PATCH], "Operations": [{"op": "replace", "path": path, "value": value}]})


def refusal(answer: httpx.Response) -> Error:
    """The answer as a SCIM error, judged by scim2_models."""
    assert answer.headers["Content-Type"] == "application/scim+json"
    return Error.model_validate(answer.json())


def test_a_person_is_created_found_changed_and_deleted_for_good(client: httpx.Client, provider: ProviderProcess) -> None:
    user_id = created(client, "grace", emails=[{"value": "grace@example.com"}], externalId="E-1")
    found = client.get("/Users", params={"filter": 'userName eq "GRACE@example.com"'}).json()
    assert [each["id"] for each in found["Resources"]] == [user_id]
    assert change(client, user_id, "displayName", "Grace Liu").status_code == 204
    assert change(client, user_id, "active", False).status_code == 204
    view = provider.control.users()[0]
    assert (view["display_name"], view["email"], view["external_id"], view["active"]) == ("Grace Liu", "grace@example.com", "E-1", False)
    assert client.delete(f"/Users/{user_id}").status_code == 204
    assert client.get(f"/Users/{user_id}").status_code == 404
    assert provider.control.users() == []


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", "ümlaut"])
def test_without_the_right_token_nothing_is_told(provider: ProviderProcess, token: str) -> None:
    header = {"Authorization": f"Bearer {token}".encode()} if token else {}
    for address in (f"{provider.base_url}/Users", f"{provider.page}control/users"):
        answer = httpx.get(address, headers=header)
        assert refusal(answer).status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_name_that_is_taken_is_refused_in_any_case(client: httpx.Client) -> None:
    created(client, "grace")
    answer = client.post("/Users", json=person("GRACE"))
    assert (refusal(answer).status, refusal(answer).scim_type) == (409, "uniqueness")


def test_renaming_onto_somebody_else_is_refused(client: httpx.Client) -> None:
    created(client, "grace")
    other = created(client, "hanna")
    assert refusal(change(client, other, "userName", "Grace@Example.com")).status == 409


def test_a_username_that_is_no_email_address_is_refused(client: httpx.Client) -> None:
    answer = client.post("/Users", json={**person("x"), "userName": "build-bot"})
    assert (refusal(answer).status, refusal(answer).scim_type) == (400, "invalidValue")


def test_unknown_attributes_are_refused_and_change_nothing(client: httpx.Client, provider: ProviderProcess) -> None:
    assert "title" in str(refusal(client.post("/Users", json=person("grace", title="Dr"))).detail)
    assert provider.control.users() == []


def test_there_are_no_groups_and_discovery_offers_none(client: httpx.Client) -> None:
    for method in ("GET", "POST"):
        assert refusal(client.request(method, "/Groups", json={})).status == 404
    assert [each["name"] for each in client.get("/ResourceTypes").json()["Resources"]] == ["User"]
    assert [each["name"] for each in client.get("/Schemas").json()["Resources"]] == ["User"]
    config = client.get("/ServiceProviderConfig").json()
    assert {name: config[name]["supported"] for name in ("patch", "filter", "bulk", "changePassword", "sort", "etag")} == {
        "patch": True, "filter": True, "bulk": False, "changePassword": False, "sort": False, "etag": False,
    }  # fmt: skip


def test_when_the_seats_are_taken_the_next_one_is_refused_in_words(client: httpx.Client, provider: ProviderProcess) -> None:
    for name in ("a", "b", "c"):
        created(client, name)
    no = refusal(client.post("/Users", json=person("d")))
    assert no.status == 403
    assert no.detail == "Your organization has no seats left: all 3 are taken. Remove a user or add seats, then try again."
    assert len(provider.control.users()) == 3


def test_a_full_house_still_updates_and_deactivates_and_takes_the_inactive(client: httpx.Client, provider: ProviderProcess) -> None:
    ids = [created(client, name) for name in ("a", "b", "c")]
    created(client, "dormant", active=False)
    assert change(client, ids[0], "displayName", "Anna").status_code == 204
    assert change(client, ids[0], "active", False).status_code == 204
    created(client, "d")
    assert refusal(change(client, ids[0], "active", True)).status == 403
    put = client.put(f"/Users/{ids[0]}", json={**person("a"), "id": ids[0]})
    assert refusal(put).status == 403
    assert provider.control.state()["taken"] == 3


def test_in_a_full_house_a_name_that_is_taken_is_told_as_such(client: httpx.Client) -> None:
    for name in ("a", "b", "c"):
        created(client, name)
    assert refusal(client.post("/Users", json=person("A"))).status == 409


def test_a_deleted_or_added_seat_can_be_taken_again(client: httpx.Client, provider: ProviderProcess) -> None:
    ids = [created(client, name) for name in ("a", "b", "c")]
    client.delete(f"/Users/{ids[0]}")
    created(client, "d")
    provider.control.seats(4)
    created(client, "e")


def test_too_many_requests_are_told_with_retry_after(client: httpx.Client, provider: ProviderProcess) -> None:
    provider.control.fault("too-many", count=2, seconds=3)
    answers = [client.get("/Users") for _ in range(3)]
    assert [(each.status_code, each.headers.get("Retry-After")) for each in answers] == [(429, "3"), (429, "3"), (200, None)]


@pytest.mark.parametrize(("kind", "status"), [("unavailable", 503), ("unauthorized", 401), ("html", 200), ("redirect", 307)])
def test_other_answers_that_a_provider_gives_on_a_bad_day(client: httpx.Client, provider: ProviderProcess, kind: str, status: int) -> None:
    provider.control.fault(kind)
    answer = client.post("/Users", json=person("grace"))
    assert answer.status_code == status
    assert "scim" not in answer.headers.get("Content-Type", "") or kind == "unauthorized"
    assert provider.control.users() == []
    if kind == "redirect":
        assert answer.headers["Location"] == provider.base_url.replace("127.0.0.1", "localhost") + "/Users"


def test_a_provider_without_patch_answers_501_and_takes_put(client: httpx.Client, provider: ProviderProcess) -> None:
    user_id = created(client, "grace")
    provider.control.fault("no-patch", count=-1)
    assert refusal(change(client, user_id, "active", False)).status == 501
    assert client.put(f"/Users/{user_id}", json={**person("grace", active=False), "id": user_id}).status_code == 200
    assert provider.control.users()[0]["active"] is False


@pytest.mark.parametrize(("kind", "there"), [("drop-before", 0), ("drop-after", 1)])
def test_a_connection_is_cut_before_or_after_the_write_took_effect(client: httpx.Client, provider: ProviderProcess, kind: str, there: int) -> None:
    client.get("/Users")
    provider.control.fault(kind)
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/Users", json=person("grace"))
    assert len(provider.control.users()) == there
    assert provider.control.requests()[-1] | {"target": ""} == {"method": "POST", "target": "", "status": 0, "fault": kind}


def test_a_slow_answer_is_right_all_the_same(client: httpx.Client, provider: ProviderProcess) -> None:
    provider.control.fault("slow", seconds=0.3)
    started = time.monotonic()
    created(client, "grace")
    assert time.monotonic() - started >= 0.3


def test_strangers_do_not_use_up_a_fault(provider: ProviderProcess) -> None:
    provider.control.fault("unavailable")
    with client_of(provider, "wrong") as stranger:
        stranger.get("/Users")
    assert [each["kind"] for each in provider.control.state()["faults"]] == ["unavailable"]


@pytest.mark.parametrize(("call", "words"), [(lambda c: c.fault("gremlins"), "A fault needs a kind"), (lambda c: c.seats(-1), "N from 0")])
def test_control_refuses_in_words(provider: ProviderProcess, call: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        call(provider.control)


def test_the_token_is_in_no_answer_and_in_no_command_line(client: httpx.Client, provider: ProviderProcess) -> None:
    created(client, "grace")
    shown = [httpx.get(provider.page).text, str(provider.control.requests()), str(provider.control.state()), client.get("/Users").text]
    assert TOKEN not in "".join(shown)
    if Path("/proc").exists():
        assert TOKEN.encode() not in Path(f"/proc/{provider.pid}/cmdline").read_bytes()


def test_the_page_for_people_escapes_what_was_pushed(client: httpx.Client, provider: ProviderProcess) -> None:
    created(client, "mallory", displayName="<script>alert(1)</script>")
    page = httpx.get(provider.page)
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "1 of 3 seats" in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_web_page_of_another_name_gets_no_answer(provider: ProviderProcess) -> None:
    assert httpx.get(provider.page, headers={"Host": "evil.example"}).status_code == 421


def test_answers_are_not_held_up_by_delayed_acknowledgements(client: httpx.Client) -> None:
    created(client, "grace")
    times = []
    for _ in range(15):
        started = time.monotonic()
        client.get("/ServiceProviderConfig")
        times.append(time.monotonic() - started)
    assert sorted(times)[7] < 0.03


def test_a_body_of_unknown_length_is_refused(client: httpx.Client) -> None:
    assert client.post("/Users", content=iter([b"{}"])).status_code == 411


@pytest.mark.parametrize(("length", "status"), [("9999999", 413), ("-1", 411), ("many", 411)])
def test_a_body_is_refused_by_its_announced_length(provider: ProviderProcess, length: str, status: int) -> None:
    address = urlsplit(provider.base_url)
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", address.port, timeout=5)) as connection:
        connection.putrequest("POST", f"{address.path}/Users")
        connection.putheader("Content-Length", length)
        connection.endheaders()
        assert connection.getresponse().status == status


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused_in_words(client: httpx.Client, body: bytes) -> None:
    assert refusal(client.post("/Users", content=body, headers={"Content-Type": "application/scim+json"})).status == 400


def test_it_listens_on_loopback_alone(provider: ProviderProcess) -> None:
    port = int(provider.page.rstrip("/").rsplit(":", 1)[1])
    with socket.socket() as other:
        other.settimeout(2)
        try:
            other.connect(("127.0.0.2", port))
        except OSError:
            return
    pytest.fail("it listens on more than 127.0.0.1")


def test_strict_takes_no_email(token_file: Path) -> None:
    with start_provider(token_file, strict=True) as strict, client_of(strict) as client:
        assert "emails" in str(refusal(client.post("/Users", json=person("grace", emails=[{"value": "g@example.com"}]))).detail)
        created(client, "grace", externalId="E-1")
        attributes = client.get("/Schemas").json()["Resources"][0]["attributes"]
        assert {each["name"] for each in attributes} == {"userName", "displayName", "active"}


def test_a_port_that_is_taken_is_told_in_words(token_file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match=r"Port \d+ on 127.0.0.1 cannot be used"):
        launch_provider(token_file, port=taken.getsockname()[1])


def test_the_missing_extra_is_told_in_words(token_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="scim2-server, which is not installed") as caught:
        launch_provider(token_file)
    assert caught.value.hint == "Install the extra: pip install 'usher-console[demo]'"


def test_what_is_steered_must_be_there(token_file: Path) -> None:
    with start_provider(token_file) as gone:
        pass
    with pytest.raises(Failed, match="does not answer"):
        gone.control.state()
    with pytest.raises(NotFound, match="is gone"):
        type(gone.control)(gone.page, token_file.with_name("nothing")).state()


def test_it_ends_when_its_parent_ends_in_whatever_way(token_file: Path) -> None:
    code = f"import sys, time; from pathlib import Path; from usher.sandbox.processes import launch_provider\nprint(launch_provider(Path({str(token_file)!r})).pid, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    assert within(3, lambda: not alive(child))


def within(seconds: float, holds: Any) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def alive(pid: int) -> bool:
    """Running, and not a zombie that waits for an init that does not come."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
