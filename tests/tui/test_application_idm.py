"""Identity Management by keys, against the stand-in provider as a process: configured, refused, verified, locked, deactivated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.stages import build
from tests.stages_application import active, with_sso
from tests.stages_push import settled as pushed
from tests.tui.kit import console, focused, press, run, text
from tui.widgets.fields import Field
from usher.sandbox.facts import VARIABLE
from usher.sandbox.processes import ProviderProcess, start_provider
from usher.services import applications
from usher.services.session import Session

TOKEN = "walk-the-harbour-0123456789"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderProcess]:
    file = tmp_path_factory.mktemp("provider") / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o600)
    with start_provider(file, seats=50, strict=False) as found:
        yield found


@pytest.fixture
def works(tmp_path: Path) -> Session:
    return build(with_sso, tmp_path / "works")


def words(seen: str) -> str:
    """What stands there, as one line: a sentence may be wrapped, in a dialog or a toast."""
    return " ".join(seen.translate({ord("│"): " ", ord("▌"): " "}).split())


def go_to(pilot: Pilot[Any], name: str) -> None:
    """Puts the focus into a field of the tab."""
    next(field.field for field in pilot.app.screen.query(Field) if field.spec.name == name).focus()


async def type_connection(pilot: Pilot[Any], base_url: str, token: str) -> None:
    """Presses Configure, then types both fields."""
    await press(pilot, "enter")
    await press(pilot, *base_url, "down", *token, "escape")


def test_it_is_configured_and_activated_against_the_live_service(works: Session, provider: ProviderProcess) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly idm", size=(80, 40)) as pilot:
            assert "Turn on SCIM provisioning." in text(pilot), "where to find both is said before they are asked for"
            await type_connection(pilot, provider.base_url, TOKEN)
            assert TOKEN not in text(pilot)
            seen = await press(pilot, "A")
            assert "✓ The Identity Management integration has been successfully" in seen and "verified." in seen
            seen = await press(pilot, "escape")
            assert "● active" in seen and "Locked while Identity Management is active" in words(seen)
            assert "WHAT IT CAN DO" in seen and "✓ Change single attributes" in seen and TOKEN not in seen
            app = applications.get(works, "Calendly")
            assert app.idm == "active" and app.connection is not None and app.connection.base_url == provider.base_url

    run(walk())


def test_a_wrong_token_is_refused_with_the_cause_and_nothing_is_active(works: Session, provider: ProviderProcess) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly idm", size=(80, 40)) as pilot:
            await type_connection(pilot, provider.base_url, "wrong-token-1234567890")
            await press(pilot, "A")
            await pilot.pause(0.3)  # the store's own news of the kept connection come in meanwhile
            seen = words(text(pilot))
            assert "401" in seen and "Make a new token in the application" in seen and "are kept as you typed them; it is not active." in seen
            assert applications.get(works, "Calendly").idm == "inactive"

    run(walk())


def test_a_service_that_is_not_there_is_refused_beside_its_base_url(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly idm", size=(80, 40)) as pilot:
            await type_connection(pilot, "http://127.0.0.1:9/scim/v2", TOKEN)
            seen = words(await press(pilot, "A"))
            assert "✗" in seen and "are kept as you typed them; it is not active." in seen
            assert focused(pilot).parent.parent.spec.name == "base_url"
            assert applications.get(works, "Calendly").idm == "inactive"

    run(walk())


def test_the_connection_is_tried_without_activating_and_shows_its_evidence(works: Session, provider: ProviderProcess) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly idm", size=(80, 40)) as pilot:
            await type_connection(pilot, provider.base_url, TOKEN)
            seen = await press(pilot, "t")
            assert "✓ The service answers as SCIM." in seen and "200  GET /Users" in seen
            assert applications.get(works, "Calendly").idm == "inactive"

    run(walk())


def test_a_token_comes_from_a_file(works: Session, provider: ProviderProcess, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")

    async def walk() -> None:
        async with console(works, "app Calendly idm", size=(80, 40)) as pilot:
            await press(pilot, "enter")
            await press(pilot, *provider.base_url, "down", "down", *str(tmp_path / "nowhere"), "ctrl+s")
            assert "cannot be read" in words(text(pilot))
            await press(pilot, "ctrl+u", *str(tmp_path / "token"), "ctrl+s")
            assert applications.get(works, "Calendly").connection.token_fingerprint  # type: ignore[union-attr]

    run(walk())


def test_another_base_url_asks_for_the_token_again(works: Session, provider: ProviderProcess) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly idm", size=(80, 40)) as pilot:
            await type_connection(pilot, provider.base_url, TOKEN)
            await press(pilot, "ctrl+s")
            go_to(pilot, "base_url")
            seen = words(await press(pilot, *"/other", "ctrl+s"))
            assert "✗ Enter the Token Key too: a token is never sent to another address" in seen
            assert applications.get(works, "Calendly").connection.base_url == provider.base_url  # type: ignore[union-attr]

    run(walk())


def test_identity_management_waits_for_sso(tmp_path: Path, provider: ProviderProcess) -> None:
    from tests.stages import harbour

    works = build(harbour, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly idm", size=(80, 40)) as pilot:
            assert "SSO is required: activate it on the SSO tab" in words(text(pilot))
            await type_connection(pilot, provider.base_url, TOKEN)
            seen = await press(pilot, "A")
            assert "Identity Management needs SSO to be active first." in seen and "Activate SSO on the SSO tab." in seen

    run(walk())


def test_a_rehearsal_offers_its_stand_in(works: Session, provider: ProviderProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    folders = dict.fromkeys(("folder", "key_file", "downloads"), str(tmp_path))
    texts = {"organization": "o", "identity_provider": "i", "base_url": provider.base_url, "page": "p", "application": "a", "person": "ada", "password": "w"}
    facts = {**folders, **texts, "store": str(works.store.path.absolute()), "token_file": str(tmp_path / "token"), "steps": [], "groups": [], "seats": 50}
    (tmp_path / "demo.json").write_text(json.dumps({**facts, "strict": False, "people": 60}))
    monkeypatch.setenv(VARIABLE, str(tmp_path / "demo.json"))

    async def walk() -> None:
        async with console(works, "app Calendly idm", size=(80, 40)) as pilot:
            assert provider.base_url in text(pilot) and TOKEN not in text(pilot)
            await press(pilot, "u")
            await press(pilot, "enter")
            assert applications.get(works, "Calendly").idm == "active"
            assert TOKEN not in text(pilot)

    run(walk())


def test_the_rehearsals_place_copies_the_token_itself_and_shows_it_nowhere(works: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    folders = dict.fromkeys(("folder", "key_file", "downloads"), str(tmp_path))
    texts = {
        "organization": "o",
        "identity_provider": "i",
        "base_url": "http://127.0.0.1:9/v2",
        "page": "p",
        "application": "a",
        "person": "ada",
        "password": "w",
    }
    facts = {**folders, **texts, "store": str(works.store.path.absolute()), "token_file": str(tmp_path / "token"), "steps": [], "groups": [], "seats": 50}
    (tmp_path / "demo.json").write_text(json.dumps({**facts, "strict": False, "people": 60}))
    monkeypatch.setenv(VARIABLE, str(tmp_path / "demo.json"))

    async def walk() -> None:
        async with console(works, "rehearsal") as pilot:
            said = await press(pilot, "down", "enter")
            assert "✓ Copied the token." in said and TOKEN not in said
            assert pilot.app.clipboard == TOKEN
            await press(pilot, *["down"] * 5, "enter")
            assert pilot.app.clipboard == f". {tmp_path / 'env.sh'}"

    run(walk())


def test_a_switched_row_says_what_it_would_bring_and_only_save_keeps_it(tmp_path: Path) -> None:
    works = build(pushed, tmp_path / "w")

    def is_on(path: str) -> bool:
        return next(row.on for row in applications.get(works, "Calendly").mapping if row.path == path)

    async def walk() -> None:
        async with console(works, "app Calendly idm", size=(80, 40)) as pilot:
            before = applications.get(works, "Calendly").accounts
            pilot.app.screen.query_one("#mapping").focus()
            seen = await press(pilot, "G", "enter")
            assert "Change the row" in seen
            seen = await press(pilot, *["left"] * 3, "ctrl+s")
            assert "• not saved" in seen and "Impact" in seen and "update" in seen
            assert is_on("externalId") and applications.get(works, "Calendly").accounts == before, "nothing is kept yet"
            await press(pilot, "space", "ctrl+s")
            assert not is_on("externalId")
            assert "userName is required by the application and cannot be switched off." in words(await press(pilot, "g", "space"))
            assert is_on("userName")

    run(walk())


def test_a_row_is_added_with_a_constant_and_options_are_kept(tmp_path: Path) -> None:
    works = build(active, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly idm", size=(80, 40)) as pilot:
            await press(pilot, "a")
            await press(pilot, *"title", "tab", "left", "tab", *"Crew", "ctrl+s")
            go_to(pilot, "mode")
            await press(pilot, "right", "ctrl+s")
            app = applications.get(works, "Calendly")
            assert ("title", "Crew") in [(row.path, row.constant) for row in app.mapping]
            assert app.connection is not None and app.connection.mode == "on-demand"

    run(walk())


def test_a_bad_option_is_refused_beside_its_field(tmp_path: Path) -> None:
    works = build(active, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly idm", size=(80, 40)) as pilot:
            go_to(pilot, "concurrency")
            seen = words(await press(pilot, "ctrl+u", *"99", "ctrl+s"))
            assert "✗ concurrency is a number of requests at a time from 1 to 16" in seen

    run(walk())


def test_deactivating_the_connection_counts_what_stays_and_is_confirmed(tmp_path: Path) -> None:
    works = build(pushed, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly general", size=(80, 24)) as pilot:
            await press(pilot, "i", "G")
            seen = await press(pilot, "enter")
            assert "38 accounts stay there exactly as they are" in seen and "Calendly removes people only through the identity" in seen
            await press(pilot, "enter")
            assert applications.get(works, "Calendly").idm == "active", "Cancel is what enter does"
            await press(pilot, "enter")
            seen = await press(pilot, "y")
            assert "The IdM connection of Calendly was deactivated." in seen and "38 accounts stay there as they are." in seen
            assert applications.get(works, "Calendly").idm == "inactive"

    run(walk())
