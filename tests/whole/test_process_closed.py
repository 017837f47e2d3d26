"""What a process of Usher's leaves open to others: nothing of its memory, no core, no file; nothing that makes libraries write down secrets."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pwd
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.house import ROOT, USHER, House
from tests.whole.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
LEAKY = {"TEXTUAL_LOG": "keys.log", "TEXTUAL": "devtools", "SSLKEYLOGFILE": "tls.keys", "PYTHONINSPECT": "1", "PYTHONASYNCIODEBUG": "1"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "house")
    yield made
    made.leave()


def closed(pid: int) -> bool:
    """Whether a process's memory is closed to others of its account: its files in /proc belong to root then. To a test that is root all of
    them do; the core limit, which is set in the same breath, stands for both."""
    return core_limit(pid) == "0" and (os.geteuid() == 0 or Path(f"/proc/{pid}/environ").stat().st_uid == 0)


def core_limit(pid: int) -> str:
    line = next(line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if line.startswith("Max core file size"))
    return line.split()[4]


def wait_for(what: str, seen: object) -> None:
    end = time.monotonic() + 30
    while not seen():  # type: ignore[operator]
        assert time.monotonic() < end, what
        time.sleep(0.05)


@contextlib.contextmanager
def started(house: House, *words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([*USHER, *words], cwd=ROOT, env={**os.environ, **house.env, **LEAKY}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def test_hardening_takes_the_process_out_of_others_sight() -> None:
    code = (
        "import ctypes, json, os, resource, sys\nfrom usher.process import harden\nharden()\n"
        "dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)\nmask = os.umask(0)\n"
        "print(json.dumps([dumpable, mask, resource.getrlimit(resource.RLIMIT_CORE), sorted(set(os.environ) & set(sys.argv[1:]))]))"
    )
    own, before = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE)[1]
    allowed = f"import resource; resource.setrlimit(resource.RLIMIT_CORE, ({before}, {before}))\n"
    done = subprocess.run(
        [sys.executable, "-c", allowed + code, *LEAKY], cwd=ROOT, env={**os.environ, **LEAKY}, capture_output=True, text=True, input="", check=True
    )
    assert json.loads(done.stdout) == [0, 0o077, [0, 0], []], "and no prompt stays open at the end (PYTHONINSPECT)"
    assert ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == own, "the tests' own process is as it was"


def test_nobody_else_reads_the_environment_of_a_closed_process(tmp_path: Path) -> None:
    """As an account without rights: a process of its own reads what is open, and not what is closed."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another account")
    nobody = pwd.getpwnam("nobody").pw_uid
    code = "import sys, time\nfrom usher.process import harden\nif sys.argv[1] == 'closed': harden()\nprint('on', flush=True)\ntime.sleep(60)"
    found = {}
    for name in ("open", "closed"):
        # root starts it, so that it can read the program; it becomes nobody before it hardens itself
        become = f"import ctypes, os, resource; from usher import process; os.setuid({nobody})\n"
        again = "ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)\n"  # what setuid took away is given back: a process of the account's own from the start
        process = subprocess.Popen([sys.executable, "-c", become + again + code, name], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None and process.stdout.readline() == "on\n"
            look = f"import os; os.setuid({nobody})\ntry: open('/proc/{process.pid}/environ').read(); print('read')\nexcept PermissionError: print('refused')"
            found[name] = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout.strip()
        finally:
            process.kill()
            process.communicate()
    assert found == {"open": "read", "closed": "refused"}


def test_every_way_in_closes_itself(house: House, tmp_path: Path) -> None:
    with started(house, "worker") as worker, started(house, "serve", "--port", "0", "--no-worker") as serve, started(house, "activity", "verify"):
        assert worker.stderr is not None and serve.stdout is not None
        assert worker.stderr.readline().startswith("Carrying out") and serve.stdout.readline().startswith("listening on")
        assert closed(worker.pid) and closed(serve.pid)
    console = Terminal([*USHER, "settings"], size=(80, 24), env={**house.env, **LEAKY}, cwd=ROOT)
    try:
        console.wait_for("? Keys")
        assert closed(console.process.pid)
    finally:
        console.close()
    assert not [file for file in ("keys.log", "tls.keys") if (ROOT / file).exists()]
    assert all(file.stat().st_mode & 0o077 == 0 for file in house.folder.rglob("*") if file.is_file() and "store" in file.parts), "the store's files"


def test_a_file_descriptor_of_a_shell_is_still_read(house: House) -> None:
    """`<(command)` is a path under /proc/self: closing the process to others does not close it to itself."""
    house.do("apps", "add", "calendly", "--label", "Calendly")
    line = f"{' '.join(USHER)} idm configure Calendly --base-url https://api.example.org/scim --token-file <(echo tok_4711)"
    done = subprocess.run(
        line, shell=True, executable="/bin/bash", cwd=ROOT, env={**os.environ, **house.env}, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
