"""What Litestream leaves beside a store, and what follows from it.

It reads the log and must be the one that decides when the log begins anew: a FULL, RESTART or TRUNCATE checkpoint of ours
would wait out the whole busy timeout and hold every writer up meanwhile (measured: 5 s). PASSIVE ones are harmless.
A standby (`litestream restore -f`) is written by the follower alone, and waits for whoever keeps it open.
"""

from __future__ import annotations

import os
from pathlib import Path


def is_replicated(store: Path) -> bool:
    """Whether Litestream keeps its own notes beside the store: it replicates it, or did."""
    return os.path.isdir(store.with_name(f".{store.name}-litestream"))  # noqa: PTH112 - 2 µs, at each connection


def is_standby(store: Path) -> bool:
    """Whether the file is the copy that a follower writes."""
    return os.path.lexists(store.with_name(f"{store.name}-txid"))
