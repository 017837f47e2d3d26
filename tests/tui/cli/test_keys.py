"""`usher keys`: what it shows, how it ends, and what it never does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.tui.cli.conftest import Usher

PASSPHRASE = "correct horse battery"


@pytest.fixture
def passphrase(tmp_path: Path) -> str:
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    return str(tmp_path / "passphrase")


def test_what_may_be_shown_of_the_keys_is_shown(calendly: Usher, tmp_path: Path) -> None:
    shown = calendly("keys", "show", "--json").json
    assert set(shown) == {"source", "path", "fingerprint", "locked", "kid", "created", "data_keys", "secrets", "unsettled", "trouble"}
    assert (shown["source"], shown["kid"], shown["secrets"], shown["locked"]) == ("file", "k1", 1, False)
    plain = calendly("keys", "show").out
    assert "a key file" in plain and shown["fingerprint"] in plain
    assert (tmp_path / "keys" / "shop.key").read_bytes().hex() not in plain + json.dumps(shown)


def test_the_key_is_the_same_one_that_a_backups_manifest_names(calendly: Usher, tmp_path: Path) -> None:
    made = calendly("backup", str(tmp_path / "copy.db"), "--json").json
    assert made["key_fingerprint"] == calendly("keys", "show", "--json").json["fingerprint"]


def test_keys_are_rotated_and_rewrapped(calendly: Usher, tmp_path: Path) -> None:
    made = calendly("keys", "rotate", "--json").json
    assert made == {"kid": calendly("keys", "show", "--json").json["kid"], "secrets": 1}
    before = calendly("keys", "show", "--json").json["fingerprint"]
    ended = calendly("keys", "rewrap")
    after = calendly("keys", "show", "--json").json["fingerprint"]
    assert before != after and after in ended.out and f"shop.{before}.key" in ended.err and "backups made until now need it" in ended.err
    assert (tmp_path / "keys" / f"shop.{before}.key").stat().st_mode & 0o777 == 0o600
    assert [row["action"] for row in calendly("activity", "--json").json][-3:] == ["keys.rotated", "master-key.offered", "master-key.changed"]


def test_a_passphrase_is_taken_from_a_file_or_stdin_and_never_as_an_argument(calendly: Usher, passphrase: str) -> None:
    assert calendly("keys", "source", "passphrase", "--new-passphrase-file", passphrase).status == 0
    assert calendly("keys", "show", "--json").json["locked"] is True and calendly("keys", "show").status == 0
    ended = calendly("keys", "rotate", "--json")
    assert (ended.status, ended.error["code"]) == (4, "key-locked")
    ended = calendly("keys", "rotate", "--passphrase-file", "-", "--json", stdin="something else\n")
    assert (ended.status, ended.error["code"]) == (4, "wrong-passphrase")
    assert calendly("keys", "rotate", "--passphrase-file", "-", stdin=PASSPHRASE + "\n").status == 0
    ended = calendly("keys", "unlock", "--passphrase", PASSPHRASE)
    assert ended.status == 2 and PASSPHRASE not in ended.err + ended.out
    assert calendly("keys", "unlock", "--passphrase-file", passphrase, "--json").json == {"unlocked": 0}
    assert calendly("keys", "source", "file", "--passphrase-file", passphrase).status == 0
    assert calendly("keys", "unlock", "--passphrase-file", passphrase).status == 3


def test_a_command_that_needs_a_secret_says_how_to_give_the_passphrase(calendly: Usher, passphrase: str) -> None:
    calendly("keys", "source", "passphrase", "--new-passphrase-file", passphrase)
    ended = calendly("apps", "add", "bookmark", "--label", "News", "--url", "https://news.example.org")
    assert ended.status == 0, "what needs no secret goes on"
    ended = calendly("idm", "configure", "Calendly", "--base-url", "https://api.example.org/scim", "--token-file", "-", "--json", stdin="tok_1\n")
    assert (ended.status, ended.error["code"]) == (4, "key-locked") and "usher keys unlock" in ended.error["hint"]
    assert calendly("doctor").status == 0, "a locked key is no fault"


def test_a_key_command_is_run_without_a_shell_and_told_when_it_fails(calendly: Usher) -> None:
    ended = calendly("keys", "source", "command", "--", sys.executable, "-c", "raise SystemExit(5)")
    assert ended.status == 4 and "status 5" in ended.err
    assert calendly("keys", "source", "command", "--", sys.executable, "-c", "print('0b' * 32)", "; rm -rf /").status == 0
    assert calendly("keys", "show", "--json").json["source"] == "command"
    assert calendly("keys", "rotate").status == 0 and calendly("keys", "rewrap").status == 3


def test_a_key_that_cannot_be_used_ends_with_four(calendly: Usher, tmp_path: Path) -> None:
    key = tmp_path / "keys" / "shop.key"
    key.chmod(0o644)
    ended = calendly("keys", "show")
    assert ended.status == 4 and "read by other accounts" in ended.out and "chmod 600" in ended.out
    key.unlink()
    for words in (("keys", "rotate"), ("keys", "rewrap"), ("keys", "source", "file")):
        ended = calendly(*words, "--json")
        assert (ended.status, ended.error["code"]) == (4, "no-key"), words
