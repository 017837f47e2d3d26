"""The rules of the domain against plain SQL: somebody with a client and the best of intentions can't break them either."""

from __future__ import annotations

import pytest

from store.connection import Db, Store
from store.errors import Refused

AT = "2026-03-02T09:00:00.000Z"

WORLD = f"""
insert into application (id, label, label_key, connector, kind, slug, sso, idm, idm_requires_sso, created_at)
  values ('a', 'Calendly', 'calendly', 'calendly', 'saml', 'calendly', 'inactive', 'inactive', 1, '{AT}');
insert into application (id, label, label_key, connector, kind, bookmark_url, sso, idm, created_at)
  values ('b', 'Wiki', 'wiki', 'bookmark', 'bookmark', 'https://wiki.example.com', 'inactive', 'unsupported', '{AT}');
insert into saml_setting (application_id, idp_entity_id, sp_entity_id, acs_urls) values ('a', 'Harbour', 'https://sp.example/YOUR_ID', '["https://sp.example/acs/YOUR_ID"]');
insert into placeholder (application_id, token, label, position) values ('a', 'YOUR_ID', 'ID', 1);
insert into certificate values ('c', 'a', 'active', 'pem', 'aa', '{AT}', '{AT}', x'00', '{AT}');
insert into certificate values ('d', 'a', 'staged', 'pem', 'bb', '{AT}', '{AT}', x'00', '{AT}');
insert into connection (application_id) values ('a');
insert into mapping_row (application_id, path, source, required, position) values ('a', 'userName', 'username', 1, 1);
insert into user (id, username, username_key, created_at) values ('u', 'ann@example.com', 'ann@example.com', '{AT}');
insert into user (id, username, username_key, state, created_at) values ('s', 'sam@example.com', 'sam@example.com', 'STAGED', '{AT}');
insert into user_group (id, name, name_key, created_at) values ('g', 'Sales', 'sales', '{AT}');
insert into membership values ('g', 's');
"""
FILLED = """update saml_setting set sp_entity_id = 'https://sp.example/42', acs_urls = '["https://sp.example/acs/42"]' where application_id = 'a';"""
SSO_ON = FILLED + "update application set sso = 'active' where id = 'a';"
IDM_ON = (
    SSO_ON
    + f"update connection set base_url = 'https://x/v2', token = x'01', token_fingerprint = 'f', verified_at = '{AT}', verified_for = 'https://x/v2 f' where application_id = 'a';"
    + "update application set idm = 'active' where id = 'a';"
)
IN_GROUP = "insert into membership values ('g', 'u');" + f"insert into authorization values ('a', 'g', '{AT}');"


def push(state: str, push_id: str = "p", approved: str = "null") -> str:
    return (
        "insert into push (id, application_id, app_label, provider, kind, state, planned, digest, basis, requested_by, approved_by, requested_at) "
        f"values ('{push_id}', 'a', 'Calendly', 'x', 'manual', '{state}', '{{}}', '', 0, 'ada', {approved}, '{AT}');"
    )


def operation(action: str, user: str, state: str = "planned") -> str:
    return (
        "insert into operation (id, push_id, application_id, user_id, username, action, state, changes, attributes, digest) "
        f"values ('o', 'p', 'a', '{user}', 'n', '{action}', '{state}', '{{}}', '{{}}', '');"
    )


QUEUED = IDM_ON + IN_GROUP + push("planned") + operation("create", "u") + "update push set state = 'queued' where id = 'p';"
LOGGED = f"insert into journal values (1, 'o', 'p', '{AT}', 'a', 'Calendly', 'u', 'ann', 'create', 'succeeded', 201, 1, 5, '');"

