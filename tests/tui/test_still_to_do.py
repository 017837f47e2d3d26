"""The card of what is still to be done: opened, followed, ticked, and its values copied by a key each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.stages import build, harbour
from tests.tui.kit import console, press, run, text, until
from tui.screens.application_todo import todos
from usher.services import applications, sso, still_to_do
from usher.services.session import Session


@pytest.fixture
def works(tmp_path: Path) -> Session:
    return build(harbour, tmp_path / "works")


def test_the_card_leads_to_the_tab_opens_what_is_done_there_and_copies_by_number(works: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr("tui.app.UsherApp.copy_to_clipboard", lambda _, value: copied.append(value))

    async def walk() -> None:
        async with console(works, "app Calendly", size=(120, 40)) as pilot:
            seen = await press(pilot, "s")
            assert "Still to do: Calendly" in seen and "1 of 11 done" in seen
            assert "✓ Authorise a user group" in seen and "○ Fill in Calendly ID" in seen
            await press(pilot, "2")
            assert copied == ["https://sso.harbour.example/saml2/calendly"]
            seen = await press(pilot, *["down"] * 3, "enter")
            assert "Admin center > Login > Single sign-on" in seen and "2 Identity provider's SAML HTTP Request URL" in seen
            await press(pilot, "3")
            assert copied[1].startswith("-----BEGIN CERTIFICATE-----")
            await press(pilot, "down", "y")
            assert copied[2] == "Harbour Works"
            seen = await press(pilot, "g", "enter")
            assert "Still to do" not in seen and "Calendly ID *" in seen, "a step that is done here leads to its tab"

    run(walk())


def test_a_step_ticks_itself_when_somebody_does_it(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly", size=(120, 40)) as pilot:
            await press(pilot, "s")
            sso.fill(works, "Calendly", {"YOUR_ID": "abc"})
            await until(pilot, "✓ Fill in Calendly ID", 20)
            assert "2 of 11 done" in text(pilot)
            assert "Still to do" not in await press(pilot, "escape")

    run(walk())


def test_the_panel_leads_to_the_card_while_anything_is_left(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly", size=(120, 40)) as pilot:
            seen = await press(pilot, "i", "G")
            left = [task for task in still_to_do.tasks(works, "Calendly") if not task.done]
            assert f"› Step by step, {len(left) - 5} more" in seen and "Download or copy the" in seen
            assert "Still to do: Calendly" in await press(pilot, "enter")
            seen = await press(pilot, "escape", "question_mark")
            assert "Still to do, step by step" in seen

    run(walk())


def test_nothing_is_left_in_the_panel_when_nothing_is_on_the_card_and_no_sooner(works: Session) -> None:
    sso.fill(works, "Calendly", {"YOUR_ID": "abc"})
    sso.set_fields(works, "Calendly", {"default_relay_state": "token"})
    sso.activate(works, "Calendly")
    detail = applications.get(works, "Calendly")
    said = [todo.text for todo in todos(detail)]
    assert said[:2] == ["Download or copy the certificate", "Enter the identity provider's values"] and "Sign in once, to try it" in said
    assert said == [task.text for task in still_to_do.of(detail) if not task.done]
    assert "sign-in" not in [task.key for task in still_to_do.of(replace(detail, signed_in=True)) if not task.done]
