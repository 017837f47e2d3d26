"""Certificates, metadata and the application's own metadata as commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.cli.conftest import Usher
from tests.usher.saml.kit import made
from tests.usher.saml.test_sp_metadata import document, key

HELD = {"place", "state", "not_before", "not_after", "days_left", "sha256"}


@pytest.fixture
def wiki(usher: Usher) -> Usher:
    """`usher WORDS` over a store with one SAML application."""
    assert usher("apps", "add", "custom-saml", "--label", "Wiki").status == 0
    return usher


def places(usher: Usher) -> list[str]:
    rows = usher("apps", "certificate", "Wiki", "list", "--json").json
    assert all(set(row) == HELD for row in rows)
    return [row["place"] for row in rows]


def test_a_certificate_is_rotated_and_each_step_is_taken_back(wiki: Usher) -> None:
    assert "activate" in wiki("apps", "certificate", "Wiki", "stage").out
    assert places(wiki) == ["active", "staged"]
    for words, after in (
        ("stage --back", ["active"]), ("stage", ["active", "staged"]), ("activate", ["active", "retiring"]), ("activate --back", ["active", "staged"]), ("activate", ["active", "retiring"]),
        ("retire", ["active", "retired"]), ("retire --back", ["active", "retiring"]), ("retire", ["active", "retired"]),
    ):  # fmt: skip
        ended = wiki("apps", "certificate", "Wiki", *words.split(), "--json")
        assert ended.status == 0 and [row["place"] for row in ended.json] == after
    assert wiki("apps", "certificate", "Wiki", "activate").status == 3


def test_an_own_pair_is_uploaded_from_files_and_stdin(wiki: Usher, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from usher.saml import certificate

    pair = certificate.make("wiki", "Harbour Works", datetime.now(UTC))
    (tmp_path / "own.pem").write_text(pair.pem)
    refused = wiki("apps", "certificate", "Wiki", "upload", "--certificate", str(tmp_path / "own.pem"), "--key", "-", "--json", stdin="no key")
    assert refused.status == 2 and refused.error["code"] == "key-unfit" and places(wiki) == ["active"]
    ended = wiki("apps", "certificate", "Wiki", "upload", "--certificate", str(tmp_path / "own.pem"), "--key", "-", stdin=pair.private_key.reveal())
    assert ended.status == 0 and "PRIVATE" not in ended.out and pair.sha256 in ended.out
    assert wiki("apps", "certificate", "Wiki", "upload").status == 2


def test_downloads_and_verbs_are_not_mixed(wiki: Usher, tmp_path: Path) -> None:
    for words in (["stage", "--output", "x"], ["list", "--back"], ["--back"], ["activate", "--key", "x"], ["--output", "-", "--der"], ["explode"]):
        assert wiki("apps", "certificate", "Wiki", *words).status == 2, words
    target = tmp_path / "wiki.der"
    assert wiki("apps", "certificate", "Wiki", "--der", "--output", str(target)).status == 0 and target.read_bytes()[:1] == b"\x30"
    assert wiki("apps", "certificate", "Wiki", "--staged", "--output", "-").status == 3


def test_metadata_is_printed_and_written(wiki: Usher, tmp_path: Path) -> None:
    printed = wiki("apps", "metadata", "Wiki").out
    assert printed.startswith("<?xml") and "https://sso.harbour.example/saml2/wiki" in printed
    assert wiki("apps", "metadata", "Wiki", "--json").json["url"] == "https://sso.harbour.example/saml2/wiki/metadata"
    assert wiki("apps", "metadata", "Wiki", "--output", str(tmp_path / "m.xml")).status == 0 and (tmp_path / "m.xml").read_text() == printed
    assert wiki("apps", "metadata", "Wiki", "--output", str(tmp_path / "m.xml")).status == 3


def test_metadata_of_an_application_is_shown_first_and_taken_over(wiki: Usher, tmp_path: Path) -> None:
    file = tmp_path / "sp.xml"
    file.write_bytes(document(key("sp")))
    shown = wiki("apps", "sp-metadata", "Wiki", str(file), "--dry-run")
    assert "SP Entity ID" in shown.out and "Nothing was kept." in shown.out
    assert wiki("apps", "show", "Wiki", "--json").json["sp_entity_id"] == ""
    kept = wiki("apps", "sp-metadata", "Wiki", str(file), "--json").json
    assert {"field", "before", "after"} == set(kept["changes"][0]) and not kept["dry_run"]
    assert wiki("apps", "show", "Wiki", "--json").json["sp_entity_id"] == "https://wiki.example/saml/metadata"
    assert "It changes nothing." in wiki("apps", "sp-metadata", "Wiki", str(file)).out
    file.write_text(made("next").pem)
    assert wiki("apps", "sp-metadata", "Wiki", str(file)).status == 0
    file.write_text("<html/>")
    refused = wiki("apps", "sp-metadata", "Wiki", str(file), "--json")
    assert refused.status == 2 and refused.error["code"] == "not-metadata" and refused.error["hint"]


def test_a_logout_address_without_a_certificate_is_said_to_be_of_no_use_yet(wiki: Usher, tmp_path: Path) -> None:
    file, url = tmp_path / "sp.xml", "https://wiki.example/saml/slo"
    logout = f'<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{url}"/>'
    file.write_bytes(document(logout))
    for more in ("--dry-run", "--json"):
        assert "Single logout stays off until the application's signing certificate is known" in wiki("apps", "sp-metadata", "Wiki", str(file), more).out
    assert "SingleLogoutService" not in wiki("apps", "metadata", "Wiki").out
    file.write_bytes(document(key("sp") + logout))
    assert "stays off" not in wiki("apps", "sp-metadata", "Wiki", str(file)).out
    assert "SingleLogoutService" in wiki("apps", "metadata", "Wiki").out


def test_an_application_is_added_with_its_metadata_or_not_at_all(usher: Usher, tmp_path: Path) -> None:
    file = tmp_path / "sp.xml"
    file.write_bytes(document(key("sp")))
    found = usher("apps", "add", "custom-saml", "--label", "Wiki", "--sp-metadata", str(file), "--json").json
    assert found["sp_entity_id"] == "https://wiki.example/saml/metadata"
    file.write_text("<html/>")
    assert usher("apps", "add", "custom-saml", "--label", "Other", "--sp-metadata", str(file)).status == 2
    assert [row["label"] for row in usher("apps", "list", "--json").json] == ["Wiki"]
