"""What the tests of every floor are made of: a clock that steps, and quick ways to people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from store import groups
from store.activity import Actor
from store.connection import Store
from store.directory import User, find_group, insert_users
from store.ids import fold
from usher.services import directory
from usher.services.session import Session

ADMINISTRATOR = Actor("ada", "administrator", "terminal")
VIEWER = Actor("vera", "viewer", "terminal")
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ORGANIZATION = "Harbour Works"
BASE_URL = "https://sso.harbour.example"


class SteppingClock:
    """Begins on a Monday morning and goes on by `step` each time it is asked; `forward` lets time pass."""

    def __init__(self, start: datetime = MORNING, step: timedelta = timedelta(seconds=1)) -> None:
        self.time = start
        self.step = step

    def now(self) -> datetime:
        self.time += self.step
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)


def fill_directory(session: Session, count: int, *, group: str = "") -> list[User]:
    """`count` active people (person0001@harbour.example …) put into the store at once, and into `group` if one is named."""
    people = []
    for number in range(1, count + 1):
        name = f"person{number:04}@harbour.example"
        last = f"Number{number:04}"
        people.append(User(session.ids.new(), name, name, name, "Pat", last, f"Pat {last}", f"E{number:04}", created_at=session.now()))
    if group and not groups.groups_by_key(session.db, [fold(group)]):
        directory.add_group(session, group)
    with session.change() as change:
        insert_users(change.db, people)
        if group:
            found = find_group(change.db, group)
            groups.add_members(change.db, [(found.id, person.id) for person in people])
        change.record("users.imported", "fixture", {"created": count})
        change.event("user")
        change.event("membership")
    return people


def spoil(store: Store, name: str) -> None:
    """Closes the store and damages the root page of a table or index in its file, as a bad disk would."""
    page = store.db.execute("select rootpage from sqlite_master where name = ?", (name,)).fetchone()[0]
    size = store.db.execute("pragma page_size").fetchone()[0]
    store.close()
    with store.path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 64)
