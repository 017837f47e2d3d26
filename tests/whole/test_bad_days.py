"""Bad days of the store and its key: each command says in one line what is wrong and what to do, and nothing is lost or made worse."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from store import connection
from store.connection import Store
from store.driver import sqlite3
from store.migrations import VERSION
from tests.kit import fill_directory, spoil
from tests.tui.cli.conftest import bare, mask
from tests.tui.kit import console, press, run
from tests.whole.engine import APP, connect, live, work
from tests.whole.hardship import Shop, census, one_line, seed, shop
from tests.whole.servers import Server, _running_servers, scim2_server
from usher.services import directory, pushes
from usher.services.session import Session

__all__ = ["_running_servers", "bare", "live", "mask", "scim2_server", "seed", "shop"]

ROOT = Path(__file__).parents[2]
COMMANDS = (
    ["apps", "list"],
    ["users", "list"],
    ["users", "add", "zoe", "--email", "zoe@harbour.example"],
    ["push", "Calendly"],
    ["activity"],
    ["log"],
)


def emptied(store: Path) -> None:
    store.write_bytes(b"")


def cut_off(store: Path) -> None:
    os.truncate(store, store.stat().st_size // 2)


def overwritten(store: Path) -> None:
    with store.open("r+b") as file:
        file.seek(100)  # the root page of the schema, behind the file's own header
        file.write(b"\xff" * 64)


def noise(store: Path) -> None:
    store.write_bytes(os.urandom(store.stat().st_size))


def foreign(store: Path) -> None:
    store.unlink()
    with sqlite3.connect(store) as db:
        db.execute("create table moz_bookmarks (id, url)")
    db.close()
    store.chmod(0o600)


def newer(store: Path) -> None:
    with sqlite3.connect(store) as db:
        db.execute(f"pragma user_version = {VERSION + 7}")
    db.close()


def open_to_others(store: Path) -> None:
    store.chmod(0o644)


def gone(store: Path) -> None:
    store.unlink()


def a_folder(store: Path) -> None:
    store.unlink()
    store.mkdir()


def a_link(store: Path) -> None:
    store.rename(store.with_name("elsewhere.db"))
    store.symlink_to("elsewhere.db")


HARMS = {
    emptied: ("store-empty", "is empty"),
    cut_off: ("store-damaged", "last backup"),
    overwritten: ("store-damaged", "last backup"),
    noise: ("store-damaged", "last backup"),
    foreign: ("not-a-store", "not a store of Usher's"),
    newer: ("store-newer", f"version {VERSION + 7}"),
    open_to_others: ("store-open-to-others", "chmod 600"),
    gone: ("no-store", "usher init"),
    a_folder: ("store-not-a-file", "not a regular file"),
    a_link: ("store-not-a-file", "not a regular file"),
}


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_a_store_that_cannot_be_used_is_said_and_left_as_it_is(shop: Shop, harm: Callable[[Path], None]) -> None:
    code, says = HARMS[harm]
    harm(shop.store)
    for end in ("-wal", "-shm"):
        shop.store.with_name(shop.store.name + end).unlink(missing_ok=True)
    kept = shop.store.read_bytes() if shop.store.is_file() else None
    for words in COMMANDS:
        plain, told = shop.usher(*words), shop.usher(*words, "--json")
        assert (plain.status, plain.out, told.status, told.error["code"]) == (4, "", 4, code), (words, plain.err, told.err)
        assert says in one_line(plain.err) and told.error["hint"]
        assert str(shop.store) in plain.err
    assert (shop.store.read_bytes() if shop.store.is_file() else None) == kept
    if code != "no-store":
        ended = shop.usher("init", "--organization", "X", "--base-url", "https://x.example")
        assert ended.status == 4 and "already" in one_line(ended.err), "never a new store over an old one"


def test_a_damaged_table_is_said_when_it_is_read_and_the_rest_goes_on(shop: Shop) -> None:
    spoil(Store(shop.store), "user")
    ended = shop.usher("users", "list")
    assert (ended.status, ended.out) == (4, "")
    assert "damaged" in one_line(ended.err)
    assert shop.usher("apps", "list").status == 0


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[None]:
    """This process as an account that may only read, where it is root."""
    uid = os.geteuid()
    yield
    os.seteuid(uid)


def test_a_store_that_may_only_be_read_says_so_and_is_not_changed(shop: Shop, tmp_path: Path, read_only_disk: None) -> None:
    before, nobody = census(shop.store), 65534
    if os.geteuid() == 0:
        for path in [tmp_path, *tmp_path.rglob("*")]:
            os.chown(path, nobody, -1)
        for path in (tmp_path.parent, tmp_path.parent.parent, tmp_path.parent.parent.parent):
            path.chmod(path.stat().st_mode | 0o011)
        os.seteuid(nobody)
    shop.store.chmod(0o400)
    shop.store.parent.chmod(0o500)
    ended = shop.usher("users", "add", "zoe", "--email", "zoe@harbour.example")
    shop.store.parent.chmod(0o700)
    shop.store.chmod(0o600)
    assert (ended.status, ended.out) == (4, "")
    assert str(shop.store) in one_line(ended.err)
    os.seteuid(os.getuid())
    for path in shop.store.parent.iterdir():
        os.chown(path, os.getuid(), -1)
    assert census(shop.store) == before


def test_a_console_whose_store_vanishes_keeps_nothing_more_and_says_so(session: Session, store_path: Path) -> None:
    directory.add_group(session, "Pilots")

    async def walk() -> None:
        async with console(session, "groups") as pilot:
            kept = store_path.rename(store_path.with_name("moved.db"))
            seen = " ".join((await press(pilot, "a", *"Tugs", "ctrl+s")).split())
            assert "was removed or replaced while it was open" in seen
            kept.rename(store_path)
            assert "Tugs" in await press(pilot, "ctrl+s")

    run(walk())
    assert [group.name for group in directory.groups(session)] == ["Pilots", "Tugs"]


# The key


def no_key(key: Path) -> None:
    key.unlink()


def wrong_key(key: Path) -> None:
    key.write_bytes(os.urandom(32))


def short_key(key: Path) -> None:
    key.write_bytes(b"key")


def open_key(key: Path) -> None:
    key.chmod(0o644)


def pipe_for_a_key(key: Path) -> None:
    key.unlink()
    os.mkfifo(key, 0o600)


@pytest.mark.parametrize("harm", [no_key, wrong_key, short_key, open_key, pipe_for_a_key], ids=lambda harm: harm.__name__)
def test_without_its_key_a_store_is_read_and_nothing_secret_is_made(shop: Shop, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    key = tmp_path / "keys" / "shop.key"
    harm(key)
    for words in (
        ["apps", "add", "calendly", "--label", "Second"],
        ["idm", "configure", "Calendly", "--base-url", "https://app.example/v2", "--token-file", "-"],
    ):
        shop.refuses(*words, status=4, stdin="a-token", says=(str(key),))
    for words in (["apps", "list"], ["apps", "show", "Calendly"], ["users", "list"], ["users", "add", "zoe", "--email", "zoe@harbour.example"]):
        assert shop.usher(*words).status == 0, "who people are is no secret"


# A full disk


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """`disk(pages)`: connections made from now on can let the store grow to so many pages, as on a disk that is full then."""
    connect_as_usual, room = connection._connect, [0]

    def cramped(path: Path, read_only: bool) -> sqlite3.Connection:
        db = connect_as_usual(path, read_only)
        if room[0] and not read_only:
            db.execute(f"pragma max_page_count = {room[0]}").fetchall()
        return db

    monkeypatch.setattr(connection, "_connect", cramped)
    return lambda pages: room.__setitem__(0, pages or 0)


def pages(store: Path) -> int:
    db = sqlite3.connect(store)
    try:
        return int(db.execute("pragma page_count").fetchone()[0])
    finally:
        db.close()


def test_a_disk_that_fills_up_in_mid_import_keeps_nothing_of_the_file(shop: Shop, tmp_path: Path, disk: Callable[[int | None], None]) -> None:
    file = tmp_path / "people.csv"
    file.write_text("username,email,groups\n" + "".join(f"person{n},person{n}@harbour.example,Everyone\n" for n in range(6000)))
    before = census(shop.store)
    disk(pages(shop.store) + 40)
    ended = shop.usher("users", "import", str(file))
    assert ended.status == 4
    assert "is full" in one_line(ended.err) and "Nothing of this change was kept" in ended.err and str(shop.store) in ended.err
    assert census(shop.store) == before
    assert shop.usher("users", "list").status == 0, "reading goes on"
    disk(None)
    assert shop.usher("users", "import", str(file)).status == 0
    assert census(shop.store)["user"] == before["user"] + 6000


def test_a_disk_that_takes_no_more_in_mid_import_is_said_by_the_process_and_nothing_is_kept(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("username,email,groups\n" + "".join(f"person{n},person{n}@harbour.example,Everyone\n" for n in range(6000)))
    before, room = census(shop.store), shop.store.stat().st_size + 100_000
    ended = subprocess.run(
        [sys.executable, "-m", "tui", "users", "import", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
    )
    assert (ended.returncode, ended.stdout) == (4, ""), ended.stderr
    assert str(shop.store) in one_line(ended.stderr) and "Nothing of this change was kept" in ended.stderr
    assert census(shop.store) == before


def test_a_disk_that_fills_up_in_mid_push_stops_it_and_it_goes_on_with_nobody_doubled(
    live: Session, scim2_server: Server, disk: Callable[[int | None], None]
) -> None:
    connect(live, scim2_server.base_url, concurrency=2)
    for user in fill_directory(live, 300):
        directory.add_members(live, "Pilots", [user.username])
    planned = pushes.plan(live, APP)
    pushes.start(live, planned.id, worker=False)
    disk(pages(live.store.path) + 12)
    stopped = work(replace(live, store=Store(live.store.path)), planned.id)
    assert (stopped.state, "is full" in stopped.paused_reason) == ("paused", True), stopped
    assert 0 < len(scim2_server.users()) < 300, "it was in the middle"
    census(live.store.path)
    disk(None)
    pushes.resume(live, planned.id, worker=False)
    done = work(live, planned.id)
    assert (done.state, done.failed) == ("succeeded", 0), pushes.document(live, planned.id)
    assert len(scim2_server.users()) == 300
    census(live.store.path)
