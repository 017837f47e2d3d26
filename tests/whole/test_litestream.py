"""Litestream beside the store, for real: both killed, restored, and nothing lost that was acknowledged before the last sync."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store import activity
from store.activity import Actor
from store.connection import open_store
from tests.programs import need
from tests.whole.house import ROOT, USHER, House, house  # noqa: F401 (fixture)
from tests.whole.terminal import Terminal
from usher.services.setup import open_session

CONFIG = (ROOT / "usher/deploy/litestream.yml").read_text("utf-8")
READER = Actor("reader", "viewer", "command")
WRITER = """
import itertools, sys, time
from pathlib import Path
from tests.kit import ADMINISTRATOR
from usher.services import settings
from usher.services.setup import open_session
session = open_session(Path(sys.argv[1]), actor=ADMINISTRATOR, key_file=Path(sys.argv[2]))
for number in itertools.count(1):
    settings.set_(session, {"organization": f"Harbour {number}"})
    print(number, time.time(), flush=True)
    time.sleep(0.01)
"""


def litestream() -> str:
    """The program, where pip puts it, or in the path."""
    beside = Path(sys.executable).with_name("litestream")
    return str(beside) if beside.exists() else need("litestream")


def until(what: Callable[[], bool], saying: str) -> None:
    deadline = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline, saying
        time.sleep(0.02)


class Replicated:
    """A house whose store Litestream replicates as our own configuration says, with a writer that tells what was acknowledged."""

    def __init__(self, of: House, folder: Path) -> None:
        self.house, self.folder = of, folder
        self.replica = folder / "replica"
        self.config = folder / "litestream.yml"
        self.config.write_text(CONFIG.replace("/var/lib/usher/store.db", str(of.store)).replace("/var/backups/usher/litestream", str(self.replica)))
        self.said = folder / "acknowledged"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.replicating = self.start(litestream(), "replicate", "-config", str(self.config))
        until(lambda: bool(self.files()), "Litestream did not begin")
        with self.said.open("wb") as out:
            self.writing = self.start(sys.executable, "-c", WRITER, str(of.store), of.env["USHER_KEY_FILE"], stdout=out)

    def start(self, *words: str, stdout: object = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        mask = os.umask(0o077)  # as UMask=0077 in the unit
        try:
            process = subprocess.Popen(words, cwd=ROOT, stdout=stdout, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)  # type: ignore[call-overload]
        finally:
            os.umask(mask)
        self.processes.append(process)
        return process

    def files(self) -> list[Path]:
        """What was synced, in order."""
        return sorted((self.replica / "ltx" / "0").glob("*.ltx"))

    def acknowledged(self) -> dict[int, float]:
        """Each change that was acknowledged, and when."""
        lines = [line.split() for line in self.said.read_text().splitlines(keepends=True) if line.endswith("\n")]
        return {int(number): float(at) for number, at in lines}

    def restore(self, target: Path) -> None:
        words = [litestream(), "restore", "-integrity-check", "full", "-o", str(target), "-config", str(self.config), str(self.house.store)]
        mask = os.umask(0o077)
        try:
            subprocess.run(words, check=True, capture_output=True, timeout=60)
        finally:
            os.umask(mask)

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def replicated(house: House, tmp_path: Path) -> Iterator[Replicated]:  # noqa: F811
    made = Replicated(house, tmp_path)
    yield made
    made.end()


def newest(path: Path) -> int:
    """The last change in a store that is read and let go again."""
    session = open_session(path, actor=READER, read_only=True)
    try:
        entry = activity.page(session.db, limit=1)[0]
        return int(str(entry.detail["organization"][1]).split()[-1]) if entry.action == "setting.changed" else 0
    finally:
        session.store.close()


def test_killed_and_restored_it_holds_all_that_was_acknowledged_before_the_last_sync(replicated: Replicated, capsys: pytest.CaptureFixture[str]) -> None:
    until(lambda: len(replicated.acknowledged()) > 150 and len(replicated.files()) > 5, "nothing was written")
    for process in (replicated.writing, replicated.replicating):
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    acknowledged = replicated.acknowledged()
    synced = replicated.files()[-2].stat().st_mtime  # what came before this was written is in it or in the one that began after it
    restored = replicated.folder / "from-litestream.db"
    replicated.restore(restored)

    kept = newest(restored)
    lost = [at for number, at in acknowledged.items() if number > kept]
    assert [number for number, at in acknowledged.items() if number > kept and at < synced] == []
    assert sorted(acknowledged) == list(range(1, len(acknowledged) + 1))
    store = open_store(restored, read_only=True)
    assert activity.verify(store.db) is None
    assert store.db.execute("pragma integrity_check").fetchone()[0] == "ok"
    store.close()
    done = replicated.house.usher("restore", str(restored), "--replace", "--json")
    assert done.status == 0 and newest(replicated.house.store) == 0 and json.loads(done.out)["kept"], done.err
    with capsys.disabled():
        window = (max(acknowledged.values()) - min(lost)) * 1000 if lost else 0.0
        print(f"\n  Litestream at 100 ms, both killed: {len(acknowledged)} acknowledged, {len(lost)} lost, those of the last {window:.0f} ms")


def test_a_standby_follows_is_read_by_commands_and_written_by_nobody(replicated: Replicated, capsys: pytest.CaptureFixture[str]) -> None:
    standby = replicated.folder / "standby.db"
    words = ["restore", "-f", "-follow-interval", "100ms", "-o", str(standby), "-config", str(replicated.config), str(replicated.house.store)]
    replicated.start(litestream(), *words)
    until(lambda: standby.with_name("standby.db-txid").exists(), "the follower did not begin")
    first = newest(standby)
    until(lambda: newest(standby) > first + 50, "the standby stands still")
    seen, now, acknowledged = newest(standby), time.time(), replicated.acknowledged()

    read = replicated.house.usher("--store", str(standby), "--read-only", "settings", "list", "--json")
    assert read.status == 0 and read.json[0]["value"].startswith("Harbour ")
    written = replicated.house.usher("--store", str(standby), "groups", "add", "Pilots", "--json")
    assert written.status == 4 and json.loads(written.err)["error"]["code"] == "store-is-standby"

    held = open_store(standby, read_only=True)
    assert held.db.execute("select count(*) from setting").fetchone()[0]
    held.close()  # whoever keeps it open holds the follower up, no longer than that
    after = newest(standby)
    until(lambda: newest(standby) > after + 20, "the follower did not go on")
    assert not any(process.poll() for process in replicated.processes)
    with capsys.disabled():
        print(f"\n  A standby at 100 ms: {(now - acknowledged.get(seen, now)) * 1000:.0f} ms behind")


def test_a_console_does_not_hold_a_standby_up(house: House) -> None:  # noqa: F811
    mark = house.store.with_name(f"{house.store.name}-txid")
    mark.write_text("0000000000000001")
    terminal = Terminal([*USHER, "--read-only"], env=house.env, cwd=ROOT, size=(240, 40))  # a long path breaks no words
    terminal.wait_for("would hold Litestream up")
    terminal.close()
    mark.unlink()
