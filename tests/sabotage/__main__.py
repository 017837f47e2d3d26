"""`make sabotage`: breaks the product on purpose, in copies of the tree, and sees that a test turns red for each break.

`python -m tests.sabotage [WORD]…` tries those whose name or rule holds one of the words; without words, all. Ends with 1 when
a break was not noticed or could not be tried.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.sabotage.breaks import ROOT, Break, breaks

AT_ONCE = int(os.environ.get("USHER_SABOTEURS", "2"))
FLOORS = ("store", "usher", "tui", "tests", "pyproject.toml")
SECONDS = 240
PASSED = 0


def main(words: Sequence[str]) -> int:
    """Tries the breaks and returns the exit status."""
    chosen = [each for each in breaks() if not words or any(word in each.name or word == each.rule for word in words)]
    with tempfile.TemporaryDirectory(prefix="usher-sabotage-") as folder:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(AT_ONCE):
            copies.put(copy(Path(folder) / str(number)))
        if trouble := untouched(copies, chosen):
            print(trouble)
            return 1
        with ThreadPoolExecutor(AT_ONCE) as saboteurs:
            results = list(saboteurs.map(lambda each: attempt(copies, each), chosen))
    noticed = sum(results)
    print(f"{noticed} of {len(chosen)} breaks were noticed.")
    return 0 if noticed == len(chosen) else 1


def copy(to: Path) -> Path:
    """The tree, without what was made from it."""
    to.mkdir()
    for name in FLOORS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("__pycache__", "__snapshots__", ".*"))
        else:
            shutil.copy(source, to / name)
    return to


def untouched(copies: queue.Queue[Path], chosen: Sequence[Break]) -> str:
    """What fails before anything is broken: a red test would prove nothing then."""
    tree = copies.get()
    status, out = run(tree, sorted({test for each in chosen for test in each.tests}), "-q")
    copies.put(tree)
    return "" if status == PASSED else f"The tests are not green to begin with (pytest ended with {status}):\n{out[-3000:]}"


def attempt(copies: queue.Queue[Path], each: Break) -> bool:
    """Applies one break, runs its tests, mends it again; whether they turned red."""
    tree, began = copies.get(), time.monotonic()
    file = tree / each.file
    whole = file.read_text("utf-8")
    try:
        file.write_text(each.applied(tree), "utf-8")
        status, out = run(tree, each.tests, "-q", "-x")
    except (LookupError, subprocess.TimeoutExpired) as trouble:
        print(f"ERROR   {each.name}: {trouble}", flush=True)
        return False
    finally:
        file.write_text(whole, "utf-8")
        copies.put(tree)
    red = next((line.split(" - ")[0].removeprefix("FAILED ") for line in out.splitlines() if line.startswith("FAILED ")), "")
    last = next((line for line in reversed(out.splitlines()) if line.strip()), "")
    word = "red" if red else "UNSEEN" if status == PASSED else "ERROR"  # a fixture that falls over has not seen anything
    print(f"{word:<7} {each.name} [{each.rule}] {time.monotonic() - began:.0f} s: {red or last}", flush=True)
    return bool(red)


def run(tree: Path, tests: Sequence[str], *options: str) -> tuple[int, str]:
    """pytest on a copy; its exit status and what it said."""
    env = {**os.environ, "PYTHONPATH": str(tree)}
    words = [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "no:cacheprovider", "--tb=line", *options, *tests]
    done = subprocess.run(words, cwd=tree, env=env, capture_output=True, text=True, timeout=SECONDS + 10 * len(tests))
    return done.returncode, done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
