"""A push: its plan before anything is sent, then how it goes, then what came of it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical

from store import operations, push_views
from store import pushes as push_rows
from store.errors import NotFound, UsherError
from store.operations import Operation
from tui import push_words, words
from tui.commands import Command
from tui.follow import StoreChanged
from tui.places import Visit
from tui.screens.confirm import Confirm, ConfirmNumber
from tui.screens.listing import ListScreen
from tui.screens.push_commands import PUSH_COMMANDS
from tui.widgets.filter import FilterBar
from tui.widgets.heading import Heading
from tui.widgets.ink import Spans
from tui.widgets.push_head import Picture, PushHead
from tui.widgets.steps import StepSource, plan_columns, run_columns
from tui.widgets.table import VirtualTable
from usher.services import pushes
from usher.services.pushes import PushView
from usher.services.session import Session

MOVERS = frozenset({"user", "membership", "group", "authorization", "mapping", "connection"})


class PushScreen(ListScreen):
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
        self.picture: Picture | None = None
        self.trouble: UsherError | None = None
        self.wrong, self.note, self.filtered = False, "", ""
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
        began = f" since={(view.started_at or view.requested_at)[:19]}Z" if view else ""
        return f'app="{self.app_label}"{began}' + (" result=failed" if self.wrong else "")

    # What it is made of

    def make_table(self) -> VirtualTable[Operation]:
        """The operations."""
        return VirtualTable(plan_columns())

    def body(self) -> ComposeResult:
        """Heading, figures, operations."""
        yield Heading()
        yield PushHead()
        yield self.table

    def on_mount(self) -> None:
        """The time taken goes on by itself."""
        self.set_interval(1, self._tick)

    def _tick(self) -> None:
        if self.is_current and self.state in ("queued", "running", "interrupted"):
            self._look()

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
            self._look()
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
            self._look()
        else:
            self._plan()

    def _find(self) -> None:
        """A push by its id; else an application: its push under way, or a new plan."""
        found = push_rows.get(self.session.db, self.argument)
        if found is None:
            label, self.users = self._named()
            target = pushes.find_application(self.session, label)
            self.app_label = target.label
            found = push_rows.live(self.session.db, target.id)
        if found is not None:
            self._is(found.id, found.app_label)

    def _named(self) -> tuple[str, list[str]]:
        """The application and the users that the argument names."""
        whole = self.argument.strip()
        if not whole:
            raise NotFound("no-such-application", "Which application?", "Open one in SSO Applications and push it from there.")
        try:
            return pushes.find_application(self.session, whole).id, []
        except NotFound:
            first, *users = shlex.split(whole)
            return first, users

    def _is(self, push_id: str, label: str) -> None:
        """This is the push; whoever comes back here comes back to it."""
        self.push_id, self.app_label, self.trouble = push_id, label, None
        if self.app.trail[-1] == Visit(self.place, self._about):
            self.app.trail[-1] = Visit(self.place, push_id)
        self.argument = self._about = push_id

    # Planning

    def plan_again(self) -> None:
        """Plans the same anew."""
        view = self.picture.view if self.picture else None
        if view is not None:
            self.users = list(view.scope or ())
        self.trouble = None
        self._plan()

    def _plan(self, *, instead_of: str = "") -> None:
        """Plans beside the screen; `instead_of` is the stale plan this one takes the place of."""
        self._planning, about = True, self._about
        app, users = self.app_label, self.users or None
        self.app.run_work(
            lambda: attempt(lambda: _planned(self.session, app, users, instead_of)),
            lambda found: self._planned(about, found),
            group="plan",
            newest=True,
            busy=f"planning the push to {app} …",
        )

    def _planned(self, about: str, found: tuple[PushView, str] | UsherError) -> None:
        if about != self._about:
            return
        self._planning = False
        if isinstance(found, UsherError):
            self.trouble, self.picture, self.push_id = found, None, ""
            self._show_waiting()
            self.show_frame()
            return
        view, self.note = found
        self.picture, self.wrong = None, False
        self._is(view.id, view.app)
        self._look()

    # Looking

    def on_store_changed(self, message: StoreChanged) -> None:
        """Follows the push; a plan whose grounds moved says so."""
        if message.concerns(MOVERS) and self.state in push_words.PLANS and not self.note:
            self.note = "Something changed since this was planned. r plans it again."
            self._look()
        super().on_store_changed(message)

    def _look(self) -> None:
        """Reads beside the screen; what moves meanwhile is read afterwards."""
        if self._looking:
            self._again = True
            return
        self._looking, push_id, note = True, self.push_id, self.note
        self.read(lambda: attempt(lambda: look(self.session, push_id, note)), lambda found: self._seen(push_id, found), group="push")

    def _seen(self, push_id: str, found: Picture | UsherError) -> None:
        self._looking = False
        if push_id != self.push_id:
            return
        if isinstance(found, UsherError):
            self.picture, self.trouble = None, found
            self._show_waiting()
        else:
            first = self.picture is None
            ended = not first and self.state in push_words.LIVE and found.view.state in push_words.OVER
            self.picture = found
            if (first and found.view.state not in push_words.PLANS and found.wrong) or (ended and found.wrong):
                self.wrong = True
            self._show()
        self.show_frame()
        if self._again:
            self._again = False
            self._look()

    # Showing

    def _show(self) -> None:
        picture = self.picture
        assert picture is not None
        plan = picture.view.state in push_words.PLANS
        self.query_one(PushHead).show(picture)
        if (self.table.columns[-1].title == "Changes") is not plan:
            self.table.lay_out(plan_columns() if plan else run_columns())
        self.table.empty = self._no_match() if self.filtered else _nothing(picture, self.wrong)
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
                [("esc", "accent bold"), (" goes back, ", "dim"), ("r", "accent bold"), (" plans again", "dim")],
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
        self.wrong = wrong
        if self.picture:
            self._show()
        self.touch()

    def on_virtual_table_changed(self) -> None:
        """The heading says where the push goes; the list does the rest."""
        self.heading = self.crumbs()[0]
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
        self.ask(step_dialog(row, self.app_label), lambda _: self.app.enter("operation", f"{row.id} {self.log_words()}"))

    # Doing

    def confirm_push(self) -> None:
        """Names the counts and what is permanent, then sends."""
        picture = self.picture
        if picture is None:
            return
        lines = [*push_words.consequences(picture.view.planned, picture.blocked), "", "It goes on when you leave this screen."]
        tone = "bad" if push_words.removals(picture.view.planned) else "accent"
        self.ask(Confirm(f"Push to {self.app_label}?", lines, "Push", tone=tone), lambda _: self._start(pushes.start))

    def confirm_approval(self) -> None:
        """The guard's reason, and the number of accounts taken away to be typed."""
        picture = self.picture
        if picture is None:
            return
        number = push_words.removals(picture.view.planned)
        lines = [picture.view.held_reason, "", *push_words.consequences(picture.view.planned, picture.blocked)]
        dialog = ConfirmNumber(f"Approve the push to {self.app_label}?", lines, "Approve and push", number, "Accounts taken away")
        self.ask(dialog, lambda _: self._start(pushes.approve))

    def _start(self, verb: Callable[[Session, str], PushView]) -> None:
        push_id = self.push_id
        self.work(lambda: attempt(lambda: verb(self.session, push_id)), self._started, busy="starting the push …")

    def _started(self, found: PushView | UsherError) -> None:
        if isinstance(found, UsherError):
            if found.code == "stale-plan":
                self.say("The plan was stale: nothing was sent.", "It was made again. Look at it before you push.", "warn")
                self._plan(instead_of=self.push_id)
            else:
                self.app.fail(found)
            return
        self.note, self.wrong = "", False
        self._look()

    def confirm_cancel(self) -> None:
        """Says what stays done."""
        picture = self.picture
        if picture is None:
            return
        view = picture.view
        if view.state == "held":
            lines = ["The plan is thrown away. Nothing was sent."]
        else:
            left = view.total - view.finished
            lines = [f"{view.finished:,} of {view.total:,} operations are over and stay as they are.", f"{words.count(left, 'operation')} will not be begun."]
        self.ask(Confirm("Cancel the push?", lines, "Cancel the push"), lambda _: self.act("cancel", "It is cancelled; what was done stays done."))

    def act(self, verb: str, said: str) -> None:
        """One of the verbs of a push under way."""
        push_id, do = self.push_id, {"pause": pushes.pause, "resume": pushes.resume, "cancel": pushes.cancel}[verb]

        def done(_: PushView) -> None:
            self.say(said)
            self._look()

        self.work(lambda: do(self.session, push_id), done)

    def retry(self) -> None:
        """A new push for those for whom it did not go right."""
        push_id = self.push_id
        self.work(lambda: pushes.retry(self.session, push_id), lambda view: self.app.visit("push", view.id), busy="planning again …")


