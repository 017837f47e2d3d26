"""`usher demo` at a terminal: what to try, then the console; and whichever way it ends, nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import need
from tests.whole.terminal import Terminal, terminal

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "tui.cli.main", "demo"]


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


@pytest.fixture
def console(temporary: Path) -> Iterator[Terminal]:
    with terminal(DEMO, size=(100, 30), env={"TMPDIR": str(temporary)}, cwd=ROOT) as opened:
        opened.wait_for("SSO Applications", "Overview")
        yield opened


def is_left(temporary: Path) -> bool:
    """Whether a file or a process of the demo is still there."""
    listed = subprocess.run([need("ps"), "-axww", "-o", "stat=,args="], capture_output=True, text=True, check=True).stdout
    return bool(list(temporary.iterdir())) or any(str(temporary) in line and not line.startswith("Z") for line in listed.splitlines())


def test_it_prints_what_to_try_and_opens_the_console_on_the_demos_store(console: Terminal) -> None:
    printed = console.output.decode("utf-8", "replace")
    assert "Base URL           http://127.0.0.1:" in printed
    assert "usher apps add calendly --label Calendly" in printed
    assert "Example Organisation" in console.text


def test_leaving_the_console_ends_the_demo_and_says_so(console: Terminal, temporary: Path) -> None:
    console.press("q")
    console.wait_for("Leave the rehearsal?", "everything in it is removed")
    console.press("y")
    assert console.ended() == 0
    console.settle()
    assert b"The rehearsal is over: the stand-in provider was stopped" in console.output
    assert not is_left(temporary)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_console_and_demo(console: Terminal, temporary: Path, number: int) -> None:
    console.process.send_signal(number)
    assert console.ended(3) == 0
    assert not is_left(temporary)


def test_a_window_that_is_closed_leaves_nothing_behind(temporary: Path) -> None:
    # The terminal must be the one that controls the demo, as a window's is: then closing it hangs up.
    code = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
    window = Terminal([sys.executable, "-c", code, *DEMO], size=(100, 30), env={"TMPDIR": str(temporary)}, cwd=ROOT)
    try:
        window.wait_for("SSO Applications", "Overview")
        os.close(window._master)
        window.process.wait(5)
        assert not is_left(temporary)
    finally:
        window.process.kill()
        window.process.wait()


def test_without_a_terminal_it_says_how_to_go_without(temporary: Path) -> None:
    done = subprocess.run(DEMO, cwd=ROOT, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(temporary)})
    assert (done.returncode, done.stdout) == (3, "")
    assert "usher demo --no-console" in done.stderr
    assert not is_left(temporary)
