"""Identity Management: what is kept, what is refused, and that the mapping stays one that can be sent."""

from __future__ import annotations

from typing import Any

import pytest

from store import activity, applications, connections
from store.errors import Refused, UsageError
from store.secrets import Secret
from tests.kit import VIEWER
from usher.services import identity
from usher.services.applications import add
from usher.services.session import Session

URL = "https://api.calendly.com/scim/acme/v2"
CANARY = "canary-0f3b9a-token"


@pytest.fixture
def calendly(session: Session) -> str:
    return add(session, "calendly", label="Calendly").id


def configured(session: Session, app: str, url: str = URL, token: str = CANARY) -> None:
    identity.configure(session, app, url, Secret(token))


# --- Base URL and Token Key ------------------------------------------------------------------------------------------


def test_base_url_and_token_are_kept_and_the_token_is_never_shown(session: Session, calendly: str, tmp_path: Any) -> None:
    view = identity.configure(session, calendly, f" {URL}/ ", Secret(f" {CANARY}\n"))
    assert view.base_url == URL
    assert len(view.token_fingerprint) == 16 and view.verified_at is None
    sealed = connections.sealed_token(session.db, calendly)
    assert sealed is not None and session.vault.open("connection", calendly, "token", sealed).reveal() == CANARY
    assert CANARY not in repr(view) + repr(activity.page(session.db))
    session.store.close()
    assert CANARY.encode() not in b"".join(file.read_bytes() for file in (tmp_path / "store").iterdir())


def test_configuring_leaves_its_entry(session: Session, calendly: str) -> None:
    configured(session, calendly)
    entry = activity.page(session.db)[0]
    assert (entry.action, entry.target) == ("idm.configured", "Calendly")
    assert entry.detail["base_url"] == ["", URL]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.calendly.com/scim",
        "ftp://api.calendly.com",
        "http://api.calendly.com/scim",
        "https://me:pw@api.calendly.com/scim",
        "https://api.calendly.com/scim?x=1",
        "https://api.calendly.com/scim#x",
        "https://api.calendly.com/scim/{tenantid}/v2",
        "https://api.calendly.com/scim/YOUR_TENANT_ID/v2",
        "https://api calendly.com",
        "https://",
        "https://api.calendly.com:port/",
    ],
)
def test_a_base_url_that_cannot_be_one_is_refused_at_its_field(session: Session, calendly: str, url: str) -> None:
    with pytest.raises(UsageError) as refused:
        configured(session, calendly, url)
    assert refused.value.field == "base_url" and "Paste the Base URL" in refused.value.hint
    assert connections.sealed_token(session.db, calendly) is None


def test_http_is_for_this_machine_alone(session: Session, calendly: str) -> None:
    configured(session, calendly, "http://127.0.0.1:8080/v2")


@pytest.mark.parametrize("token", ["", " ", "two words", "Bearer abc", "a\nb", "a\x7f", "tökén"])
def test_a_token_that_cannot_be_one_is_refused_at_its_field(session: Session, calendly: str, token: str) -> None:
    with pytest.raises(UsageError) as refused:
        configured(session, calendly, token=token)
    assert refused.value.field == "token"


def test_another_base_url_is_another_provider(session: Session, calendly: str) -> None:
    configured(session, calendly)
    with session.store.transaction() as db:
        assert connections.verified(db, calendly, URL, connections.view(db, calendly).token_fingerprint, "2026-01-01T00:00:00.000Z", {"patch": True})  # type: ignore[union-attr]
        db.execute("insert into account values (?,?,'u1','r1','ann','active','{}','2026',1,0)", (calendly, URL))
    configured(session, calendly, token="another-token")
    view = connections.view(session.db, calendly)
    assert view is not None and view.verified_at is None and view.capabilities == {"patch": True}
    assert session.db.execute("select doubtful from account").fetchone()[0] == 1
    configured(session, calendly, "https://other.example/scim")
    view = connections.view(session.db, calendly)
    assert view is not None and view.capabilities == {}


def test_an_application_without_scim_has_no_identity_management(session: Session) -> None:
    app = add(session, "bookmark", label="Wiki", bookmark_url="https://wiki.harbour.example").id
    for verb in (
        lambda: configured(session, app),
        lambda: identity.test(session, app),
        lambda: identity.activate(session, app),
        lambda: identity.deactivate(session, app),
    ):
        with pytest.raises(Refused, match="no Identity Management"):
            verb()


def test_identity_management_is_an_administrators(session: Session, calendly: str) -> None:
    session.actor = VIEWER
    for verb in (
        lambda: configured(session, calendly),
        lambda: identity.activate(session, calendly),
        lambda: identity.set_options(session, calendly, {"rate": "1"}),
    ):
        with pytest.raises(Refused, match="needs the role"):
            verb()


# --- options ---------------------------------------------------------------------------------------------------------


