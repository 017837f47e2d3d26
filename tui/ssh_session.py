"""One session over SSH: a console in a process and on a terminal of its own, and the bytes between the two."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import struct
import sys
import termios
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import asyncssh

import tui
from tui.hangup import RESTORE

_NO_TERMINAL = b"usher: The console needs a terminal. Ask for one: ssh -t\r\n"
_TAKEN_ALONG = ("LANG", "LC_ALL", "LC_CTYPE", "COLORTERM", "NO_COLOR")
"""What a client may say about its own terminal; nothing else of its environment is heard."""
_LEFT_OUT = ("TEXTUAL", "SSH_", "LC_", "TMUX", "STY", "TERM", "COLORTERM", "LANG", "LINES", "COLUMNS", "NO_COLOR", "USHER_OPERATOR", "USHER_STORE")
_PIECE, _MOST_TYPED = 65_536, 65_536
KILL_AFTER = 5.0
"""Seconds a console has to end once its client is gone."""


class ConsoleSession(asyncssh.SSHServerSession[bytes]):
    """Between a client's channel and the console started for it. `words` are those of the command line; `ended` is told
    once the process is gone."""

    def __init__(self, words: Sequence[str], connection: str, ended: Callable[[ConsoleSession], object]) -> None:
        self._words, self._connection, self._tell_ended = words, connection, ended
        self._process: Process | None = None
        self._master = -1
        self._typed = bytearray()
        self._size = (80, 24)
        self._has_terminal = self._is_gone = False
        self._work: asyncio.Task[None] | None = None
        self._all_drawn = asyncio.Event()

    # What the client asks for

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """The channel is open."""
        self._channel = chan

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Mapping[int, int]) -> bool:
        """A terminal."""
        self._has_terminal, self._size = True, term_size[:2]
        return True

    def shell_requested(self) -> bool:
        """The console, in the place of a shell."""
        return True

    def exec_requested(self, command: str) -> bool:
        """No command of the client's is run."""
        return False

    def subsystem_requested(self, subsystem: str) -> bool:
        """No file transfer."""
        return False

    def session_started(self) -> None:
        """Starts the console."""
        self._work = asyncio.get_running_loop().create_task(self._run())

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """The client's window has another size."""
        self._size = (width, height)
        if self._master >= 0:
            self._resize()

    # Bytes

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Keys; a client that sends more than the console takes has to wait."""
        self._typed += data
        if self._master >= 0:
            self._send_typed()
        if len(self._typed) > _MOST_TYPED:
            self._channel.pause_reading()

    def eof_received(self) -> bool:
        """The client types nothing more: it leaves."""
        self.hang_up()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self.hang_up()
        if self._work is None:
            self._tell_ended(self)

    def pause_writing(self) -> None:
        """The line is slower than the console: it waits."""
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)

    def resume_writing(self) -> None:
        """The line has caught up."""
        if self._master >= 0:
            asyncio.get_running_loop().add_reader(self._master, self._pass_on)

    def _send_typed(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(BlockingIOError):
            while self._typed:
                try:
                    del self._typed[: os.write(self._master, self._typed[:4096])]
                except OSError as error:
                    if isinstance(error, BlockingIOError):
                        raise
                    self._typed.clear()
        if self._typed:
            loop.add_writer(self._master, self._send_typed)
        else:
            loop.remove_writer(self._master)
            self._channel.resume_reading()

    def _pass_on(self) -> None:
        """Hands on what the console drew; at its end there is nothing left to be read."""
        try:
            data = os.read(self._master, _PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._master)
            self._all_drawn.set()
            return
        with contextlib.suppress(OSError):
            self._channel.write(data)

    # The process

    async def _run(self) -> None:
        """From the start of the console to its end."""
        status = 3
        try:
            if self._has_terminal:
                status = await self._console()
            else:
                self._channel.write_stderr(_NO_TERMINAL)
        finally:
            with contextlib.suppress(OSError):
                self._channel.exit(status)
            self._tell_ended(self)

    async def _console(self) -> int:
        self._master, slave = os.openpty()
        os.set_blocking(self._master, False)
        try:
            self._resize()
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tui.ssh_child", *self._words),
                stdin=slave,
                stdout=slave,
                stderr=slave,
                start_new_session=True,
                cwd="/",
                env=self._environment(),
            )
        finally:
            os.close(slave)
        asyncio.get_running_loop().add_reader(self._master, self._pass_on)
        self._send_typed()
        if self._is_gone:  # it left while the console was being started
            self.hang_up()
        try:
            status = await self._process.wait()
            with contextlib.suppress(TimeoutError):  # something it started may keep its terminal
                await asyncio.wait_for(self._all_drawn.wait(), 1)
            if status < 0:
                self._channel.write(RESTORE)  # it was killed: nothing else puts the client's terminal back
        finally:
            self._let_go()
        return status if status >= 0 else 128 - status

    def _environment(self) -> dict[str, str]:
        """The server's own, what the client says of its terminal, and where the client is."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
        said = {name: value for name, value in self._channel.get_environment().items() if name in _TAKEN_ALONG and value.isprintable()}
        path = os.pathsep.join([str(Path(tui.__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
        term = self._channel.get_terminal_type() or "dumb"
        return {"LANG": "C.UTF-8", **own, **said, "TERM": term if term.isprintable() else "dumb", "SSH_CONNECTION": self._connection, "PYTHONPATH": path}

    def _resize(self) -> None:
        columns, lines = (max(1, min(size, 1000)) for size in self._size)
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def hang_up(self) -> None:
        """The client is gone: the console is asked to end, and after a while not asked any more."""
        self._is_gone = True
        if self._process and self._process.returncode is None:
            self._signal(signal.SIGHUP)
            asyncio.get_running_loop().call_later(KILL_AFTER, self._kill)

    async def end(self) -> None:
        """Ends the console in order and waits for it: it puts the client's terminal back."""
        self._signal(signal.SIGTERM)
        if self._work:
            await asyncio.wait({self._work}, timeout=KILL_AFTER)
        self._kill()
        if self._work:
            await asyncio.wait({self._work}, timeout=2)

    def _kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        """To the console and what it started on its terminal; never to a worker, which has a session of its own."""
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _let_go(self) -> None:
        loop, master = asyncio.get_running_loop(), self._master
        self._master = -1
        loop.remove_reader(master)
        loop.remove_writer(master)
        os.close(master)
