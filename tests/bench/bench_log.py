"""How soon the console shows the log of a million outcomes, and in how much memory, as ratios to a minimal Textual app
started in the same run."""

from __future__ import annotations

import functools
import sys
import time

from bench_start import MINIMAL, first_content
from starting import USHER, least, store_with_an_application

from store.driver import sqlite3

ROWS = 1_000_000
ROUNDS = 5
LIMIT, MEMORY = 1.5, 1.6
SEED = """
with recursive number (n) as (select 1 union all select n + 1 from number where n < ?)
insert into journal (operation_id, push_id, at, application_id, app_label, user_id, username, action, result, status, attempt, duration_ms, detail)
select printf('OP%08d', n), 'PUSH1', strftime('%Y-%m-%dT%H:%M:%S.000Z', 1767225600 + n, 'unixepoch'), application.id, application.label, printf('U%05d', n % 5000),
  printf('person%05d@example.com', n % 5000), case n % 3 when 0 then 'create' when 1 then 'update' else 'deactivate' end,
  iif(n % 7, 'succeeded', 'failed'), iif(n % 7, 200, 409), 1, 40 + n % 60, iif(n % 7, '', 'The seat is taken by somebody else.')
from number, application
"""
RUNS = {"minimal": (b"Configured", [sys.executable, "-c", MINIMAL]), "log": (b"person", [*USHER, "log"])}


def seed(path: str) -> float:
    """Fills the log, index and all; seconds it took."""
    begun = time.monotonic()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("pragma synchronous = off")
    db.execute("pragma cache_size = -200000")
    db.execute("begin")
    db.execute(SEED, (ROWS,))
    db.execute("commit")
    db.execute("pragma wal_checkpoint(truncate)")
    db.close()
    return time.monotonic() - begun


def main() -> int:
    memory: dict[str, float] = {}

    def run(name: str, env: dict[str, str]) -> float:
        marker, command = RUNS[name]
        used, resident = first_content(marker, command, env)
        memory[name] = min(resident, memory.get(name, resident))
        return used

    with store_with_an_application() as env:
        print(f"{ROWS:,} outcomes in the log after {seed(env['USHER_STORE']):.0f} s")
        used = least(ROUNDS, {name: functools.partial(run, name, env) for name in RUNS})
    time_ratio, memory_ratio = used["log"] / used["minimal"], memory["log"] / memory["minimal"]
    print(
        f"usher log: first content at {used['log'] * 1000:.0f} ms, a minimal Textual app at {used['minimal'] * 1000:.0f} ms: {time_ratio:.2f} (limit: at most {LIMIT})"
    )
    print(f"usher log: {memory['log']:.0f} MiB, a minimal Textual app {memory['minimal']:.0f} MiB: {memory_ratio:.2f} (limit: at most {MEMORY})")
    return int(time_ratio > LIMIT or memory_ratio > MEMORY)


if __name__ == "__main__":
    sys.exit(main())
