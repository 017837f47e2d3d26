"""The Users tab narrowed by words, by keys: people of the directory and those deleted from it, paged from the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stages import build
from tests.stages_directory import staff
from tests.tui.kit import console, press, run, screen
from usher.provisioning import standing
from usher.services import applications, directory
from usher.services.session import Session


@pytest.fixture
def works(tmp_path: Path) -> Session:
    return build(staff, tmp_path / "works")


def test_the_list_is_narrowed_as_is_typed_and_whole_again_after_escape(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly users", size=(80, 24)) as pilot:
            before = screen(pilot).pane_of("users").table.count
            shown = await press(pilot, "slash", *"ame lef")
            assert "amelie.lefevre" in shown and "bjorn" not in shown and "filter “ame lef”" in shown
            await press(pilot, "enter")
            assert "amelie.lefevre" in await press(pilot, "w"), "the keys of the list work on what is left"
            await press(pilot, "escape")
            assert screen(pilot).pane_of("users").table.count == 1
            assert "bjorn" in await press(pilot, "escape")
            assert screen(pilot).pane_of("users").table.count == before
            assert "Nobody matches “zzz”" in await press(pilot, "slash", *"zzz")
            assert "bjorn" in await press(pilot, "escape")

    run(walk())


def test_words_find_the_deleted_too_and_exclamation_marks_leave_out(works: Session) -> None:
    app = applications.get(works, "Calendly").id
    everybody = standing.total(works, app)
    person = next(one for one in standing.page(works, app, text="amelie") if one.there == "active")
    directory.delete_users(works, [person.user_id])
    found = standing.page(works, app, text="amelie")
    assert [(one.username, one.wanted) for one in found] == [(person.username, "deletion")]
    assert standing.total(works, app, "!amelie") == everybody - 1
    last = standing.page(works, app, text="example", before_key=chr(0x10FFFF), limit=3)
    assert standing.page(works, app, text="example", after_key=last[0].key) == last[1:]
