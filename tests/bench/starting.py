"""What the benchmarks of starting share: a store with one application, and how a fresh process is run.

Processes run from bytecode, as an installed program does: it goes to a folder of its own, so that neither the checkout
nor the environment decides whether a start compiles. Noise only ever adds, so the least of interleaved rounds counts;
the time of the processor is the measure, since on a shared machine others decide how long a clock runs.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # a benchmark is run as a file, from anywhere

from store.activity import Actor  # noqa: E402
from usher.services import applications  # noqa: E402
from usher.services.session import Session  # noqa: E402
from usher.services.setup import create_store  # noqa: E402

USHER = [sys.executable, "-c", "from tui.cli.main import main; main()"]
"""What the console script `usher` does."""


@contextlib.contextmanager
def store_with_an_application() -> Iterator[dict[str, str]]:
    """The environment in which `usher` finds a new store."""
    with tempfile.TemporaryDirectory() as folder:
        path, key = Path(folder) / "store" / "usher.db", Path(folder) / "keys" / "bench.key"
        actor = Actor("bench", "administrator", "command")
        store = create_store(path, key, organization="Bench", base_url="https://sso.example.org", actor=actor)
        applications.add(Session(store, actor, key), "calendly", label="Calendly")
        store.close()
        mine = {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
        mine |= {"USHER_STORE": str(path), "USHER_KEY_FILE": str(key)}
        yield {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | mine


def least(rounds: int, runs: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The least of each run's figures over interleaved rounds, after one that only writes bytecode."""
    for run in runs.values():
        run()
    figures = [{name: run() for name, run in runs.items()} for _ in range(rounds)]
    return {name: min(figure[name] for figure in figures) for name in runs}
