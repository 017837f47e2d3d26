"""The provisioning log as a table: narrowed, followed, opened, exported. A screen puts one in and tells it when the log grew.

    table = LogTable()                                the whole log
    table = LogTable({"app": application_id})         the log of one application; that facet cannot be taken away
    table.look(session, "result=failed timeout")      narrows it; at each visit, and after `LogTable.Narrowed`
    table.reload()                                    after the events `journal`

`enter` and the keys of the narrowing are the table's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.message import Message

from store.errors import UsherError
from store.journal import JournalRow, Wanted
from tui import words
from tui.commands import Command
from tui.log_filter import LogFilter
from tui.widgets.footnote import Footnote
from tui.widgets.ink import Span, Spans
from tui.widgets.log_moves import LOG_MOVES
from tui.widgets.log_source import LogSource
from tui.widgets.source import Column, ListSource
from tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from usher.services.log import LogQuery
    from usher.services.session import Session

TITLE_AND_COUNT = 42
NOTHING: Sequence[Spans] = (
    ("Nothing was pushed yet.", "strong"),
    "",
    ("Every operation of a push stands here, with both sides of its exchange.", "dim"),
)


class LogTable(VirtualTable[JournalRow]):
    """Outcomes of operations, newest first. It stays with the newest row until the cursor leaves it."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = LOG_MOVES

    class Narrowed(Message):
        """It is narrowed by other words, by one of its own keys."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    def __init__(self, fixed: Mapping[str, str] | None = None, *, id: str | None = None) -> None:
        super().__init__(_columns("app" not in (fixed or {})), follow=True, id=id)
        self.fixed = dict(fixed or {})
        self.words = ""
        self.session: Session | None = None

    @property
    def filter(self) -> LogFilter:
        """What it is narrowed by, the fixed part included."""
        own = LogFilter.parse(self.words)
        return LogFilter({**own.facets, **self.fixed}, own.text)

    def asked(self) -> LogQuery:
        """The same for the service."""
        assert self.session is not None
        return self.filter.query(self.session)

    def look(self, session: Session, words: str = "") -> None:
        """Shows the rows that match; words that cannot be understood (yet) are said where the rows would be."""
        self.session, self.words = session, words.strip()
        try:
            wanted = self._wanted()
        except UsherError as error:
            self.empty = [(error.message, "text"), (error.hint, "dim"), "", [("c", "accent bold"), (" shows everything", "dim")]]
            self.source = ListSource[JournalRow]([], lambda row: str(row.seq))
            return
        self.empty = NOTHING if wanted == Wanted() else _no_match(self.filter)
        if isinstance(self.source, LogSource) and self.source.wanted == wanted:
            self.reload()
        else:
            self.source = LogSource(session, wanted)

    def _wanted(self) -> Wanted:
        from usher.services import log

        assert self.session is not None
        found = log.wanted(self.session, self.asked())
        return replace(found, text=" ".join(word for word in found.text.split() if len(word) > 1))  # one letter matches nearly everything, slowly

    def narrow(self, name: str, value: str) -> None:
        """Narrows by a facet, or no longer by it when it was; without a name by nothing at all."""
        assert self.session is not None
        own = LogFilter.parse(self.words)
        self.look(self.session, own.with_facet(name, value).words if name else "")
        self.post_message(self.Narrowed(self.words))

    def open(self) -> None:
        """Both sides of the operation's exchanges; the words go along, for the previous and the next one."""
        if self.row is not None:
            app: Any = self.app
            app.enter("operation", f"{self.row.operation_id} {self.filter.words}".strip())

    def facts(self) -> Spans:
        """For the heading: what it is narrowed by, how many rows, and whether it follows."""
        number = f"{self.count:,}" if self.counted else f"{max(0, self.count - 1):,}+ …"
        room = max(20, self.size.width - TITLE_AND_COUNT)
        title = LogFilter.parse(self.words).title or self.words
        shown = title if len(title) <= room else f"{title[: room - 1]}…"
        facts: list[Span] = [(f"{shown}  ", "accent")] if shown else []
        facts += [(number, "text" if self.words else "dim")]
        if not self.count:
            return facts
        facts += [("  ·  ", "faint")]
        if self.fresh:
            return [*facts, (f"▲ {self.fresh:,} new", "info"), (" f", "accent bold")]
        return [*facts, *([("● ", "ok"), ("following", "dim")] if self.cursor == 0 and not self.held else [("○ held", "dim"), (" f", "accent bold")])]


class LogLine(Footnote):
    """Under a log: everything about the row under the cursor that its columns had no room for."""

    def show(self, row: JournalRow | None) -> None:
        """Shows another row."""
        if row is None:
            self.say("")
            return
        facts = [*answer(row), row.at[:19].replace("T", " ") + " UTC", row.app_label]
        self.say([(row.username, "strong"), "   ", (" · ".join(facts), "dim")], row.detail or "Nothing else was said.", "text" if row.detail else "faint")


def answer(row: JournalRow) -> list[str]:
    """Status, attempt and duration in words."""
    if row.status is None and not row.duration_ms:
        return ["nothing was sent"]
    status = f"status {row.status}" if row.status is not None else "no answer"
    return [status, f"attempt {row.attempt}", f"{row.duration_ms:,} ms"]


def _columns(with_application: bool) -> list[Column[JournalRow]]:
    """At 80 cells those with `drop` give way; the line under the table has them all."""
    application: list[Column[JournalRow]] = [Column("Application", lambda row: row.app_label, 11, grow=1, most=22, drop=1)]
    return [
        Column("Time UTC", lambda row: (row.at[5:19].replace("T", " "), "dim"), 14),
        *(application if with_application else []),
        Column("User", lambda row: (row.username, "strong"), 18, grow=3, most=36),
        Column("Action", lambda row: words.action(row.action), 12),
        Column("Result", lambda row: words.state(row.result), 11),
        Column("Status", lambda row: (f"{row.status or '–'}", "dim"), 6, drop=2, align="right"),
        Column("Try", lambda row: (f"{row.attempt}", "dim"), 3, drop=8, align="right"),
        Column("Took", lambda row: (f"{row.duration_ms:,} ms", "dim"), 8, drop=7, align="right"),
        Column("Detail", lambda row: (row.detail, "dim"), 16, grow=4, drop=5),
    ]


def _no_match(found: LogFilter) -> list[Spans]:
    return [
        [("Nothing in the log matches ", "dim"), (found.words, "text")],
        "",
        [("c", "accent bold"), (" shows everything", "dim")],
    ]
