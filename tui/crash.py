"""What is kept of an error nobody foresaw: where it happened, and none of the values."""

from __future__ import annotations

import contextlib
import os
import traceback
from datetime import UTC, datetime
from pathlib import Path


def keep_report(error: BaseException) -> str:
    """Writes the report (0600) and returns the sentence that says where it is.

    Frames, lines of our source and the type of the error; no locals, no arguments, no message of the
    error, since any of them may carry a secret or a person.
    """
    with contextlib.suppress(OSError):
        return f"A report without any values is in {_write(report(error))}; please send it in."
    return "No report could be written."


def report(error: BaseException) -> str:
    """The frames of an error and of what caused it."""
    from usher import __version__

    lines = [f"usher {__version__}", datetime.now(UTC).isoformat(timespec="seconds")]
    cause: BaseException | None = error
    while cause is not None:
        lines += ["", type(cause).__qualname__, *(line.rstrip() for line in traceback.StackSummary.extract(traceback.walk_tb(cause.__traceback__)).format())]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n".join(lines) + "\n"


def _write(text: str) -> Path:
    """A new file in the user's state folder."""
    import platformdirs

    folder = Path(platformdirs.user_state_dir("usher")) / "crashes"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return path
