"""Passwords, second factors, sign-ins and the check, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from store.activity import Actor
from tests.tui.cli.conftest import Usher
from usher.services import directory, sign_ins
from usher.services.setup import open_session
from usher.services.sign_ins import Attempt

ADA = "ada@harbour.example"


def record(reason: str = "The password is wrong.") -> None:
    """An attempt of Ada's, as the portal keeps it."""
    import os

    session = open_session(Path(os.environ["USHER_STORE"]), actor=Actor("portal", "portal", "portal"), key_file=Path(os.environ["USHER_KEY_FILE"]))
    sign_ins.write(session, Attempt("192.0.2.1", request_xml="<a/>"), "refused", reason, user=directory.get_user(session, ADA))
    session.store.close()


def test_a_link_is_made_and_a_password_is_set_from_a_file(calendly: Usher, tmp_path: Path) -> None:
    link = calendly("users", "password", ADA, "--json").json
    assert link["user"] == ADA and "/password/" in link["url"] and link["expires_at"]
    assert link["url"] not in calendly("activity", "--format", "jsonl").out
    file = tmp_path / "password"
    file.write_text("correct horse battery\n")
    assert calendly("users", "password", ADA, "--password-file", str(file)).status == 0
    assert calendly("users", "password", ADA, "--password-file", "-", stdin="another long one\n").status == 0
    assert calendly("users", "password", ADA, "--password-file", "-", stdin="short\n").status == 2
    assert calendly("users", "password", ADA, "--password", "secret").status == 2
    assert calendly("users", "password", "nobody").status == 2
    assert "correct horse" not in calendly("activity", "--format", "jsonl").out


def test_sign_ins_are_listed_narrowed_and_shown(calendly: Usher) -> None:
    record()
    record("Something else.")
    rows = calendly("sign-ins", "list", "--json").json
    assert [row["reason"] for row in rows] == ["The password is wrong.", "Something else."]
    assert set(rows[0]) == {"id", "at", "app", "user", "flow", "result", "reason", "nameid", "acs", "address"}
    lines = calendly("sign-ins", "list", "--user", "ada@harbour.example", "--result", "refused", "--since", "1h", "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == rows
    assert calendly("sign-ins", "list", "--text", "wrong", "--json").json == rows[:1]
    assert calendly("sign-ins", "list", "--app", "Calendly", "--json").json == []
    assert calendly("sign-ins", "list", "--app", "nothing").status == 2
    assert calendly("sign-ins", "show", rows[0]["id"], "--json").json["request_xml"] == "<a/>"
    assert "The password is wrong." in calendly("sign-ins", "show", rows[0]["id"]).out
    assert calendly("sign-ins", "show", "nothing").status == 2
    assert "Something else." in calendly("sign-ins", "list").out


def test_a_second_factor_is_shown_and_taken_away(calendly: Usher) -> None:
    assert calendly("users", "second-factor", ADA, "--json").json == {"user": ADA, "second_factor": False, "recovery_codes": 0, "removed": False}
    assert "has no second factor" in calendly("users", "second-factor", ADA, "--remove").out


def test_the_check_says_what_is_missing_and_ends_with_1(calendly: Usher) -> None:
    ended = calendly("check", "Calendly", "--json")
    assert ended.status == 1 and ended.json["ready"] is False
    assert {each["check"] for each in ended.json["checks"] if not each["holds"]} >= {"placeholders are filled in", "SSO is active"}
    assert "is not ready" in calendly("check", "Calendly").out


def test_the_portals_settings_take_what_makes_sense(usher: Usher) -> None:
    good = ("second_factor=required", "portal_colour=#0B6E4F", "session_hours=10", "session_idle_minutes=30")
    assert usher("settings", "set", *good).status == 0
    for bad in ("second_factor=maybe", "portal_colour=green", "session_hours=0", "session_idle_minutes=1.5", "session_hours=100000"):
        assert usher("settings", "set", bad).status == 2, bad
