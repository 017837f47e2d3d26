"""Which push a screen is about, and the plan that is made where there is none."""

from __future__ import annotations

import shlex

from store import pushes as push_rows
from store.errors import NotFound, UsherError
from tui.places import Visit
from tui.screens.push_doing import PushDoing
from tui.screens.push_reading import attempt, planned_anew
from usher.services import pushes
from usher.services.pushes import PushView


class PushPlanning(PushDoing):
    """Finds the push its argument means, or plans one."""

    users: list[str]
    trouble: UsherError | None
    _about: str
    _planning: bool

    def _show_waiting(self) -> None:
        """Shows that there is no plan, and why."""
        raise NotImplementedError

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

    def plan_again(self) -> None:
        """Plans the same anew."""
        view = self.picture.view if self.picture else None
        if view is not None:
            self.users = list(view.scope or ())
        self.trouble = None
        self.plan()

    def plan(self, *, instead_of: str = "") -> None:
        """Compares and keeps a plan, beside the screen."""
        self._planning, about = True, self._about
        app, users = self.app_label, self.users or None
        self.app.run_work(
            lambda: attempt(lambda: planned_anew(self.session, app, users, instead_of)),
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
        self.picture, self.wrong, self.chosen = None, False, False
        self._is(view.id, view.app)
        self.look()
