"""The power goes in the middle of writing: what was acknowledged is there, nothing is half there, and the record is unbroken."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from store.connection import Store
from tests.kit import ADMINISTRATOR
from tests.whole.hardship import census
from tests.whole.power_cut import Step, after_cut, build, record
from usher.services import directory
from usher.services.setup import open_session

CUTS = 30
WRITER = """
import sys
from pathlib import Path
from store import connection, maintenance
from store.activity import Actor
from usher.services import directory
from usher.services.setup import open_session
path, mode = Path(sys.argv[1]), sys.argv[2]
if mode != "as it is":
    as_usual = connection._connect
    def careless(where, read_only):
        db = as_usual(where, read_only)
        db.execute(f"pragma synchronous = {mode}")
        return db
    connection._connect = careless
session = open_session(path, actor=Actor("ada", "administrator", "command"))
said = open(path.with_name("acknowledged"), "wb", buffering=0)
for number in range(90):
    directory.add_user(session, f"person{number:03}", displayname="x" * 200)
    said.write(b".")
    if number == 45:
        maintenance.truncate(path)
session.store.close()
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorder of writes and syncs."""
    return build(tmp_path_factory.mktemp("recorder"))


def cuts(tmp_path: Path, library: Path, store: Store, mode: str) -> list[tuple[int, Path]]:
    """Stores as they are after the power went at moments spread over the work, each with how many people were acknowledged."""
    store.close()
    before = shutil.copytree(store.path.parent, tmp_path / "before")
    steps = record(library, store.path.parent, WRITER, str(store.path), mode)
    assert acknowledged(steps) == 90 and any(step.op == "S" for step in steps)
    luck, found = random.Random(4711), []
    for number in range(CUTS):
        kept = steps[: luck.randint(len(steps) * number // CUTS, len(steps) * (number + 1) // CUTS)]
        found.append((acknowledged(kept), after_cut(before, kept, tmp_path / f"cut{number}", luck) / store.path.name))
    return found


def acknowledged(steps: list[Step]) -> int:
    return sum(step.name == "acknowledged" for step in steps)


def people(store: Path) -> int:
    """How many are there, by the program itself."""
    session = open_session(store, actor=ADMINISTRATOR)
    try:
        return directory.people_count(session)
    finally:
        session.store.close()


def test_nothing_acknowledged_is_lost_and_nothing_is_half_there(store: Store, tmp_path: Path, library: Path) -> None:
    for told, path in cuts(tmp_path, library, store, "as it is"):
        assert told <= people(path) <= told + 1, path
        rows = census(path)
        assert rows["activity"] == rows["user"] + 1, "a person and the entry of it come together"


def test_the_test_would_see_a_store_that_does_not_wait_for_its_disk(store: Store, tmp_path: Path, library: Path) -> None:
    assert any(people(path) < told for told, path in cuts(tmp_path, library, store, "normal"))
