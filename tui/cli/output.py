"""What a command says: one JSON document, or a sentence or table for a person; the progress bar; errors."""

from __future__ import annotations

import json
import os
import select
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from tui.cli.text import clean, cut, pad, width

COLOURS = {
    "green": ("active", "succeeded", "valid", "ok", "yes", "ACTIVATED", "in step", "on"),
    "yellow": ("pending", "held", "paused", "expiring", "warn", "unknown", "STAGED", "interrupted", "planned"),
    "red": ("failed", "expired", "bad", "no", "SUSPENDED", "cancelled"),
    "blue": ("running", "queued"),
}
_CODES = {"green": "32", "yellow": "33", "red": "31", "blue": "34", "bold": "1", "dim": "2"}
_COLOUR_OF = {word: colour for colour, words in COLOURS.items() for word in words}


class Output:
    """Where the words of one command go."""

    def __init__(self, *, json: bool = False, quiet: bool = False) -> None:
        self.json = json
        self.quiet = quiet

    def wait(self, seconds: float) -> None:
        """Waits for more to say. Raises `BrokenPipeError` as soon as nobody reads any more: a pipe tells it only to who asks, or writes."""
        watch = select.poll()
        try:
            watch.register(sys.stdout, 0)
        except (OSError, ValueError):  # no file at all
            time.sleep(seconds)
            return
        if watch.poll(seconds * 1000):
            raise BrokenPipeError

    def document(self, document: Any) -> None:
        """The one JSON document of a command."""
        print(dump(document, indent=2))

    def stream(self, pages: Iterable[Iterable[Any]]) -> None:
        """One JSON array, written page by page: a long one needs no room in memory."""
        sign = "["
        for page in pages:
            for row in page:
                sys.stdout.write(f"{sign}\n  {dump(row)}")
                sign = ","
        print("\n]" if sign == "," else "[]")

    def result(self, sentence: str, document: Any) -> None:
        """What was done: the document with --json, else the sentence."""
        if self.json:
            self.document(document)
        else:
            self.say(sentence)

    def say(self, *lines: str) -> None:
        """Lines for a person; control characters are shown, not obeyed."""
        for line in lines:
            print(clean(line))

    def note(self, line: str) -> None:
        """A remark beside the result, on stderr; nothing with --json."""
        if not self.json:
            print(clean(line), file=sys.stderr)

    def facts(self, facts: Mapping[str, object]) -> None:
        """`name  value` lines, aligned; empty values are a dash."""
        wide = max((width(name) for name in facts), default=0)
        for name, value in facts.items():
            print(f"{paint(pad(name, wide), 'dim')}  {_coloured(clean(str(value)) or '-')}")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = (), empty: str = "") -> None:
        """An aligned table: cut to the terminal's width at a terminal, whole when piped."""
        cells = [["" if cell is None else clean(str(cell)) for cell in row] for row in rows]
        if not cells and empty:
            print(empty)
            return
        widths = _fit([max([width(name), *(width(row[i]) for row in cells)]) for i, name in enumerate(columns)], columns)
        rights = {i for i, name in enumerate(columns) if name in right}
        print(_line([paint(pad(cut(name.upper(), wide), wide, i in rights), "bold") for i, (name, wide) in enumerate(zip(columns, widths, strict=True))]))
        for row in cells:
            print(_line([_cell(cell, wide, i in rights) for i, (cell, wide) in enumerate(zip(row, widths, strict=True))]))

    def error(self, code: str, message: str, hint: str) -> None:
        """One line, or one JSON document, on stderr."""
        if self.json:
            print(dump({"error": {"code": code, "message": message, "hint": hint}}), file=sys.stderr)
        else:
            print(clean(f"usher: {message} {hint}".strip()), file=sys.stderr)

    def progress(self) -> Progress:
        """A bar on stderr; draws nothing when stderr is no terminal, with -q or with --json."""
        return Progress(sys.stderr, shown=sys.stderr.isatty() and not self.quiet)


class Progress:
    """`42/300  14 %  120/s  2 s left  1 failed`, rewritten in place at most ten times a second."""

    def __init__(self, stream: TextIO, *, shown: bool) -> None:
        self.shown = shown
        self._stream = stream
        self._started = self._drawn = time.monotonic()
        self._drew = False

    def update(self, done: int, total: int, failed: int = 0, word: str = "") -> None:
        """Draws the state when it is time to."""
        now = time.monotonic()
        if not self.shown or (now - self._drawn < 0.1 and done < total):
            return
        self._drawn, self._drew = now, True
        self._stream.write("\r\x1b[K" + cut(progress_line(done, total, failed, word, now - self._started), terminal_width() - 1))
        self._stream.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._drew:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def progress_line(done: int, total: int, failed: int, word: str, seconds: float) -> str:
    """One state of a long work in words."""
    share = done / total if total else 0.0
    filled = int(share * 20)
    rate = done / seconds if seconds > 0 else 0.0
    parts = [f"[{'#' * filled}{'.' * (20 - filled)}] {done}/{total}", f"{share:.0%}"]
    if word:
        parts.append(word)
    if rate and done < total:
        parts += [f"{rate:.0f}/s", f"{(total - done) / rate:.0f} s left"]
    if failed:
        parts.append(f"{failed} failed")
    return "  ".join(parts)


def dump(document: Any, indent: int | None = None) -> str:
    """JSON as it is written out; plain ASCII where the output could not carry more."""
    return json.dumps(document, ensure_ascii=(sys.stdout.encoding or "").lower() not in ("utf-8", "utf8"), indent=indent)


def terminal_width() -> int:
    """The width of the terminal (80 when it will not say)."""
    import shutil

    return max(shutil.get_terminal_size().columns, 20)


def paint(text: str, colour: str) -> str:
    """The text in a colour, on a terminal that wants colours."""
    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if wanted else text


def _coloured(text: str, padded: str | None = None) -> str:
    """A word of state in its colour."""
    colour = _COLOUR_OF.get(text)
    shown = text if padded is None else padded
    return paint(shown, colour) if colour else shown


def _cell(cell: str, wide: int, right: bool) -> str:
    """One cell: cut, padded, and in the colour of its word."""
    return _coloured(cell, pad(cut(cell, wide), wide, right))


def _line(cells: list[str]) -> str:
    """Cells side by side, without blanks at the end."""
    return "  ".join(cells).rstrip()


def _fit(widths: list[int], columns: Sequence[str]) -> list[int]:
    """Takes from the widest columns until the table fits the terminal; whole when piped."""
    if not sys.stdout.isatty():
        return widths
    room = terminal_width() - 2 * (len(columns) - 1)
    while sum(widths) > room and max(widths) > 6:
        widest = widths.index(max(widths))
        second = max([w for i, w in enumerate(widths) if i != widest], default=6)
        over = sum(widths) - room
        widths[widest] = max(6, min(widths[widest] - 1, max(second, widths[widest] - over)))
    return widths
