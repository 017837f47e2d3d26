"""Settings: what they may hold, and that a change leaves its traces."""

from __future__ import annotations

import pytest

from store import activity, events
from store.errors import NotFound, Refused, UsageError
from tests.kit import BASE_URL
from usher.services import settings
from usher.services.session import Session


def test_a_change_is_kept_recorded_and_announced(session: Session) -> None:
    last = events.last(session.db)
    settings.set_(session, {"organization": "Pilot House", "theme": "light"})
    assert settings.organization(session) == "Pilot House"
    entry = activity.page(session.db, limit=1)[0]
    assert (entry.action, entry.detail) == ("setting.changed", {"organization": ["Harbour Works", "Pilot House"], "theme": ["dark", "light"]})
    assert [(e.topic, e.key) for e in events.since(session.db, last)] == [("setting", "organization"), ("setting", "theme")]


def test_setting_what_is_already_set_leaves_no_trace(session: Session) -> None:
    count = activity.count(session.db)
    settings.set_(session, {"base_url": BASE_URL + "/"})
    assert activity.count(session.db) == count


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://SSO.Example.org/", "https://sso.example.org"),
        (" https://sso.example.org:8443/idp/ ", "https://sso.example.org:8443/idp"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
def test_a_base_url_is_kept_in_one_spelling(session: Session, typed: str, kept: str) -> None:
    settings.set_(session, {"base_url": typed})
    assert settings.base_url(session) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "sso.example.org", "http://sso.example.org", "https://u:p@sso.example.org", "https://sso.example.org?x=1", "https://sso.example.org/#a",
     "https://", "ftp://sso.example.org", "https://sso.example.org:99999", "https://sso .example.org", "https://[::1", "http://127.0.0.1.example.org"],
)  # fmt: skip
def test_an_unfit_base_url_is_refused_by_its_field(session: Session, typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings.set_(session, {"base_url": typed, "organization": "Half Kept"})
    assert caught.value.field == "base_url"
    assert settings.organization(session) == "Harbour Works"


def test_the_base_url_is_fixed_while_a_saml_application_exists_and_the_refusal_names_it(session: Session) -> None:
    with session.store.transaction() as db:
        db.execute(
            "insert into application (id, label, label_key, connector, kind, slug, sso, idm, created_at) "
            "values ('a1', 'Calendly', 'calendly', 'calendly', 'saml', 'calendly', 'inactive', 'inactive', '')"
        )
    with pytest.raises(Refused, match="Calendly"):
        settings.set_(session, {"base_url": "https://other.example"})
    for statement in ("update setting set value = 'x' where key = 'base_url'", "delete from setting where key = 'base_url'"):
        with pytest.raises(Refused, match="base URL cannot"), session.store.transaction() as db:
            db.execute(statement)
    assert settings.base_url(session) == BASE_URL
    assert [s.key for s in settings.list_(session) if not s.editable] == ["base_url"]
    settings.set_(session, {"theme": "light"})


def test_replacing_the_row_by_sql_does_not_get_round_the_rule(session: Session) -> None:
    with session.store.transaction() as db:
        db.execute(
            "insert into application (id, label, label_key, connector, kind, slug, sso, idm, created_at) "
            "values ('a1', 'Calendly', 'calendly', 'calendly', 'saml', 'calendly', 'inactive', 'inactive', '')"
        )
    with pytest.raises(Refused), session.store.transaction() as db:
        db.execute("insert or replace into setting (key, value) values ('base_url', 'https://other.example')")
    assert settings.base_url(session) == BASE_URL


def test_an_unknown_setting_and_a_wrong_theme_are_refused(session: Session) -> None:
    with pytest.raises(NotFound):
        settings.set_(session, {"colour": "red"})
    with pytest.raises(UsageError, match="no theme"):
        settings.set_(session, {"theme": "plaid"})
