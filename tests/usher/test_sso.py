"""The SSO tab: fields, placeholders, attributes, on and off (rules 3, 7 and 14)."""

from __future__ import annotations

import json

import pytest

from store import activity, directory, events, service_providers
from store.errors import Conflict, NotFound, Refused, UsageError
from store.service_providers import ServiceProviderFacts
from tests.kit import ORGANIZATION, fill_directory
from tests.usher.saml.kit import made
from usher.services import applications, sso
from usher.services.application_views import ApplicationDetail
from usher.services.session import Session

BAD_ADDRESSES = [
    "http://app.example/acs",
    "https://app.example/acs#top",
    "app.example/acs",
    "https://u:p@app.example/acs",
    "https://app.example/a b",
    "javascript:x",
    "https://",
    "https://app.example:port/",
    "https://app.example/<x>",
]


def sql(session: Session, statement: str, *values: object) -> None:
    """A way past the services: plain SQL in a transaction."""
    with session.store.transaction() as db:
        db.execute(statement, values)


@pytest.fixture
def calendly(session: Session) -> ApplicationDetail:
    return applications.add(session, "calendly", label="Calendly")


@pytest.fixture
def ready(session: Session) -> ApplicationDetail:
    """A custom application with all that SSO needs, active."""
    applications.add(session, "custom-saml", label="Wiki")
    sso.set_fields(session, "Wiki", {"sp_entity_id": "urn:wiki", "acs_urls": "https://wiki.example/acs"})
    return sso.activate(session, "Wiki")


def active_idm(session: Session, application_id: str) -> None:
    """Identity Management as it is after a connection was verified."""
    with session.store.transaction() as db:
        db.execute(
            "update connection set base_url = 'https://a.example', token = x'00', token_fingerprint = 'f', verified_at = '2026', verified_for = 'https://a.example f' where application_id = ?",
            (application_id,),
        )
        db.execute("update application set idm = 'active' where id = ?", (application_id,))


def test_a_placeholder_keeps_sso_from_being_activated_by_service_and_by_sql(session: Session, calendly: ApplicationDetail) -> None:
    with pytest.raises(Refused, match="YOUR_ID is left") as refused:
        sso.activate(session, "Calendly")
    assert (refused.value.code, refused.value.field) == ("placeholder-left", "YOUR_ID")
    assert "Calendly ID" in refused.value.hint
    with pytest.raises(Refused) as by_sql:
        sql(session, "update application set sso = 'active' where id = ?", calendly.id)
    assert by_sql.value.code == "placeholder-left"
    assert applications.get(session, "Calendly").sso == "inactive"


def test_a_filled_placeholder_is_replaced_everywhere_and_remembered(session: Session, calendly: ApplicationDetail) -> None:
    app = sso.fill(session, "Calendly", {"YOUR_ID": " acme-42 "})
    assert app.saml and app.saml.sp_entity_id == "https://calendly.com/sso/saml/metadata/acme-42"
    assert app.saml.acs_urls == ("https://calendly.com/sso/saml/acs/acme-42",)
    assert app.placeholders[0].value == "acme-42" and app.unfilled == ()
    assert sso.activate(session, "Calendly").sso == "active"
    assert [entry.action for entry in activity.page(session.db, limit=2)] == ["sso.activated", "sso.filled"]
    assert ("application", calendly.id) in {(event.topic, event.key) for event in events.since(session.db, 0)}


def test_a_placeholder_can_be_filled_again_while_active_and_hand_made_edits_stay(session: Session, calendly: ApplicationDetail) -> None:
    sso.fill(session, "Calendly", {"YOUR_ID": "a"})
    sso.set_fields(session, "Calendly", {"acs_urls": "https://calendly.com/sso/saml/acs/by-hand"})
    sso.activate(session, "Calendly")
    app = sso.fill(session, "Calendly", {"YOUR_ID": "b"})
    assert app.saml and app.saml.sp_entity_id.endswith("/metadata/b") and app.saml.acs_urls == ("https://calendly.com/sso/saml/acs/by-hand",)


