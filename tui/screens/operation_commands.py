"""What can be done with an operation in view: copying its requests and bodies, walking to its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.commands import Command, Possible
from usher.services import log

if TYPE_CHECKING:
    from tui.screens.operation import OperationScreen
else:
    OperationScreen = Any


class OperationCommand(Command[OperationScreen]):
    """Works on the operation, or on the exchange under the cursor."""

    group = "Here"

    def possible(self, screen: OperationScreen) -> Possible:
        """Only where there is an exchange."""
        return screen.exchange is not None or "Nothing went over the wire."


class CopyCurl(OperationCommand):
    """Copy the request as a curl command; the token stays $TOKEN."""

    keys, name, short, priority, words = "y", "Copy as curl", "Copy as curl", 20, "log show --curl"

    def run(self, screen: OperationScreen) -> None:
        """Copies."""
        if screen.exchange is not None:
            screen.app.copy(log.curl(screen.exchange), "Copied as curl. Set TOKEN before you run it.")

    def cli(self, screen: OperationScreen) -> str:
        """Prints it."""
        return f"usher log show {screen.operation_id} --curl"


class CopyBody(OperationCommand):
    """Copy the body of the side under the cursor: request or response."""

    keys, name, short, priority = "b", "Copy the body", "Copy body", 25

    def run(self, screen: OperationScreen) -> None:
        """Copies."""
        exchange = screen.exchange
        if exchange is None:
            return
        side, body = ("request", exchange.request_body) if screen.side == "request" and exchange.request_body else ("response", exchange.response_body)
        if body:
            screen.app.copy(body, f"Copied the body of the {side}.")
        else:
            screen.say("Neither side has a body.", tone="warn")


class FoldAll(OperationCommand):
    """Fold every exchange, or show all."""

    keys, name, short, priority = "o", "Fold all", "Fold all", 35

    def run(self, screen: OperationScreen) -> None:
        """Folds."""
        screen.fold_all()


class NewerOperation(OperationCommand):
    """The operation above it in the log, as the log is narrowed."""

    keys, name, short, priority = "left_square_bracket,p", "Newer operation", "Newer", 30

    def possible(self, screen: OperationScreen) -> Possible:
        """Unless it is the newest."""
        return screen.neighbour(newer=True) is not None or "This is the newest one."

    def run(self, screen: OperationScreen) -> None:
        """Goes there."""
        screen.go(newer=True)


class OlderOperation(OperationCommand):
    """The operation below it in the log, as the log is narrowed."""

    keys, name, short, priority = "right_square_bracket,n", "Older operation", "Older", 31

    def possible(self, screen: OperationScreen) -> Possible:
        """Unless it is the oldest."""
        return screen.neighbour(newer=False) is not None or "This is the oldest one."

    def run(self, screen: OperationScreen) -> None:
        """Goes there."""
        screen.go(newer=False)


class OpenPush(OperationCommand):
    """Open the push it belongs to."""

    keys, name, short, priority = "P", "Open the push", "Push", 45

    def possible(self, screen: OperationScreen) -> Possible:
        """Only when there is one."""
        return screen.detail is not None

    def run(self, screen: OperationScreen) -> None:
        """Goes there."""
        if screen.detail is not None:
            screen.app.visit("push", screen.detail.rows[-1].push_id if screen.detail.rows else screen.detail.operation.push_id)  # type: ignore[union-attr]


OPERATION_COMMANDS = (CopyCurl, CopyBody, NewerOperation, OlderOperation, FoldAll, OpenPush)