ATTEMPTS = {
    "1 a label is unique": ("", "update application set label_key = 'wiki' where id = 'a'", "constraint"),
    "1 a label is unique in another case": (
        "",
        f"insert into application (id, label, label_key, connector, kind, slug, sso, idm, created_at) values ('z', 'WIKI', 'other', 'x', 'saml', 'z', 'inactive', 'inactive', '{AT}')",
        "constraint",
    ),
    "1 a label is required": ("", "update application set label = ' ' where id = 'a'", "constraint"),
    "1 a bookmark has its URL": ("", "update application set bookmark_url = '' where id = 'b'", "constraint"),
    "2 the SSO IdP URL is fixed": ("", "update application set slug = 'other' where id = 'a'", "idp-url-fixed"),
    "2 nor by replacing the row": (
        "",
        f"insert or replace into application (id, label, label_key, connector, kind, slug, sso, idm, created_at) values ('a', 'C', 'c', 'x', 'saml', 'other', 'inactive', 'inactive', '{AT}')",
        "application-exists",
    ),
    "2 nor by making it another kind": ("", "update application set kind = 'scim' where id = 'a'", "application-nature-fixed"),
    "2 the base URL is fixed while a SAML application exists": (
        "",
        "update setting set value = 'https://other.example' where key = 'base_url'",
        "base-url-fixed",
    ),
    "2 nor by replacing it": ("", "insert or replace into setting values ('base_url', 'https://other.example')", "base-url-fixed"),
    "2 nor by removing it": ("", "delete from setting where key = 'base_url'", "base-url-fixed"),
    "2 nor by renaming it": ("", "update setting set key = 'x' where key = 'base_url'", "setting-key-fixed"),
    "2 an SSO IdP URL is unique": (
        "",
        f"insert into application (id, label, label_key, connector, kind, slug, sso, idm, created_at) values ('z', 'Z', 'z', 'x', 'saml', 'Calendly', 'inactive', 'inactive', '{AT}')",
        "constraint",
    ),
    "3 no SSO with a placeholder left": ("", "update application set sso = 'active' where id = 'a'", "placeholder-left"),
    "3 nor put back while active": (
        SSO_ON,
        "update saml_setting set sp_entity_id = 'https://sp.example/YOUR_ID' where application_id = 'a'",
        "placeholder-left",
    ),
    "3 nor added while active": (SSO_ON, "insert into placeholder (application_id, token, label, position) values ('a', 'sp', 'x', 2)", "sso-active"),
    "3 nor with an empty ACS URL": (
        FILLED,
        "update saml_setting set acs_urls = '[\"\"]'; update application set sso = 'active' where id = 'a'",
        "sso-incomplete",
    ),
    "3 nor without any SSO settings": (FILLED, "delete from saml_setting; update application set sso = 'active' where id = 'a'", "sso-incomplete"),
    "3 nor made active when it is added": (
        "",
        f"insert into application (id, label, label_key, connector, kind, slug, sso, idm, created_at) values ('z', 'Z', 'z', 'x', 'saml', 'z', 'active', 'inactive', '{AT}')",
        "starts-inactive",
    ),
    "3 settings in use stay": (SSO_ON, "delete from saml_setting", "sso-active"),
    "3 something is signed": ("", "update saml_setting set sign_assertion = 0", "constraint"),
    "4 no SSO without a certificate": (
        FILLED,
        "update certificate set state = 'retired'; update application set sso = 'active' where id = 'a'",
        "no-certificate",
    ),
    "4 one certificate is in force": ("", "update certificate set state = 'active' where id = 'd'", "constraint"),
    "4 the certificate in use stays": (SSO_ON, "delete from certificate where id = 'c'", "certificate-in-use"),
    "5 nobody is provisioned without an authorised group": (IDM_ON + push("planned"), operation("create", "u"), "not-entitled"),
    "5 staged people are not provisioned": (IDM_ON + IN_GROUP + push("planned"), operation("create", "s"), "not-entitled"),
    "5 nor updated": (IDM_ON + push("planned"), operation("update", "u"), "not-entitled"),
    "5 nor sent after they were taken out": (QUEUED + "delete from membership where user_id = 'u';", "update operation set state = 'sending'", "not-entitled"),
    "7 no Identity Management before SSO": (FILLED, "update application set idm = 'active' where id = 'a'", "sso-required"),
    "7 SSO stays while Identity Management is active": (IDM_ON, "update application set sso = 'inactive' where id = 'a'", "idm-needs-sso"),
    "7 nor by forgetting that it is required": (FILLED, "update application set idm_requires_sso = 0 where id = 'a'", "application-nature-fixed"),
    "8 not active before it was verified": (SSO_ON, "update application set idm = 'active' where id = 'a'", "not-verified"),
    "8 another URL than the verified one": (
        IDM_ON + "update application set idm = 'inactive' where id = 'a'; update connection set base_url = 'https://y/v2';",
        "update application set idm = 'active' where id = 'a'",
        "not-verified",
    ),
    "8 a bookmark has no Identity Management": ("", "update application set idm = 'inactive' where id = 'b'", "unsupported"),
    "9 the Base URL is locked while active": (IDM_ON, "update connection set base_url = 'https://y/v2'", "connection-active"),
    "9 the Token Key is locked while active": (IDM_ON, "update connection set token_fingerprint = 'g', token = x'02'", "connection-active"),
    "9 nor replaced": (IDM_ON, "insert or replace into connection (application_id, base_url) values ('a', 'https://y/v2')", "connection-active"),
    "9 nor removed": (IDM_ON, "delete from connection", "connection-active"),
    "10 there is no operation on groups": (IDM_ON + IN_GROUP + push("planned"), operation("group-create", "u"), "constraint"),
    "11 a required row stays on": ("", "update mapping_row set enabled = 0", "constraint"),
    "11 a row has a source or a constant": ("", "update mapping_row set constant = 'x'", "constraint"),
    "12 nobody in the directory is deleted for good": (IDM_ON + IN_GROUP + push("planned"), operation("delete", "u"), "still-in-directory"),
    "14 no deactivation of IdM during a push": (QUEUED, "update application set idm = 'inactive' where id = 'a'", "push-running"),
    "14 no deletion during a push": (QUEUED, "delete from application where id = 'a'", "push-running"),
    "14 no push without Identity Management": (push("planned"), "update push set state = 'queued' where id = 'p'", "idm-inactive"),
    "plan first": (IDM_ON, push("queued"), "plan-first"),
    "one push at a time": (QUEUED + push("planned", "q"), "update push set state = 'queued' where id = 'q'", "constraint"),
    "what is held is approved first": (IDM_ON + push("held"), "update push set state = 'queued' where id = 'p'", "held"),
    "what was planned stays as it was": (QUEUED, "update operation set attributes = '{\"active\": false}'", "plan-is-fixed"),
    "nor is its action changed": (QUEUED, "update operation set action = 'deactivate'", "plan-is-fixed"),
    "the log is not changed": (LOGGED, "update journal set result = 'failed'", "log-append-only"),
    "nor cut": (LOGGED, "delete from journal", "log-append-only"),
    "nor replaced": (LOGGED, LOGGED.replace("insert", "insert or replace"), "log-append-only"),
    "the activity record is not changed": ("", "update activity set actor = 'eve'", "activity-append-only"),
    "the activity record is not cut": ("", "delete from activity", "activity-append-only"),
    "nor replaced from within": (
        "",
        "insert or replace into activity select 1, at, 'eve', role, via, action, target, detail, prev, hash from activity",
        "activity-append-only",
    ),
    "a person's state is one of three": ("", "update user set state = 'GONE'", "constraint"),
}


