"""`usher catalog`, and what of a connector the other commands say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.cli.conftest import Usher

GOOD = """\
name = "Our Wiki"
kind = "scim"
category = "notes"
summary = "The wiki of the house."

mapping = [
  { path = "userName", source = "username", label = "Login", required = true },
]

[scim]
groups = true
requires_sso = false
authentication = "oauth2"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "connectors"
    made.mkdir()
    monkeypatch.setenv("USHER_CONNECTORS", str(made))
    return made


def test_search_says_who_what_and_where_it_came_from(bare: Usher, folder: Path) -> None:
    (folder / "our-wiki.toml").write_text(GOOD)
    found = bare("catalog", "search", "wiki", "--json").json
    assert [(row["key"], row["own"]) for row in found if row["key"] == "our-wiki"] == [("our-wiki", True)]
    assert set(found[0]) == {"key", "name", "kind", "supports", "summary", "vendor", "category", "aliases", "confidence", "own"}
    assert "atlassian-cloud" in bare("catalog", "search", "jira").out
    assert len(bare("catalog", "search", "--json").json) > 60


def test_show_tells_what_to_know_before_starting(bare: Usher) -> None:
    said = bare("catalog", "show", "pagerduty").out
    for words in ("Token token={token}", "comes back only as a new one", "The part before .pagerduty.com", "Enter there", "SCIM User Provisioning"):
        assert words in said
    assert "Read first" in bare("catalog", "show", "microsoft-365").out
    found = bare("catalog", "show", "salesforce", "--json").json
    assert found["scim"]["on_delete"] == "nothing" and found["vendor"] == "Salesforce" and len(found["not_yet"]) == 2


def test_a_file_of_ones_own_is_judged_by_line(bare: Usher, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "our-wiki.toml"
    file.write_text(GOOD)
    good = bare("catalog", "check", str(file))
    assert good.status == 0 and "Our Wiki (our-wiki) is good" in good.out and str(folder) in good.out
    file.write_text(GOOD.replace("groups = true", "groups = 1"))
    bad = bare("catalog", "check", str(file))
    assert (bad.status, bad.out) == (2, "") and "our-wiki.toml, line 11: scim.groups must be true or false" in bad.err
    assert bare("catalog", "check", str(file), "--json").error["code"] == "bad-connector"
    assert bare("catalog", "check", str(tmp_path / "nothing.toml")).status == 2
    assert bare("catalog", "check", str(tmp_path)).status == 2


def test_the_folder_of_ones_own_is_judged_whole(bare: Usher, folder: Path) -> None:
    assert "no connectors of your own" in bare("catalog", "check").out
    (folder / "our-wiki.toml").write_text(GOOD)
    assert bare("catalog", "check").status == 0
    (folder / "broken.toml").write_text("name = 7\n")
    ended = bare("catalog", "check")
    assert ended.status == 2 and "broken.toml, line 1" in ended.out and "1 of 2" in ended.err
    found = bare("catalog", "check", "--json").json
    assert [row["key"] for row in found["good"]] == ["our-wiki"] and len(found["bad"]) == 1
    assert bare("catalog", "search", "our wiki").status == 0


def test_configuring_says_what_is_not_done_yet_and_show_what_a_newer_connector_would_change(usher: Usher, folder: Path) -> None:
    file = folder / "our-wiki.toml"
    file.write_text(GOOD)
    assert usher("apps", "add", "our-wiki", "--label", "Wiki").status == 0
    kept = usher("idm", "configure", "Wiki", "--base-url", "http://127.0.0.1:9/scim", "--token-file", "-", stdin="t0ken")
    assert "OAuth 2.0, which Usher does not do yet" in kept.out and "only people are sent" in kept.out
    assert "has changed since" not in usher("apps", "show", "Wiki").out
    file.write_text(GOOD.replace("requires_sso", "rate = 2\nrequires_sso"))
    shown = usher("apps", "show", "Wiki")
    assert "has changed since" in shown.out and "scim.rate" in shown.out
    assert usher("apps", "show", "Wiki", "--json").json["newer_connector"] == [{"field": "scim.rate", "made_with": "", "newer": "2"}]


def test_the_confined_check_files_of_the_exchange_folder_alone(usher: Usher, tmp_path: Path) -> None:
    file = tmp_path / "our-wiki.toml"
    file.write_text(GOOD)
    usher("operators", "add", "ada", "--role", "administrator")
    assert usher("--confined", "catalog", "check", str(file)).status == 3


def test_what_is_still_to_be_done_is_told_step_by_step(usher: Usher) -> None:
    usher("apps", "add", "calendly", "--label", "Calendly")
    said = usher("apps", "todo", "Calendly").out
    assert "○ Fill in Calendly ID" in said and "Identity provider's SAML HTTP Request URL: https://" in said
    assert "✓" not in said and "usher apps certificate Calendly --output -" in said
    usher("apps", "fill", "Calendly", "YOUR_ID=abc")
    assert "✓ Fill in Calendly ID" in usher("apps", "todo", "Calendly", "--all").out
    found = usher("apps", "todo", "Calendly", "--json").json
    assert set(found[0]) == {"key", "place", "tab", "text", "done", "how", "values"} and found[0]["done"]
    assert usher("apps", "todo", "Nothing").status == 2
