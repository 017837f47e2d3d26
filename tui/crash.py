"""What is kept of an error nobody foresaw: where it happened, never the values it happened to."""

from __future__ import annotations

import os
import traceback
from pathlib import Path


def write(folder: Path, error: BaseException, at: str) -> Path | None:
    """Writes the traceback, without locals, to a 0600 file in `folder`; None when even that fails."""
    path = folder / f"crash-{at.replace(':', '').replace('.', '')}.txt"
    text = "".join(traceback.format_exception(error))
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return None
    return path


def sentence(path: Path | None) -> tuple[str, str]:
    """What the operator reads: what happened, and what to do."""
    kept = f"What happened was written to {path.name} in the store's folder." if path else "It could not even be written down."
    return "Something went wrong inside Usher.", f"{kept} Nothing half-done was kept."