@pytest.mark.parametrize(
    ("token", "value", "code"),
    [
        ("YOUR_ID", "  ", "placeholder-empty"),
        ("YOUR_ID", "YOUR_ID", "placeholder-itself"),
        ("YOUR_ID", "x-YOUR_ID", "placeholder-itself"),
        ("YOUR_ID", "https://calendly.com/sso/saml/acs/1", "placeholder-unfit"),
        ("YOUR_ID", "x" * 300, "placeholder-too-long"),
        ("YOUR_ID", "a b", "placeholder-unfit"),
        ("YOUR_ID", "a\x00b", "placeholder-unfit"),
        ("YOUR_ID", "a#b", "placeholder-unfit"),
        ("YOUR_ID", "?", "placeholder-unfit"),
        ("YOUR_ID", "é", "placeholder-unfit"),
        ("YOUR_TENANT_ID", "1", "no-such-placeholder"),
    ],
)
def test_a_value_that_cannot_be_it_is_refused_at_its_token(session: Session, calendly: ApplicationDetail, token: str, value: str, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        sso.fill(session, "Calendly", {token: value})
    assert (refused.value.code, refused.value.field) == (code, token)
    assert applications.get(session, "Calendly") == calendly


def test_a_placeholder_may_not_come_back_while_active_by_service_or_by_sql(session: Session, calendly: ApplicationDetail) -> None:
    sso.fill(session, "Calendly", {"YOUR_ID": "a"})
    sso.activate(session, "Calendly")
    for field, value in (
        ("sp_entity_id", "x/YOUR_ID"),
        ("acs_urls", "https://x.example/YOUR_ID"),
        ("login_url", "https://x.example/YOUR_ID"),
        ("default_relay_state", "YOUR_ID"),
        ("idp_entity_id", "YOUR_ID"),
    ):
        with pytest.raises(Refused, match="cannot be put back") as refused:
            sso.set_fields(session, "Calendly", {field: value})
        assert (refused.value.code, refused.value.field) == ("placeholder-left", field)
        with pytest.raises(Refused) as by_sql:
            sql(session, f"update saml_setting set {field} = ? where application_id = ?", json.dumps([value]) if field == "acs_urls" else value, calendly.id)
        assert by_sql.value.code == "placeholder-left"
    sso.deactivate(session, "Calendly")
    assert sso.set_fields(session, "Calendly", {"sp_entity_id": "x/YOUR_ID"}).unfilled == ("YOUR_ID",)


@pytest.mark.parametrize("field", ["encrypt_assertion", "require_signed_requests"])
def test_nobody_is_locked_out_for_want_of_the_applications_certificate(session: Session, ready: ApplicationDetail, field: str) -> None:
    for act in (lambda: sso.set_fields(session, "Wiki", {field: "true"}), lambda: sso.activate(session, "Wiki")):
        with pytest.raises(Refused) as refused:
            act()
        assert (refused.value.code, refused.value.field) == ("no-sp-certificate", field) and "sp-metadata" in refused.value.hint
        sso.deactivate(session, "Wiki")
        sso.set_fields(session, "Wiki", {field: "true"})  # not yet active, it can be prepared
    with_certificates(session, "Wiki")
    assert sso.activate(session, "Wiki").sso == "active"


def with_certificates(session: Session, app: str) -> None:
    """The application's own certificates are known."""
    facts = ServiceProviderFacts(certificates=(made("sp").pem,), encryption_certificate=made("sp").pem)
    with session.store.transaction() as db:
        service_providers.put(db, applications.get(session, app).id, facts)


def test_fields_change_while_active_and_are_recorded(session: Session, ready: ApplicationDetail) -> None:
    with_certificates(session, "Wiki")
    values = {
        "sp_entity_id": "urn:wiki:2", "acs_urls": "https://wiki.example/a, http://localhost:8080/b", "nameid_source": "username", "nameid_format": "persistent",
        "sign_assertion": "false", "sign_response": "true", "encrypt_assertion": "true", "require_signed_requests": "TRUE", "signature_algorithm": "rsa-sha512",
        "default_relay_state": "home", "login_url": "https://wiki.example/login", "idp_entity_id": "Harbour for the wiki", "declare_redirect_endpoint": "true", "groups_attribute": "memberOf",
    }  # fmt: skip
    saml = sso.set_fields(session, "Wiki", values).saml
    assert saml
    assert saml.acs_urls == ("https://wiki.example/a", "http://localhost:8080/b")
    assert saml.nameid_format == "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    assert (saml.sign_assertion, saml.sign_response, saml.encrypt_assertion, saml.require_signed_requests, saml.declare_redirect_endpoint) == (
        False,
        True,
        True,
        True,
        True,
    )
    assert (saml.signature_algorithm, saml.nameid_source, saml.groups_attribute, saml.login_url) == (
        "RSA-SHA512",
        "username",
        "memberOf",
        "https://wiki.example/login",
    )
    entry = activity.page(session.db)[0]
    assert entry.action == "sso.changed" and entry.target == "Wiki" and entry.detail["sp_entity_id"] == ["urn:wiki", "urn:wiki:2"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        *(("acs_urls", value, "url-unfit") for value in BAD_ADDRESSES),
        *(("login_url", value, "url-unfit") for value in BAD_ADDRESSES),
        ("acs_urls", "https://a.example,https://a.example", "acs-url-twice"),
        ("nameid_format", "email", "no-such-format"),
        ("nameid_format", "urn:oasis:names:tc:SAML:2.0:nameid-format:emailAddress", "no-such-format"),
        ("nameid_source", "shoe size", "no-such-attribute"),
        ("sign_assertion", "yes", "not-true-or-false"),
        ("signature_algorithm", "RSA-SHA1", "no-such-algorithm"),
        ("idp_entity_id", " ", "value-unfit"),
        ("sp_entity_id", "x" * 1025, "value-unfit"),
        ("sp_entity_id", "https://wiki.example/meta data", "entity-id-unfit"),
        ("sp_entity_id", "https://wiki.example/meta\u200bdata", "entity-id-unfit"),
        ("sp_entity_id", "https://wiki.example/meta\u00a0data", "entity-id-unfit"),
        ("sp_entity_id", "urn:wiki\x07", "value-unfit"),
        ("default_relay_state", "a\nb", "value-unfit"),
        ("slug", "x", "no-such-field"),
    ],
)
def test_a_bad_value_is_refused_at_its_field_and_nothing_is_kept(session: Session, ready: ApplicationDetail, field: str, value: str, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        sso.set_fields(session, "Wiki", {"sp_entity_id": "urn:other", field: value} if field != "sp_entity_id" else {field: value})
    assert (refused.value.field, refused.value.code) == (field, code)
    assert applications.get(session, "Wiki") == ready


def test_an_address_that_is_none_is_refused_by_the_name_that_the_form_gives_its_field(session: Session, ready: ApplicationDetail) -> None:
    for field, label in (("acs_urls", "ACS URL"), ("login_url", "Login URL")):
        with pytest.raises(UsageError, match=f"^{label}: 'example.com/acs' is no https address"):
            sso.set_fields(session, "Wiki", {field: "example.com/acs"})


def test_something_must_be_signed_by_service_and_by_sql(session: Session, ready: ApplicationDetail) -> None:
    with pytest.raises(UsageError, match="must be signed") as refused:
        sso.set_fields(session, "Wiki", {"sign_assertion": "false"})
    assert refused.value.field == "sign_assertion"
    with pytest.raises(Refused, match="CHECK"):
        sql(session, "update saml_setting set sign_assertion = 0 where application_id = ?", ready.id)


def test_the_idp_entity_id_is_unique_by_service_and_by_sql(session: Session, ready: ApplicationDetail) -> None:
    other = applications.add(session, "custom-saml", label="Other")
    with pytest.raises(Refused, match="is that of 'Wiki'") as refused:
        sso.set_fields(session, "Other", {"idp_entity_id": ORGANIZATION})
    assert (refused.value.code, refused.value.field) == ("entity-id-taken", "idp_entity_id")
    with pytest.raises(Refused, match="idp_entity_id"):
        sql(session, "update saml_setting set idp_entity_id = ? where application_id = ?", ORGANIZATION, other.id)
    assert sso.set_fields(session, "Wiki", {"idp_entity_id": ORGANIZATION}).saml == ready.saml


def test_an_active_sso_keeps_what_it_needs(session: Session, ready: ApplicationDetail) -> None:
    for field in ("sp_entity_id", "acs_urls"):
        with pytest.raises(Refused, match="keeps its SP Entity ID") as refused:
            sso.set_fields(session, "Wiki", {field: ""})
        assert refused.value.field == field
    for statement in (
        "update saml_setting set acs_urls = '[]'",
        "update saml_setting set sp_entity_id = ''",
        "delete from saml_setting",
        "delete from certificate",
    ):
        with pytest.raises(Refused):
            sql(session, statement)
    assert applications.get(session, "Wiki") == ready


@pytest.mark.parametrize(
    ("given", "missing"), [({}, "SP Entity ID"), ({"sp_entity_id": "urn:x"}, "ACS URL"), ({"acs_urls": "https://x.example"}, "SP Entity ID")]
)
def test_sso_is_not_activated_before_it_knows_the_application(session: Session, given: dict[str, str], missing: str) -> None:
    app = applications.add(session, "custom-saml", label="Wiki")
    sso.set_fields(session, "Wiki", given)
    with pytest.raises(Refused, match=missing):
        sso.activate(session, "Wiki")
    with pytest.raises(Refused) as by_sql:
        sql(session, "update application set sso = 'active' where id = ?", app.id)
    assert by_sql.value.code == "sso-incomplete"


def test_sso_stays_while_identity_management_that_requires_it_is_active(session: Session, calendly: ApplicationDetail) -> None:
    with pytest.raises(Refused) as before:
        active_idm(session, calendly.id)
    assert before.value.code == "sso-required"
    sso.fill(session, "Calendly", {"YOUR_ID": "a"})
    sso.activate(session, "Calendly")
    active_idm(session, calendly.id)
    with pytest.raises(Refused, match="it requires SSO") as refused:
        sso.deactivate(session, "Calendly")
    assert refused.value.code == "idm-needs-sso" and "IdM connection first" in refused.value.hint
    with pytest.raises(Refused) as by_sql:
        sql(session, "update application set sso = 'inactive' where id = ?", calendly.id)
    assert by_sql.value.code == "idm-needs-sso"
    with pytest.raises(Refused):
        sql(session, "update application set idm_requires_sso = 0 where id = ?", calendly.id)


def test_sso_goes_while_identity_management_that_does_not_require_it_stays(session: Session) -> None:
    app = applications.add(session, "custom-saml-scim", label="Chat")
    active_idm(session, app.id)
    sso.set_fields(session, "Chat", {"sp_entity_id": "urn:x", "acs_urls": "https://x.example"})
    sso.activate(session, "Chat")
    assert sso.deactivate(session, "Chat").idm == "active"


def test_on_and_off_are_recorded_once(session: Session, ready: ApplicationDetail) -> None:
    before = activity.count(session.db)
    assert sso.activate(session, "Wiki").version == ready.version
    assert activity.count(session.db) == before
    assert sso.deactivate(session, "Wiki").sso == "inactive"
    assert sso.deactivate(session, "Wiki").sso == "inactive"
    assert [entry.action for entry in activity.page(session.db, limit=2)] == ["sso.deactivated", "sso.activated"]


def test_a_bookmark_is_deactivated_the_same_way_and_has_no_sso_fields(session: Session) -> None:
    applications.add(session, "bookmark", label="Menu", bookmark_url="https://menu.example")
    assert sso.deactivate(session, "Menu").sso == "inactive"
    assert sso.activate(session, "Menu").sso == "active"
    with pytest.raises(Refused, match="no SAML"):
        sso.set_fields(session, "Menu", {"sp_entity_id": "x"})


def test_attributes_are_added_changed_and_removed_but_required_ones_stay(session: Session, calendly: ApplicationDetail) -> None:
    sso.set_attributes(session, "Calendly", {"department": "displayname", "email": "username"})
    app = sso.set_constants(session, "Calendly", {"tenant": "harbour"})
    assert [(each.name, each.source, each.constant, each.required) for each in app.attributes] == [
        ("email", "username", None, True), ("firstName", "firstname", None, True), ("lastName", "lastname", None, True), ("department", "displayname", None, False), ("tenant", None, "harbour", False),
    ]  # fmt: skip
    assert activity.page(session.db)[0].detail == {"attribute tenant": [None, "constant harbour"]}
    assert [each.name for each in sso.remove_attributes(session, "Calendly", ["department", "tenant"]).attributes] == ["email", "firstName", "lastName"]
    with pytest.raises(Refused, match="requires the attribute email"):
        sso.remove_attributes(session, "Calendly", ["email"])
    with pytest.raises(NotFound, match="no attribute 'department'"):
        sso.remove_attributes(session, "Calendly", ["department"])


def test_an_attribute_takes_only_what_people_have(session: Session, ready: ApplicationDetail) -> None:
    with pytest.raises(UsageError, match="no attribute 'costCentre'") as refused:
        sso.set_attributes(session, "Wiki", {"cc": "costCentre"})
    assert refused.value.field == "cc"
    person = fill_directory(session, 1)[0]
    sql(session, """update user set attributes = '{"costCentre": "7"}' where id = ?""", person.id)
    assert directory.find_user(session.db, person.username)
    assert sso.set_attributes(session, "Wiki", {"cc": "costCentre"}).attributes[0].source == "costCentre"


def test_the_groups_attribute_and_the_others_have_names_of_their_own(session: Session, ready: ApplicationDetail) -> None:
    sso.set_attributes(session, "Wiki", {"memberOf": "email"})
    with pytest.raises(UsageError, match="is an attribute 'memberOf'"):
        sso.set_fields(session, "Wiki", {"groups_attribute": "memberOf"})
    sso.set_fields(session, "Wiki", {"groups_attribute": "groups"})
    with pytest.raises(UsageError, match="groups attribute already"):
        sso.set_constants(session, "Wiki", {"groups": "x"})


def test_a_form_filled_in_on_an_older_state_is_a_conflict(session: Session, ready: ApplicationDetail) -> None:
    sso.set_fields(session, "Wiki", {"default_relay_state": "a"}, expected_version=ready.version)
    with pytest.raises(Conflict):
        sso.set_fields(session, "Wiki", {"default_relay_state": "b"}, expected_version=ready.version)
