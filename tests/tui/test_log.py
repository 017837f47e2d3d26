"""The provisioning log at the console: narrowed, followed, opened, copied, exported."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from store import journal
from store.journal import JournalRow, Wanted
from tests.stages import build
from tests.stages_push import busy_week, connected, long_log
from tests.tui.kit import console, press, run, text, until
from tui.log_filter import LogFilter
from tui.widgets.log_source import LogSource
from usher.services.session import Session

LONG = 20_000


@pytest.fixture
def week(tmp_path: Path) -> Session:
    return build(busy_week, tmp_path / "week")


@pytest.fixture
def long(tmp_path: Path) -> Session:
    return build(long_log, tmp_path / "long")


def another(session: Session, user: str = "late@example.com", result: str = "succeeded") -> None:
    """One more outcome, written as a worker would."""
    with session.change() as change:
        row = JournalRow(0, f"OP-{user}", "PUSH1", change.at, "APP", "Calendly", user, user, "create", result, 201, 1, 9, "")
        journal.add(change.db, [row])
        change.record("fixture", user)
        change.event("journal", "PUSH1")


def test_twenty_thousand_rows_open_at_once_and_the_oldest_is_one_key_away(long: Session) -> None:
    async def walk() -> None:
        async with console(long, "overview", size=(80, 24)) as pilot:
            await pilot.press("6")
            await until(pilot, f"{LONG:,}")
            newest = text(pilot)
            oldest = await press(pilot, "G")
            assert oldest != newest and "03-02 03:26:40" in oldest

    run(walk())


def test_what_failed_is_one_key_and_is_counted_beside_the_screen(long: Session) -> None:
    async def walk() -> None:
        async with console(long, "log") as pilot:
            failed = await press(pilot, "x")
            assert "result=failed  2,857" in failed and "succeeded" not in failed
            assert f"{LONG:,}" in await press(pilot, "x")

    run(walk())


def test_a_narrowed_log_is_where_a_list_in_memory_would_have_it(long: Session) -> None:
    wanted = Wanted(result="failed", text="example")
    everything = [row for row in journal.page(long.db, Wanted(), limit=LONG) if row.result == "failed" and "example" in row.username]
    source = LogSource(long, wanted)
    assert source.slow and source.count() == len(everything) and not source.slow
    assert source.forward(None, 5) == everything[:5]
    assert source.forward(everything[99], 5) == everything[100:105]
    assert source.backward(everything[100], 5) == everything[95:100]
    assert source.backward(None, 5) == everything[-5:]
    assert source.at(1234, 3) == everything[1234:1237]
    assert [source.position(row) for row in (everything[0], everything[777], everything[-1])] == [0, 777, len(everything) - 1]
    another(long, "example", "failed")
    assert source.count() == len(everything) + 1 and source.position(everything[0]) == 1


def test_free_text_and_facets_narrow_as_they_are_typed_and_half_a_name_is_no_error(week: Session) -> None:
    async def walk() -> None:
        async with console(week, "log", size=(120, 40)) as pilot:
            assert "result=failed seats  8" in await press(pilot, "slash", *"result=failed seats")
            assert "usher log --result failed --text seats" in pilot.app.screen.cli()  # type: ignore[attr-defined]
            half = await press(pilot, *" app=Cal")
            assert "no application called Cal" in half
            assert "app=Calendly  8" in await press(pilot, *"endly")

    run(walk())


def test_the_row_under_the_cursor_narrows_and_the_same_key_takes_it_away(week: Session) -> None:
    async def walk() -> None:
        async with console(week, "log", size=(120, 40)) as pilot:
            mine = await press(pilot, "u")
            assert "user=grace.liu@example.com  2" in mine and "farid" not in mine
            both = await press(pilot, "a")
            assert "user=grace.liu@example.com action" in both and "--action deactivate" in pilot.app.screen.cli()  # type: ignore[attr-defined]
            assert "user=grace" not in await press(pilot, "u")
            assert "Calendly" in await press(pilot, "c") and "action=" not in text(pilot)

    run(walk())


def test_it_follows_until_the_cursor_leaves_the_newest_row_and_then_says_how_many_are_new(week: Session) -> None:
    async def walk() -> None:
        async with console(week, "log", size=(80, 24)) as pilot:
            another(week, "first@example.com")
            assert await until(pilot, "first@example.com") < 0.5
            await press(pilot, "j", "j", "j")
            another(week, "second@example.com")
            await until(pilot, "▲ 1 new")
            table: Any = pilot.app.screen.table  # type: ignore[attr-defined]
            kept = table.row.seq
            another(week, "third@example.com")
            await until(pilot, "▲ 2 new")
            assert table.row.seq == kept
            assert "third@example.com" in await press(pilot, "f") and "following" in text(pilot)

    run(walk())


def test_a_narrowed_log_follows_too(week: Session) -> None:
    async def walk() -> None:
        async with console(week, "log result=failed", size=(80, 24)) as pilot:
            another(week, "fine@example.com")
            another(week, "broken@example.com", "failed")
            await until(pilot, "broken@example.com")
            await until(pilot, "result=failed  11")
            assert "fine@example.com" not in text(pilot)
            await press(pilot, "j")
            another(week, "worse@example.com", "failed")
            await until(pilot, "▲ 1 new")

    run(walk())


def test_held_still_the_newest_row_stays_while_others_come(week: Session) -> None:
    async def walk() -> None:
        async with console(week, "log") as pilot:
            await press(pilot, "f")
            another(week)
            await until(pilot, "▲ 1 new")
            assert pilot.app.screen.table.row.username != "late@example.com"  # type: ignore[attr-defined]

    run(walk())


def test_an_operation_shows_both_sides_without_the_token_and_its_neighbours_are_those_of_the_narrowed_log(week: Session) -> None:
    async def walk() -> None:
        async with console(week, "log result=failed seats", size=(100, 40)) as pilot:
            shown = await press(pilot, "enter")
            for words in ("▸ 1  GET", "▾ 2  POST", "REQUEST", "authorization: [redacted]", "403 Forbidden", "no seats left", '"displayName"'):
                assert words in shown
            assert "not-a-real-token" not in shown
            assert "totalResults" in await press(pilot, "o", "o")
            first = text(pilot)
            older = await press(pilot, "right_square_bracket")
            assert older != first and "yaw.mensah" in older
            assert "arjun" in await press(pilot, "left_square_bracket")
            assert "This is the newest one." in await press(pilot, "left_square_bracket")
            back = await press(pilot, "escape")
            assert "result=failed seats  8" in back

    run(walk())


def test_the_request_is_copied_as_curl_with_the_token_left_out_and_the_body_by_side(week: Session) -> None:
    async def walk() -> None:
        async with console(week, "log result=failed seats", size=(100, 40)) as pilot:
            await press(pilot, "enter", "y")
            assert "$TOKEN" in pilot.app.clipboard and pilot.app.clipboard.startswith("curl")
            await press(pilot, "G", "b")
            assert "no seats left" in pilot.app.clipboard

    run(walk())


def exported(session: Session, folder: Path, *keys: str, typed: str) -> str:
    """What the screen says after the export."""
    said: list[str] = []

    async def walk() -> None:
        async with console(session, "log result=failed", size=(100, 30)) as pilot:
            await press(pilot, "e", "ctrl+u", *typed, *keys)
            await press(pilot, "ctrl+s")
            said.append(text(pilot))

    run(walk())
    return said[0]


def test_what_is_narrowed_is_exported_as_json_lines_and_never_over_a_file(week: Session, tmp_path: Path) -> None:
    target = tmp_path / "failed.jsonl"
    assert "Exported 10 rows." in exported(week, tmp_path, typed=str(target))
    rows = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert len(rows) == 10 and {row["result"] for row in rows} == {"failed"} and rows[0]["at"] <= rows[-1]["at"]
    before = target.read_bytes()
    again = exported(week, tmp_path, typed=str(target))
    assert "There is a file" in again and "Choose another" in again
    assert target.read_bytes() == before


def test_csv_has_the_command_lines_columns(week: Session, tmp_path: Path) -> None:
    exported(week, tmp_path, "tab", "space", typed=str(tmp_path / "failed"))
    with (tmp_path / "failed.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10 and rows[0]["user"] == "build-bot" and rows[0]["action"] == "create"


def test_a_confined_operator_writes_into_the_exchange_folder_alone(week: Session, tmp_path: Path) -> None:
    confined = replace(week, confined=True)
    assert "exchange folder alone" in " ".join(exported(confined, tmp_path, typed=str(tmp_path / "out.jsonl")).split())
    assert not (tmp_path / "out.jsonl").exists()
    exported(confined, tmp_path, typed="mine.jsonl")
    assert week.exchange is not None and len((week.exchange / "mine.jsonl").read_text("utf-8").splitlines()) == 10


def test_an_empty_log_says_what_will_stand_there(tmp_path: Path) -> None:
    async def look() -> None:
        async with console(build(connected, tmp_path / "new"), "log") as pilot:
            assert "Nothing was pushed yet." in text(pilot)

    run(look())


@pytest.mark.parametrize(
    ("typed", "facets", "free", "command"),
    [
        (
            'app="Travel desk" result=failed late',
            {"app": "Travel desk", "result": "failed"},
            "late",
            "usher log --app 'Travel desk' --result failed --text late",
        ),
        ("status=failed since=24h", {"result": "failed", "since": "24h"}, "", "usher log --result failed --since 24h"),
        ("user= x=1 403", {}, "x=1 403", "usher log --text 'x=1 403'"),
        ('app="Trav', {"app": "Trav"}, "", "usher log --app Trav"),
    ],
)
def test_words_are_the_command_lines_own(typed: str, facets: dict[str, str], free: str, command: str) -> None:
    found = LogFilter.parse(typed)
    assert (dict(found.facets), found.text, found.cli) == (facets, free, command)
    assert LogFilter.parse(found.words) == found


def test_the_overview_plots_the_day_and_leads_to_its_log(week: Session) -> None:
    async def walk() -> None:
        async with console(week, "overview", size=(100, 40)) as pilot:
            shown = text(pilot)
            assert "LAST 24 HOURS" in shown and not re.search("Sign-ins +▕", shown), "nobody signed in"
            (line,) = [line for line in shown.split("\n") if "Operations" in line]
            assert "succeeded" in line and "failed" in line and "█" in line
            while "▌Operations" not in text(pilot):
                before = text(pilot)
                assert await press(pilot, "j") != before, "the line is never reached"
            assert "since=24h" in await press(pilot, "enter")

    run(walk())


def test_the_overview_leads_to_what_failed_and_esc_comes_back(week: Session) -> None:
    async def walk() -> None:
        async with console(week, "overview") as pilot:
            shown = text(pilot)
            assert "push interrupted" in shown and "accounts failed" in shown
            for _ in range(shown.count("push interrupted")):
                await press(pilot, "j")
            assert "app=Calendly result=failed" in await press(pilot, "enter")
            assert "NEEDS A PERSON NOW" in await press(pilot, "escape")

    run(walk())
