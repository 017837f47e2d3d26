"""A house to walk through: a fresh store with people in it, commands in this process and in others, and its consoles."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from store import pushes as push_rows
from store.connection import open_store
from tests.whole.walking import NARROW, Console
from tui.cli.program import run

ROOT = Path(__file__).parents[2]
USHER = [sys.executable, "-m", "tui.cli.main"]
HEADER = "username,email,firstname,lastname,displayname,employeeIdentifier,state,groups"
NAMES = ("Ana Silva", "Ben Okoro", "Cléo Ng", "Dmitri Orlov", "Emi Sato", "Fay van den Berg", "Gus O'Neill", "Hana Kim", "Ivo Novák", "Jo Lee")
TABS = {"sso": "SSO", "idm": "Identity Management", "groups": "User Groups"}
READY = {"sso": ("Add attribute", "Leave field"), "idm": ("t Test", "c Configure"), "groups": ("n New group",)}
"""What the footer offers once the focus is in a tab."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document it printed."""
        return json.loads(self.out)


@dataclass
class House:
    """A fresh store in a folder of its own: commands in other processes, and consoles on terminals."""

    folder: Path
    base_url: str = "https://sso.harbour.example"
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.env = {
            "USHER_STORE": str(self.store),
            "USHER_KEY_FILE": str(self.folder / "keys" / "house.key"),
            "USHER_OPERATOR": "ada",
            "USHER_WORKER_IDLE": "1",
            "HOME": str(self.folder),
        }
        self.do("init", "--organization", "Harbour Works", "--base-url", self.base_url)

    @property
    def store(self) -> Path:
        return self.folder / "store" / "usher.db"

    def usher(self, *words: str) -> Ended:
        """A command in a process of its own."""
        done = subprocess.run([*USHER, *words], cwd=ROOT, env={**os.environ, **self.env}, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        return Ended(done.returncode, done.stdout, done.stderr)

    def do(self, *words: str) -> str:
        """A command that must work, run in this process to be quick; what it printed."""
        out, err, mask = io.StringIO(), io.StringIO(), os.umask(0o077)
        try:
            with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                for name, value in self.env.items():
                    patch.setenv(name, value)
                status = run(list(words))
        finally:
            os.umask(mask)
        assert status == 0, f"usher {' '.join(words)}\n{out.getvalue()}{err.getvalue()}"
        return out.getvalue()

    def read(self, *words: str) -> Any:
        """What a command tells as JSON."""
        return json.loads(self.do(*words, "--json"))

    def people(self, *rows: str) -> None:
        """Imports people: rows of the import file."""
        file = self.folder / "people.csv"
        file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        self.do("users", "import", str(file))

    def file(self, name: str, text: str) -> str:
        """A file with that text; its path."""
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def calendly(self, base_url: str = "", token: str = "", *groups: str, label: str = "Calendly", active: bool = True) -> None:
        """Calendly with SSO active, and Identity Management when there is a Base URL, set up by commands."""
        self.do("apps", "add", "calendly", "--label", label)
        self.do("apps", "fill", label, "YOUR_ID=42")
        self.do("apps", "sso", label, "activate")
        if base_url:
            self.do("idm", "configure", label, "--base-url", base_url, "--token-file", self.file("token", token + "\n"))
            if active:
                self.do("idm", "activate", label)
                self.do("idm", "set", label, "mode=on-demand")
        if groups:
            self.do("apps", "authorize", label, *groups)

    @contextlib.contextmanager
    def console(self, *words: str, size: tuple[int, int] = NARROW, env: dict[str, str] | None = None) -> Iterator[Console]:
        """The console on a terminal of its own, once it can be read."""
        opened = Console([*USHER, *words], size=size, env={**self.env, **(env or {})}, cwd=ROOT)
        try:
            if "app" in words and words[-1] in TABS:
                opened.wait_until(lambda: any(opened.shows(word) for word in READY[words[-1]]), f"the keys of the tab {words[-1]}")
                opened.wait_until(lambda: opened.tab == TABS[words[-1]], f"the tab {words[-1]}")
            else:
                opened.wait_for("? Keys")
            yield opened
        finally:
            opened.close()

    def worker(self) -> int:
        """The process id of the newest worker that was ever there; 0 before the first."""
        store = open_store(self.store)
        try:
            return max(((worker.started_at, worker.pid) for worker in push_rows.workers(store.db)), default=("", 0))[1]
        finally:
            store.close()

    def leave(self) -> None:
        """Ends the worker that a console started, if it is still there."""
        pid = self.worker()
        with contextlib.suppress(OSError):
            if pid and str(self.store).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGTERM)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house of the test's own; a worker that its console started ends with it."""
    made = House(tmp_path / "house")
    yield made
    made.leave()


def app(house: House, label: str = "Calendly") -> dict[str, Any]:
    """An application as `usher apps show` tells it."""
    found: dict[str, Any] = house.read("apps", "show", label)
    return found


def dozen(domain: str = "harbour.example") -> list[str]:
    """Twelve people as rows of an import: ten in Sales (one of them staged), two engineers."""
    rows = [_row(name, number, "STAGED" if number == 10 else "ACTIVATED", "Sales", domain) for number, name in enumerate(NAMES, 1)]
    return [*rows, _row("Kai Falk", 11, "ACTIVATED", "Engineering", domain), f"build-bot,bot@{domain},Build,Bot,Build Bot,,ACTIVATED,Engineering"]


def _row(name: str, number: int, state: str, group: str, domain: str) -> str:
    first, last = name.split(" ", 1)
    address = username(name, domain)
    return f"{address},{address},{first},{last},{name},E{number:03},{state},{group}"


def username(name: str, domain: str = "harbour.example") -> str:
    """The address of a person of that name."""
    plain = name.casefold().replace("é", "e").replace("á", "a").replace("'", "")
    return f"{plain.replace(' ', '.')}@{domain}"
