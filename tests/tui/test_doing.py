"""Long work is left, or cancelled: then nothing of it is kept."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.stages import build
from tests.stages_directory import staff
from tests.tui.kit import console, press, run, text, until
from tui.screens.doing import Cancelled
from usher.services import backup, directory, imports
from usher.services.session import Session


@pytest.fixture
def works(tmp_path: Path) -> Session:
    return build(staff, tmp_path / "works")


def held_back(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> threading.Event:
    """Each step of that work waits until it is let go, for as long as a test may take."""
    go, real = threading.Event(), getattr(module, name)

    def slow(session: Session, path: Path, progress: Any = None) -> Any:
        def step(done: int, total: int) -> None:
            go.wait(20)
            progress(done, total)

        return real(session, path, step if progress else None)

    monkeypatch.setattr(module, name, slow)
    return go


def test_an_import_is_cancelled_and_nobody_was_added(works: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, before = tmp_path / "many.csv", directory.people_count(works)
    file.write_text("username,email\n" + "".join(f"new{number},new{number}@example.com\n" for number in range(1200)), "utf-8")

    async def walk() -> None:
        async with console(works, "users", size=(80, 24)) as pilot:
            await press(pilot, "i", *str(file), "enter")
            go = held_back(monkeypatch, imports, "run")
            await pilot.press("y")
            await until(pilot, "You can leave this")
            await pilot.press("x")
            await until(pilot, "Cancelling")
            go.set()
            await until(pilot, "The import of many.csv was cancelled: nothing of it", 20)
            assert "You can leave this" not in text(pilot)

    run(walk())
    assert directory.people_count(works) == before
    assert imports.run(works, file).create == 1200, "and it can be imported afterwards"


def test_a_backup_that_is_cancelled_leaves_no_file(works: Session, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()

    def cancel(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        backup.backup(works, folder / "store.backup", cancel)
    assert not list(folder.iterdir())
    assert backup.backup(works, folder / "store.backup").path.exists()
