"""A push: its plan before anything is sent, then how it goes, then what came of it."""

from __future__ import annotations

import shlex
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical

from store.errors import UsherError
from store.operations import Operation
from tui import push_words, words
from tui.commands import Command
from tui.follow import StoreChanged
from tui.log_filter import LogFilter
from tui.screens.push_commands import PUSH_COMMANDS
from tui.screens.push_planning import PushPlanning
from tui.screens.push_reading import attempt, nothing, picture_of, ways
from tui.widgets.filter import FilterBar
from tui.widgets.footnote import Footnote
from tui.widgets.heading import Heading
from tui.widgets.ink import Spans
from tui.widgets.push_head import Picture, PushHead
from tui.widgets.steps import StepSource, plan_columns, run_columns
from tui.widgets.table import VirtualTable

MOVERS = frozenset({"user", "membership", "group", "authorization", "mapping", "connection"})


class PushScreen(PushPlanning):
    """Its argument is a push's id, or an application (id or label) and perhaps some users: those are planned."""

    ACTIONS: ClassVar[tuple[type[Command[Any]], ...]] = PUSH_COMMANDS
    place = "push"
    topics = frozenset({"push", "application"})

    def __init__(self) -> None:
        super().__init__()
        self._forget("")

    def _forget(self, argument: str) -> None:
        """Begins at nothing, for another push."""
        self._about, self.push_id, self.app_label, self.users = argument, "", "", list[str]()
        self.picture, self.trouble = None, None
        self.wrong, self.chosen, self.note, self.filtered = False, False, "", ""
        self._planning = self._looking = self._again = False

    # What the commands ask

    @property
    def state(self) -> str:
        """The push's state; empty when there is no plan."""
        return self.picture.view.state if self.picture else ("" if self.trouble else "planning")

    @property
    def left_over(self) -> int:
        """How many operations did not go right."""
        return sum(self.picture.states.get(name, 0) for name in ("failed", "skipped", "unknown")) if self.picture else 0

    def crumbs(self) -> list[str]:
        """Where it goes."""
        return [f"Push to {self.app_label}" if self.app_label else "Push"]

    def cli(self) -> str:
        """The command that pushes the same people."""
        scope = "".join(f" --user {shlex.quote(user)}" for user in self.users)
        return f"usher push {shlex.quote(self.app_label or self.argument)}{scope}"

    def log_words(self) -> str:
        """What narrows the log to this push: its application, from its beginning on."""
        view = self.picture.view if self.picture else None
        began = {"since": f"{(view.started_at or view.requested_at)[:19]}Z", "push": f"{view.seq}"} if view else {}
        return LogFilter({"app": self.app_label, **({"result": "failed"} if self.wrong else {}), **began}).words

    # What it is made of

    def make_table(self) -> VirtualTable[Operation]:
        """The operations."""
        return VirtualTable(plan_columns())

    def body(self) -> ComposeResult:
        """Heading, figures, operations."""
        yield Heading()
        yield PushHead()
        yield self.table
        yield Footnote()

    def on_mount(self) -> None:
        """The time taken goes on by itself."""
        self.set_interval(1, self._tick)

    def _tick(self) -> None:
        if self.is_current and self.state in ("queued", "running", "interrupted"):
            self.look()

    def open_filter(self) -> None:
        """The filter's field stands between figures and operations."""
        if not self.query(FilterBar):
            bar = FilterBar()
            bar.value = self.filtered
            self.query_one("#body", Vertical).mount(bar, before=self.table)
        self.call_later(lambda: self.query_one(FilterBar).open())

    # Coming here

    def arrive(self, argument: str) -> None:
        """Another push, or this one again."""
        if argument != self._about:
            self._forget(argument)

    def refill(self) -> None:
        """Finds out what the argument means, the first time; then shows how the push stands."""
        if self.push_id:
            self.look()
        elif not self._planning and self.trouble is None:
            self._begin()
        if not self.picture:
            self._show_waiting()

    def _begin(self) -> None:
        try:
            self._find()
        except UsherError as error:
            self.trouble = error
            return
        if self.push_id:
            self.look()
        else:
            self.plan()

    # Looking

    def on_store_changed(self, message: StoreChanged) -> None:
        """Follows the push; a plan whose grounds moved says so."""
        if message.concerns(MOVERS) and self.state in push_words.PLANS and not self.note:
            self.note = "Something changed since this was planned. r plans it again."
            self.look()
        super().on_store_changed(message)

    def look(self) -> None:
        """Reads beside the screen; what moves meanwhile is read afterwards."""
        if self._looking:
            self._again = True
            return
        self._looking, push_id, note = True, self.push_id, self.note
        self.read(lambda: attempt(lambda: picture_of(self.session, push_id, note)), lambda found: self._seen(push_id, found), group="push")

    def _seen(self, push_id: str, found: Picture | UsherError) -> None:
        self._looking, again, self._again = False, self._again or push_id != self.push_id, False
        if push_id == self.push_id:
            self._take(found)
            self.show_frame()
        if again and self.push_id:
            self.look()

    def _take(self, found: Picture | UsherError) -> None:
        """A push that was begun shows its failures as soon as there are some, unless somebody chose otherwise."""
        if isinstance(found, UsherError):
            self.picture, self.trouble = None, found
            self._show_waiting()
            return
        if not self.chosen and found.view.state not in push_words.PLANS:
            self.wrong = found.wrong > 0
        self.picture = found
        self._show()

    # Showing

    def _show(self) -> None:
        picture = self.picture
        assert picture is not None
        plan = picture.view.state in push_words.PLANS
        self.query_one(PushHead).show(picture)
        if (self.table.columns[-1].title == "Changes") is not plan:
            self.table.lay_out(plan_columns() if plan else run_columns())
        self.table.empty = self._no_match() if self.filtered else nothing(picture, self.wrong)
        self.fill(self.filtered)
        self.table.post_message(VirtualTable.Changed())

    def _show_waiting(self) -> None:
        """While there is no plan: that it is being made, or why there cannot be one."""
        self.query_one(PushHead).show(None)
        error = self.trouble
        self.table.empty = (
            [
                [("▲ ", "warn"), (error.message, "strong")],
                "",
                (error.hint, "dim"),
                "",
                ways(self.app_label),
            ]
            if error
            else [("Planning …", "strong"), "", ("Comparing the directory with the accounts. Nothing is sent.", "dim")]
        )
        self.table.source = StepSource(self.session, "")

    def fill(self, text: str) -> None:
        """The operations that match."""
        source = self.table.source
        if not self.push_id:
            return
        if isinstance(source, StepSource) and (source.push_id, source.text, source.wrong) == (self.push_id, text, self.wrong):
            self.table.reload()
        else:
            self.table.source = StepSource(self.session, self.push_id, text, wrong=self.wrong)

    def show_only(self, *, wrong: bool) -> None:
        """Only failures, or everything."""
        self.wrong, self.chosen = wrong, True
        if self.picture:
            self._show()
        self.touch()

    def on_virtual_table_changed(self) -> None:
        """The heading says where the push goes; the list does the rest."""
        self.heading = self.crumbs()[0]
        row = self.table.row
        self.query_one(Footnote).say(*push_words.in_full(row) if row else ("",))
        self.touch()

    def _facts(self) -> Spans:
        if self.picture is None:
            return ""
        view = self.picture.view
        whom = "" if view.scope is None else f"{words.count(len(view.scope), 'person', 'people')}  ·  "
        shown = f"filter “{self.filtered}”  {self.table.count:,}  ·  " if self.filtered else ("failures only  ·  " if self.wrong else "")
        return [(shown, "accent"), (whom, "dim"), words.state(view.state)]

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """The operation's exact attributes, and from there both sides of its exchanges."""
        from tui.screens.step import step_dialog

        row: Operation = message.row
        self.ask(
            step_dialog(row, self.app_label, deactivating_deletes=bool(self.picture and self.picture.view.deactivating_deletes)),
            lambda _: self.app.enter("operation", f"{row.id} {self.log_words()}"),
        )
