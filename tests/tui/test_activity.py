"""Activity: the record read, filtered, followed and verified, by key presses over a real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stages import build, empty
from tests.stages_directory import day, torn
from tests.tui.kit import console, press, run, text, until
from usher.services import activity, anchors, directory, settings
from usher.services.session import Session


@pytest.fixture
def works(tmp_path: Path) -> Session:
    return build(day, tmp_path / "works")


def test_every_change_stands_there_with_who_and_before_and_after(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "activity", size=(140, 40)) as pilot:
            shown = text(pilot)
            assert "group.renamed" in shown and "name Visitors → Guests" in shown
            assert "tomasz.wojcik@e" in shown, "a person is named, not an id"
            assert "bo" in shown and "nightly" in shown

    run(walk())


def test_the_filter_finds_by_who_by_action_and_by_value(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "activity") as pilot:
            assert "3 of 21" in await press(pilot, "slash", *"bo user !group") or "2 of 21" in text(pilot)
            await press(pilot, "escape")
            assert "1 of 21" in await press(pilot, "slash", *"group.renamed guests")

    run(walk())


def test_an_entry_is_read_in_full(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "activity") as pilot:
            shown = await press(pilot, "slash", *"user.changed", "enter", "enter")
            assert "before  Sofia D'Angelo" in shown and "after   Sofia D'Angelo Rossi" in shown
            assert "bo, operator" in shown and "ssh SHA256:4f1c" in shown

    run(walk())


def test_it_is_paged_both_ways(tmp_path: Path) -> None:
    session = build(empty, tmp_path / "long")
    for number in range(450):
        settings.set_(session, {"organization": f"Harbour {number}"})

    async def walk() -> None:
        async with console(session, "activity", size=(120, 40)) as pilot:
            assert "451" in text(pilot) and "Harbour 449" in text(pilot)
            assert "store.created" in await press(pilot, "G")
            assert "Harbour 449" in await press(pilot, "g")
            for _ in range(8):
                await press(pilot, "pagedown")
            seqs = [row.seq for row in pilot.app.screen.table._window.rows]  # type: ignore[attr-defined]
            assert seqs == sorted(seqs, reverse=True) and len(seqs) == len(set(seqs))

    run(walk())


def test_new_entries_appear_by_themselves_and_do_not_move_who_reads_below(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "activity", size=(120, 40)) as pilot:
            directory.add_group(works, "Divers")
            await until(pilot, "Divers", 20)
            await press(pilot, "j", "j", "j")
            before = pilot.app.screen.table.row.seq  # type: ignore[attr-defined]
            with works.change() as change:
                change.record("backup.made", "copy.db")  # an entry without news for anybody
            await until(pilot, "1 new")
            assert pilot.app.screen.table.row.seq == before  # type: ignore[attr-defined]

    run(walk())


def test_a_whole_record_is_said_to_hold(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "activity") as pilot:
            number = activity.count(works)
            assert f"✓ All {number} entries hold: nothing was found changed." in await press(pilot, "v")

    run(walk())


def test_an_anchor_that_was_kept_elsewhere_is_held_against_it(works: Session, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.jsonl"
    settings.set_(works, {"anchor_file": str(anchor)})
    kept = anchors.append(works, anchor)

    async def walk() -> None:
        async with console(works, "activity", size=(120, 40)) as pilot:
            shown = await press(pilot, "v")
            assert f"The anchor proves the first {kept.seq} to be the ones" in shown and f"{kept.seq} verified, anchored" in shown
            with works.store.transaction() as db:
                db.execute("drop trigger activity_no_delete")
                db.execute("delete from activity where seq = ?", (kept.seq,))
            assert "the end was cut off" in await press(pilot, "v")

    run(walk())


def test_the_first_entry_that_does_not_hold_is_named_and_gone_to(tmp_path: Path) -> None:
    async def walk() -> None:
        async with console(build(torn, tmp_path / "torn"), "activity") as pilot:
            assert "entry 3 does not hold" in await press(pilot, "v")
            assert pilot.app.screen.table.row.seq == 3  # type: ignore[attr-defined]

    run(walk())


def test_a_hash_is_copied_whole(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "activity") as pilot:
            await press(pilot, "y")
            assert pilot.app.clipboard == activity.page(works, limit=1)[0].hash

    run(walk())
