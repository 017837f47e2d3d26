"""The rehearsal's walk: what to try in a demo, in the console and as commands."""

from __future__ import annotations

import shlex
import textwrap

from textual.app import ComposeResult

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
        """Copies what the line holds."""
        self.app.copy(message.target, "Copied.")


def walk(demo: DemoFacts, width: int) -> list[Line]:
    """Where everything is, then the steps."""
    lines = [
        Line([("A REHEARSAL", "faint bold"), ("  nothing leaves this machine; it is all removed at the end", "dim")]),
        Line([("Base URL         ", "dim"), demo.base_url], demo.base_url),
        Line([("Token Key        ", "dim"), ("the one line of ", "dim"), f"{demo.token_file}"], f"cat {shlex.quote(str(demo.token_file))}"),
        Line([("Stand-in         ", "dim"), demo.page, (f"  {demo.seats} seats", "dim")], demo.page),
        Line([("Other terminal   ", "dim"), ("enter copies what to set there", "dim")], "\n".join(f"export {name}={shlex.quote(value)}" for name, value in demo.environment.items())),
    ]  # fmt: skip
    for number, step in enumerate(demo.steps, 1):
        lines += [Line(), Line((f"{number}. {step.title}", "strong"))]
        lines += [Line(("   " + text, "text")) for text in textwrap.wrap(step.console, width)]
        lines += [Line([("   $ ", "faint"), (command, "dim")], command) for command in step.commands]
    return lines
