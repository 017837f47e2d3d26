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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
ASKS_FOR_FRAMES, FRAME_BEGINS, FRAME_ENDS = b"\x1b[?2026$p", b"\x1b[?2026h", b"\x1b[?2026l"
# pyte trips over private modes and the kitty protocol's queries that carry `<`, `>` or `=`.
UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*[$]p|\x1bP.*?\x1b\\", re.S)
CUT_OFF = re.compile(rb"(\x1b([\[P][^a-zA-Z]*)?)?\Z")
"""A sequence that a read broke in two."""


class Terminal:
    """A running program and the screen it draws."""

    def __init__(self, command: Sequence[str], *, size: tuple[int, int] = (80, 24), env: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
        self.columns, self.lines = size
        self._screen = pyte.Screen(self.columns, self.lines)
        self._stream = pyte.ByteStream(self._screen)
        self._held = b""
        self._text: str | None = None
        self.output = b""
        self._master, self.slave = pty.openpty()
        self.resize(self.columns, self.lines)
        self.process = subprocess.Popen(
            command,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", **(env or {})},
            cwd=cwd,
        )

    def paste(self, text: str) -> None:
        """Pastes text as a terminal does, between the marks of bracketed paste."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    def click(self, text: str, *, times: int = 1) -> None:
        """Clicks the first place on the screen where `text` stands, once it stands there."""
        self.wait_until(lambda: text in self.text, f"{text} to click on")
        row, column = next((y, line.index(text)) for y, line in enumerate(self._screen.display) if text in line)
        for _ in range(times):
            self.type("".join(f"\x1b[<0;{column + 1};{row + 1}{end}" for end in "Mm"))

    def resize(self, columns: int, lines: int) -> None:
        """Gives the terminal another size, as dragging a window's corner does."""
        self.columns, self.lines = columns, lines
        self._screen.resize(lines, columns)
        self._text = None
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        if hasattr(self, "process"):
            os.killpg(self.process.pid, signal.SIGWINCH)

    def press(self, *keys: str) -> None:
        """Presses keys: names of `KEYS`, `ctrl+x`, or one character each; waits a moment after each."""
        for key in keys:
            os.write(self._master, _sent(key))
            self.settle(0.15 if key == "esc" else 0.03)

    def move(self, key: str, patience: float = 1.0) -> None:
        """Presses a key and waits until the screen answers it (or `patience` is over: nothing came of it)."""
        os.write(self._master, _sent(key))
        if select.select([self._master], [], [], patience)[0]:
            self._read()
            self.settle(0.08)

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
        if ASKS_FOR_FRAMES in data:
            os.write(self._master, b"\x1b[?2026;2$y")  # yes: every picture comes between marks, and none is read half drawn
        data = self._held + data
        whole = data.rfind(FRAME_BEGINS) if data.rfind(FRAME_BEGINS) > data.rfind(FRAME_ENDS) else len(data) - len(CUT_OFF.search(data)[0])  # type: ignore[index]
        self._held, self._text = data[whole:], None
        self._stream.feed(UNKNOWN_TO_PYTE.sub(b"", data[:whole]))
        return True

    @property
    def text(self) -> str:
        """The screen as lines of text."""
        if self._text is None:  # pyte takes milliseconds for it
            self._text = "\n".join(line.rstrip() for line in self._screen.display)
        return self._text

    def is_bold(self, text: str) -> bool:
        """Whether `text` (or `text *`) stands in bold with nothing bold beside it, as the label of the field at work does;
        in the dialog, when there is one."""
        dialog = "╭─ " in self.text
        for y, line in enumerate(self.text.split("\n")):
            bold = "".join(char if self._screen.buffer[y][x].bold else "\0" for x, char in enumerate(line))
            if dialog:
                bold = bold[line.find("│") + 1 : line.rfind("│")] if line.count("│") > 1 else ""
            if re.search(rf"(?:^|\0){re.escape(text)}(?: \*)?(?:\0|$)", bold):
                return True
        return False

    def shows(self, text: str) -> bool:
        """Whether `text` can be read somewhere, also where it is broken over lines: across the screen, in a dialog, in a toast."""
        return any(text in reading for reading in self._readings())

    def _readings(self) -> Iterator[str]:
        screen = self.text
        yield screen
        lines = [re.sub("[\u2580-\u2588]+$", "", line) for line in screen.splitlines()]
        yield _flat(lines)
        yield _flat(line.split("│", 1)[1].rpartition("│")[0] for line in lines if line.count("│") > 1)
        for y, line in enumerate(lines):  # a toast, or the error beside a field: a glyph, and lines that begin under it or under its words
            for glyph in re.finditer("[✓▲✗] ", line):
                for left in glyph.span():
                    yield _flat([line[glyph.start() :], *(below[left:] for below in lines[y + 1 : y + 4])])
        yield _flat(line[:78] for line in lines)  # what stands left of a scroll bar at 80 columns

    def wait_until(self, holds: Callable[[], bool], what: str, patience: float = PATIENCE) -> float:
        """Reads what comes until `holds()`; returns the seconds it took, or fails with the screen."""
        started = time.monotonic()
        while time.monotonic() < started + patience:
            if holds():
                return time.monotonic() - started
            if select.select([self._master], [], [], 0.02)[0] and not self._read() and self.process.poll() is not None:
                break
        if holds():
            return time.monotonic() - started
        raise AssertionError(f"waited {patience:.0f} s for {what}; the screen shows:\n{self.text}")

    def wait_for(self, *texts: str, patience: float = PATIENCE, gone: bool = False) -> str:
        """Waits until every one of `texts` is on the screen (or, with `gone`, none is); shows the screen otherwise."""
        what = f"{[*texts]} to {'go' if gone else 'be seen'}"
        self.wait_until(lambda: all(self.shows(text) is not gone for text in texts), what, patience)
        return self.text

    def ended(self, patience: float = PATIENCE) -> int:
        """Waits for the program to end and returns its exit status."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            status = self.process.poll()
            if status is not None:
                return status
            self.settle(0.05)
        raise AssertionError(f"still running after {patience:.0f} s; the screen shows:\n{self.text}")

    def vanish(self) -> None:
        """Goes away at the other end, as a client does that lost its line."""
        os.close(self._master)
        self._master = -1

    def stall(self, *keys: str) -> None:
        """Presses keys and reads nothing of what comes of them, as a frozen client does."""
        for key in keys:
            with contextlib.suppress(BlockingIOError):
                os.set_blocking(self._master, False)
                os.write(self._master, _sent(key))
            time.sleep(0.02)
        os.set_blocking(self._master, True)

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
        os.close(self.slave)
        if self._master >= 0:
            os.close(self._master)


def _sent(key: str) -> bytes:
    """What a terminal sends for a key."""
    return (chr(ord(key[-1].upper()) - 64) if key.startswith("ctrl+") else KEYS.get(key, key)).encode()


def _flat(lines: Iterable[str]) -> str:
    """Lines as one, with single spaces."""
    return " ".join(" ".join(lines).split())


@contextlib.contextmanager
def terminal(command: Sequence[str], **options: object) -> Iterator[Terminal]:
    """A program on a terminal of its own, ended at the end."""
    opened = Terminal(command, **options)  # type: ignore[arg-type]
    try:
        yield opened
    finally:
        opened.close()
