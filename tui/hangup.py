"""Ends the console when its terminal goes away or somebody asks it to, within about a second, whatever it is at.

A hang-up must reach a console whose event loop waits for a terminal that takes no more output, or for a thread at work;
so a thread of its own listens, and cuts short what does not end by itself. A push runs in a worker and goes on.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from typing import Any, TextIO

ENDINGS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)
GRACE = 0.8
"""Seconds the console has to end by itself."""
RESTORE = b"\x18\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l\x1b[?2048l\x1b[?1004l\x1b[<u\x1b[0m\x1b[?1049l\x1b[?25h"
"""Breaks off a sequence half sent, and turns off every mode the console turned on: pictures held back, paste marks, mouse, focus, keyboard protocol,
the second screen; and shows the cursor."""
_NUDGE = signal.SIGUSR1
"""Wakes a thread that waits for the terminal to take what it writes."""
_GONE = "its terminal went away"


class Hangup:
    """`with Hangup() as line:` around the console. `line.reason` says afterwards why it was ended, if it was.

    `cut` tells whether a console that does not end by itself is cut short; not where something must be cleared up after it.
    """

    def __init__(self, *, cut: bool = True) -> None:
        self.reason = ""
        self._cut = cut
        self._leave: Callable[[], object] | None = None
        self._attributes: list[Any] | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Hangup:
        with contextlib.suppress(termios.error):
            self._attributes = termios.tcgetattr(0)
        self._hears, self._says = os.pipe()
        self._over = threading.Event()
        self._before = {number: signal.signal(number, self._signalled) for number in ENDINGS}
        self._before[_NUDGE] = signal.signal(_NUDGE, lambda *_: None)
        self._thread = threading.Thread(target=self._listen, name="usher-hangup", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        os.write(self._says, b".")
        self._thread.join()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._hears)
        os.close(self._says)

    def leave_by(self, leave: Callable[[], object]) -> None:
        """What ends the console in order, from any thread; known once it runs."""
        self._leave = leave
        if self.reason:
            leave()

    def _signalled(self, number: int, _: object) -> None:
        """Only notes it: the main thread may be anywhere."""
        self.reason = self.reason or f"it was asked to ({signal.Signals(number).name})"
        os.write(self._says, b"!")

    def _listen(self) -> None:
        """Waits without a cost for a signal, or for the terminal to hang up."""
        waiting = select.poll()
        waiting.register(self._hears, select.POLLIN)
        waiting.register(0, 0)  # a hang-up is told without being asked for
        if dict(waiting.poll()).get(0, 0) & select.POLLNVAL:  # some systems cannot watch a terminal in this way
            waiting.unregister(0)
            waiting.poll()
        if self._over.is_set():
            return
        self.reason = self.reason or _GONE
        if self._leave:
            with contextlib.suppress(RuntimeError):  # it is over at this moment
                self._leave()
        if not self._over.wait(GRACE):
            restore(self._attributes, self.sentence)
            if self._cut:
                os._exit(0)

    @property
    def sentence(self) -> str:
        """What is said below the console's screen; empty when it was left by a key."""
        return f"usher: The console ended because {self.reason}. What was kept is kept; a push goes on in its worker.\n" if self.reason else ""

    def say(self) -> None:
        """Writes the sentence where somebody can still read it."""
        with contextlib.suppress(OSError):
            sys.stderr.write(self.sentence)
            sys.stderr.flush()
        _let_go(sys.stdout, sys.stderr)


def _let_go(*streams: TextIO) -> None:
    """What a terminal that is gone did not take is dropped: Python would try again as it ends, and end with 120."""
    for stream in streams:
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def is_gone() -> bool:
    """Whether the terminal hung up."""
    waiting = select.poll()
    waiting.register(0, 0)
    return any(found & (select.POLLHUP | select.POLLERR) for _, found in waiting.poll(0))


def restore(attributes: list[Any] | None, sentence: str) -> None:
    """Puts the terminal back as it was and says why, without waiting for one that takes nothing."""
    with contextlib.suppress(OSError, termios.error):
        own = os.open(os.ttyname(0), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)  # not to change the shell's own descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # no picture comes after this
        if attributes:
            termios.tcsetattr(0, termios.TCSANOW, attributes)
        until, text = time.monotonic() + 0.2, RESTORE + sentence.encode()
        rest = text
        while rest and time.monotonic() < until:
            try:
                rest = rest[os.write(own, rest) :]
            except BlockingIOError:
                if rest is text:
                    _nudge_writer()
                    termios.tcflush(own, termios.TCOFLUSH)  # a picture on its way stands before it
                time.sleep(0.002)


def _nudge_writer() -> None:
    """Lets Textual's thread that writes try again; by now it writes to nowhere."""
    for thread in threading.enumerate():
        if thread.name == "textual-output" and thread.ident:
            signal.pthread_kill(thread.ident, _NUDGE)
