"""Four processes write at once, each another kind of thing, while a fifth reads and empties SQLite's log: no lock error is
seen and nothing is lost. For 30 seconds in CI, for a few at a desk; USHER_WRITERS_SECONDS says another time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from store import activity
from store.connection import Store
from tests.whole.hardship import census
from usher.services import applications, directory
from usher.services.session import Session

SECONDS = float(os.environ.get("USHER_WRITERS_SECONDS") or (30 if os.environ.get("CI") else 4))
ROOT = Path(__file__).parents[2]
AT_WORK = """
import json, sys, time
from pathlib import Path
from store import maintenance
from store.activity import Actor
from usher.services import applications, directory, imports
from usher.services.setup import open_session
path, kind, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
session = open_session(path, actor=Actor(kind, "administrator", "command"))
file = path.with_name("people.csv")

def people(n):
    directory.add_user(session, f"person{n}")
    directory.add_members(session, "Crew", [f"person{n}"])
    return 2

def names(n):
    applications.set_general(session, "Wiki", {"description": f"Edition {n}"})
    directory.rename_group(session, "Tugs" if n % 2 == 0 else "Barges", "Barges" if n % 2 == 0 else "Tugs")
    return 2

def files(n):
    file.write_text("username,groups\\n" + "".join(f"import{n}-{m},Crew;Shift {n % 7}\\n" for m in range(20)))
    imports.run(session, file)
    return 1

def states(n):
    (directory.suspend if n % 2 == 0 else directory.activate)(session, ["ann", "bea"])
    return 2  # an entry for each of them

def reading(n):
    with session.store.reading() as db:
        before = db.execute("select count(*), max(seq) from activity").fetchone()
        directory.people_page(session, text="person")
        assert tuple(before) == tuple(db.execute("select count(*), max(seq) from activity").fetchone()), "a snapshot stands still"
        assert before[0] == before[1]
    maintenance.truncate(path)
    time.sleep(0.02)
    return 0

turns = changes = 0
end = time.monotonic() + seconds
while time.monotonic() < end:
    changes += globals()[kind](turns)
    turns += 1
print(json.dumps([turns, changes]))
"""
KINDS = ("people", "names", "files", "states", "reading")


def test_nobody_is_refused_and_nothing_is_lost(session: Session, store: Store) -> None:
    applications.add(session, "bookmark", label="Wiki", bookmark_url="https://wiki.harbour.example")
    for name in ("ann", "bea"):
        directory.add_user(session, name)
    for name in ("Crew", "Tugs"):
        directory.add_group(session, name)
    before = activity.count(session.db)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", AT_WORK, str(store.path), kind, str(SECONDS)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for kind in KINDS
    ]
    ended = [one.communicate(timeout=SECONDS + 60) for one in running]
    assert [error for _, error in ended] == [""] * len(KINDS)
    turns, changes = zip(*(json.loads(out) for out, _ in ended), strict=True)
    print(f"{SECONDS:.0f} s:", dict(zip(KINDS, turns, strict=True)))
    assert min(turns) > 0
    rows = census(store.path)
    assert rows["user"] == 2 + turns[0] + 20 * turns[2]
    assert activity.count(session.db) == before + sum(changes)
    assert directory.get_group(session, "crew").members == turns[0] + 20 * turns[2]
    assert applications.get(session, "wiki").description == f"Edition {turns[1] - 1}"
    assert {user.state for user in (directory.get_user(session, "ann"), directory.get_user(session, "bea"))} == {"SUSPENDED" if turns[3] % 2 else "ACTIVATED"}
