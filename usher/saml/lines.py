"""One line of a judgement, and how it comes about."""

from __future__ import annotations

from collections.abc import Callable

from store.records import dataclass
from usher.saml.refusal import Refusal


@dataclass(frozen=True)
class Line:
    """What should hold, whether it does (None: it cannot be told, or need not), and a sentence about it."""

    what: str
    holds: bool | None
    detail: str = ""


def judged(what: str, check: Callable[[], object]) -> Line:
    """The line of a check: what it returns as text is the detail, a `Refusal` says why it does not hold."""
    try:
        said = check()
    except Refusal as refusal:
        return Line(what, False, refusal.message)
    return Line(what, True, said if isinstance(said, str) else "")
