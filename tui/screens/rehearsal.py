"""The rehearsal's walk: what to try in a demo, in the console and as commands."""

from __future__ import annotations

import shlex
import textwrap
from pathlib import Path

from textual.app import ComposeResult

from store.records import dataclass
from tui.screens.base import PlaceScreen
from tui.widgets.sheet import Line, Sheet
from usher.sandbox import facts
from usher.sandbox.facts import DemoFacts


class Rehearsal(PlaceScreen):
    """Where the stand-in listens, what to paste, and the walk; enter on a line copies it."""

    place = "rehearsal"

    def body(self) -> ComposeResult:
        """One sheet."""
        yield Sheet(id="rehearsal")

    def refill(self) -> None:
        """The facts of the demo this store belongs to."""
        found = facts.of_store(self.session.store.path)
        width = max(40, self.size.width - (28 if self.size.width >= 100 else 2) - 6)
        self.query_one(Sheet).show(walk(found, width) if found else [Line(("This store belongs to no rehearsal: usher demo makes one.", "dim"))])

    def on_resize(self) -> None:
        """Sentences are wrapped to the room there is."""
        self.refresh_here()

    def on_sheet_opened(self, message: Sheet.Opened) -> None:
        """Copies what the line holds; the token is read at that moment and kept nowhere."""
        copied: Copied = message.target
        try:
            text = copied.what.read_text("utf-8").strip() if isinstance(copied.what, Path) else copied.what
        except OSError:
            self.say("The token's file cannot be read.", str(copied.what), "bad")
            return
        self.app.copy(text, f"Copied {copied.name}.")


@dataclass(frozen=True)
class Copied:
    """What enter copies (of a file: what is in it), and what it is called."""

    what: str | Path
    name: str


def walk(demo: DemoFacts, width: int) -> list[Line]:
    """Where everything is, then the steps."""
    lines = [
        Line([("A REHEARSAL", "faint bold"), ("  nothing leaves this machine; it is all removed at the end", "dim")]),
        *_fact("Base URL", demo.base_url, Copied(demo.base_url, "the Base URL"), width),
        *_fact("Token Key", f"the one line of {demo.token_file}", Copied(demo.token_file, "the token"), width),
        *_fact("Stand-in", f"{demo.page}  {demo.seats} seats", Copied(demo.page, "the stand-in's address"), width),
        *_fact("Portal", f"{demo.identity_provider}/", Copied(f"{demo.identity_provider}/", "the portal's address"), width),
        *_fact("Sign in as", f"{demo.person}  password {demo.password}", Copied(demo.password, "the password"), width),
        *_fact("Stand-in, SAML", f"{demo.application}/", Copied(f"{demo.application}/", "the application's address"), width),
        *_fact("Other terminal", _sourced(demo), Copied(_sourced(demo), "the line for another terminal"), width),
    ]
    for number, step in enumerate(demo.steps, 1):
        lines += [Line(), Line((f"{number}. {step.title}", "strong"))]
        lines += [Line(("   " + text, "text")) for text in _parts(step.console, width)]
        for command in step.commands:
            first, *more = _parts(command, width - 4)
            lines.append(Line([("   $ ", "faint"), (first, "dim")], Copied(command, "the command")))
            lines += [Line(("       " + part, "dim")) for part in more]
    return lines


def _sourced(demo: DemoFacts) -> str:
    return f". {shlex.quote(str(demo.shell_file))}"


def _fact(label: str, text: str, copied: Copied, width: int) -> list[Line]:
    first, *more = _parts(text, width - 14)
    return [Line([(f"{label:<17}", "dim"), first], copied), *(Line(" " * 17 + part) for part in more)]


def _parts(text: str, width: int) -> list[str]:
    """Over as many lines as it takes; a path longer than a line is broken where it must be."""
    return textwrap.wrap(text, max(20, width), break_on_hyphens=False) or [""]
