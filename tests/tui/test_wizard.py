"""Adding an application by keys: searched, read about, named, saved; and what the console refuses on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stages import build, harbour
from tests.tui.kit import console, focused, place, press, run, screen, text
from usher.services import applications
from usher.services.session import Session

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0" * 40


@pytest.fixture
def works(tmp_path: Path) -> Session:
    return build(harbour, tmp_path / "works")


def test_the_catalog_is_searched_as_is_typed_and_says_what_each_connector_can_do(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "add", size=(120, 40)) as pilot:
            first = text(pilot)
            assert "Analytics" in first and "Tableau Cloud" in first and first.count("Cloud infrastr") == 1, "a category is named where it begins"
            seen = await press(pilot, *"scheduling")
            assert "Calendly" in seen and "✓ Identity Management" in seen and "– Groups" in seen
            assert "PREREQUISITES" in seen and "YOU WILL BE ASKED FOR" in seen and "Calendly ID" in seen
            seen = await press(pilot, *["backspace"] * 10, *"bookm")
            assert "Custom SAML" not in seen and "✓ Bookmark" in seen
            assert "Nothing is called “bookmzz”" in await press(pilot, *"zz")
            assert "▲ Nothing in the catalog matches." in await press(pilot, "enter")

    run(walk())


def test_an_application_is_added_by_keys_and_the_card_says_what_is_not_yet_done(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps", size=(80, 24)) as pilot:
            await press(pilot, "a", *"calendly", "enter")
            card = await press(pilot, *" two", "down", *"For visitors", "ctrl+s")
            assert "Application saved" in card and "✓ Calendly two was added." in card
            assert "https://sso.harbour.example/saml2/calendly-two" in card
            for undone in ("Fill in Calendly ID", "Activate SSO", "Configure IdM", "Authorise a user group"):
                assert undone in card
            made = applications.get(works, "Calendly two")
            assert (made.description, made.visible, made.sso, made.idm) == ("For visitors", True, "inactive", "inactive")
            seen = await press(pilot, "enter")
            assert "› SSO Applications › Calendly two" in seen and "Calendly ID *" in seen
            assert (await press(pilot, *"abc-1")) and "abc-1" in text(pilot), "the first placeholder is where the keys go"

    run(walk())


def test_close_leaves_the_new_application_for_later(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps") as pilot:
            await press(pilot, "a", *"custom saml 2.0", "enter", *"Wiki", "ctrl+s", "escape")
            assert place(pilot) == "apps" and "Wiki" in text(pilot)

    run(walk())


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [("", "✗ The Display Label is required."), ("calendly", "✗ There is an application labelled 'Calendly' already.")],
)
def test_a_label_that_cannot_be_is_refused_beside_its_field(works: Session, typed: str, refusal: str) -> None:
    async def walk() -> None:
        async with console(works, "add", size=(80, 24)) as pilot:
            await press(pilot, *"custom", "enter", *typed, *["down"] * 2, "ctrl+s")
            seen = text(pilot)
            assert refusal in seen and "2 of 2" in seen
            assert focused(pilot).parent.parent.spec.name == "label"
            assert len(applications.list_(works)) == 4

    run(walk())


def test_the_sso_idp_url_is_shown_whole_and_said_to_be_fixed_before_it_is_kept(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "add", size=(80, 24)) as pilot:
            seen = await press(pilot, *"cal", "enter")
            assert "Advanced Settings" in seen and "ends in" not in seen
            seen = await press(pilot, *["down"] * 6, "enter", "down", *"meet-us")
            assert "It will be  https://sso.harbour.example/saml2/meet-us" in seen
            assert "can never be edited" in seen and "delete the application and add it again" in " ".join(seen.split())
            assert "✗" in await press(pilot, *"_!")
            await press(pilot, "backspace", "backspace", *["up"] * 7, *"2", "ctrl+s")
            assert applications.get(works, "Calendly2").slug == "meet-us"

    run(walk())


def test_a_bookmark_asks_for_its_url(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "add") as pilot:
            await press(pilot, *"bookmark", "enter", *"Intranet", "ctrl+s")
            assert "✗ The Bookmark URL is empty." in text(pilot)
            card = await press(pilot, *"https://intranet.harbour.example", "ctrl+s")
            assert "✓ Intranet was added." in card and "Nobody sees the tile before a user group is authorised." in card
            assert applications.get(works, "Intranet").bookmark_url == "https://intranet.harbour.example"

    run(walk())


def test_badge_colour_portal_and_image_are_kept(works: Session, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(PNG)

    async def walk() -> None:
        async with console(works, "add", size=(120, 40)) as pilot:
            await press(
                pilot, *"custom saml", "enter", *"Wiki", "down", "down", "right", "down", *"Wx", "down", "right", "down", *str(tmp_path / "logo.png"), "ctrl+s"
            )
            made = applications.get(works, "Wiki")
            assert (made.badge, made.colour, made.visible, made.image_type) == ("Wx", "red", False, "image/png")

    run(walk())


def test_an_image_that_cannot_be_read_is_refused_beside_its_field(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "add", size=(120, 40)) as pilot:
            seen = await press(pilot, *"custom saml", "enter", *"Wiki", *["down"] * 5, *"/nowhere/logo.png", "ctrl+s")
            assert "✗ The folder /nowhere cannot be used" in seen and len(applications.list_(works)) == 4

    run(walk())


def test_the_same_application_chosen_again_finds_what_was_typed_and_leaving_asks(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps") as pilot:
            await press(pilot, "a", *"cal", "enter", *" here", "escape")
            assert "Calendly here" in await press(pilot, "enter")
            await press(pilot, "escape", "escape")
            assert "Leave without saving?" in await press(pilot, "escape")
            await press(pilot, "y")
            assert place(pilot) == "apps"

    run(walk())


def test_a_reader_may_look_at_the_catalog_and_add_nothing(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "add", read_only=True) as pilot:
            assert "▲ This console is for reading only." in await press(pilot, *"cal", "enter", "x", "ctrl+s")
            assert len(applications.list_(works)) == 4

    run(walk())


def test_what_is_typed_is_a_command_too(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "add") as pilot:
            await press(pilot, *"cal", "enter", *" two", "down", *"For us", "down", "right")
            assert screen(pilot).cli() == "usher apps add calendly --label 'Calendly two' --description 'For us' --hidden"

    run(walk())
