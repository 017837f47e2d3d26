"""How a store stands after a bad day: whole, its record unbroken, and as many rows as before; and how a refusal must read."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from store import activity
from store.connection import open_store
from store.ids import SystemClock, Ulids
from tests.kit import ADMINISTRATOR, BASE_URL, ORGANIZATION
from tests.tui.cli.conftest import Ended, Usher
from usher.services import applications, authorizations, directory
from usher.services.session import Session
from usher.services.setup import create_store

FOLLOWS = ("event", "worker", "sqlite_sequence")
"""Tables that say what happened lately, not what is kept."""


def census(path: Path) -> dict[str, int]:
    """The rows of every table, after SQLite and the chain of the record have found nothing wrong."""
    store = open_store(path, read_only=True)
    try:
        assert [row[0] for row in store.db.execute("pragma integrity_check")] == ["ok"]
        assert store.db.execute("pragma foreign_key_check").fetchall() == []
        assert activity.verify(store.db) is None
        names = [row[0] for row in store.db.execute("select name from sqlite_master where type = 'table' and name not like '%\\_fts%' escape '\\'")]
        return {name: store.db.execute(f"select count(*) from [{name}]").fetchone()[0] for name in names if name not in FOLLOWS}
    finally:
        store.close()


@contextlib.contextmanager
def unharmed(path: Path) -> Iterator[None]:
    """What happens inside leaves every table as it was."""
    before = census(path)
    yield
    assert census(path) == before


def one_line(text: str) -> str:
    """The one line that a person reads, which must not look like a program's inside."""
    lines = text.splitlines()
    assert len(lines) == 1 and lines[0].startswith("usher: "), text
    assert "Traceback" not in text and "Something went wrong" not in text, text
    return lines[0]


@dataclass(frozen=True)
class Shop:
    """Commands on a store, and the store."""

    usher: Usher
    store: Path

    def refuses(self, *words: str, status: int, code: str = "", stdin: str = "", says: tuple[str, ...] = ()) -> Ended:
        """The command ends so, in one line that says what and what to do, plain and as JSON, and changes nothing."""
        with unharmed(self.store):
            plain, told = self.usher(*words, stdin=stdin), self.usher(*words, "--json", stdin=stdin)
        assert (plain.status, told.status) == (status, status), (words, plain)
        assert not plain.out or code == "bad-rows", "only a file of people has its bad rows listed"
        one_line(plain.err)
        assert told.error["message"] and told.error["hint"], told.err
        assert not code or told.error["code"] == code, told.err
        for word in says:
            assert word in plain.err, plain.err
        return plain


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a closed store (Calendly, Ada, Grace, of whom Grace's group Engineering is authorised) and its key."""
    folder = tmp_path_factory.mktemp("seed")
    key = folder / "keys" / "shop.key"
    store = create_store(folder / "shop" / "usher.db", key, organization=ORGANIZATION, base_url=BASE_URL, actor=ADMINISTRATOR)
    session = Session(store, ADMINISTRATOR, key, SystemClock(), Ulids())
    applications.add(session, "calendly", label="Calendly")
    for name, number in (("ada@harbour.example", ""), ("grace@harbour.example", "1906")):
        directory.add_user(session, name, name, employee_identifier=number)
    directory.add_group(session, "Engineering")
    directory.add_members(session, "Engineering", ["grace@harbour.example"])
    authorizations.authorize(session, "Calendly", ["Engineering"])
    store.close()
    return folder


@pytest.fixture
def shop(seed: Path, bare: Usher, tmp_path: Path) -> Shop:
    """Commands on a copy of that store."""
    for name in ("shop", "keys"):
        shutil.copytree(seed / name, tmp_path / name)
        (tmp_path / name).chmod(0o700)
    return Shop(bare, tmp_path / "shop" / "usher.db")
