"""The line above a list: what it is, how many, what is filtered and ticked."""

from __future__ import annotations

from tui.widgets.ink import Drawn, Span, Spans, spread


class Heading(Drawn):
    """A title on the left, facts on the right."""

    def __init__(self, title: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.title = title
        self.facts: Spans = ""

    def show(self, title: str, facts: Spans = "") -> None:
        """Shows these."""
        self.title, self.facts = title, facts
        self.refresh()

    def line(self, y: int, width: int) -> Spans:
        """Title and facts."""
        left: list[Span] = [" ", (self.title, "strong")]
        return spread(left, [self.facts, " "] if isinstance(self.facts, str) else [*self.facts, " "], width)
