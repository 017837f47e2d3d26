"""What `push` and `pushes` share: waiting with a bar, the words for a plan and for how a push ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tui.cli.context import Cli
from tui.cli.text import plural

if TYPE_CHECKING:
    from usher.services.pushes import PushView

ACTIONS = ("create", "update", "reactivate", "deactivate", "delete")
_STATUS = {"succeeded": 0, "failed": 1, "cancelled": 1, "held": 3, "paused": 3}


class Interrupted(KeyboardInterrupt):
    """The operator stopped waiting; the push goes on in its worker."""

    def __init__(self, push_id: str) -> None:
        super().__init__()
        self.hint = f"The push goes on: usher pushes show {push_id}"


def follow(cli: Cli, push_id: str) -> PushView:
    """Waits until the push is over or paused, with a bar on stderr."""
    from usher.services import pushes

    with cli.output.progress() as bar:

        def show(view: PushView) -> None:
            bar.update(view.finished, view.total, view.failed, view.state if view.state != "running" else "")

        try:
            return pushes.wait(cli.session, push_id, show)
        except KeyboardInterrupt:
            raise Interrupted(push_id) from None


def end_of(cli: Cli, view: PushView) -> int:
    """Prints how a push stands and returns the exit status that says the same."""
    from usher.services import pushes

    document = pushes.document(cli.session, view.id)
    if cli.output.json:
        cli.output.document(document)
    else:
        describe(cli, document, view)
    return _STATUS.get(view.state, 1)


def describe(cli: Cli, document: dict[str, Any], view: PushView) -> None:
    """A push for a person: one sentence, and the failures as a table."""
    reason = f" {view.paused_reason or view.held_reason}".rstrip()
    cli.output.say(
        f"Push {document['push']} to {document['app']} {document['state']}: {summary(document['done'])}, {document['failed']} failed, "
        f"{plural(document['requests'], 'request')} in {document['seconds']:.1f} s.{reason}"
    )
    if document["failures"]:
        cli.output.table(["user", "action", "status", "detail"], [(f["user"], f["action"], f["status"], f["detail"]) for f in document["failures"]])
    if document["state"] == "paused":
        cli.output.say(f"Go on with usher pushes resume {document['push']}.")


def summary(counts: dict[str, int], blocked: int = 0) -> str:
    """`3 create, 1 deactivate, 1 cannot be sent`; `nothing` when every count is 0."""
    named = [f"{counts[name]:,} {name}" for name in (*ACTIONS, "adopt", "unchanged") if counts.get(name)]
    named += [f"{blocked:,} cannot be sent"] if blocked else []
    return ", ".join(named) or "nothing"


def plan_rows(cli: Cli, push_id: str) -> Iterator[tuple[str, str, str]]:
    """The operations of a plan, a page at a time."""
    from usher.services import pushes

    last = 0
    while page := pushes.operations_page(cli.session, push_id, last, 500):
        for one in page:
            yield one.action if one.state != "blocked" else "cannot be sent", one.username, one.detail or changes_in_words(one.changes)
        last = page[-1].seq


def changes_in_words(changes: dict[str, list[Any]]) -> str:
    """`displayName: Ada → Ada L.; active: true → false`."""
    return "; ".join(f"{name}: {_value(old)} → {_value(new)}" for name, (old, new) in changes.items())


def _value(value: Any) -> str:
    """A value of an attribute as a person reads it."""
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)