def attempt(verb: Callable[[], Any]) -> Any:
    """What the verb returns, or the refusal itself, to be shown where the rows would be."""
    try:
        return verb()
    except UsherError as error:
        return error


def look(session: Session, push_id: str, note: str = "") -> Picture:
    """How a push stands."""
    return Picture(pushes.get(session, push_id), push_views.progress(session.db, push_id), operations.counts(session.db, push_id), note)


def _planned(session: Session, app: str, users: list[str] | None, instead_of: str) -> tuple[PushView, str]:
    """A new plan, and how it differs from the one that was stale."""
    view = pushes.plan(session, app, users)
    if not instead_of:
        return view, ""
    differs = push_words.moved(push_views.difference(session.db, instead_of, view.id))
    return view, f"This is a new plan: the one you looked at was stale{f' ({differs})' if differs else ''}. Nothing was sent."


def _nothing(picture: Picture, wrong: bool) -> list[Spans]:
    """What stands where there are no operations to show."""
    view = picture.view
    if view.total:
        return [("No failures.", "strong") if wrong else ("Nothing here.", "strong"), "", [("v", "accent bold"), (" shows every operation", "dim")]]
    unchanged = view.planned.get("unchanged", 0)
    if not unchanged:
        return [("Nobody is to be sent.", "strong"), "", ("No active person is in an authorised user group, and no account is managed.", "dim")]
    return [
        [("✓ ", "ok"), ("Everyone is in step.", "strong")],
        "",
        (f"{words.count(unchanged, 'account')} {'is' if unchanged == 1 else 'are'} as the directory wants {'it' if unchanged == 1 else 'them'}.", "dim"),
    ]
