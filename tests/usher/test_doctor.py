"""The doctor finds what was broken on purpose, and nothing in a healthy store."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from store import doctor as stored
from store.driver import sqlite3
from store.ids import stamp
from store.pushes import WorkerRow, enlist
from tests.kit import MORNING, SteppingClock, spoil
from usher.services import anchors, directory, doctor, operators, settings
from usher.services import doctor_machine as machine
from usher.services.backup import backup
from usher.services.doctor import Finding, examine
from usher.services.scheduled import run_if_due
from usher.services.session import Session


def found(session: Session, subject: str) -> list[Finding]:
    return [finding for finding in examine(session) if finding.subject == subject]


def levels(session: Session, subject: str) -> list[str]:
    return [finding.level for finding in found(session, subject)]


def test_a_healthy_store_has_nothing_to_mend(session: Session, store_path: Path, tmp_path: Path) -> None:
    backup(session, tmp_path / "monday.db")
    findings = examine(store_path, key_file=session.key_file, clock=session.clock)
    assert {finding.level for finding in findings} == {"ok"}, findings
    order = ["sqlite", "store", "permissions", "space", "lock", "key", "clock", "activity", "events", "worker", "push", "backup"]
    assert [finding.subject for finding in findings] == order


def test_a_store_that_cannot_be_opened_is_a_finding_not_an_error(tmp_path: Path) -> None:
    assert [(f.level, f.subject) for f in examine(tmp_path / "none.db")] == [("ok", "sqlite"), ("bad", "store")]


def test_a_network_file_system_is_named(session: Session, store_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {line.split()[2] for line in Path("/proc/self/mounts").read_text().splitlines()}
    monkeypatch.setattr("store.files._NETWORK_FILE_SYSTEMS", kinds)  # whatever it lies on here is taken for one
    (finding,) = [f for f in examine(store_path) if f.subject == "store"]
    assert finding.level == "bad" and "network file system" in finding.message and "local disk" in finding.hint


def test_a_damaged_page_is_found(session: Session, store_path: Path) -> None:
    spoil(session.store, "user_by_state")
    findings = examine(store_path, key_file=session.key_file, clock=session.clock)
    assert [(f.level, "damaged" in f.message) for f in findings if f.subject == "store"] == [("bad", True)]


def test_files_open_to_others_are_named(session: Session) -> None:
    Path(f"{session.store.path}.lock").chmod(0o644)
    (finding,) = found(session, "permissions")
    assert finding.level == "bad" and ".lock (mode 0644)" in finding.message


def test_a_missing_a_wrong_and_an_open_key_are_told_apart(session: Session, tmp_path: Path) -> None:
    kept = session.key_file.read_bytes()
    session.key_file.unlink()
    assert "is not at" in found(session, "key")[0].message
    session.key_file.write_bytes(os.urandom(32))
    session.key_file.chmod(0o600)
    assert "is not the key of this store" in found(session, "key")[0].message
    session.key_file.write_bytes(kept)
    session.key_file.chmod(0o644)
    assert "can be read by other accounts" in found(session, "key")[0].message
    session.key_file.chmod(0o600)
    assert levels(session, "key") == ["ok"]


def test_a_key_beside_the_store_is_warned_of(session: Session, store_path: Path) -> None:
    session.key_file = session.key_file.rename(store_path.with_name("test.key"))
    assert levels(session, "key") == ["warn"]


def test_a_clock_set_back_is_noticed(session: Session, clock: SteppingClock) -> None:
    directory.add_user(session, "anna")
    clock.forward(days=-3)
    assert levels(session, "clock") == ["bad"]


def test_a_record_that_was_tampered_with_is_noticed(session: Session) -> None:
    directory.add_user(session, "anna")
    with session.store.transaction() as db:
        db.execute("drop trigger activity_no_update")
        db.execute("update activity set actor = 'nobody' where seq = 2")
    (finding,) = found(session, "activity")
    assert finding.level == "bad" and "entry 2" in finding.message


def test_an_end_that_was_cut_off_is_noticed_by_the_anchor_and_an_anchor_out_of_reach_is_told(session: Session, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.jsonl"
    settings.set_(session, {"anchor_file": str(anchor)})
    assert levels(session, "activity") == ["warn"] and str(anchor) in found(session, "activity")[0].message
    directory.add_user(session, "anna")
    anchors.append(session, anchor)
    assert levels(session, "activity") == ["ok"]
    with session.store.transaction() as db:
        db.execute("drop trigger activity_no_delete")
        db.execute("delete from activity_personal where seq = 3")
        db.execute("delete from activity where seq = 3")
    (finding,) = found(session, "activity")
    assert finding.level == "bad" and "cut off" in finding.message


def test_a_hole_in_the_events_is_noticed(session: Session) -> None:
    for name in ("anna", "bert", "cleo"):
        directory.add_user(session, name)
    with session.store.transaction() as db:
        db.execute("delete from event where seq = 3")
    assert levels(session, "events") == ["bad"]


def test_a_row_that_refers_to_nothing_is_damage(session: Session) -> None:
    session.db.execute("pragma foreign_keys = off")
    with session.store.transaction() as db:
        db.execute("insert into membership values ('nothing', 'nobody')")
    assert "refers to" in stored.damage(session.db)
    assert levels(session, "store") == ["bad"]


def test_workers_that_died_and_workers_that_are_missing_are_named(session: Session) -> None:
    host = doctor.platform.node()
    now = stamp(session.clock.now())
    with session.store.transaction() as db:
        enlist(db, WorkerRow("w1", os.getpid(), host, "worker", now, now))
        enlist(db, WorkerRow("w2", 4_194_305, host, "worker", now, now))  # above the largest pid there can be
        enlist(db, WorkerRow("w3", 1, "elsewhere", "worker", now, stamp(MORNING - timedelta(minutes=1))))
    assert [finding.message.split(" was")[0] for finding in found(session, "worker")] == ["Worker 4194305 on " + host, "Worker 1 on elsewhere", "1 at work."]
    assert levels(session, "worker") == ["warn", "warn", "ok"]


def test_an_automatic_connection_needs_a_worker(session: Session) -> None:
    application(session)
    assert [(f.level, "Tide Tables" in f.message) for f in found(session, "worker")] == [("warn", True)]


@pytest.mark.parametrize(("days", "level"), [(400, "ok"), (59, "warn"), (29, "warn"), (6, "bad"), (0, "bad"), (-1, "bad")])
def test_certificates_are_looked_at_by_the_days_left(session: Session, days: int, level: str) -> None:
    application(session)
    with session.store.transaction() as db:
        db.execute(
            "insert into certificate (id, application_id, state, pem, sha256, not_before, not_after, private_key, created_at) "
            "values ('c1', 'a1', 'active', '', '', '', ?, x'00', '')",
            (stamp(MORNING + timedelta(days=days, hours=1)),),
        )
    assert levels(session, "certificate") == [level]


@pytest.mark.parametrize(("state", "advice"), [("failed", "retry"), ("held", "approve"), ("interrupted", "resume"), ("paused", "resume")])
def test_a_push_that_waits_for_somebody_is_named_with_the_command_that_helps(session: Session, state: str, advice: str) -> None:
    application(session)
    with session.store.transaction() as db:
        db.execute(
            "insert into push (id, application_id, app_label, provider, kind, state, planned, digest, basis, requested_by, requested_at) "
            "values ('p1', 'a1', 'Tide Tables', '', 'manual', 'planned', '{}', '', 0, '', '')"
        )
        db.execute("update push set state = ? where id = 'p1'", (state,))
    (finding,) = found(session, "push")
    assert finding.level == "warn" and "Tide Tables" in finding.message and f"usher pushes {advice} p1" in finding.hint


def test_a_sqlite_with_the_wal_reset_fault_is_named(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "wal_reset_is_fixed", lambda: False)
    (finding,) = found(session, "sqlite")
    assert finding.level == "warn" and sqlite3.sqlite_version in finding.message and "3.51.3" in finding.hint


def test_a_full_and_a_nearly_full_disk_are_told_apart(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    free = shutil.disk_usage(session.store.path).free
    monkeypatch.setattr(machine, "_LEAST_FREE", free - session.store.path.stat().st_size)
    assert levels(session, "space") == ["warn"]
    monkeypatch.setattr(machine, "_LEAST_FREE", free * 2)
    assert levels(session, "space") == ["bad"]


def test_who_holds_the_writers_lock_for_long_is_named(session: Session) -> None:
    code = "import fcntl, os, sys; fd = os.open(sys.argv[1], os.O_RDWR); fcntl.flock(fd, fcntl.LOCK_EX); os.pwrite(fd, (b'%d 1700000000\\n' % os.getpid()).ljust(48), 0); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code, f"{session.store.path}.lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline()
        (finding,) = found(session, "lock")
        assert finding.level == "bad" and f"Process {holder.pid}" in finding.message and f"ps -fp {holder.pid}" in finding.hint
        holder.kill()
    assert levels(session, "lock") == ["ok"]


def test_a_log_that_only_grows_is_noticed(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    directory.add_user(session, "anna")
    assert levels(session, "log") == []
    monkeypatch.setattr(machine, "BIG_LOG", 1)
    assert levels(session, "log") == ["warn"]


def test_a_litestream_that_no_longer_runs_is_noticed_and_one_that_runs_is_seen(session: Session) -> None:
    assert levels(session, "litestream") == []
    session.store.path.with_name(f".{session.store.path.name}-litestream").mkdir()
    (finding,) = found(session, "litestream")
    assert finding.level == "bad" and "does not run" in finding.message
    code = "import sys; file = open(sys.argv[1]); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen(["litestream", "-c", code, session.store.path], executable=sys.executable, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as it:
        assert it.stdout is not None and it.stdout.readline()
        assert levels(session, "litestream") == ["ok"]
        it.kill()


def test_a_store_without_a_backup_with_an_old_one_and_with_one_that_is_gone_are_told_apart(session: Session, clock: SteppingClock, tmp_path: Path) -> None:
    assert [finding.message for finding in found(session, "backup")] == ["No backup was made yet."]
    made = backup(session, tmp_path / "monday.db")
    assert levels(session, "backup") == ["ok"]
    clock.forward(days=8)
    assert "8 days ago" in found(session, "backup")[0].message
    made.path.chmod(0o640)
    (finding,) = found(session, "backup")
    assert finding.level == "bad" and "monday.db (mode 0640)" in finding.message
    made.path.unlink()
    assert "not there any more" in found(session, "backup")[0].message


def test_a_backup_that_fails_by_itself_is_bad(session: Session, tmp_path: Path) -> None:
    gone = tmp_path / "usb-stick"
    gone.mkdir()
    settings.set_(session, {"backup_every": "daily", "backup_folder": str(gone)})
    gone.rmdir()
    assert run_if_due(session, "w1") is None
    (finding,) = found(session, "backup")
    assert finding.level == "bad" and "There is no folder" in finding.message


def test_a_store_without_an_administrator_among_its_operators_is_noticed(session: Session) -> None:
    assert levels(session, "operators") == []
    operators.add(session, "vera", "viewer")
    assert levels(session, "operators") == ["warn"]
    operators.add(session, "ada", "administrator")
    assert "2 operators, 0 of them with a key" in found(session, "operators")[0].message


def test_a_connector_of_ones_own_that_cannot_be_used_is_named(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USHER_CONNECTORS", str(tmp_path / "connectors"))
    assert levels(session, "connectors") == []
    (tmp_path / "connectors").mkdir()
    (tmp_path / "connectors" / "mine.toml").write_text("name = ")
    (finding,) = found(session, "connectors")
    assert finding.level == "warn" and "mine.toml" in finding.message


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_push_that_no_worker_carries_out_is_named(session: Session, state: str) -> None:
    application(session)
    with session.store.transaction() as db:
        db.execute(
            "insert into push (id, application_id, app_label, provider, kind, state, planned, digest, basis, requested_by, requested_at) "
            "values ('p1', 'a1', 'Tide Tables', '', 'manual', 'planned', '{}', '', 0, '', '')"
        )
        db.execute("update push set state = ?, worker = case ? when 'running' then 'w9' end where id = 'p1'", (state, state))
    (finding,) = found(session, "push")
    assert finding.level == "warn" and "Tide Tables" in finding.message and "usher worker" in finding.hint


def test_a_standby_says_what_it_is(session: Session) -> None:
    session.store.path.with_name(f"{session.store.path.name}-txid").write_text("1")
    assert "standby" in found(session, "litestream")[0].message


def application(session: Session) -> None:
    """Tide Tables, provisioned automatically."""
    with session.store.transaction() as db:
        db.execute(
            "insert into application (id, label, label_key, connector, kind, sso, idm, created_at) "
            "values ('a1', 'Tide Tables', 'tide tables', 'custom', 'scim', 'unsupported', 'inactive', '')"
        )
        db.execute(
            "insert into connection (application_id, base_url, token, token_fingerprint, verified_at, verified_for) "
            "values ('a1', 'https://scim.example', x'00', 'f', '2026-03-02T09:00:00.000Z', 'https://scim.example f')"
        )
        db.execute("update application set idm = 'active'")


def test_backups_that_are_planned_already_are_not_told_to_be_planned(session: Session) -> None:
    assert "backup_every=daily makes them come" in found(session, "backup")[0].hint
    just_now = session.clock.now() - timedelta(minutes=5)  # due, and not yet late
    settings.set_(session, {"backup_every": "daily", "backup_at": f"{just_now:%H:%M}"})
    (finding,) = found(session, "backup")
    assert finding.hint == "usher backup FILE makes one; the first comes by itself (backup_every is daily)."
