"""Text to read in a place: paragraphs wrapped to the width, with what leads each of them hanging out at the left."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tui.widgets.ink import Drawn, Spans, width_of


@dataclass(frozen=True)
class Para:
    """A paragraph in one tone. `lead` stands before its first line, the others hang under its text."""

    text: str
    tone: str = "text"
    lead: Spans = ""


def bullets(texts: Sequence[str], tone: str = "text") -> list[Para]:
    """A paragraph for each, led by a dot."""
    return [Para(text, tone, ("· ", "faint")) for text in texts]


def steps(texts: Sequence[str], tone: str = "text") -> list[Para]:
    """A paragraph for each, numbered."""
    return [Para(text, tone, (f"{number}. ", "dim")) for number, text in enumerate(texts, 1)]


def laid(para: Para | Spans, width: int) -> list[Spans]:
    """The lines of one paragraph; spans stand on one line."""
    if not isinstance(para, Para):
        return [para]
    indent = width_of(para.lead)
    parts = textwrap.wrap(para.text, max(10, width - indent)) or [""]
    return [[para.lead if at == 0 else " " * indent, (part, para.tone)] for at, part in enumerate(parts)]


class Reading(Drawn):
    """Paragraphs under each other, as high as they need."""

    def __init__(self, paras: Sequence[Para | Spans] = (), *, id: str | None = None, classes: str = "") -> None:
        super().__init__(id=id)
        self.set_classes(classes)
        self.paras = list(paras)
        self._laid: tuple[int, list[Spans]] = (-1, [])

    def show(self, paras: Sequence[Para | Spans]) -> None:
        """Shows others."""
        if list(paras) != self.paras:
            self.paras, self._laid = list(paras), (-1, [])
            self.refresh(layout=True)

    def _lines(self, width: int) -> list[Spans]:
        if self._laid[0] != width:
            self._laid = (width, [line for para in self.paras for line in laid(para, width)])
        return self._laid[1]

    def line(self, y: int, width: int) -> Spans:
        """One line."""
        lines = self._lines(width)
        return lines[y] if y < len(lines) else ""

    def get_content_height(self, container: Any, viewport: Any, width: int) -> int:
        """As many lines as the text takes."""
        return len(self._lines(width))
