"""Every switch of a connector, met by a stand-in provider that behaves so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from store import accounts
from store.errors import Refused
from store.ids import SystemClock, Ulids
from store.secrets import Secret
from tests.kit import ADMINISTRATOR, BASE_URL, ORGANIZATION
from tests.usher.scim_kit import Bench
from tests.whole.engine import GROUP, person, push
from tui import push_words
from usher.catalog.connector import Connector
from usher.sandbox.manners import Manners, Meter
from usher.sandbox.provider import Provider
from usher.sandbox.web import Request
from usher.scim.behaviour import Behaviour, is_refused
from usher.services import applications, authorizations, catalog, directory, identity, pushes
from usher.services.session import Session
from usher.services.setup import create_store

TOKEN = "canary-5f1c0b7e-token"
Wearing = Callable[[Manners], Provider]

OWN = """\
name = "Stand-in"
kind = "scim"
category = "testing"
summary = "The stand-in provider, behaving as asked."

mapping = [
  { path = "userName", source = "username", label = "User name", required = true },
  { path = "active", source = "active", label = "Active", required = true },
  { path = "displayName", source = "displayname", label = "Name" },
  { path = "title", source = "jobTitle", label = "Title" },
]

[scim]
groups = false
requires_sso = false
"""


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A store, and a folder of the operator's own connectors."""
    (tmp_path / "connectors").mkdir()
    monkeypatch.setenv("USHER_CONNECTORS", str(tmp_path / "connectors"))
    key = tmp_path / "keys" / "live.key"
    store = create_store(tmp_path / "live" / "usher.db", key, organization=ORGANIZATION, base_url=BASE_URL, actor=ADMINISTRATOR)
    yield Session(store, ADMINISTRATOR, key, SystemClock(), Ulids())
    store.close()


@pytest.fixture
def wearing() -> Iterator[Wearing]:
    """Starts a stand-in with these manners in this process."""
    with ExitStack() as running:

        def start(manners: Manners) -> Provider:
            provider = Provider(TOKEN, manners=manners)
            server = provider.serve(0)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
            thread.start()
            running.callback(lambda: (server.shutdown(), server.server_close(), thread.join()))
            return provider

        yield start


ACCEPTS = ("userName", "active", "displayName", "title")


def connect(session: Session, tmp_path: Path, provider: Provider, **scim: Any) -> str:
    """An application of a connector with these lines in its [scim] table, active at the stand-in; its id."""
    lines = "".join(f"{name} = {str(value).lower() if isinstance(value, bool) else value!r}\n".replace("'", '"') for name, value in scim.items())
    (tmp_path / "connectors" / "stand-in.toml").write_text(OWN + lines)
    app = applications.add(session, "stand-in", label="Diary")
    identity.configure(session, "Diary", provider.base_url, Secret(TOKEN))
    identity.activate(session, "Diary")
    identity.set_options(session, "Diary", {"mode": "on-demand"})
    directory.add_group(session, GROUP)
    authorizations.authorize(session, "Diary", [GROUP])
    return app.id


def there(provider: Provider) -> dict[str, bool]:
    """Who is at the stand-in, and whether active."""
    return {view.username: view.active for view in provider._accounts.views()}


def known(session: Session, app: str, user: str, provider: Provider) -> str:
    from usher.provisioning.prepare import provider_of

    found = accounts.account(session.db, app, provider_of(provider.base_url), user)
    return found.state if found else ""


def test_the_token_goes_in_the_header_as_the_application_wants_it(live: Session, wearing: Wearing, tmp_path: Path) -> None:
    provider = wearing(Manners(authorization="Token token={token}", accepts=ACCEPTS, username_is_email=False))
    connect(live, tmp_path, provider, authentication="header", authorization="Token token={token}")
    person(live, "ann")
    assert push(live).state == "succeeded"
    assert there(provider) == {"ann": True}


def test_a_bearer_token_is_turned_away_where_another_form_is_wanted(live: Session, wearing: Wearing, tmp_path: Path) -> None:
    provider = wearing(Manners(authorization="Token token={token}", accepts=ACCEPTS, username_is_email=False))
    with pytest.raises(Refused, match="401"):
        connect(live, tmp_path, provider)


def test_the_token_is_redacted_in_whatever_form_it_was_sent(wearing: Wearing) -> None:
    bench = Bench(wearing(Manners(authorization="Token token={token}")).base_url, TOKEN)
    bench.run(lambda lane: lane.list_all(), behaviour=Behaviour(authorization="Token token={token}"))
    assert bench.records and not any(TOKEN in repr(record) for record in bench.records)


def test_who_wants_a_user_agent_gets_one(wearing: Wearing) -> None:
    provider = wearing(Manners(needs_user_agent=True))
    bench = Bench(provider.base_url, TOKEN)
    bench.run(lambda lane: lane.list_all())
    assert bench.requests() == ["GET /Users?startIndex=1&count=100 200"]
    without = provider.answer(Request("GET", "/scim/example/v2/Users", {}, {"authorization": f"Bearer {TOKEN}"}))
    assert without.status == 403


def test_a_delete_that_only_deactivates_is_known_for_what_it_is(live: Session, wearing: Wearing, tmp_path: Path) -> None:
    provider = wearing(Manners(on_delete="deactivates", accepts=ACCEPTS, username_is_email=False))
    connect(live, tmp_path, provider, on_delete="deactivates")
    person(live, "ann")
    push(live)
    directory.delete_users(live, ["ann"])
    view = push(live)
    assert view.done["delete"] == 1
    assert there(provider) == {"ann": False}


