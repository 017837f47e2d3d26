"""`usher operators`, and `--operator`: who may come in, in which role, and what sshd is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tui.cli.conftest import Usher
from usher.services.ssh_keys import parse_key

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBgr5vskyfeNthX9sucmktvWeU/kw5Fj4sRMBxY3MrkJ grace@desk"
FINGERPRINT = parse_key(KEY).fingerprint


@pytest.fixture
def staffed(usher: Usher, tmp_path: Path) -> Usher:
    """Ada administers, grace works and vera looks on; grace has a key."""
    (tmp_path / "grace.pub").write_text(f"{KEY}\n")
    usher("operators", "add", "ada", "--role", "administrator")
    usher("operators", "add", "grace", "--role", "operator", "--key", str(tmp_path / "grace.pub"))
    usher("operators", "add", "vera", "--role", "viewer")
    return usher


def test_operators_are_added_listed_changed_and_removed(staffed: Usher, tmp_path: Path) -> None:
    listed = staffed("operators", "list", "--json").json
    assert [(one["name"], one["role"], one["enabled"], len(one["keys"])) for one in listed] == [
        ("ada", "administrator", True, 0),
        ("grace", "operator", True, 1),
        ("vera", "viewer", True, 0),
    ]
    assert listed[1]["keys"][0]["fingerprint"] == FINGERPRINT and "grace@desk" in listed[1]["keys"][0]["comment"]
    assert FINGERPRINT in staffed("operators", "list").out
    assert staffed("operators", "set", "GRACE", "--role", "viewer", "--name", "hopper").out == "hopper is viewer, with 1 key.\n"
    assert staffed("operators", "set", "hopper", "--drop-key", FINGERPRINT, "--disabled").out == "hopper is viewer, disabled, without a key.\n"
    assert staffed("operators", "remove", "hopper").status == 0
    assert [one["name"] for one in staffed("operators", "list", "--json").json] == ["ada", "vera"]


def test_a_key_comes_from_stdin_too(usher: Usher) -> None:
    assert usher("operators", "add", "ada", "--role", "administrator", "--key", "-", stdin=KEY).status == 0
    assert FINGERPRINT in usher("operators", "list").out


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (["operators", "add", "bo", "--role", "root"], 2, "usage"),
        (["operators", "add", "bo"], 2, "usage"),
        (["operators", "add", "ADA", "--role", "viewer"], 3, "operator-taken"),
        (["operators", "add", "bo;id", "--role", "viewer"], 2, "name-unfit"),
        (["operators", "add", "bo", "--role", "viewer", "--key", "/nowhere.pub"], 2, "file-unreadable"),
        (["operators", "set", "bo", "--role", "viewer"], 2, "no-such-operator"),
        (["operators", "set", "grace"], 2, "nothing-named"),
        (["operators", "set", "ada", "--role", "viewer"], 3, "last-administrator"),
        (["operators", "set", "ada", "--disabled"], 3, "last-administrator"),
        (["operators", "remove", "ada"], 3, "last-administrator"),
        (["--operator", "mallory", "groups", "list"], 2, "no-such-operator"),
        (["--operator", "vera", "groups", "add", "X"], 3, "not-allowed"),
        (["--operator", "vera", "users", "import", "x.csv", "--dry-run"], 3, "not-allowed"),
        (["--operator", "grace", "settings", "set", "theme=light"], 3, "not-allowed"),
        (["--operator", "grace", "operators", "add", "bo", "--role", "administrator"], 3, "not-allowed"),
        (["--operator", "grace", "backup", "x.db"], 3, "not-allowed"),
        (["--operator", "grace", "--ssh-key", "SHA256:" + "x" * 43, "groups", "list"], 3, "key-gone"),
        (["operators", "authorized-keys", "--for-key", "ssh-ed25519", "not base64!"], 2, "key-unfit"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_each_refusal_has_its_status_and_code(staffed: Usher, words: list[str], status: int, code: str) -> None:
    ended = staffed(*words, "--json")
    assert (ended.status, ended.error["code"]) == (status, code)


def test_a_disabled_operator_is_refused_and_comes_in_again_when_enabled(staffed: Usher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("USHER_OPERATOR")
    staffed("operators", "set", "vera", "--disabled")
    monkeypatch.setenv("USHER_OPERATOR", "vera")
    assert staffed("groups", "list").status == 3
    monkeypatch.delenv("USHER_OPERATOR")
    staffed("operators", "set", "vera", "--enabled")
    monkeypatch.setenv("USHER_OPERATOR", "vera")
    assert staffed("groups", "list").status == 0


def test_the_record_names_operator_role_and_way_in(staffed: Usher, monkeypatch: pytest.MonkeyPatch) -> None:
    staffed("--operator", "grace", "groups", "add", "One")
    monkeypatch.delenv("USHER_OPERATOR")
    staffed("groups", "add", "Two")
    by_name, by_file = staffed("activity", "--json").json[-2:]
    assert (by_name["actor"], by_name["role"], by_name["via"]) == ("grace", "operator", f"command, local:{os.geteuid()}")
    assert (by_file["role"], by_file["via"]) == ("administrator", f"command, local:{os.geteuid()}") and by_file["actor"] not in ("grace", "ada")


def test_sshd_is_told_one_line_a_key_and_nothing_for_a_stranger(staffed: Usher) -> None:
    kind, body, _ = KEY.split()
    (line,) = staffed("operators", "authorized-keys", "--program", "/usr/bin/usher").out.splitlines()
    assert (
        line.startswith('restrict,pty,command="')
        and f" --operator grace --ssh-key {FINGERPRINT} --confined" in line
        and line.endswith(f'" {kind} {body} grace')
    )
    assert staffed("operators", "authorized-keys", "--program", "/usr/bin/usher", "--for-key", kind, body).out == line + "\n"
    assert staffed("operators", "authorized-keys", "--program", "/usr/bin/usher", "--fingerprint", FINGERPRINT).out == line + "\n"
    stranger = staffed("operators", "authorized-keys", "--fingerprint", "SHA256:" + "x" * 43)
    assert (stranger.status, stranger.out) == (0, "")
    staffed("operators", "set", "grace", "--disabled")
    assert staffed("operators", "authorized-keys", "--for-key", kind, body).out == ""