def test_options_are_kept(session: Session, calendly: str) -> None:
    values = {"mode": "on-demand", "rate": "2.5", "concurrency": "8", "create": "off", "delete": "off", "guard_percent": "5", "guard_minimum": "3"}
    view = identity.set_options(session, calendly, values)
    assert (view.mode, view.rate, view.concurrency, view.do_create, view.do_update, view.do_delete) == ("on-demand", 2.5, 8, False, True, False)
    assert (view.guard_percent, view.guard_minimum) == (5, 3)
    assert activity.page(session.db)[0].detail["mode"] == ["automatic", "on-demand"]
    assert identity.set_options(session, calendly, {"rate": "unset"}).rate is None
    assert identity.set_options(session, calendly, {"rate": 0}).rate == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mode", "sometimes"),
        ("rate", "-1"),
        ("rate", "nan"),
        ("rate", "inf"),
        ("rate", "fast"),
        ("concurrency", "0"),
        ("concurrency", "17"),
        ("concurrency", "2.5"),
        ("create", "maybe"),
        ("guard_percent", "101"),
        ("guard_minimum", "-1"),
        ("token", "x"),
        ("base_url", "x"),
    ],
)
def test_an_option_that_cannot_be_is_refused_and_nothing_of_the_rest_is_kept(session: Session, calendly: str, key: str, value: str) -> None:
    with pytest.raises(UsageError) as refused:
        identity.set_options(session, calendly, {"update": "off", key: value})
    assert refused.value.field == key
    view = connections.view(session.db, calendly)
    assert view is not None and view.do_update


# --- mapping ---------------------------------------------------------------------------------------------------------


def rows(session: Session, app: str) -> dict[str, tuple[str | None, str | None, bool]]:
    return {row.path: (row.source, row.constant, row.on) for row in identity.mapping(session, app)}


def test_calendly_begins_with_the_five_rows_of_the_article(session: Session, calendly: str) -> None:
    assert {path: source for path, (source, _, on) in rows(session, calendly).items() if on} == {
        "userName": "username",
        "emails.value": "email",
        "active": "active",
        "displayName": "displayname",
        "externalId": "employeeIdentifier",
    }


def test_a_row_takes_another_source_a_constant_or_is_added(session: Session, calendly: str) -> None:
    identity.map_source(session, calendly, {"username": "EMAIL", "name.givenName": "firstname"})
    identity.map_constant(session, calendly, {"userType": "Employee"})
    found = rows(session, calendly)
    assert found["userName"] == ("email", None, True)
    assert found["name.givenName"] == ("firstname", None, True)
    assert found["userType"] == (None, "Employee", True)
    assert list(found)[-2:] == ["name.givenName", "userType"]
    assert activity.page(session.db)[0].action == "mapping.changed"


def test_rows_are_switched_but_not_those_that_the_application_requires(session: Session, calendly: str) -> None:
    identity.switch(session, calendly, ["EMAILS.VALUE", "externalId"], False)
    assert not rows(session, calendly)["emails.value"][2]
    identity.switch(session, calendly, ["emails.value"], True)
    assert rows(session, calendly)["emails.value"][2]
    with pytest.raises(Refused, match="required"):
        identity.switch(session, calendly, ["emails.value", "userName"], False)
    assert rows(session, calendly)["emails.value"][2]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("userName", "shoe size"),
        ("bad path", "email"),
        ("emails[type sw x].value", "email"),
        ("id", "id"),
        ("meta", "email"),
        ("groups", "email"),
        ("password", "email"),
        ("active", "email"),
        ("title", "active"),
    ],
)
def test_a_row_that_cannot_be_sent_is_refused(session: Session, calendly: str, path: str, source: str) -> None:
    before = rows(session, calendly)
    with pytest.raises(UsageError):
        identity.map_source(session, calendly, {"nickName": "firstname", path: source})
    assert rows(session, calendly) == before


@pytest.mark.parametrize("path", ["userName", "active", "externalId"])
def test_what_tells_people_apart_is_no_constant(session: Session, calendly: str, path: str) -> None:
    with pytest.raises(UsageError, match="same for everybody"):
        identity.map_constant(session, calendly, {path: "x"})


def test_an_unknown_row_cannot_be_switched(session: Session, calendly: str) -> None:
    with pytest.raises(UsageError, match="no row"):
        identity.switch(session, calendly, ["nickName"], True)


def test_the_application_counts_its_changes(session: Session, calendly: str) -> None:
    before = applications.find(session.db, calendly).version
    identity.map_source(session, calendly, {"displayName": "username"})
    assert applications.find(session.db, calendly).version > before


def test_mapping_a_row_to_what_it_is_already_changes_nothing(session: Session, calendly: str) -> None:
    before = identity.mapping(session, calendly)
    assert identity.map_source(session, calendly, {"displayName": "displayname"}) == before
