"""What a person does at the console, as keys: nothing here knows a widget.

A step presses keys and reads the screen: the footer, the labels, where the bar of the cursor stands.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

from tests.whole.terminal import Terminal

WIDE, NARROW = (120, 40), (80, 24)


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