def test_where_nobody_is_deleted_the_person_is_deactivated_instead(live: Session, wearing: Wearing, tmp_path: Path) -> None:
    provider = wearing(Manners(on_delete="nothing", accepts=ACCEPTS, username_is_email=False))
    connect(live, tmp_path, provider, on_delete="nothing")
    person(live, "ann")
    push(live)
    directory.delete_users(live, ["ann"])
    view = push(live)
    assert (view.done["deactivate"], view.done["delete"], view.failed) == (1, 0, 0)
    assert there(provider) == {"ann": False}


@pytest.mark.parametrize(("manner", "method"), [("deletes", "learn"), ("removes", "learn"), ("deletes", "put")])
def test_an_account_that_deactivating_deletes_is_known_as_gone_and_made_anew(live: Session, wearing: Wearing, tmp_path: Path, manner: str, method: str) -> None:
    provider = wearing(Manners(on_deactivate=manner, update=method, accepts=ACCEPTS, username_is_email=False))
    app = connect(live, tmp_path, provider, on_deactivate=manner, update_method=method)
    ann = person(live, "ann")
    push(live)
    directory.suspend(live, ["ann"])
    leaving = pushes.plan(live, "Diary")
    assert leaving.deactivating_deletes == (manner == "deletes")
    said = push_words.consequences(leaving.planned, deactivating_deletes=leaving.deactivating_deletes)
    assert ("cannot be undone" in said[0]) == (manner == "deletes") == ("can come back" not in said[0])
    assert push(live).done["deactivate"] == 1
    assert there(provider) == {} and known(live, app, ann, provider) == "gone"
    directory.activate(live, ["ann"])
    again = pushes.plan(live, "Diary")
    assert again.planned["create"] == 1 and again.planned["reactivate"] == 0
    assert push(live).done["create"] == 1
    assert there(provider) == {"ann": True}


@pytest.mark.parametrize(("method", "never"), [("patch", "PUT"), ("put", "PATCH"), ("learn", "")])
def test_an_update_goes_by_the_documented_method(live: Session, wearing: Wearing, tmp_path: Path, method: str, never: str) -> None:
    provider = wearing(Manners(update=method, accepts=ACCEPTS, username_is_email=False))
    connect(live, tmp_path, provider, update_method=method)
    person(live, "ann")
    push(live)
    directory.set_user(live, "ann", {"displayname": "Ann Other"})
    assert push(live).done["update"] == 1
    directory.suspend(live, ["ann"])
    assert push(live).done["deactivate"] == 1
    methods = [seen["method"] for seen in provider._log.document()["requests"]]
    assert there(provider) == {"ann": False} and never not in methods


def test_a_refused_attribute_is_never_sent_even_where_a_row_has_it(live: Session, wearing: Wearing, tmp_path: Path) -> None:
    provider = wearing(Manners(accepts=("userName", "active", "displayName"), refuses=("title",), username_is_email=False))
    connect(live, tmp_path, provider, refuses=["nickName"])
    with pytest.raises(Refused, match="nickName"):
        identity.map_source(live, "Diary", {"nickName": "username"})
    with live.store.transaction() as db:
        db.execute("insert into mapping_row (application_id, path, source, position) select application_id, 'nickName', 'username', 9 from connection")
    person(live, "ann")
    view = push(live)
    assert view.done["create"] == 1 and view.failed == 0


def test_an_attribute_is_refused_by_its_name_or_by_what_it_lies_in() -> None:
    assert all(is_refused(("Emails",), path) for path in ("emails", "emails.value", 'emails[type eq "work"].value'))
    assert is_refused(("name.givenName",), "name.givenName") and not is_refused(("name.givenName",), "name.familyName")
    assert not is_refused(("email",), "emails.value")


def test_the_published_rate_is_kept_to(live: Session, wearing: Wearing, tmp_path: Path) -> None:
    provider = wearing(Manners(rate=12, accepts=ACCEPTS, username_is_email=False))
    connect(live, tmp_path, provider, rate=12)
    for number in range(16):
        person(live, f"p{number:02}")
    assert push(live).done["create"] == 16
    assert 429 not in [seen["status"] for seen in provider._log.document()["requests"]]


def test_who_writes_faster_than_the_stand_in_takes_is_told_so() -> None:
    now = [0.0]
    meter = Meter(2, lambda: now[0])
    write = Request("POST", "/Users", {}, {})
    assert [bool(meter.refusal(write)) for _ in range(4)] == [False, False, False, True]
    assert meter.refusal(Request("GET", "/Users", {}, {})) is None
    now[0] = 1.5
    assert meter.refusal(write) is None


def test_what_the_engine_does_not_do_yet_is_said_in_one_sentence() -> None:
    def sentences(key: str) -> tuple[str, ...]:
        connector: Connector = catalog.get(key)
        return connector.not_yet

    assert sentences("calendly") == ()
    assert [sentence.split(",")[0] for sentence in sentences("salesforce")] == ["It asks for OAuth 2.0", "It takes groups too"]
    assert all(sentence.endswith(".") and sentence.count(". ") == 0 for key in ("salesforce", "vercel") for sentence in sentences(key))


def test_the_engine_keeps_to_what_the_application_was_made_with(live: Session, wearing: Wearing, tmp_path: Path) -> None:
    from usher.services import connectors

    provider = wearing(replace(Manners(), accepts=ACCEPTS, username_is_email=False))
    app = connect(live, tmp_path, provider, rate=7)
    file = tmp_path / "connectors" / "stand-in.toml"
    file.write_text(file.read_text().replace("rate = 7", "rate = 3"))
    assert connectors.behaviour(live.db, app, "stand-in").rate == 7
    file.unlink()
    assert connectors.behaviour(live.db, app, "stand-in").rate == 7
