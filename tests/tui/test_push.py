"""A push at the console: the plan before anything is sent, the ways to begin it, how it goes, and coming back to it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from store import operations
from store import pushes as push_rows
from tests.kit import fill_directory
from tests.stages import build, harbour
from tests.stages_push import APP, failed, held, in_step, interrupted, paused, planned, running, settled, succeeded
from tests.tui.kit import console, press, run, text, until
from tests.whole.engine import GROUP, connect, live
from tests.whole.servers import Server, _running_servers, scim2_server
from usher.provisioning import standing
from usher.services import directory, identity, pushes
from usher.services.session import Session

__all__ = ["_running_servers", "live", "scim2_server"]


@pytest.fixture
def plan(tmp_path: Path) -> Session:
    return build(planned, tmp_path / "planned")


def state(session: Session) -> str:
    return push_rows.page(session.db, limit=1)[0].state


def test_the_plan_is_shown_with_what_is_permanent_and_whom_it_cannot_send_and_nothing_is_sent(plan: Session) -> None:
    async def look() -> None:
        async with console(plan, f"push {APP}", size=(80, 24)) as pilot:
            shown = await press(pilot)
            for words in ("Push to Calendly", "CREATE", "+ 13", "○ 2", "▼ 1 account is deleted for good: that cannot be undone.", "1 person cannot be sent"):
                assert words in shown
            assert "▼ delete for good" in shown and "active true → false" in shown
            assert "Nothing was sent yet." in shown

    run(look())
    assert state(plan) == "planned"


def test_who_cannot_be_sent_is_counted_apart_and_listed_with_the_reason(plan: Session) -> None:
    document = pushes.document(plan, "2", operations=True)
    assert (document["planned"]["create"], document["failed"], len(document["operations"])) == (13, 0, 20)
    assert [(one["user"], one["status"], "is no e-mail" in one["detail"]) for one in document["failures"]] == [("build-bot", None, True)]
    assert (pushes.get(plan, "2").blocked, "blocked" in document["planned"]) == (1, False)


def test_a_new_account_is_told_by_its_name_and_all_its_attributes_stand_under_the_table(plan: Session) -> None:
    async def look() -> None:
        async with console(plan, "push 2", size=(80, 24)) as pilot:
            shown = await press(pilot, *"gjjjjjjjjj")
            row = next(line for line in shown.splitlines() if "olu.adeyemi@" in line and "create" in line)
            assert row.index("displayName") < row.index("Adéyẹmí") and row.count("olu.adeyemi") == 1
            foot = " ".join(shown[shown.index("────") :].split())
            for path, value in next(
                one for one in operations.every(plan.db, push_rows.page(plan.db)[0].id) if one.username.startswith("olu.")
            ).attributes.items():
                assert f"{path} {str(value).lower() if value is True else value}" in foot

    run(look())


def test_nothing_to_retry_is_not_offered_where_nothing_failed(tmp_path: Path) -> None:
    async def look(session: Session, offered: bool) -> None:
        async with console(session, "push 2", size=(120, 40)) as pilot:
            assert ("t Retry failed" in text(pilot)) is offered

    run(look(build(succeeded, tmp_path / "succeeded"), False))
    run(look(build(failed, tmp_path / "failed"), True))


def test_a_pause_is_not_counted_as_time_taken(tmp_path: Path) -> None:
    session = build(paused, tmp_path / "paused")
    before = pushes.get(session, "2").seconds
    session.clock.forward(hours=3)  # type: ignore[attr-defined]
    assert pushes.get(session, "2").seconds == before
    pushes.resume(session, "2", worker=False)
    with session.store.transaction() as db:
        push_rows.claim(db, "another", session.now(), session.now())
    found = push_rows.page(session.db, limit=1)[0]
    assert found.paused_at is None and found.paused_ms >= 3 * 3_600_000
    with session.store.transaction() as db:
        push_rows.move(db, found.id, "failed", ["running"], session.now())
    assert pushes.get(session, "2").seconds < before + 60


def test_its_log_is_called_this_push(tmp_path: Path) -> None:
    session = build(failed, tmp_path / "failed")

    async def look() -> None:
        async with console(session, "push 2", size=(80, 24)) as pilot:
            shown = await press(pilot, "l")
            assert "this push" in shown and "since=" not in shown and "build-bot" in shown

    run(look())


def test_overview_says_who_cannot_be_pushed_and_what_is_kept_once_nothing_is_compared(plan: Session) -> None:
    async def look() -> None:
        async with console(plan, "overview", size=(100, 30)) as pilot:
            shown = text(pilot)
            assert "1 person cannot be pushed" in shown and "19 accounts to be pushed" in shown and "▲ 19 pending" in shown
            identity.deactivate(plan, APP)
            await until(pilot, "not compared")
            shown = text(pilot)
            assert "37 not compared" in shown and "is not active: 37 kept" in shown and "Management is not active yet" not in shown
            assert "0 in step" in shown and "0 pending" in shown

    run(look())
    app = pushes.find_application(plan, APP)
    assert {one.status for one in standing.page(plan, app.id)} == {"not compared"}


def test_an_operation_opens_with_exactly_the_attributes_it_sets(plan: Session) -> None:
    async def look() -> None:
        async with console(plan, "push 2", size=(80, 24)) as pilot:
            shown = await press(pilot, "G", "enter")
            assert "Create, or take over where an account exists already" in " ".join(shown.split())
            assert "emails.value" in shown and "arjun.contractor@example.org" in shown
            changed = await press(pilot, "escape", "g", "j", "j", "j", "enter")
            assert "Chidi Okonkwo (old) → Chidi Okonkwo" in changed and "(as it is)" in changed

    run(look())


def test_rows_are_narrowed_by_action_by_text_and_to_what_cannot_be_sent(plan: Session) -> None:
    async def look() -> None:
        async with console(plan, "push 2") as pilot:
            narrowed = await press(pilot, "slash", *"react")
            assert "filter “react”  1" in narrowed and "▲ reactivate" in narrowed and "chidi" not in narrowed
            assert "chidi" in await press(pilot, "escape")
            blocked = await press(pilot, "v")
            assert "failures only" in blocked and "build-bot" in blocked and "chidi" not in blocked

    run(look())


def test_pushing_asks_first_naming_counts_and_what_is_permanent_and_esc_sends_nothing(plan: Session) -> None:
    async def walk() -> None:
        async with console(plan, "push 2") as pilot:
            asked = await press(pilot, "p")
            assert (
                "13 accounts are created, or taken over where" in asked
                and "1 person cannot be sent" in asked
                and "1 account is deleted for good: that cannot be undone." in asked
            )
            assert "planned" in await press(pilot, "enter")  # the focus is on Cancel

    run(walk())
    assert state(plan) == "planned"


def test_a_stale_plan_is_refused_and_made_again_saying_who_is_new_in_it(plan: Session) -> None:
    async def walk() -> None:
        async with console(plan, "push 2", size=(80, 24)) as pilot:
            directory.suspend(plan, ["bjorn.astrom@example.com"])
            await until(pilot, "Something changed since this was planned.")
            await press(pilot, "p", "y")
            await until(pilot, "This is a new plan")
            assert "new in it: bjorn.astrom@example.com" in " ".join(text(pilot).split())
            assert "Nothing was sent." in text(pilot) and "p Push" in await press(pilot)

    run(walk())
    assert state(plan) == "planned"
    assert push_rows.live(plan.db, pushes.find_application(plan, APP).id) is None


def test_what_the_guard_holds_is_approved_by_the_number_alone(tmp_path: Path) -> None:
    session = build(held, tmp_path / "held")

    async def walk() -> None:
        async with console(session, "push 2", size=(80, 24)) as pilot:
            assert "more than the guard lets" in text(pilot) and "▲ held" in text(pilot)
            asked = await press(pilot, "a")
            assert "Accounts taken away" in asked and "14 accounts are deactivated" in asked
            assert "Type 15 to go on" in await press(pilot, "1", "4", "enter")
            await press(pilot, "escape")
            await press(pilot, "p")

    run(walk())
    assert state(session) == "held"


def test_everyone_in_step_says_so_and_there_is_nothing_to_push(tmp_path: Path) -> None:
    session = build(in_step, tmp_path / "step")

    async def walk() -> None:
        async with console(session, f"push {APP}") as pilot:
            assert "Everyone is in step." in text(pilot)
            assert "there is nothing to push" in await press(pilot, "p")

    run(walk())


def test_without_identity_management_it_says_what_to_do(tmp_path: Path) -> None:
    session = build(harbour, tmp_path / "harbour")

    async def walk() -> None:
        async with console(session, "push Calendly") as pilot:
            assert "Identity Management of Calendly is not active" in text(pilot)
            assert "Configure it with Base URL and Token Key" in text(pilot)

    run(walk())


def test_a_push_under_way_is_found_again_and_followed_within_half_a_second(tmp_path: Path) -> None:
    session = build(running, tmp_path / "running")

    async def walk() -> None:
        async with console(session, f"push {APP}", size=(80, 24)) as pilot:
            assert "● running" in text(pilot) and "14 of 20" in text(pilot)
            assert "failures only" in text(pilot) and "sanne.t.hart" in text(pilot)
            push = push_rows.page(session.db, limit=1)[0]
            one = operations.cut_off(session.db, push.id)[0]
            with session.change() as change:
                change.db.execute("update operation set state = 'succeeded', status = 201 where id = ?", (one.id,))
                change.record("fixture", APP)
                change.event("push", push.id)
            assert await until(pilot, "15 of 20") < 0.5
            await press(pilot, "escape", "1")
            assert "15 of 20" in await press(pilot, "5", "enter")

    run(walk())


def test_pause_and_cancel_are_wishes_the_worker_is_given(tmp_path: Path) -> None:
    session = build(running, tmp_path / "running")

    async def walk() -> None:
        async with console(session, "push 2") as pilot:
            await press(pilot, "s")
            assert "It is about to pause: 2 operations under way are finished first." in text(pilot)
            asked = await press(pilot, "x")
            assert "14 of 20 operations are over and stay as they are." in asked and "4 operations will not be begun." in asked
            assert "about to be cancelled" in await press(pilot, "y")

    run(walk())
    assert push_rows.page(session.db, limit=1)[0].wish == "cancel"


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (paused, "The application refused the Token Key (401)."),
        (interrupted, "The worker that carried it out is gone."),
        (failed, "Done, but not for everybody."),
    ],
)
def test_what_it_waits_for_is_said_with_the_way_on(stage: object, said: str, tmp_path: Path) -> None:
    session = build(stage, tmp_path / "stage")  # type: ignore[arg-type]

    async def look() -> None:
        async with console(session, "push 2", size=(80, 24)) as pilot:
            assert said in text(pilot)

    run(look())


def test_some_people_alone_can_be_planned(tmp_path: Path) -> None:
    session = build(settled, tmp_path / "settled")

    async def look() -> None:
        async with console(session, f"push {APP} madonna@example.com") as pilot:
            assert "1 person" in text(pilot) and "madonna@example.com" in text(pilot) and "farid" not in text(pilot)

    run(look())


def test_a_viewer_looks_and_changes_nothing(plan: Session) -> None:
    async def walk() -> None:
        async with console(plan, "push 2", read_only=True) as pilot:
            assert "This console is for reading only." in await press(pilot, "p")

    run(walk())
    assert state(plan) == "planned"


def test_by_keys_alone_people_come_to_a_real_server_paused_and_resumed_on_the_way(live: Session, scim2_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "USHER_WORKER_IDLE", "0.5")
    connect(live, scim2_server.base_url, rate=20, concurrency=2)
    fill_directory(live, 30, group=GROUP)

    async def walk() -> None:
        async with console(live, "push Diary", size=(80, 24)) as pilot:
            await until(pilot, "+ 30")
            await press(pilot, "p", "y")
            await until(pilot, "● running", 15)
            await press(pilot, "s")
            await until(pilot, "▲ paused", 10)
            assert "Paused by an operator." in text(pilot)
            await press(pilot, "r")
            await until(pilot, "Done: everyone in it is in step.", 20)
            assert "30 of 30" in text(pilot) and "no failures" in text(pilot)
            await press(pilot, "l")
            await until(pilot, "person0030@harbour.")

    run(walk())
    assert len(scim2_server.users()) == 30
