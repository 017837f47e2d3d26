"""Work beside the screen: threads do it, and only post what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.message import Message

from store.records import dataclass

if TYPE_CHECKING:
    from tui.app import UsherApp
    from tui.widgets.fields import Form


@dataclass
class Outcome(Message):
    """What came of a piece of work: its result, or what went wrong."""

    job: Job
    result: Any = None
    error: BaseException | None = None


@dataclass
class Job:
    """A piece of work, and who waits for it."""

    group: str
    number: int
    then: Callable[[Any], Any] | None
    form: Form | None


class Workbench:
    """Keeps one job a group: a newer read makes an older one void, a second change waits for a second key press."""

    def __init__(self, app: UsherApp) -> None:
        self._app = app
        self._running: dict[str, Job] = {}
        self._number = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is at work, nor a key on its way that may set something to work."""
        return not self._running and not self._app.keys_on_their_way

    def begin(self, fn: Callable[[], Any], then: Callable[[Any], Any] | None, *, form: Form | None, group: str, busy: str, newest: bool) -> None:
        """Starts it in a thread."""
        if group in self._running and not newest:
            self._app.say("Still at work on the last one.", "Press again when it is done.", "warn")
            return
        self._number += 1
        job = self._running[group] = Job(group, self._number, then, form)
        self._app.busy = busy
        if busy:
            self._app.show_frame()
        self._app.run_worker(lambda: self._do(fn, job), thread=True, group=f"job-{group}-{job.number}", exit_on_error=False)

    def forget(self, group: str) -> None:
        """Makes what a group is reading void: nobody wants the answer any more."""
        self._running.pop(group, None)

    def _do(self, fn: Callable[[], Any], job: Job) -> None:
        try:
            outcome = Outcome(job, fn())
        except Exception as error:
            outcome = Outcome(job, error=error)
        self._app.post_message(outcome)

    def end(self, outcome: Outcome) -> None:
        """Hands the result to who waits for it, unless a newer job took its place."""
        job = outcome.job
        if self._running.get(job.group) is not job:
            return
        del self._running[job.group]
        self._app.busy = ""
        if outcome.error is not None:
            self._app.fail(outcome.error, job.form)
        else:
            if job.form is not None and job.form.is_mounted:
                job.form.clear_errors()
            if job.then:
                job.then(outcome.result)
        self._app.show_frame()
