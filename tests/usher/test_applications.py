"""Adding an application from the catalog, its general info, and its SSO IdP URL (rules 1, 2 and 4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store import activity, events, saml_settings
from store.errors import Conflict, NotFound, Refused, UsageError
from tests.kit import BASE_URL, ORGANIZATION, VIEWER
from usher.services import applications, settings
from usher.services.badges import COLOURS
from usher.services.session import Session


def sql(session: Session, statement: str, *values: object) -> None:
    """A way past the services: plain SQL in a transaction."""
    with session.store.transaction() as db:
        db.execute(statement, values)


def test_an_added_application_has_the_connectors_defaults(session: Session) -> None:
    app = applications.add(session, "calendly", label="Calendly", description="Meetings")
    assert (app.label, app.kind, app.connector_name, app.description) == ("Calendly", "saml", "Calendly", "Meetings")
    assert (app.sso, app.idm, app.visible, app.groups) == ("inactive", "inactive", True, ())
    assert app.saml and app.saml.sp_entity_id == "https://calendly.com/sso/saml/metadata/YOUR_ID"
    assert app.saml.acs_urls == ("https://calendly.com/sso/saml/acs/YOUR_ID",)
    assert app.saml.idp_entity_id == ORGANIZATION
    assert app.unfilled == ("YOUR_ID",)
    assert [each.name for each in app.attributes] == ["email", "firstName", "lastName"]
    assert [row.path for row in app.mapping if row.on] == ["userName", "emails.value", "active", "displayName", "externalId"]
    assert app.connection and app.connection.base_url == "" and app.connection.mode == "automatic"
    assert app.idm_requires_sso and not app.supports_groups
    assert applications.list_(session)[0].label == "Calendly"


def test_adding_leaves_an_activity_entry_and_an_event(session: Session) -> None:
    app = applications.add(session, "calendly", label="Calendly")
    entry = activity.page(session.db)[0]
    assert (entry.action, entry.target, entry.actor) == ("application.added", "Calendly", "ada")
    assert ("application", app.id) in {(event.topic, event.key) for event in events.since(session.db, 0)}


def test_the_generic_connectors_can_be_added(session: Session) -> None:
    assert applications.add(session, "custom-saml", label="Wiki").idm == "unsupported"
    both = applications.add(session, "custom-saml-scim", label="Chat")
    assert (both.sso, both.idm, both.idm_requires_sso) == ("inactive", "inactive", False)
    tile = applications.add(session, "bookmark", label="Menu", bookmark_url="https://menu.harbour.example/today?x=1")
    assert (tile.sso, tile.idm, tile.idp_url, tile.certificate, tile.saml) == ("active", "unsupported", "", None, None)


def test_a_name_is_found_in_any_case_and_by_id(session: Session) -> None:
    app = applications.add(session, "custom-saml", label="Wiki")
    assert applications.get(session, "wIKI").id == applications.get(session, app.id).id == app.id
    with pytest.raises(NotFound, match="no application 'Wikis'"):
        applications.get(session, "Wikis")


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"label": "  "}, "label", "value-unfit"),
        ({"label": "x" * 301}, "label", "value-unfit"),
        ({"label": "a\x1b[2Jb"}, "label", "value-unfit"),
        ({"label": "A", "description": "x\x00"}, "description", "value-unfit"),
        ({"label": "A", "badge": "ABC"}, "badge", "badge-unfit"),
        ({"label": "A", "badge": "\x1b["}, "badge", "badge-unfit"),
        ({"label": "A", "colour": "puce"}, "colour", "colour-unknown"),
        ({"label": "A", "slug": "Wiki"}, "slug", "slug-unfit"),
        ({"label": "A", "slug": "a/b"}, "slug", "slug-unfit"),
        ({"label": "A", "slug": "-a"}, "slug", "slug-unfit"),
        ({"label": "A", "bookmark_url": "https://x.example"}, "url", "url-not-asked"),
    ],
)
def test_a_bad_value_is_refused_at_its_field_and_nothing_is_added(session: Session, fields: dict[str, str], field: str, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        applications.add(session, "custom-saml", **fields)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert applications.list_(session) == []


def test_a_label_of_300_characters_and_other_scripts_is_taken(session: Session) -> None:
    assert applications.add(session, "custom-saml", label="日" * 300).label == "日" * 300


def test_a_label_is_unique_in_any_case_by_service_and_by_sql(session: Session) -> None:
    applications.add(session, "custom-saml", label="Straße")
    with pytest.raises(Refused, match="labelled 'Straße' already") as refused:
        applications.add(session, "bookmark", label="STRASSE", bookmark_url="https://x.example")
    assert (refused.value.code, refused.value.field) == ("label-taken", "label")
    other = applications.add(session, "custom-saml", label="Other")
    with pytest.raises(Refused, match="labelled"):
        applications.set_general(session, "Other", {"label": "strasse"})
    with pytest.raises(Refused, match="label_key"):
        sql(session, "update application set label_key = 'strasse' where id = ?", other.id)
    with pytest.raises(Refused):
        sql(session, "update application set label = '  ' where id = ?", other.id)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "url-missing"),
        ("ftp://x.example", "url-unfit"),
        ("javascript:alert(1)", "url-unfit"),
        ("https://", "url-unfit"),
        ("https://a b", "url-unfit"),
        ("https://x:y@h.example", "url-credentials"),
        ("https://h:99999/", "url-unfit"),
    ],
)
def test_a_bookmark_needs_an_address_that_gives_nothing_away(session: Session, url: str, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        applications.add(session, "bookmark", label="Menu", bookmark_url=url)
    assert (refused.value.field, refused.value.code) == ("url", code)


def test_a_bookmark_keeps_its_address_even_against_sql(session: Session) -> None:
    tile = applications.add(session, "bookmark", label="Menu", bookmark_url="http://menu.harbour.example")
    with pytest.raises(UsageError, match="is empty"):
        applications.set_general(session, "Menu", {"url": " "})
    with pytest.raises(Refused, match="CHECK"):
        sql(session, "update application set bookmark_url = '' where id = ?", tile.id)


def test_the_idp_url_is_made_from_the_name_and_numbered_where_taken(session: Session) -> None:
    assert applications.add(session, "custom-saml", label="Café Plan & Co.").idp_url == f"{BASE_URL}/saml2/cafe-plan-co"
    assert applications.add(session, "custom-saml", label="Cafe: plan co").slug == "cafe-plan-co-2"
    assert applications.add(session, "custom-saml", label="cafe-plan co!").slug == "cafe-plan-co-3"
    assert applications.add(session, "calendly", label="日程").slug == "calendly"
    assert applications.add(session, "custom-saml", label="w" * 200).slug == "w" * 63
    assert applications.add(session, "custom-saml", label="w" * 201).slug == "w" * 61 + "-2"


def test_a_given_idp_url_is_kept_as_given_or_refused_when_taken(session: Session) -> None:
    assert applications.add(session, "custom-saml", label="Wiki", slug="our-wiki").idp_url == f"{BASE_URL}/saml2/our-wiki"
    with pytest.raises(Refused, match="is that of 'Wiki'") as refused:
        applications.add(session, "custom-saml", label="Wiki 2", slug="our-wiki")
    assert (refused.value.code, refused.value.field) == ("slug-taken", "slug")
    with pytest.raises(UsageError, match="no SAML"):
        applications.add(session, "bookmark", label="Menu", bookmark_url="https://x.example", slug="menu")


def test_the_idp_url_is_never_editable_by_service_or_by_sql(session: Session) -> None:
    app = applications.add(session, "calendly", label="Calendly")
    for field in ("slug", "idp_url"):
        with pytest.raises(Refused, match="cannot be changed after the application is created") as refused:
            applications.set_general(session, "Calendly", {field: "other"})
        assert refused.value.code == "idp-url-fixed" and "add it again" in refused.value.hint
    for value in ("other", None, "CALENDLY"):
        with pytest.raises(Refused) as by_sql:
            sql(session, "update application set slug = ? where id = ?", value, app.id)
        assert by_sql.value.code == "idp-url-fixed"
    with pytest.raises(Refused):
        sql(session, "insert or replace into application select * from application where id = ?", app.id)
    assert applications.get(session, "Calendly").slug == "calendly"


def test_a_renamed_application_keeps_its_idp_url(session: Session) -> None:
    applications.add(session, "calendly", label="Calendly")
    assert applications.set_general(session, "Calendly", {"label": "Meetings"}).idp_url == f"{BASE_URL}/saml2/calendly"


def test_the_base_url_stays_while_a_saml_application_exists(session: Session) -> None:
    applications.add(session, "bookmark", label="Menu", bookmark_url="https://x.example")
    settings.set_(session, {"base_url": "https://other.example"})
    applications.add(session, "calendly", label="Calendly")
    with pytest.raises(Refused, match="Calendly"):
        settings.set_(session, {"base_url": BASE_URL})
    with pytest.raises(Refused) as by_sql:
        sql(session, "update setting set value = 'https://evil.example' where key = 'base_url'")
    assert by_sql.value.code == "base-url-fixed"
    applications.delete(session, ["Calendly"], 1)
    settings.set_(session, {"base_url": BASE_URL})


def test_badge_and_colour_come_from_the_name_unless_chosen(session: Session) -> None:
    assert applications.add(session, "calendly", label="Calendly").badge == "Ca"
    assert applications.add(session, "custom-saml", label="Time off (EU)").badge == "TO"
    assert applications.add(session, "custom-saml", label="🎉").badge == "?"
    chosen = applications.add(session, "custom-saml", label="Wiki", badge="w", colour="Teal")
    assert (chosen.badge, chosen.colour) == ("w", "teal")


def test_a_badge_made_from_the_label_follows_it_and_a_chosen_one_stays(session: Session) -> None:
    applications.add(session, "custom-saml", label="長い名前")
    assert applications.set_general(session, "長い名前", {"label": "MyApp"}).badge == "My"
    assert applications.set_general(session, "MyApp", {"badge": "x"}).badge == "x"
    assert applications.set_general(session, "MyApp", {"label": "Other"}).badge == "x"
    assert {app.colour for app in applications.list_(session)} <= set(COLOURS)


def test_general_info_changes_and_is_recorded_before_and_after(session: Session) -> None:
    applications.add(session, "custom-saml", label="Wiki")
    app = applications.set_general(session, "wiki", {"label": "Handbook", "description": "All we\nknow", "visible": "false", "badge": "", "colour": "pink"})
    assert (app.label, app.description, app.visible, app.badge, app.colour, app.version) == ("Handbook", "All we\nknow", False, "Ha", "pink", 2)
    entry = activity.page(session.db)[0]
    assert entry.action == "application.changed" and entry.detail["label"] == ["Wiki", "Handbook"] and entry.detail["visible"] == [True, False]


def test_a_change_to_what_is_there_already_changes_nothing(session: Session) -> None:
    applications.add(session, "custom-saml", label="Wiki")
    before = activity.count(session.db)
    assert applications.set_general(session, "Wiki", {"label": "Wiki", "visible": True}).version == 1
    assert activity.count(session.db) == before


@pytest.mark.parametrize(("field", "value"), [("visible", "yes"), ("url", "https://x.example"), ("nonsense", "1"), ("colour", "none")])
def test_an_unfit_general_field_is_named(session: Session, field: str, value: str) -> None:
    applications.add(session, "custom-saml", label="Wiki")
    with pytest.raises(UsageError) as refused:
        applications.set_general(session, "Wiki", {field: value})
    assert refused.value.field == field


def test_a_change_begun_on_an_older_state_is_a_conflict(session: Session) -> None:
    app = applications.add(session, "custom-saml", label="Wiki")
    applications.set_general(session, "Wiki", {"description": "one"}, expected_version=app.version)
    with pytest.raises(Conflict, match="by ada meanwhile: description – → one"):
        applications.set_general(session, "Wiki", {"description": "two"}, expected_version=app.version)
    assert applications.get(session, "Wiki").description == "one"


def test_a_viewer_changes_nothing(session: Session) -> None:
    applications.add(session, "custom-saml", label="Wiki")
    looking = replace(session, actor=VIEWER)
    for attempt in (
        lambda: applications.add(looking, "custom-saml", label="B"),
        lambda: applications.set_general(looking, "Wiki", {"label": "B"}),
        lambda: applications.delete(looking, ["Wiki"], 1),
    ):
        with pytest.raises(Refused, match="role"):
            attempt()
    assert [app.label for app in applications.list_(looking)] == ["Wiki"]


def test_each_saml_application_has_its_own_certificate_and_sealed_key(session: Session) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    shown = []
    for label in ("One", "Two"):
        app = applications.add(session, "custom-saml", label=label)
        kept = saml_settings.active_certificate(session.db, app.id)
        assert kept and app.certificate
        certificate = x509.load_pem_x509_certificate(kept.pem.encode())
        sealed = saml_settings.sealed_private_key(session.db, kept.id)
        assert sealed and b"PRIVATE" not in sealed
        key = serialization.load_pem_private_key(session.vault.open("certificate", kept.id, "private_key", sealed).reveal().encode(), None)
        assert key.public_key() == certificate.public_key() and certificate.public_key().key_size == 2048  # type: ignore[union-attr]
        assert certificate.fingerprint(hashes.SHA256()).hex() == kept.sha256 == app.certificate.sha256
        certificate.verify_directly_issued_by(certificate)
        assert app.certificate.state == "valid"
        shown.append(kept.sha256)
    assert shown[0] != shown[1]


def test_the_store_refuses_a_second_certificate_in_use_and_a_saml_application_without_an_idp_url(session: Session) -> None:
    app = applications.add(session, "custom-saml", label="One")
    copy = "insert into certificate select 'x', application_id, state, pem, 'other', not_before, not_after, private_key, created_at from certificate where application_id = ?"
    with pytest.raises(Refused, match=r"certificate\.application_id"):
        sql(session, copy, app.id)
    sql(session, copy.replace("state,", "'staged',"), app.id)
    with pytest.raises(Refused, match="slug is not null"):
        sql(
            session,
            "insert into application (id, label, label_key, connector, kind, sso, idm, created_at) values ('x','x','x','custom-saml','saml','inactive','unsupported','')",
        )


def test_the_default_idp_entity_id_is_made_unique(session: Session) -> None:
    names = [applications.add(session, "custom-saml", label=label).saml for label in ("One", "Two", "Three")]
    assert [saml.idp_entity_id for saml in names if saml] == [ORGANIZATION, f"{ORGANIZATION} two", f"{ORGANIZATION} three"]


def test_an_application_whose_connector_left_the_catalog_can_still_be_looked_at(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    applications.add(session, "custom-saml", label="Wiki")
    monkeypatch.setattr("usher.services.catalog._keys", frozenset)
    assert applications.get(session, "Wiki").connector_name == "custom-saml"
