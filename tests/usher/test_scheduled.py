"""Backups that come by themselves: when they are due, by one worker only, kept in number, and what fails is said."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store import activity, schedule
from store.errors import Refused, UsageError
from store.ids import CountingIds
from tests.kit import MORNING, VIEWER, SteppingClock
from usher.provisioning.worker import ACTOR, Worker
from usher.services import settings
from usher.services.backup import backup
from usher.services.backup_plan import Plan, lateness, plan
from usher.services.scheduled import run_if_due, run_now
from usher.services.session import Session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "backups"
    made.mkdir(mode=0o700)
    return made


@pytest.fixture
def worker(session: Session, folder: Path) -> Session:
    """A worker on a store whose backups are made daily at 08:00; it is 09:00."""
    settings.set_(session, {"backup_every": "daily", "backup_at": "08:00", "backup_folder": str(folder), "backup_keep": "2"})
    return Session(session.store, ACTOR, session.key_file, session.clock, session.ids)


def made(folder: Path) -> list[str]:
    return sorted(path.name.split("-")[-1] for path in folder.glob("*.db"))


def actions(session: Session) -> list[str]:
    return [entry.action for entry in activity.page(session.db)][:-1]


@pytest.mark.parametrize(
    ("every", "at", "due"),
    [
        ("daily", "08:00", "2026-03-02 08:00"),
        ("daily", "09:30", "2026-03-01 09:30"),
        ("daily", "09:00", "2026-03-02 09:00"),
        ("hourly", "02:30", "2026-03-02 08:30"),
        ("hourly", "23:00", "2026-03-02 09:00"),
        ("off", "08:00", None),
    ],
)
def test_a_backup_is_due_at_its_time_and_stays_due(every: str, at: str, due: str | None) -> None:
    found = Plan(every, at, Path("/"), 1).due(MORNING)
    assert found == (due and datetime.fromisoformat(due).replace(tzinfo=UTC))


def test_it_is_made_once_and_again_the_next_day(worker: Session, folder: Path, clock: SteppingClock) -> None:
    assert run_if_due(worker, "w1") is not None
    assert run_if_due(worker, "w1") is None
    clock.forward(hours=22)
    assert run_if_due(worker, "w1") is None
    clock.forward(hours=2)
    assert run_if_due(worker, "w1") is not None
    assert [name[:8] for name in made(folder)] == ["20260302", "20260303"]
    assert schedule.get(worker.db, "backup").file == str(max(folder.glob("*.db")))


def test_the_last_ones_are_kept_and_nothing_else_is_touched(worker: Session, folder: Path, clock: SteppingClock, session: Session) -> None:
    by_hand = backup(session, folder / "before-the-move.db").path
    stranger = folder / f"usher-{'0' * 8}-20250101T000000000Z.db"
    stranger.write_text("of another store")
    removed = []
    for _ in range(4):
        done = run_if_due(worker, "w1")
        assert done is not None
        removed += done.removed
        clock.forward(days=1)
    assert len(removed) == 2 and not any(path.exists() or path.with_name(path.name + ".json").exists() for path in removed)
    assert by_hand.exists() and stranger.exists()
    assert len(list(folder.iterdir())) == 2 * 2 + 2 + 1


class Gathering:
    """A clock that tells the time once all have asked for it: by then each has seen that a backup is due, and none has begun."""

    def __init__(self, clock: SteppingClock, count: int) -> None:
        self._clock, self._all_here, self._waited = clock, threading.Barrier(count), set[int]()

    def now(self) -> datetime:
        if (me := threading.get_ident()) not in self._waited:
            self._waited.add(me)
            self._all_here.wait(20)
        return self._clock.now()


def test_two_workers_do_not_both_make_it(worker: Session, folder: Path, clock: SteppingClock) -> None:
    together = Gathering(clock, 4)
    others = [Session(worker.store, ACTOR, worker.key_file, together, CountingIds()) for _ in range(4)]
    threads = [threading.Thread(target=run_if_due, args=(other, f"w{n}")) for n, other in enumerate(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made(folder)) == 1
    assert actions(worker).count("backup.made") == 1 and "backup.failed" not in actions(worker)


def test_one_that_a_dead_worker_had_begun_is_made_by_the_next(worker: Session, folder: Path, clock: SteppingClock) -> None:
    with worker.store.transaction() as db:
        assert schedule.claim(db, "backup", "dead", "2026-03-02T08:00:00.000Z", worker.now(), "2026-03-02T09:10:00.000Z")
    left = folder / f".usher-{activity.store_id(worker.db)[-8:].lower()}-20260302T090000Z.db.123.part"
    left.write_text("half")
    assert run_if_due(worker, "w2") is None
    clock.forward(minutes=11)
    assert run_if_due(worker, "w2") is not None
    assert not left.exists()


def test_what_fails_is_recorded_once_shown_and_tried_again(worker: Session, folder: Path, clock: SteppingClock) -> None:
    folder.rmdir()
    for _ in range(3):
        assert run_if_due(worker, "w1") is None
        assert run_if_due(worker, "w1") is None
        clock.forward(minutes=16)
    assert actions(worker) == ["backup.failed", "setting.changed"]
    assert "There is no folder" in lateness(worker)
    folder.mkdir()
    assert run_if_due(worker, "w1") is not None
    assert lateness(worker) == ""


def test_one_that_nobody_made_is_late(session: Session, worker: Session, clock: SteppingClock) -> None:
    assert "was not made; there is none yet" in lateness(session)
    run_if_due(worker, "w1")
    assert lateness(session) == ""
    clock.forward(hours=23, minutes=10)
    assert lateness(session) == ""
    clock.forward(hours=1)
    assert "The backup of 2026-03-03 08:00 UTC was not made; the last good one is of 2026-03-02 09:00" in lateness(session)
    settings.set_(session, {"backup_every": "off"})
    assert lateness(session) == ""


def test_a_timer_makes_it_whatever_the_hour_and_raises_what_went_wrong(session: Session, worker: Session, folder: Path) -> None:
    assert run_now(session, "timer").backup.path.exists()
    assert run_now(session, "timer").backup.path.exists()
    assert len(made(folder)) == 2
    assert run_if_due(worker, "w1") is None, "the one that was due is done"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    with pytest.raises(UsageError, match="There is no folder"):
        run_now(session, "timer")
    assert actions(session)[0] == "backup.failed"


def test_it_is_not_made_twice_at_a_time_and_not_by_everybody(session: Session, worker: Session) -> None:
    with session.store.transaction() as db:
        schedule.claim(db, "backup", "w1", "2026-03-02T08:00:00.000Z", session.now(), "2026-03-02T09:10:00.000Z")
    with pytest.raises(Refused, match="right now"):
        run_now(session, "timer")
    session.actor = VIEWER
    with pytest.raises(Refused, match="administrator"):
        run_now(session, "timer")


def test_without_a_folder_named_they_lie_beside_the_store_closed(session: Session) -> None:
    done = run_now(session, "timer")
    assert done.backup.path.parent == session.store.path.parent / "backups"
    assert done.backup.path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("backup_every", "weekly", "off, hourly, daily"),
        ("backup_at", "25:00", "02:30"),
        ("backup_at", "٠٢:٣٠", "02:30"),
        ("backup_folder", "relative/folder", "from the root"),
        ("backup_folder", "/nowhere/at/all", "no folder"),
        ("backup_keep", "0", "from 1 to 1000"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(session: Session, key: str, value: str, word: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings.set_(session, {key: value})
    assert word in str(caught.value) and caught.value.field == key


def test_a_confined_operator_names_no_folder(session: Session, folder: Path) -> None:
    session.confined = True
    with pytest.raises(Refused, match="exchange folder"):
        settings.set_(session, {"backup_folder": str(folder)})
    with pytest.raises(Refused, match="exchange folder"):
        run_now(session, "timer")
    assert plan(session).folder == session.store.path.parent / "backups"


def test_a_worker_makes_the_one_that_is_due(session: Session, worker: Session, folder: Path) -> None:
    async def work() -> None:
        engine = Worker(worker, kind="worker", automatic=False)
        task = asyncio.create_task(engine.run())
        deadline = time.monotonic() + 30
        while not made(folder) and not task.done():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        engine.stop.set()
        await task

    asyncio.run(work())
    (last,) = [entry for entry in activity.page(session.db) if entry.action == "backup.made"]
    assert (last.actor, last.role) == ("worker", "worker")


def test_a_detached_one_that_was_started_for_a_push_makes_none(worker: Session, folder: Path) -> None:
    asyncio.run(Worker(worker, kind="detached", automatic=False, idle=0).run())
    assert made(folder) == []
