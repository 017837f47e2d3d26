"""Starts the stand-in as a process, and ends what a rehearsal started."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from store.errors import Failed, UsageError
from usher.sandbox.remote import Remote

_START_SECONDS = 30.0
_END_SECONDS = 1.0
_SOURCE = Path(__file__).parents[2]


class ProviderProcess:
    """A running stand-in: `base_url` is what is pasted, `page` what a browser opens, `control` steers it."""

    def __init__(self, process: subprocess.Popen[str], base_url: str, token_file: Path) -> None:
        self._process = process
        self.base_url = base_url
        self.page = base_url.partition("/scim/")[0] + "/"
        self.token_file = token_file
        self.control = Remote(self.page, token_file)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def is_running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Ends it, asking first."""
        _end(self._process)


@contextlib.contextmanager
def start_provider(token_file: Path, *, port: int = 0, seats: int = 50, strict: bool = False) -> Iterator[ProviderProcess]:
    """Runs a stand-in on loopback for as long as the block lasts; what it has to say goes to `provider.log` beside the token.

    Raises `UsageError` when the extra `demo` is not installed or the port is taken.
    """
    provider = launch_provider(token_file, port=port, seats=seats, strict=strict)
    try:
        yield provider
    finally:
        provider.stop()


def launch_provider(token_file: Path, *, port: int = 0, seats: int = 50, strict: bool = False, portal: str = "") -> ProviderProcess:
    """Starts a stand-in and waits until it listens. It ends with this process at the latest."""
    need_the_extra()
    words = [sys.executable, "-m", "usher.sandbox.provider", "--port", str(port), "--token-file", str(token_file)]
    words += ["--seats", str(seats), "--parent-pid", str(os.getpid()), *(["--strict"] if strict else []), *(["--portal", portal] if portal else [])]
    log = token_file.with_name("provider.log")
    process = None
    try:
        with log.open("w", encoding="utf-8") as errors, _uninterrupted():
            # A session of its own: ctrl+C in the terminal is the demo's, which then stops this one in order.
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, env=_environment(), start_new_session=True
            )
        assert process.stdout is not None
        return ProviderProcess(process, _listening(process.stdout, log), token_file)
    except BaseException:
        if process is not None:
            _end(process)
        raise


def launch_portal(store: Path, key_file: Path, bound: socket.socket) -> subprocess.Popen[str]:
    """Starts the rehearsal's portal on a socket that is bound already, and waits until it listens; stopped with `stop`, it ends
    with this process at the latest."""
    words = [sys.executable, "-m", "usher.sandbox.portal", "--store", str(store), "--key-file", str(key_file), "--socket", str(bound.fileno())]
    log, process = store.parent.parent / "portal.log", None
    try:
        with log.open("w", encoding="utf-8") as errors, _uninterrupted():
            process = subprocess.Popen(
                [*words, "--parent-pid", str(os.getpid())],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, env=_environment(), start_new_session=True,
                pass_fds=[bound.fileno()],
            )  # fmt: skip
        assert process.stdout is not None
        _listening(process.stdout, log)
        return process
    except BaseException:
        if process is not None:
            _end(process)
        raise


def stop(process: subprocess.Popen[str]) -> None:
    """Ends a process of the rehearsal, asking first."""
    _end(process)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Holds back what signal handlers would raise: a process that was forked but not yet known could not be ended."""
    came: list[int] = []
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    held = {number: handler for number, handler in handlers.items() if callable(handler)} if threading.current_thread() is threading.main_thread() else {}
    for number in held:
        signal.signal(number, lambda arrived, _: came.append(arrived))
    try:
        yield
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
    for each in came:
        signal.raise_signal(each)


def need_the_extra() -> None:
    """Refuses in words when scim2-server is not installed."""
    if importlib.util.find_spec("scim2_server") is None:
        raise UsageError(
            "demo-not-installed",
            "The stand-in provider needs the package scim2-server, which is not installed.",
            "Install the extra: pip install 'usher-console[demo]'",
        )


def _environment() -> dict[str, str]:
    """This process's environment, with this very program first on Python's path."""
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{_SOURCE}{os.pathsep}{path}" if path else str(_SOURCE)}


def _listening(output: IO[str], log: Path) -> str:
    """The URL of the line `listening on URL`."""
    ready, _, _ = select.select([output], [], [], _START_SECONDS)
    line = output.readline() if ready else ""
    if line.startswith("listening on "):
        return line.split()[-1]
    said = log.read_text("utf-8", "replace").strip().splitlines()
    raise UsageError("stand-in-not-started", f"The stand-in provider did not start. {said[-1] if said else ''}".strip(), "Try another --port, or none.")


def _end(process: subprocess.Popen[str]) -> None:
    """SIGTERM, then SIGKILL; and nothing of it is left behind."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout:
        process.stdout.close()


def end_workers(store: Path) -> None:
    """Ends the detached workers of this store. They are known by their command line, which names it."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        ours = _workers_of(store)
        for pid in ours:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal_number)
        if _all_gone(ours, time.monotonic() + _END_SECONDS):
            return
    raise Failed("worker-left", f"A worker of the demo could not be ended (process {_workers_of(store)}).", "End it by its number.")


def _all_gone(pids: list[int], deadline: float) -> bool:
    while left := [pid for pid in pids if not _is_gone(pid)]:
        if time.monotonic() > deadline:
            return False
        pids = left
        time.sleep(0.02)
    return True


def _workers_of(store: Path) -> list[int]:
    """The processes that were started as detached workers of this store."""
    wanted = {"usher.provisioning.worker", "--detached", str(store)}
    return [pid for pid, words in _processes() if pid != os.getpid() and wanted <= set(words)]


def _processes() -> Iterator[tuple[int, list[str]]]:
    """Every process with the words it was started with: from /proc, or from ps where there is none."""
    if Path("/proc/self/cmdline").exists():
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                yield int(folder.name), (folder / "cmdline").read_text("utf-8", "replace").split("\0")
        return
    listed = subprocess.run(["ps", "-axww", "-o", "pid=,args="], capture_output=True, text=True, check=False).stdout
    for line in listed.splitlines():
        pid, *words = line.split()
        yield int(pid), words


def _is_gone(pid: int) -> bool:
    """Whether a process has ended; one that is our own child is laid to rest."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False
