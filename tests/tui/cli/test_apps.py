"""Applications, their single sign-on and Identity Management as commands."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.tui.cli.conftest import Usher

ROW = {"id", "label", "connector", "kind", "sso", "idm", "idp_url", "groups", "accounts", "certificate"}


def test_a_row_of_the_list_has_its_shape(calendly: Usher) -> None:
    (row,) = calendly("apps", "list", "--json").json
    assert set(row) == ROW
    assert (row["label"], row["connector"], row["kind"], row["sso"], row["idm"]) == ("Calendly", "calendly", "saml", "inactive", "inactive")
    assert row["idp_url"] == "https://sso.harbour.example/saml2/calendly"
    assert row["groups"] == ["Engineering"]
    assert set(row["accounts"]) == {"in_step", "pending", "failed", "deactivated"}
    assert set(row["certificate"]) == {"not_after", "sha256", "state"} and row["certificate"]["state"] == "valid"


def test_a_bookmark_has_no_certificate(usher: Usher) -> None:
    assert usher("apps", "add", "bookmark", "--label", "Wiki", "--url", "https://wiki.example").status == 0
    (row,) = usher("apps", "list", "--json").json
    assert (row["kind"], row["certificate"], row["idm"]) == ("bookmark", None, "unsupported")


def test_show_is_a_row_with_every_setting(calendly: Usher) -> None:
    found = calendly("apps", "show", "CALENDLY", "--json").json
    assert set(found) > ROW
    assert found["sp_entity_id"].endswith("YOUR_ID") and isinstance(found["acs_urls"], list)
    assert [p["token"] for p in found["placeholders"]] == ["YOUR_ID"]
    assert set(found["connection"]) >= {"base_url", "token_fingerprint", "mode", "rate", "create", "delete", "guard_percent"}


def test_an_application_is_named_by_label_in_any_case_or_by_id(calendly: Usher) -> None:
    by_label = calendly("apps", "show", "calendly", "--json").json
    assert calendly("apps", "show", by_label["id"], "--json").json == by_label


def test_adding_says_what_to_do_next(usher: Usher) -> None:
    said = usher("apps", "add", "calendly", "--label", "Calendly", "--idp-slug", "meet").out
    assert "https://sso.harbour.example/saml2/meet" in said
    assert "usher apps fill 'Calendly' YOUR_ID=VALUE" in said


def test_what_was_changed_is_said_to_be_saved(calendly: Usher) -> None:
    assert calendly("apps", "set", "Calendly", "description=x", "hidden=true").out == "Saved description and hidden of Calendly.\n"
    assert calendly("settings", "set", "second_factor=required").out == "Saved second_factor.\n"


def test_every_setting_that_is_shown_can_be_set(calendly: Usher) -> None:
    values = {
        "label": "Meetings",
        "description": "With = signs",
        "hidden": "true",
        "sp_entity_id": "https://sp.example",
        "acs_urls": "https://sp.example/a,https://sp.example/b",
        "nameid_source": "username",
        "sign_response": "true",
        "signature_algorithm": "RSA-SHA512",
        "default_relay_state": "/home",
        "groups_attribute": "groups",
    }
    ended = calendly("apps", "set", "Calendly", *(f"{name}={value}" for name, value in values.items()), "--json")
    assert ended.status == 0, ended.err
    found = calendly("apps", "show", "Meetings", "--json").json
    assert found == {**ended.json, "newer_connector": []}
    assert found["acs_urls"] == ["https://sp.example/a", "https://sp.example/b"]
    assert (found["hidden"], found["sign_response"]) == (True, True)
    assert all(
        found[name] == values[name]
        for name in ("description", "sp_entity_id", "nameid_source", "signature_algorithm", "default_relay_state", "groups_attribute")
    )


@pytest.mark.parametrize("bad", ["nameid_source=", "nonsense=1", "sign_assertion=perhaps", "hidden=perhaps"])
def test_one_bad_field_leaves_all_as_they_were(calendly: Usher, bad: str) -> None:
    before = calendly("apps", "show", "Calendly", "--json").json
    assert calendly("apps", "set", "Calendly", "label=Other", "default_relay_state=/x", bad).status in (2, 3)
    assert calendly("apps", "show", "Calendly", "--json").json == before


def test_single_sign_on_is_filled_in_and_switched(calendly: Usher) -> None:
    assert calendly("apps", "sso", "Calendly", "activate").status == 3
    assert calendly("apps", "fill", "Calendly", "YOUR_ID=4f1c").status == 0
    assert calendly("apps", "sso", "Calendly", "activate", "--json").json["sso"] == "active"
    assert calendly("apps", "show", "Calendly", "--json").json["sp_entity_id"].endswith("/4f1c")
    assert calendly("apps", "sso", "Calendly", "deactivate").out == "SSO of Calendly is inactive.\n"


def test_the_attributes_of_the_assertion(calendly: Usher) -> None:
    calendly("apps", "attributes", "Calendly", "set", "givenName=firstname")
    calendly("apps", "attributes", "Calendly", "constant", "plan=team")
    rows = {row["name"]: row for row in calendly("apps", "attributes", "Calendly", "list", "--json").json}
    assert rows["givenName"] == {"name": "givenName", "source": "firstname", "constant": None, "required": False}
    assert rows["plan"] == {"name": "plan", "source": None, "constant": "team", "required": False}
    table = calendly("apps", "attributes", "Calendly", "constant", "plan=team", "plan=a b").out
    assert "team, a b" in table, "given again, it has several values"
    assert {row["name"]: row["constant"] for row in calendly("apps", "attributes", "Calendly", "list", "--json").json}["plan"] == "team\na b"
    left = calendly("apps", "attributes", "Calendly", "remove", "plan", "givenName", "--json").json
    assert not {"plan", "givenName"} & {row["name"] for row in left}
    assert calendly("apps", "attributes", "Calendly", "set").status == 2


def test_the_certificate_is_printed_or_written_but_not_over_another(calendly: Usher, own_home: Path, tmp_path: Path) -> None:
    pem = calendly("apps", "certificate", "Calendly", "--output", "-").out
    assert pem.startswith("-----BEGIN CERTIFICATE-----")
    assert calendly("apps", "certificate", "Calendly", "--output", "-", "--json").json["pem"] == pem
    target = tmp_path / "own.pem"
    assert str(target) in calendly("apps", "certificate", "Calendly", "--output", str(target)).out
    assert target.read_text() == pem
    again = calendly("apps", "certificate", "Calendly", "--output", str(target), "--json")
    assert (again.status, again.error["code"]) == (3, "file-exists")
    assert calendly("apps", "certificate", "Calendly", "--output", str(target), "--force").status == 0
    assert calendly("apps", "certificate", "Calendly").status == 0
    assert (own_home / "Downloads" / "certificate.pem").read_text() == pem


def test_a_confined_operator_reads_and_writes_in_the_exchange_folder_alone(calendly: Usher, tmp_path: Path) -> None:
    calendly("operators", "add", "ada", "--role", "administrator")
    assert calendly("--confined", "apps", "certificate", "Calendly", "--output", str(tmp_path / "x.pem")).status == 3
    assert calendly("--confined", "apps", "certificate", "Calendly", "--output", "x.pem").status == 0
    assert (tmp_path / "shop" / "exchange" / "x.pem").exists()
    outside = tmp_path / "token"
    outside.write_text("t0ken")
    words = ["--confined", "idm", "configure", "Calendly", "--base-url", "https://x.example/v2", "--token-file"]
    assert calendly(*words, str(outside)).status == 3
    (tmp_path / "shop" / "exchange" / "token").write_text("t0ken")
    assert calendly(*words, "token").status == 0
    (tmp_path / "shop" / "exchange" / "link").symlink_to(outside)
    assert calendly(*words, "link").status in (2, 3)


def test_groups_are_let_in_and_out(calendly: Usher) -> None:
    calendly("groups", "add", "Sales")
    assert calendly("apps", "authorize", "Calendly", "sales", "--json").json["groups"] == ["Engineering", "Sales"]
    assert calendly("apps", "revoke", "Calendly", "Sales", "Engineering").out == "Calendly is open to nobody.\n"


def test_applications_are_deleted_when_the_number_is_right(calendly: Usher) -> None:
    calendly("apps", "add", "bookmark", "--label", "Wiki", "--url", "https://wiki.example")
    missing = calendly("apps", "delete", "Calendly", "Wiki")
    assert missing.status == 2 and "--count 2" in missing.err
    assert calendly("apps", "delete", "Calendly", "Wiki", "--count", "1").status == 2
    gone = calendly("apps", "delete", "Calendly", "Wiki", "--count", "2", "--json").json
    assert [one["label"] for one in gone["deleted"]] == ["Calendly", "Wiki"] and gone["accounts_left"] == 0
    assert calendly("apps", "list", "--json").json == []


def test_a_token_is_never_an_argument_and_never_shown(calendly: Usher, tmp_path: Path) -> None:
    refused = calendly("idm", "configure", "Calendly", "--base-url", "https://x.example/v2", "--token", "s3cret-t0ken")
    assert refused.status == 2
    assert "--token-file" in refused.err and "s3cret-t0ken" not in refused.err
    file = tmp_path / "token"
    file.write_text("s3cret-t0ken\n")
    kept = calendly("idm", "configure", "Calendly", "--base-url", "https://x.example/v2", "--token-file", str(file), "--json")
    assert kept.status == 0 and kept.json["connection"]["base_url"] == "https://x.example/v2"
    shown = "".join(
        calendly(*words).out for words in (["apps", "show", "Calendly"], ["apps", "show", "Calendly", "--json"], ["activity", "--json"], ["log", "--json"])
    )
    assert "s3cret" not in shown + kept.out
    fingerprint = kept.json["connection"]["token_fingerprint"]
    again = calendly("idm", "configure", "Calendly", "--base-url", "https://x.example/v2", "--token-file", "-", "--json", stdin="s3cret-t0ken")
    assert again.json["connection"]["token_fingerprint"] == fingerprint != ""


@pytest.mark.parametrize("stdin", ["", "\n"])
def test_an_empty_token_is_refused(calendly: Usher, stdin: str) -> None:
    assert calendly("idm", "configure", "Calendly", "--base-url", "https://x.example/v2", "--token-file", "-", stdin=stdin).status == 2


def test_without_a_file_a_script_is_told_where_the_token_comes_from(calendly: Usher) -> None:
    ended = calendly("idm", "configure", "Calendly", "--base-url", "https://x.example/v2")
    assert ended.status == 2 and "--token-file" in ended.err


def test_the_mapping_has_its_shape_and_can_be_changed(calendly: Usher) -> None:
    rows = calendly("idm", "mapping", "Calendly", "list", "--json").json
    assert all(set(row) == {"path", "source", "constant", "on", "required"} for row in rows)
    assert [row["path"] for row in rows] == ["userName", "emails.value", "active", "displayName", "externalId"]
    calendly("idm", "mapping", "Calendly", "set", "userName=email")
    calendly("idm", "mapping", "Calendly", "off", "externalId", "emails.value")
    calendly("idm", "mapping", "Calendly", "constant", "title=Staff")
    found = {row["path"]: row for row in calendly("idm", "mapping", "Calendly", "on", "externalId", "--json").json}
    assert found["userName"]["source"] == "email"
    assert (found["externalId"]["on"], found["emails.value"]["on"]) == (True, False)
    assert (found["title"]["source"], found["title"]["constant"]) == (None, "Staff")
    assert calendly("idm", "mapping", "Calendly", "on").status == 2


def test_the_options_of_the_connection(calendly: Usher) -> None:
    values = ["mode=on-demand", "rate=2.5", "concurrency=8", "create=on", "update=off", "deactivate=off", "delete=off", "guard_percent=20", "guard_minimum=3"]
    found = calendly("idm", "set", "Calendly", *values, "--json").json["connection"]
    shown = {"mode": "on-demand", "rate": 2.5, "concurrency": 8, "create": True, "update": False, "delete": False, "guard_percent": 20, "guard_minimum": 3}
    assert {name: found[name] for name in shown} == shown
    assert calendly("idm", "set", "Calendly", "mode=sometimes").status == 2


def test_a_connection_that_nobody_answers_is_not_verified_and_changes_nothing(calendly: Usher) -> None:
    calendly("apps", "fill", "Calendly", "YOUR_ID=4f1c")
    calendly("apps", "sso", "Calendly", "activate")
    calendly("idm", "configure", "Calendly", "--base-url", "http://127.0.0.1:9/scim/v2", "--token-file", "-", stdin="t0ken")
    tested = calendly("idm", "test", "Calendly", "--json")
    assert tested.status == 1
    assert set(tested.json) == {"verified", "capabilities", "evidence"} and tested.json["verified"] is False
    assert set(tested.json["capabilities"]) == {"patch", "filter", "bulk", "groups", "etag", "change_password"}
    refused = calendly("idm", "activate", "Calendly", "--json")
    assert refused.status == 3
    assert calendly("apps", "show", "Calendly", "--json").json["idm"] == "inactive"


def test_the_catalog_shows_its_shape(bare: Usher) -> None:
    found = bare("catalog", "show", "calendly", "--json").json
    assert set(found) >= {"key", "name", "kind", "supports", "prerequisites", "placeholders", "saml", "scim", "mapping", "sources"}
    assert all(set(p) == {"token", "label", "where"} for p in found["placeholders"])
    assert {row["path"] for row in found["mapping"]} == {"userName", "emails.value", "active", "displayName", "externalId"}
    assert [row["key"] for row in bare("catalog", "search", "calendly", "--json").json] == ["calendly"]
    assert "custom-saml" in bare("catalog", "search", "zzzz").out


def test_an_image_is_taken_from_a_file(usher: Usher, tmp_path: Path) -> None:
    picture = tmp_path / "p.txt"
    picture.write_text("not a picture")
    assert usher("apps", "add", "calendly", "--label", "C", "--image", str(picture)).status == 2


def test_the_written_certificate_may_be_handed_on(calendly: Usher, tmp_path: Path) -> None:
    calendly("apps", "certificate", "Calendly", "--output", str(tmp_path / "c.pem"))
    assert stat.S_ISREG((tmp_path / "c.pem").stat().st_mode)