def run(db: Db, script: str) -> None:
    for statement in script.split(";"):
        if statement.strip():
            db.execute(statement)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_sql_cannot_break_the_rule(store: Store, attempt: str) -> None:
    before, statement, code = ATTEMPTS[attempt]
    with store.transaction() as db:
        run(db, WORLD + before)
    with pytest.raises(Refused) as refusal, store.transaction() as db:
        run(db, statement)
    assert refusal.value.code == code


def test_the_right_order_is_let_through(store: Store) -> None:
    """The same world taken the right way: what the refusals above guard is possible."""
    with store.transaction() as db:
        run(db, WORLD + QUEUED)
        run(db, "update operation set state = 'sending', phase = 'write'; update operation set state = 'succeeded'; update push set state = 'succeeded';")
        run(
            db,
            "update application set idm = 'inactive' where id = 'a'; update application set sso = 'inactive' where id = 'a'; delete from application where id = 'a'",
        )
    assert [store.db.execute(f"select count(*) from {table}").fetchone()[0] for table in ("application", "connection", "certificate", "operation")] == [
        1,
        0,
        0,
        1,
    ]


def test_an_application_with_everything_active_can_be_deleted_whole(store: Store) -> None:
    with store.transaction() as db:
        run(db, WORLD + IDM_ON + "delete from application where id = 'a'")
    assert store.db.execute("select count(*) from connection").fetchone()[0] == 0


def test_who_is_entitled_is_who_is_activated_and_in_an_authorised_group(store: Store) -> None:
    with store.transaction() as db:
        run(db, WORLD + IN_GROUP)
    assert [tuple(row) for row in store.db.execute("select * from entitled").fetchall()] == [("a", "u")]
