"""On the SSO tab by keys: a certificate rotated, metadata taken over, an assertion previewed, a message judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from tests.tui.kit import console, press, run, text, until
from tests.usher.saml.kit import authn_request, deflated
from tests.usher.saml.test_sp_metadata import document, key
from usher.services import applications, authorizations, directory, groups, rotation, sso
from usher.services.session import Session


@pytest.fixture
def wiki(session: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A store with Wiki, which Ada may use and Bob may not."""
    monkeypatch.delenv("TMUX", raising=False)
    applications.add(session, "custom-saml", label="Wiki")
    sso.set_fields(session, "Wiki", {"sp_entity_id": "urn:wiki", "acs_urls": "https://wiki.example/acs"})
    for name in ("ada", "bob"):
        directory.add_user(session, name, f"{name}@harbour.example")
    groups.add_group(session, "Engineering")
    groups.add_members(session, "Engineering", ["ada"])
    authorizations.authorize(session, "Wiki", ["Engineering"])
    return session


async def paste(pilot: Pilot[Any], text: str) -> None:
    """Pastes as a terminal does, in brackets."""
    driver: Any = pilot.app._driver
    driver.send_message(events.Paste(text))
    await pilot.pause()


def places(session: Session) -> list[str]:
    return [each.place for each in rotation.list_(session, "Wiki")]


def test_a_certificate_is_rotated_and_taken_back_from_the_palette(wiki: Session) -> None:
    async def walk() -> None:
        async with console(wiki, "app Wiki", size=(120, 40)) as pilot:
            await press(pilot, "right")
            for typed, keys, after in (
                ("stage a new", [], ["active", "staged"]),
                ("last step back", [], ["active"]),
                ("stage a new", [], ["active", "staged"]),
                ("activate the staged", ["y"], ["active", "retiring"]),
                ("last step back", [], ["active", "staged"]),
                ("activate the staged", ["y"], ["active", "retiring"]),
                ("retire the certificate", [], ["active", "retired"]),
                ("last step back", [], ["active", "retiring"]),
            ):
                await press(pilot, "colon", *typed, "enter", *keys)
                assert places(wiki) == after, typed

    run(walk())


def test_metadata_is_shown_field_by_field_and_then_taken_over(wiki: Session, tmp_path: Path) -> None:
    file = tmp_path / "sp.xml"
    file.write_bytes(document(key("sp")))

    async def walk() -> None:
        async with console(wiki, "app Wiki", size=(120, 40)) as pilot:
            await press(pilot, "right", "colon", *"take over sp", "enter", "ctrl+s")
            await until(pilot, "There is nothing to take over.")
            await press(pilot, "tab", *"nothing.xml", "enter")
            await until(pilot, "cannot be read")
            await press(pilot, "ctrl+u", *str(file), "enter")
            await until(pilot, "Take over 5 fields?")
            assert "now   urn:wiki" in text(pilot) and "SP Entity ID" in text(pilot)
            await press(pilot, "tab", "enter")
            await until(pilot, "The metadata was taken over.")

    run(walk())
    saml = applications.get(wiki, "Wiki").saml
    assert saml and saml.sp_entity_id == "https://wiki.example/saml/metadata"


def test_a_whole_metadata_document_can_be_pasted(wiki: Session) -> None:
    whole = document(key("sp")).decode().replace("><", ">\n<")
    assert whole.count("\n") > 9, "a document of many lines"

    async def walk() -> None:
        async with console(wiki, "app Wiki", size=(80, 24)) as pilot:
            await press(pilot, "right", "colon", *"take over sp", "enter")
            await paste(pilot, "<no metadata/>\n")
            await press(pilot, "ctrl+s")
            await until(pilot, "✗")
            await press(pilot, "f7")
            await paste(pilot, whole)
            await press(pilot, "ctrl+s")
            await until(pilot, "Take over 5 fields?")

    run(walk())


def test_an_assertion_is_previewed_for_a_person(wiki: Session) -> None:
    async def walk() -> None:
        async with console(wiki, "app Wiki", size=(120, 40)) as pilot:
            await press(pilot, "right", "colon", *"preview the", "enter", *"nobody", "enter")
            await until(pilot, "Nobody goes by")
            await press(pilot, "ctrl+u", *"bob", "enter")
            await until(pilot, "What would be asserted")
            assert "bob@harbour.example" in text(pilot) and "nothing would be sent" in text(pilot)
            await press(pilot, "escape", "colon", *"preview the", "enter", "enter")
            await until(pilot, "ada@harbour.example")
            assert "✓ The assertion's signature holds" in text(pilot) and "nothing would be sent" not in text(pilot)

    run(walk())


def test_a_pasted_message_is_judged_line_by_line(wiki: Session) -> None:
    good = deflated(authn_request())

    async def walk() -> None:
        async with console(wiki, "app Wiki", size=(120, 40)) as pilot:
            await press(pilot, "right", "colon", *"test a request", "enter", "ctrl+s")
            await until(pilot, "There is nothing to read.")
            await paste(pilot, good)
            await press(pilot, "ctrl+s")
            await until(pilot, "AuthnRequest: not all of it holds")
            assert "✗ It was sent by this application" in text(pilot)

    run(walk())


def test_a_constant_of_several_values_is_entered_and_changed_a_line_each(wiki: Session) -> None:
    async def walk() -> None:
        async with console(wiki, "app Wiki sso", size=(80, 24)) as pilot:
            await press(pilot, "a", *"role", "tab", "left", "tab", *"editor", "enter", *"reviewer", "ctrl+s")
            await until(pilot, "The attributes were saved.")
            pilot.app.screen.query_one("#attributes").focus()
            await press(pilot, "enter", "tab")
            assert "editor" in text(pilot) and "reviewer" in text(pilot)
            await press(pilot, *"chief-", "ctrl+s")
            await until(pilot, "chief-editor")

    run(walk())
    assert [each.values for each in applications.get(wiki, "Wiki").attributes if each.name == "role"] == [("chief-editor", "reviewer")]


def test_what_is_missing_before_going_live_is_told_first(wiki: Session) -> None:
    sso.set_fields(wiki, "Wiki", {"acs_urls": ""})

    async def walk() -> None:
        async with console(wiki, "app Wiki", size=(80, 24)) as pilot:
            await press(pilot, "colon", *"before going", "enter")
            await until(pilot, "Wiki is not ready: 2 things to see to")
            shown = text(pilot)
            assert shown.index("Missing: ACS URL.") < shown.index("somebody is let in") and "1 person in scope." in shown

    run(walk())
