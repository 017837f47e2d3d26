"""How soon the console shows its first content, as a ratio to a minimal Textual app started in the same run."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from store.activity import Actor
from store.ids import SystemClock, Ulids
from usher.services import applications
from usher.services.session import Session
from usher.services.setup import create_store

LIMIT = 1.5
ROUNDS = 9
MINIMAL = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("Configured")
Minimal().run()
"""


def seconds_until(marker: bytes, command: list[str], env: dict[str, str]) -> float:
    """From starting `command` on an 80×24 pseudo-terminal to `marker` among its bytes."""
    master, slave = pty.openpty()
    os.set_blocking(master, False)
    import fcntl
    import struct
    import termios

    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=env)
    os.close(slave)
    seen = b""
    try:
        while marker not in seen:
            if time.perf_counter() - begun > 30 or not select.select([master], [], [], 30)[0]:
                raise SystemExit(f"{command} showed nothing; it wrote {seen[-2000:]!r}")
            seen += os.read(master, 65536)
        return time.perf_counter() - begun
    finally:
        process.kill()
        process.wait()
        os.close(master)


def main() -> None:
    """Interleaved rounds, the fastest of each counts: noise only ever adds."""
    with tempfile.TemporaryDirectory() as folder:
        path, key = Path(folder) / "store" / "usher.db", Path(folder) / "keys" / "bench.key"
        actor = Actor("bench", "administrator", "command")
        store = create_store(path, key, organization="Bench", base_url="https://sso.example.org", actor=actor, clock=SystemClock(), ids=Ulids())
        applications.add(Session(store, actor, key), "calendly", label="Calendly")
        store.close()
        env = {**os.environ, "TERM": "xterm-256color", "USHER_STORE": str(path), "USHER_KEY_FILE": str(key)}
        minimal, console = [], []
        for _ in range(ROUNDS):
            minimal.append(seconds_until(b"Configured", [sys.executable, "-c", MINIMAL], env))
            console.append(seconds_until(b"Configured", [sys.executable, "-m", "tui", "apps"], env))
        ratio = min(console) / min(minimal)
        print(
            f"console start: content after {min(console) * 1000:.0f} ms, a minimal Textual app {min(minimal) * 1000:.0f} ms: ratio {ratio:.2f} (limit <= {LIMIT})"
        )
        sys.exit(ratio > LIMIT)


if __name__ == "__main__":
    main()
