"""The console ends well: told to, hung up, without a terminal, on one that takes nothing, or on one far too small."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import resource
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.house import ROOT, USHER, House, house
from tests.whole.proxy import FaultProxy
from tests.whole.servers import Server
from tests.whole.terminal import Terminal, terminal
from tests.whole.test_console_terminal import MANY, begin, slow
from tests.whole.walking import Console
from tui.driver import Line

__all__ = ["house", "slow"]

LEADER = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
"""Makes the terminal the program's own, as sshd and a terminal window do: only then is a hang-up a signal."""
MODES_OFF = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?1006l", b"\x1b[?2004l", b"\x1b[?1004l", b"\x1b[<u")
ENDS = {signal.SIGHUP: "SIGHUP", signal.SIGTERM: "SIGTERM", signal.SIGINT: "SIGINT"}


@contextlib.contextmanager
def opened(house: House, *words: str, own: bool = True, size: tuple[int, int] = (80, 24)) -> Iterator[Console]:
    """The console on a terminal that is its controlling one, or (not `own`) on one it was merely handed."""
    console = Console([*([sys.executable, "-c", LEADER] if own else []), *USHER, *words], size=size, env=house.env, cwd=ROOT)
    try:
        yield console
    finally:
        console.close()


def cpu(process: int) -> float:
    """Seconds of processor time a process has taken so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_of_the_ended() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def is_as_before(console: Terminal) -> bool:
    """Whether the terminal reads lines and echoes again."""
    wanted = termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN
    return termios.tcgetattr(console.slave)[3] & wanted == wanted


@pytest.mark.parametrize("number", ENDS, ids=ENDS.values())
def test_a_signal_ends_it_with_one_sentence_and_the_terminal_as_it_was(house: House, number: signal.Signals) -> None:
    with opened(house) as console:
        console.wait_for("? Keys")
        console.process.send_signal(number)
        assert console.ended() == 0
        console.settle()
        assert is_as_before(console)
        assert [mode for mode in MODES_OFF if mode not in console.output[-2000:]] == []
        said = console.output[console.output.rindex(b"\x1b[?1049l") :]
        assert said.count(b"\n") == said.count(b"usher: ") == 1
        assert f"ended because it was asked to ({ENDS[number]})".encode() in said


def test_a_signal_that_comes_while_it_ends_does_not_bring_it_back(house: House) -> None:
    # With a hang-up the kernel sends SIGCONT, after which Textual would read its terminal anew, for ever.
    with opened(house) as console:
        console.wait_for("? Keys")
        console.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 20
        while console.process.poll() is None:
            assert time.monotonic() < deadline, "it reads on"
            console.process.send_signal(signal.SIGCONT)
            console.settle(0.005)
        assert console.process.returncode == 0
        console.settle()
        assert is_as_before(console)


def test_a_console_that_is_stopped_gives_the_terminal_back_and_goes_on_where_it_was(house: House) -> None:
    def state() -> str:
        return Path(f"/proc/{console.process.pid}/stat").read_text().rpartition(")")[2].split()[0]

    with opened(house) as console:
        console.wait_for("? Keys")
        console.process.send_signal(signal.SIGTSTP)
        console.wait_until(lambda: state() == "T", "it to stop")
        assert is_as_before(console)
        console.process.send_signal(signal.SIGCONT)
        console.wait_until(lambda: not is_as_before(console), "the full screen")
        console.go("3", "Users")
        assert console.leave() == 0


@pytest.mark.parametrize("own", [True, False], ids=["its own terminal", "a terminal it was handed"])
def test_when_the_terminal_vanishes_the_process_is_gone_and_never_spun(house: House, own: bool) -> None:
    with opened(house, own=own) as console:
        console.wait_for("? Keys")
        others, before = cpu_of_the_ended(), cpu(console.process.pid)
        console.vanish()
        assert console.process.wait(20) == 0
        assert cpu_of_the_ended() - others - before < 2
    assert not list((house.folder / ".local" / "state").rglob("*.txt")), "a hang-up is no crash"


def test_a_push_goes_on_in_its_worker_when_the_client_vanishes(house: House, scim2_server: Server, slow: FaultProxy) -> None:
    with opened(house, "app", "Calendly") as console:
        console.wait_for("? Keys")
        begin(console, scim2_server)
        console.vanish()
        assert console.process.wait(20) == 0
    assert len(scim2_server.users()) < MANY
    deadline = time.monotonic() + 30
    while house.read("pushes", "list")[0]["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, "the push stopped with the console"
        time.sleep(0.1)
    assert house.read("pushes", "list")[0]["state"] == "succeeded"
    assert len(scim2_server.users()) == MANY


def test_a_terminal_that_takes_nothing_more_does_not_hold_it_up(house: House) -> None:
    with opened(house) as console:
        console.wait_for("? Keys")
        console.stall(*"23123123123123123123123123123123123123123123")
        console.process.send_signal(signal.SIGTERM)
        assert console.process.wait(20) == 0
        assert is_as_before(console)
        console.settle()
        tail = console.output[-600:]
        assert [mode for mode in MODES_OFF if mode not in tail] == []
        assert b"ended because it was asked to (SIGTERM)" in tail
        assert b"Traceback" not in console.output


def test_what_a_vanished_terminal_does_not_take_is_lost_without_a_word() -> None:
    class Vanished(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.EIO, "Input/output error")

        def flush(self) -> None:
            raise OSError(errno.EIO, "Input/output error")

    line = Line(Vanished())
    assert line.write("a picture") == 9
    line.flush()


def test_a_terminal_far_too_small_says_so_from_the_start_and_is_used_once_it_grows(house: House) -> None:
    with opened(house, size=(20, 5)) as console:
        console.wait_for("Usher needs 80×20; this is 20×5.")
        console.resize(80, 24)
        console.wait_for("? Keys", "Harbour Works")
        for size in ((20, 5), (1, 1), (20, 5)):
            console.resize(*size)
        console.wait_for("this is 20×5.")
        console.resize(100, 30)
        console.wait_for("? Keys")
        assert console.leave() == 0


@pytest.mark.parametrize("missing", ["stdin", "stdout", "stderr"])
def test_without_a_terminal_on_every_end_it_says_so_and_ends_at_once(house: House, missing: str) -> None:
    with terminal([sys.executable, "-c", ""]) as spare:
        ends = dict.fromkeys(("stdin", "stdout", "stderr"), spare.slave)
        ends[missing] = subprocess.DEVNULL if missing == "stdin" else subprocess.PIPE
        process = subprocess.Popen(USHER, cwd=ROOT, env={**os.environ, **house.env, "TERM": "xterm"}, start_new_session=True, **ends)
        try:
            said = process.communicate(timeout=20)
        finally:
            process.kill()
        spare.settle()
        found = spare.output + b"".join(part or b"" for part in said)
        assert process.returncode in (2, 3)
        assert found.count(b"\n") == 1 and b"needs a terminal" in found
        assert b"\x1b[" not in found


def test_a_dumb_terminal_is_told_so_in_one_sentence(house: House) -> None:
    with terminal(USHER, env={**house.env, "TERM": "dumb"}, cwd=ROOT) as dumb:
        assert dumb.ended() == 3
        dumb.settle()
        assert dumb.output.count(b"\n") == 1 and b"TERM=dumb" in dumb.output and b"\x1b[" not in dumb.output
