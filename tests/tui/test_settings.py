"""Settings: changed, locked, the theme, the examination and a backup, by key presses over a real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.activity import Actor
from tests.stages import build, empty
from tests.stages_directory import staff
from tests.tui.kit import console, press, run, screen, text, until
from usher.provisioning.worker import ACTOR
from usher.services import settings
from usher.services.scheduled import run_if_due
from usher.services.session import Session


@pytest.fixture
def works(tmp_path: Path) -> Session:
    return build(staff, tmp_path / "works")


@pytest.fixture
def new(tmp_path: Path) -> Session:
    return build(empty, tmp_path / "new")


def flat(screen: str) -> str:
    return " ".join(screen.replace("│", " ").split())


def test_the_organisation_is_changed_and_stands_in_the_frame(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "settings") as pilot:
            await press(pilot, "enter", "end", *" Ltd", "enter")
            await until(pilot, "Harbour Works Ltd › Settings")
            assert settings.organization(works) == "Harbour Works Ltd"

    run(walk())


def test_a_bad_base_url_is_refused_beside_its_field(new: Session) -> None:
    async def walk() -> None:
        async with console(new, "settings") as pilot:
            refused = await press(pilot, "j", "enter", "home", "ctrl+k", *"http://example.org", "enter")
            assert "must begin with https://" in flat(refused) and "http://example.org" in refused
            await press(pilot, "home", "ctrl+k", *"https://id.example.org/", "enter")
            assert settings.base_url(new) == "https://id.example.org"

    run(walk())


def test_the_base_url_is_locked_while_saml_applications_exist_and_they_are_named(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "settings", size=(120, 40)) as pilot:
            assert "▲ locked" in text(pilot) and "(Calendly, Travel desk)" in flat(text(pilot))
            await press(pilot, "j", "enter")
            assert "Delete those applications first." in text(pilot)
            assert len(pilot.app.screen_stack) == 1

    run(walk())


def test_the_theme_is_applied_at_once(new: Session) -> None:
    async def walk() -> None:
        async with console(new, "settings") as pilot:
            await press(pilot, "t")
            assert pilot.app.theme == "usher-light"
            await press(pilot, "t")
            assert next(one.value for one in settings.list_(new) if one.key == "theme") == "system"
            assert pilot.app.theme == "usher-dark"

    run(walk())


def test_system_asks_the_terminal(new: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORFGBG", "0;15")
    settings.set_(new, {"theme": "system"})

    async def walk() -> None:
        async with console(new, "settings") as pilot:
            assert pilot.app.theme == "usher-light"

    run(walk())


def test_the_store_and_its_key_are_examined(works: Session) -> None:
    works.store.path.chmod(0o644)

    async def walk() -> None:
        async with console(works, "settings", size=(120, 80)) as pilot:
            shown = text(pilot)
            assert "whole." in shown and "entries hold:" in shown  # a long path breaks the lines
            assert "✗ permissions" in shown and "✗ 1 to mend" in shown

    run(walk())


def test_a_backup_is_made_where_it_was_asked_for_and_never_over_another_file(works: Session, tmp_path: Path) -> None:
    target = tmp_path / "copies" / "monday.db"
    target.parent.mkdir()

    async def walk() -> None:
        async with console(works, "settings", size=(120, 50)) as pilot:
            assert "No backup was made yet." in text(pilot)
            await press(pilot, "b", "home", "ctrl+k", *str(target), "enter")
            await until(pilot, "monday.db.json")
            assert target.read_bytes().startswith(b"SQLite format 3") and target.with_name("monday.db.json").exists()
            await until(pilot, "UTC, by ada")
            size = target.stat().st_size
            await press(pilot, "b", "home", "ctrl+k", *str(target), "enter")
            await until(pilot, "There is a file")
            assert target.stat().st_size == size

    run(walk())


def test_backups_are_set_to_come_by_themselves_and_what_fails_is_shown(new: Session, tmp_path: Path) -> None:
    folder = tmp_path / "usb-stick"
    folder.mkdir()

    async def walk() -> None:
        async with console(new, "settings", size=(120, 60)) as pilot:
            while screen(pilot).setting is None or screen(pilot).setting.key != "backup_every":
                await press(pilot, "j")
            await press(pilot, "e", "right", "ctrl+s")
            await press(pilot, "j", "j", "e")
            await press(pilot, *str(folder), "enter")
            await until(pilot, "Saved: Backup folder")
            folder.rmdir()
            run_if_due(Session(new.store, ACTOR, new.key_file, new.clock, new.ids), "w1")
            await until(pilot, "There is no folder")
            await press(pilot, "1")
            await until(pilot, "✗ Backups")

    run(walk())
    assert {one.key: one.value for one in settings.list_(new)}["backup_every"] == "hourly"


def test_a_confined_operator_backs_up_into_the_exchange_folder(works: Session) -> None:
    works.confined = True

    async def walk() -> None:
        async with console(works, "settings") as pilot:
            shown = await press(pilot, "b")
            assert "exchange folder" in flat(shown) and "/Downloads" not in shown
            await press(pilot, "enter")
            await until(pilot, "Its manifest is")
            assert works.exchange is not None and [path.suffix for path in sorted(works.exchange.iterdir())] == [".db", ".json"]

    run(walk())


def test_settings_are_for_administrators(works: Session) -> None:
    works.actor = Actor("bo", "operator", "terminal")

    async def walk() -> None:
        async with console(works, "settings") as pilot:
            for key in ("t", "b", "enter"):
                assert "This needs the role administrator" in flat(await press(pilot, key))
                assert len(pilot.app.screen_stack) == 1

    run(walk())
