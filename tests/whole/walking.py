"""What a walk through the console is made of: a house with people in it, and the keys a person would press.

Nothing here knows a widget: a step presses keys and reads the screen, as the footer and the labels say.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from store import pushes as push_rows
from store.connection import open_store
from tests.whole.terminal import Terminal
from tui.cli.program import run

ROOT = Path(__file__).parents[2]
USHER = [sys.executable, "-m", "tui.cli.main"]
HEADER = "username,email,firstname,lastname,displayname,employeeIdentifier,state,groups"
NAMES = ("Ana Silva", "Ben Okoro", "Cléo Ng", "Dmitri Orlov", "Emi Sato", "Fay van den Berg", "Gus O'Neill", "Hana Kim", "Ivo Novák", "Jo Lee")
TABS = {"sso": "SSO", "idm": "Identity Management", "groups": "User Groups"}
READY = {"sso": ("Add attribute", "Leave field"), "idm": ("t Test", "c Configure"), "groups": ("n New group",)}
"""What the footer offers once the focus is in a tab."""
WIDE, NARROW = (120, 40), (80, 24)


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


class Console(Terminal):
    """A console on a terminal, and what a person does there."""

    # Places and tabs

    def go(self, key: str, title: str) -> None:
        """Goes to a place of the rail."""
        self.leave_field()
        self.press(key)
        self.wait_until(lambda: f"› {title}" in self.text.split("\n")[0], f"to be at {title}")

    @property
    def typing(self) -> bool:
        """Whether a field takes the keys."""
        return self.shows("Leave field")

    def leave_field(self) -> None:
        """Leaves a field for the line of tabs, where letters are keys."""
        if self.typing:
            self.press("esc")
            self.wait_for("Leave field", gone=True)

    def open(self, text: str) -> None:
        """Filters a list for `text` and opens what is found."""
        self.find(text)
        self.press("enter")

    def find(self, text: str) -> None:
        """Filters a list for `text`; the cursor is on the first of what is found."""
        self.press("/")
        self.wait_for("To the list")
        self.empty()
        self.type(text)
        self.press("enter")
        self.wait_for("To the list", gone=True)
        self.wait_until(lambda: self.is_at(text[:14]), f"a row with {text}")

    @property
    def tab(self) -> str:
        """The tab of an application that is shown: the one with the thick line under it."""
        lines = self.text.split("\n")
        at = next((y for y, line in enumerate(lines[:-1]) if "General Info" in line and "User Groups" in line), None)
        if at is None or "━" not in lines[at + 1]:
            return ""
        under = lines[at + 1]
        return lines[at][under.index("━") : under.rindex("━") + 1].strip(" •")

    def to_tab(self, title: str) -> None:
        """Steps to a tab of an application by its key."""
        self.wait_until(lambda: bool(self.tab), "the tabs to be there")
        for _ in range(8):
            if self.tab == title:
                return
            self.leave_field()
            self._changing("]", lambda: self.tab)
        raise AssertionError(f"no tab {title}:\n{self.text}")

    def _changing(self, key: str, seen: Callable[[], object]) -> None:
        """Presses a key and waits for what it is to change."""
        before = seen()
        self.press(key)
        self.wait_until(lambda: seen() not in ("", before), f"{key} to change {before!r}")

    # Fields, buttons, dialogs

    def to_field(self, label: str, within: int = 60) -> None:
        """Moves by tab until that field is at work (its label is bold); often it is already."""
        with contextlib.suppress(AssertionError):
            self.wait_until(lambda: self.is_bold(label), label, patience=0.6)
        for _ in range(within):
            if self.is_bold(label):
                return
            self.move("tab")
        raise AssertionError(f"no field {label}:\n{self.text}")

    def to_part(self, word: str) -> None:
        """Moves by tab until the footer offers that word, or the cursor of a list stands at it."""
        for _ in range(60):
            if word in self.text.rpartition("\n")[0].rpartition("\n")[2] or self.is_at(word):
                return
            self.move("tab")
        raise AssertionError(f"nothing with {word}:\n{self.text}")

    def empty(self) -> None:
        """Clears the field at work, and waits for that: Textual runs a key that is no letter after the letters that follow at once."""
        self.press("end")
        self.move("ctrl+u", patience=0.4)

    def fill(self, label: str, text: str) -> None:
        """Replaces what a field holds."""
        self.to_field(label)
        self.empty()
        self.type(text)
        self.wait_until(lambda: text[-12:] in self.text or "•••" in self.text, f"what was typed into {label}")

    def to_button(self, title: str) -> None:
        """Moves on until that button is at work (a bar stands before it; a toast may hide how its title ends)."""
        for _ in range(60):
            if any(f"▌ {key}{title[:10]}" in self.text for key in ("", "ctrl+s ", "esc ")):
                return
            self.move("tab")
        raise AssertionError(f"no button {title}:\n{self.text}")

    def push_button(self, title: str) -> None:
        """Moves to a button and presses it."""
        self.to_button(title)
        self.press("enter")

    @property
    def dialog(self) -> str:
        """The title of the dialog on top."""
        line = next((line for line in self.text.split("\n") if "╭─ " in line), "")
        return line.partition("╭─ ")[2].partition(" ──")[0].rstrip("─╮ ")

    def answer(self, title: str, key: str, *texts: str) -> None:
        """Reads a dialog of that title, with those texts in it, and answers with a key."""
        self.wait_for(f"╭─ {title}", *texts)
        self.press(key)
        self.wait_for(f"╭─ {title}", gone=True)

    def close_dialog(self) -> None:
        """Leaves the dialog on top."""
        self.press("esc")
        self.wait_until(lambda: not self.dialog, "the dialog to go")

    def answer_form(self, title: str, values: dict[str, str]) -> None:
        """Fills in a dialog of that title and keeps it."""
        self.wait_for(f"╭─ {title}", "esc Cancel")
        for label, value in values.items():
            self.fill(label, value)
        self.press("ctrl+s")
        self.wait_for(f"╭─ {title}", gone=True)

    def command(self, name: str) -> None:
        """Finds a command in the palette and does it."""
        self.leave_field()
        self.press(":")
        self.wait_for("╭─ Command")
        self.type(name)
        self.wait_until(lambda: self.is_at(name), f"{name} in the palette")
        self.press("enter")

    def leave(self) -> int:
        """Goes by `q`; the exit status."""
        self.leave_field()
        self.press("q")
        return self.ended()

    # The article, step by step

    def add(self, search: str, *, label: str = "") -> None:
        """Add New Application: search, Next, Display Label, Save Application; the card of what was made stays open."""
        self.begin_adding(search)
        if label:
            self.fill("Display Label", label)
        self.press("ctrl+s")

    def begin_adding(self, search: str) -> None:
        """Add New Application: search, Next; the general info is there to be filled in."""
        self.press("a")
        self.wait_for("1 of 2")
        self.type(search)
        self.wait_for("1 connector")
        self.press("enter")
        self.wait_for("2 of 2", "esc Back")
        self.to_field("Display Label")

    def authorise(self, *groups: str) -> None:
        """Ticks groups in the User Groups tab; Save is left to the caller."""
        self.to_tab("User Groups")
        for group in groups:
            self.to_row(group)
            self.press("space")

    def to_row(self, text: str) -> None:
        """Moves the cursor of a list to the row with that text."""
        for key in ["g", *"j" * 30] * 2:
            self.move(key)
            if self.is_at(text):
                return
        raise AssertionError(f"no row {text}:\n{self.text}")

    def is_at(self, text: str) -> bool:
        """Whether the cursor of a list, a fold or a button is there: a bar stands before it."""
        left = 30 if self.columns >= WIDE[0] else 1  # further right a bar, a glyph and a sentence are a toast
        for line in self.text.split("\n")[1:]:
            for bar in re.finditer("▌", line):
                rest = re.split("[▌│]", line[bar.end() :])[0]
                if text in rest and (bar.start() <= left or not re.match(" [✓▲✗] ", rest)):
                    return True
        return False

    def push_it(self, *consequences: str) -> None:
        """From an application: the plan, then exactly that, to its end."""
        self.press("P")
        self.wait_for("Nothing was sent yet")
        self.press("p")
        self.answer("Push to", "y", *consequences)
