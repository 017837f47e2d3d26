"""The verbs of a push at its screen: each asks what must be asked, then does it beside the screen."""

from __future__ import annotations

from collections.abc import Callable

from store.errors import UsherError
from tui import push_words, words
from tui.screens.confirm import Confirm, ConfirmNumber
from tui.screens.listing import ListScreen
from tui.screens.push_reading import attempt
from tui.widgets.push_head import Picture
from usher.services import pushes
from usher.services.pushes import PushView
from usher.services.session import Session


class PushDoing(ListScreen):
    """What can be done with the push in view."""

    push_id: str
    app_label: str
    picture: Picture | None
    note: str
    wrong: bool
    chosen: bool

    def look(self) -> None:
        """Reads how the push stands, and shows it."""
        raise NotImplementedError

    def plan(self, *, instead_of: str = "") -> None:
        """Plans beside the screen; `instead_of` is the stale plan this one takes the place of."""
        raise NotImplementedError

    def open_application(self) -> None:
        """Its own screen."""
        self.app.visit("app", pushes.find_application(self.session, self.app_label).id)

    def confirm_push(self) -> None:
        """Names the counts and what is permanent, then sends."""
        picture = self.picture
        if picture is None:
            return
        lines = [
            *push_words.consequences(picture.view.planned, picture.blocked, deactivating_deletes=picture.view.deactivating_deletes),
            "",
            "It goes on when you leave this screen.",
        ]
        tone = "bad" if push_words.removals(picture.view.planned) else "accent"
        self.ask(Confirm(f"Push to {self.app_label}?", lines, "Push", tone=tone), lambda _: self._start(pushes.start))

    def confirm_approval(self) -> None:
        """The guard's reason, and the number of accounts taken away to be typed."""
        picture = self.picture
        if picture is None:
            return
        number = push_words.removals(picture.view.planned)
        lines = [
            picture.view.held_reason,
            "",
            *push_words.consequences(picture.view.planned, picture.blocked, deactivating_deletes=picture.view.deactivating_deletes),
        ]
        dialog = ConfirmNumber(f"Approve the push to {self.app_label}?", lines, "Approve and push", number, "Accounts taken away")
        self.ask(dialog, lambda _: self._start(pushes.approve))

    def _start(self, verb: Callable[[Session, str], PushView]) -> None:
        push_id = self.push_id
        self.work(lambda: attempt(lambda: verb(self.session, push_id)), self._started, busy="starting the push …")

    def _started(self, found: PushView | UsherError) -> None:
        if isinstance(found, UsherError):
            if found.code == "stale-plan":
                self.say("The plan was stale: nothing was sent.", "It was made again. Look at it before you push.", "warn")
                self.plan(instead_of=self.push_id)
            else:
                self.app.fail(found)
            return
        self.note, self.wrong, self.chosen = "", False, False
        self.look()

    def confirm_cancel(self) -> None:
        """Says what stays done."""
        picture = self.picture
        if picture is None:
            return
        view = picture.view
        if view.state == "held":
            lines = ["The plan is thrown away. Nothing was sent."]
        else:
            left = view.total - view.finished - view.in_flight
            lines = [f"{view.finished:,} of {view.total:,} operations are over and stay as they are.", f"{words.count(left, 'operation')} will not be begun."]
            lines += (
                [f"{words.count(view.in_flight, 'operation')} under way {'is' if view.in_flight == 1 else 'are'} finished first."] if view.in_flight else []
            )
        self.ask(Confirm("Cancel the push?", lines, "Cancel the push"), lambda _: self.act("cancel", "It is cancelled; what was done stays done."))

    def act(self, verb: str, said: str) -> None:
        """One of the verbs of a push under way."""
        push_id, do = self.push_id, {"pause": pushes.pause, "resume": pushes.resume, "cancel": pushes.cancel}[verb]

        def done(_: PushView) -> None:
            self.say(said)
            self.look()

        self.work(lambda: do(self.session, push_id), done)

    def retry(self) -> None:
        """A new push for those for whom it did not go right."""
        push_id = self.push_id
        self.work(lambda: pushes.retry(self.session, push_id), lambda view: self.app.visit("push", view.id), busy="planning again …")
