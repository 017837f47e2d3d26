"""A real terminal for the tests: a program on a pseudo-terminal, its bytes read by pyte, its keys pressed one by one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyte

KEYS = {
    "enter": "\r",
    "esc": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "space": " ",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "delete": "\x1b[3~",
}
PATIENCE = 20.0


class Terminal:
    """A running program and the screen it draws."""

    def __init__(self, command: Sequence[str], *, size: tuple[int, int] = (80, 24), env: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
        self.columns, self.lines = size
        self._screen = pyte.Screen(self.columns, self.lines)
        self._stream = pyte.ByteStream(self._screen)
        self._replies = b""
        self.output = b""
        self._master, slave = pty.openpty()
        self.resize(self.columns, self.lines)
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env={**os.environ, "TERM": "xterm-256color", **(env or {})}, cwd=cwd
        )
        os.close(slave)

    def resize(self, columns: int, lines: int) -> None:
        """Gives the terminal another size, as dragging a window's corner does."""
        self.columns, self.lines = columns, lines
        self._screen.resize(lines, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        if hasattr(self, "process"):
            os.killpg(self.process.pid, signal.SIGWINCH)

    def press(self, *keys: str) -> None:
        """Presses keys: names of `KEYS`, `ctrl+x`, or one character each; waits a moment after each."""
        for key in keys:
            text = chr(ord(key[-1].upper()) - 64) if key.startswith("ctrl+") else KEYS.get(key, key)
            os.write(self._master, text.encode())
            self.settle(0.15 if key == "esc" else 0.03)

    def type(self, text: str) -> None:
        """Types text as fast as a paste by hand."""
        os.write(self._master, text.encode())
        self.settle(0.05)

    def settle(self, quiet: float = 0.1) -> None:
        """Reads what comes until nothing has come for `quiet` seconds."""
        while select.select([self._master], [], [], quiet)[0]:
            if not self._read():
                return

    def _read(self) -> bool:
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.output += data
        # pyte trips over private modes and the kitty protocol's queries that carry `<`, `>` or `=`.
        self._stream.feed(re.sub(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*[$]p|\x1bP.*?\x1b\\", b"", data, flags=re.S))
        return True

    @property
    def text(self) -> str:
        """The screen as lines of text."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, *texts: str, patience: float = PATIENCE, gone: bool = False) -> str:
        """Waits until every one of `texts` is on the screen (or, with `gone`, none is); shows the screen otherwise."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            screen = self.text
            flat = " ".join(screen.split())
            if all((text in screen or text in flat) is not gone for text in texts):
                return screen
            if select.select([self._master], [], [], 0.05)[0] and not self._read() and self.process.poll() is not None:
                break
        missing = [text for text in texts if (text in self.text or text in " ".join(self.text.split())) is gone]
        raise AssertionError(f"waited {patience:.0f} s for {missing} {'to go' if gone else ''}; the screen shows:\n{self.text}")

    def ended(self, patience: float = PATIENCE) -> int:
        """Waits for the program to end and returns its exit status."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            status = self.process.poll()
            if status is not None:
                return status
            self.settle(0.05)
        raise AssertionError(f"still running after {patience:.0f} s; the screen shows:\n{self.text}")

    def close(self) -> None:
        """Ends the program, gently first."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            with contextlib.suppress(AssertionError):
                self.ended(3)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._master)


@contextlib.contextmanager
def terminal(command: Sequence[str], **options: object) -> Iterator[Terminal]:
    """A program on a terminal of its own, ended at the end."""
    opened = Terminal(command, **options)  # type: ignore[arg-type]
    try:
        yield opened
    finally:
        opened.close()
