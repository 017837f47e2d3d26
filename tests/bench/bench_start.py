"""How soon the console shows its first content, as a ratio to a minimal Textual app started in the same run."""

from __future__ import annotations

import fcntl
import functools
import os
import pty
import resource
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from starting import USHER, least, store_with_an_application

LIMIT = 1.5
ROUNDS = 15
PLACES = ("apps", "overview")
MINIMAL = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("Configured")
Minimal().run()
"""
FIRST = {"minimal": b"Configured", "apps": b"Configured", "overview": b"NEEDS A PERSON"}


def processor_seconds(marker: bytes, command: list[str], env: dict[str, str]) -> float:
    """What a command has used of the processor when `marker` is among its bytes on an 80×24 pseudo-terminal."""
    return first_content(marker, command, env)[0]


def first_content(marker: bytes, command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """The same, with the MiB of memory that it has by then."""
    master, slave = pty.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=env)
    os.close(slave)
    begun, seen = time.monotonic(), b""
    try:
        while marker not in seen:
            if time.monotonic() - begun > 60 or not select.select([master], [], [], 60)[0]:
                raise SystemExit(f"{command} showed nothing; it wrote {seen[-2000:]!r}")
            seen += os.read(master, 65536)
        resident = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20
        process.send_signal(signal.SIGKILL)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, resident
    finally:
        process.kill()
        process.wait()
        os.close(master)


def main() -> int:
    with store_with_an_application() as env:
        commands = {"minimal": [sys.executable, "-c", MINIMAL], **{place: [*USHER, place] for place in PLACES}}
        runs = {name: functools.partial(processor_seconds, FIRST[name], command, env) for name, command in commands.items()}
        used = least(ROUNDS, runs)
    ratios = {place: used[place] / used["minimal"] for place in PLACES}
    for place, ratio in ratios.items():
        print(
            f"usher {place}: first content at {used[place] * 1000:.0f} ms, a minimal Textual app at {used['minimal'] * 1000:.0f} ms: {ratio:.2f} (limit: at most {LIMIT})"
        )
    return int(max(ratios.values()) > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
