"""Every way a command can end: its exit status, and one line or one JSON document of error."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.kit import BASE_URL
from tests.tui.cli.conftest import Usher

READING = (
    ["settings", "list"],
    ["apps", "list"],
    ["users", "list"],
    ["groups", "list"],
    ["pushes", "list"],
    ["log"],
    ["activity"],
    ["why", "Calendly", "ada"],
)


def test_the_catalog_needs_no_store(bare: Usher) -> None:
    assert bare("catalog", "search").status == 0


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_without_a_store_a_reading_command_says_how_to_make_one(bare: Usher, words: list[str]) -> None:
    ended = bare(*words)
    assert (ended.status, ended.out) == (4, "")
    assert "usher init --organization NAME --base-url URL" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_a_store_is_made_once(usher: Usher, tmp_path: Path) -> None:
    ended = usher("init", "--organization", "Another", "--base-url", BASE_URL)
    assert ended.status == 4
    assert "There is a store at" in ended.err
    assert "Harbour Works" in usher("settings").out


def test_the_new_store_and_its_key_are_closed_to_others(usher: Usher, tmp_path: Path) -> None:
    for path in (tmp_path / "shop" / "usher.db", tmp_path / "keys" / "shop.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_init_says_where_store_and_key_are(bare: Usher, tmp_path: Path) -> None:
    ended = bare("init", "--organization", "X", "--base-url", BASE_URL, "--json")
    assert ended.json == {
        "store": str(tmp_path / "shop" / "usher.db"),
        "key_file": str(tmp_path / "keys" / "shop.key"),
        "organization": "X",
        "base_url": BASE_URL,
    }


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (["nonsense"], 2, "usage"),
        (["apps"], 2, "usage"),
        (["apps", "nonsense"], 2, "usage"),
        (["apps", "list", "--nonsense"], 2, "usage"),
        (["apps", "add", "calendly"], 2, "usage"),
        (["apps", "add", "no-such", "--label", "X"], 2, "no-such-connector"),
        (["apps", "show", "Nowhere"], 2, "no-such-application"),
        (["users", "show", "nobody"], 2, "no-user"),
        (["groups", "show", "nowhere"], 2, "no-group"),
        (["apps", "add", "calendly", "--label", "calendly"], 3, "label-taken"),
        (["apps", "set", "Calendly", "idp_url=x"], 3, "idp-url-fixed"),
        (["apps", "sso", "Calendly", "activate"], 3, "placeholder-left"),
        (["apps", "delete", "Calendly"], 2, "count-needed"),
        (["apps", "delete", "Calendly", "--count", "2"], 2, "count-differs"),
        (["idm", "deactivate", "Calendly"], 2, "yes-needed"),
        (["users", "delete", "ada@harbour.example"], 2, "permanently-needed"),
        (["settings", "set", "base_url=https://other.example"], 3, "base-url-fixed"),
        (["settings", "set", "nonsense=1"], 2, "setting-unknown"),
        (["--read-only", "groups", "add", "X"], 3, "read-only"),
        (["app"], 2, "label-missing"),
        (["log", "--since", "yesterday"], 2, "not-a-time"),
        (["log", "--follow", "--format", "csv"], 2, "follow-format"),
        (["--operator", "a\nb", "groups", "add", "X"], 2, "operator-name"),
        (["users", "show", "\udcff"], 2, "usage"),
    ],
    ids=lambda value: " ".join(value).encode("ascii", "replace").decode() if isinstance(value, list) else None,
)
def test_each_refusal_has_its_status_one_line_and_one_document(calendly: Usher, words: list[str], status: int, code: str | None) -> None:
    plain, as_json = calendly(*words), calendly(*words, "--json")
    assert (plain.status, plain.out) == (status, "")
    assert plain.err.startswith("usher: ") and len(plain.err.splitlines()) == 1
    assert (as_json.status, as_json.out) == (status, "")
    assert as_json.error["message"]
    assert code is None or as_json.error["code"] == code


def test_json_may_stand_before_or_after_the_command(usher: Usher) -> None:
    assert usher("--json", "settings", "list").json == usher("settings", "--json", "list").json == usher("settings", "list", "--json").json


def test_the_store_may_be_named_before_or_after_the_command(usher: Usher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = str(tmp_path / "shop" / "usher.db")
    monkeypatch.setenv("USHER_STORE", "/nowhere/usher.db")
    assert usher("settings").status == 4
    assert usher("--store", here, "settings").status == usher("settings", "list", "--store", here).status == 0


def test_the_operator_is_in_the_record(usher: Usher) -> None:
    usher("--operator", "grace", "groups", "add", "One")
    usher("groups", "add", "Two")
    assert [(row["actor"], row["via"]) for row in usher("activity", "--json").json[-2:]] == [
        ("grace", f"command, local:{os.geteuid()}"),
        ("ada", f"command, local:{os.geteuid()}"),
    ]


def test_a_store_open_to_others_is_refused(usher: Usher, tmp_path: Path) -> None:
    (tmp_path / "shop" / "usher.db").chmod(0o644)
    ended = usher("settings", "--json")
    assert (ended.status, ended.error["code"]) == (4, "store-open-to-others")


def test_a_file_that_is_no_store_is_refused(usher: Usher, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(b"certainly not a database, but long enough to have a header " * 20)
    other.chmod(0o600)
    assert usher("--store", str(other), "settings").status == 4


def test_a_missing_key_is_a_matter_of_the_store(calendly: Usher, tmp_path: Path) -> None:
    (tmp_path / "keys" / "shop.key").unlink()
    ended = calendly("idm", "configure", "Calendly", "--base-url", "https://x.example/v2", "--token-file", "-", stdin="t0ken")
    assert ended.status == 4


def test_what_nobody_foresaw_is_one_line_and_a_closed_file_without_values(usher: Usher, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        local = "hunter2"
        raise KeyError(f"a secret: {local}")

    monkeypatch.setattr("usher.services.settings.list_", broken)
    ended = usher("settings")
    assert (ended.status, ended.out, len(ended.err.splitlines())) == (1, "", 1)
    assert "Traceback" not in ended.err and "hunter2" not in ended.err
    (report,) = (own_home / ".local/state/usher/crashes").iterdir()
    assert str(report) in ended.err
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    text = report.read_text()
    assert "KeyError" in text and "in broken" in text and "hunter2" not in text


def test_interrupting_is_one_line(usher: Usher, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("usher.services.settings.list_", interrupted)
    ended = usher("settings")
    assert (ended.status, len(ended.err.splitlines())) == (130, 1)


def test_what_is_made_is_closed_to_others(usher: Usher) -> None:
    usher("settings")
    assert os.umask(0o077) == 0o077
