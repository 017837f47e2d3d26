"""What can be done with a push, as commands."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, ClassVar

from tui.commands import Command, Possible
from tui.places import BY_NAME
from tui.push_words import LIVE, OVER

if TYPE_CHECKING:
    from tui.screens.push import PushScreen
else:
    PushScreen = Any


class PushCommand(Command[PushScreen]):
    """Works on the push in view, in some of its states."""

    states: ClassVar[tuple[str, ...]] = ()

    def possible(self, screen: PushScreen) -> Possible:
        """In its states, and not for readers."""
        if screen.state not in self.states:
            return False
        return screen.app.may("operator")

    def cli(self, screen: PushScreen) -> str:
        """The same verb on the command line."""
        return f"usher {self.words} {screen.push_id}" if self.words else ""


class SendPush(PushCommand):
    """Push: send exactly what the plan says. It goes on when you leave."""

    keys, name, short, priority, words, states = "p", "Push", "Push", 5, "push", ("planned",)

    def possible(self, screen: PushScreen) -> Possible:
        """Where something is planned."""
        verdict = super().possible(screen)
        if verdict is True and screen.picture is not None and not screen.picture.view.total:
            return "Everyone is in step: there is nothing to push."
        return verdict

    def run(self, screen: PushScreen) -> None:
        """Asks, then sends."""
        screen.confirm_push()

    def cli(self, screen: PushScreen) -> str:
        """Plans and pushes."""
        return screen.cli()


class ApprovePush(PushCommand):
    """Approve what the removal guard holds, and push it."""

    keys, name, short, priority, words, states = "a", "Approve", "Approve", 5, "pushes approve", ("held",)

    def run(self, screen: PushScreen) -> None:
        """Asks for the number of accounts taken away."""
        screen.confirm_approval()


class PlanAgain(PushCommand):
    """Plan again: compare the directory and the accounts once more. Nothing is sent."""

    keys, name, short, priority, words, states = "r", "Plan again", "Plan again", 20, "push --plan", ("", "planned", "held", *OVER)

    def run(self, screen: PushScreen) -> None:
        """Plans."""
        screen.plan_again()

    def cli(self, screen: PushScreen) -> str:
        """Shows the plan and does nothing."""
        return f"{screen.cli()} --plan"


class ResumePush(PushCommand):
    """Go on with a push that is paused or was interrupted."""

    keys, name, short, priority, words, states = "r", "Resume", "Resume", 5, "pushes resume", ("paused", "interrupted")

    def run(self, screen: PushScreen) -> None:
        """Goes on."""
        screen.act("resume", "It goes on.")


class PausePush(PushCommand):
    """Pause: operations under way are finished, no others begun."""

    keys, name, short, priority, words, states = "s", "Pause", "Pause", 10, "pushes pause", ("queued", "running")

    def run(self, screen: PushScreen) -> None:
        """Pauses."""
        screen.act("pause", "It pauses after the operations under way.")


class CancelPush(PushCommand):
    """Cancel: no further operation is begun; what was done stays done."""

    keys, name, short, priority, words, states = "x", "Cancel the push", "Cancel", 15, "pushes cancel", (*LIVE, "held")

    def run(self, screen: PushScreen) -> None:
        """Asks first."""
        screen.confirm_cancel()


class RetryPush(PushCommand):
    """Retry what failed: a new push for just those people."""

    keys, name, short, priority, words, states = "t", "Retry what failed", "Retry failed", 8, "pushes retry", OVER

    def possible(self, screen: PushScreen) -> Possible:
        """Where something did not go right."""
        verdict = super().possible(screen)
        return verdict if screen.left_over else False

    def run(self, screen: PushScreen) -> None:
        """Begins the new push, or shows it when the guard holds it."""
        screen.retry()


class OnlyFailures(PushCommand):
    """Show only what failed or cannot be sent; again: every operation."""

    keys, name, short, priority = "v", "Only failures, or all", "Failures", 30

    def possible(self, screen: PushScreen) -> Possible:
        """Where there is a push to look at."""
        return screen.picture is not None and screen.picture.view.total > 0

    def run(self, screen: PushScreen) -> None:
        """Turns it over."""
        screen.show_only(wrong=not screen.wrong)


class PushApplication(PushCommand):
    """Open the application: its connection, its mapping, who is let in."""

    keys, name, short, priority, words = "o", "Open the application", "Application", 36, "apps show"

    def possible(self, screen: PushScreen) -> Possible:
        """Where it is known."""
        return bool(screen.app_label) and "app" in BY_NAME

    def run(self, screen: PushScreen) -> None:
        """Goes there."""
        screen.open_application()

    def cli(self, screen: PushScreen) -> str:
        """The same in words."""
        return f"usher apps show {shlex.quote(screen.app_label)}"


class PushLog(PushCommand):
    """The provisioning log from the beginning of this push on."""

    keys, name, short, priority, words = "l", "Its log", "Log", 35, "log"

    def possible(self, screen: PushScreen) -> Possible:
        """Once it was begun."""
        return screen.state in (*LIVE, *OVER)

    def run(self, screen: PushScreen) -> None:
        """Goes there."""
        screen.app.enter("log", screen.log_words())

    def cli(self, screen: PushScreen) -> str:
        """The same rows."""
        from tui.log_filter import LogFilter

        return LogFilter.parse(screen.log_words()).cli


PUSH_COMMANDS = (SendPush, ApprovePush, PlanAgain, ResumePush, PausePush, CancelPush, RetryPush, OnlyFailures, PushApplication, PushLog)
