"""How long it takes to verify a record, as a ratio to hashing the same bytes with nothing around it, in the same run."""

from __future__ import annotations

import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from starting import least

from store import activity
from store.activity import Actor
from store.connection import Store, open_store
from store.verify_activity import check
from usher.services.setup import create_store

ENTRIES, ROUNDS = 100_000, 3
LIMIT = 20.0  # reading twelve columns of a row by SQLite and writing eight of them as JSON costs what several digests do; 11 to 13 measured


def filled(folder: Path) -> Store:
    """A store whose record has that many entries, every fourth about somebody's own values."""
    actor = Actor("bench", "administrator", "terminal")
    store = create_store(folder / "store" / "usher.db", folder / "keys" / "bench.key", organization="Bench", base_url="https://sso.example.org", actor=actor)
    with store.transaction() as db:
        for number in range(ENTRIES - 1):
            detail = {"label": [f"Wiki {number}", f"Notes {number}"], "hidden": [False, True]}
            personal = {"email": ["", f"person{number}@example.org"]} if number % 4 == 0 else None
            activity.append(db, actor, "2026-03-02T09:00:00.000Z", "application.changed", f"Application {number}", detail, personal)
    return store


def hashed(texts: list[bytes]) -> float:
    """The processor's time for the bare digests."""
    began = time.process_time()
    for text in texts:
        sha256(text).hexdigest()
    return time.process_time() - began


def verified(store: Store) -> float:
    """The processor's time for the whole check."""
    began = time.process_time()
    found = check(store.db)
    if (found.entries, found.first_bad) != (ENTRIES, None):
        raise SystemExit(f"the record does not hold: {found}")
    return time.process_time() - began


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        filled(Path(folder)).close()
        store = open_store(Path(folder) / "store" / "usher.db", read_only=True)
        rows = store.db.execute("select seq, at, actor, role, via, action, target, detail, prev from activity").fetchall()
        texts = ["\0".join(map(str, row)).encode() for row in rows]
        used = least(ROUNDS, {"hashlib": lambda: hashed(texts), "verify": lambda: verified(store)})
        store.close()
    ratio = used["verify"] / used["hashlib"]
    print(f"verify {ENTRIES:,} entries: {used['verify']:.2f} s, bare hashlib {used['hashlib']:.2f} s: {ratio:.1f} (limit: at most {LIMIT:g})")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
