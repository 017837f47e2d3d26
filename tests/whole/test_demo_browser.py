"""The demo's sign-in in a real Chromium: with the person and password it prints, from the portal and from the stand-in, both ways round."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.programs import need
from tests.whole.test_demo import Demo, running
from tests.whole.test_portal_browser import FLAGS

pytestmark = pytest.mark.xdist_group("chromium")


def prepared(demo: Demo) -> None:
    """Walks the printed steps that single sign-on needs."""
    of_sso = ("Add Calendly", "Set up SSO", "Authorise", "Sign in as")
    for step in demo.facts["steps"]:
        for command in step["commands"]:
            if step["title"].startswith(of_sso) and command.startswith("usher apps"):
                done = demo.usher(*shlex.split(command)[1:])
                assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def sign_in(page: Any, demo: Demo) -> None:
    page.get_by_label("Username").fill(demo.facts["person"])
    page.get_by_label("Password").fill(demo.facts["password"])
    page.keyboard.press("Enter")


def test_a_person_of_the_demo_signs_in_from_either_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    playwright = pytest.importorskip("playwright.sync_api")
    with running() as demo:
        monkeypatch.delenv("TMPDIR")  # too long a path for a socket of the browser's
        prepared(demo)
        with playwright.sync_playwright() as program:
            walk(program, demo)
        demo.end()


def walk(program: Any, demo: Demo) -> None:
    """From the portal by the tile, from the stand-in by redirect, and by form in a browser where nobody is signed in."""
    browser = program.chromium.launch(executable_path=need("chromium"), args=FLAGS)
    page = browser.new_page()
    page.set_default_timeout(20_000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    shown = re.compile(f"Signed in as {re.escape(demo.facts['person'])}")

    page.goto(demo.facts["identity_provider"])
    sign_in(page, demo)
    page.get_by_role("button", name=re.compile("Calendly")).click()
    page.get_by_role("heading", name=shown).wait_for()
    assert "at the portal (IdP-initiated)" in page.content() and "were verified" in page.content()

    page.goto(demo.facts["application"])
    page.get_by_role("link", name="Sign in", exact=True).click()
    page.get_by_role("heading", name=shown).wait_for()
    assert "at the application (SP-initiated)" in page.content() and "begun at the application" in page.content()

    stranger = browser.new_page()
    stranger.goto(demo.facts["application"])
    stranger.get_by_role("link", name="Sign in by form").click()
    stranger.get_by_role("button", name="Go on").click()
    sign_in(stranger, demo)
    stranger.get_by_role("heading", name=shown).wait_for()
    assert not complaints
    browser.close()
