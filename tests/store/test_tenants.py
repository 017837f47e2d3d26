"""Who has a store open is known, named, and kept out while the file is replaced."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import tenants
from store.connection import Store
from store.errors import StoreError
from tests.whole.house import ROOT

HOLD = "import sys; from pathlib import Path; from store.connection import open_store; s = open_store(Path(sys.argv[1])); s.db; print('open', flush=True); sys.stdin.read()"


@pytest.fixture
def tenant(store: Store) -> Iterator[subprocess.Popen[str]]:
    """A process that has the store open."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(store.path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "open\n"
    yield process
    process.kill()
    process.communicate()


def test_the_lock_is_had_alone_when_nobody_has_the_store_open(store: Store) -> None:
    with tenants.alone(store.path) as alone:
        assert not alone
    store.close()
    with tenants.alone(store.path) as alone:
        assert alone


def test_a_process_that_has_it_open_is_named_and_one_that_was_killed_is_not(store: Store, tenant: subprocess.Popen[str]) -> None:
    store.close()
    with tenants.alone(store.path) as alone:
        assert not alone
    (found,) = tenants.others(store.path)
    assert found.pid == tenant.pid and found.what.startswith("python") and abs(time.time() - found.since) < 120
    tenant.kill()
    tenant.wait()
    assert tenants.others(store.path) == []
    with tenants.alone(store.path) as alone:
        assert alone


def test_a_process_that_shows_nobody_what_it_has_open_is_named_by_its_lock(
    store: Store, tenant: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenants, "_has_open", lambda *_: False)
    assert [found.pid for found in tenants.others(store.path)] == [tenant.pid]


def test_who_comes_while_it_is_replaced_waits_and_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenants, "PATIENCE", 0.1)
    store.close()
    with tenants.alone(store.path), pytest.raises(StoreError, match="is being restored"):
        Store(store.path)
    Store(store.path).close()


def test_a_folder_that_cannot_be_written_to_is_opened_all_the_same(store: Store) -> None:
    store.close()
    tenants.lock_file(store.path).unlink()
    tenants.lock_file(store.path).symlink_to("/nowhere/else")  # neither made nor followed
    Store(store.path, read_only=True).close()


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["python", "-m", "tui.cli.main", "--store", "a.db", "apps"], "usher apps"),
        (["/usr/local/bin/usher", "--operator", "ada", "--confined"], "a console"),
        (["python3", "/usr/local/bin/usher", "serve", "--port", "80"], "usher serve"),
        (["python", "-m", "usher.provisioning.worker", "--store", "a.db"], "a worker"),
        (["/opt/litestream", "replicate"], "litestream"),
        ([""], "a process"),
    ],
)
def test_programs_are_called_by_what_they_do(tmp_path: Path, words: list[str], what: str) -> None:
    (tmp_path / "cmdline").write_bytes("\0".join([*words, ""]).encode())
    assert tenants._what(tmp_path) == what


def test_this_process_began_a_while_ago() -> None:
    assert 0 < time.time() - tenants._since(Path(f"/proc/{os.getpid()}")) < 24 * 3600


def test_a_file_system_that_is_called_otherwise_in_the_kernels_list_is_known_by_the_inode() -> None:
    locks = "1: FLOCK  ADVISORY  READ 4711 00:1f:131073 0 EOF\n2: FLOCK ADVISORY WRITE 12 08:01:131074 0 EOF\n3: POSIX ADVISORY READ 9 00:1f:131073 0 EOF\n4: -> FLOCK ADVISORY READ 8"
    assert tenants.holders_in(locks, "00:2a", 131073) == {4711}, "overlay, btrfs"
    assert tenants.holders_in(locks, "00:1f", 131073) == {4711}
    assert tenants.holders_in(f"{locks}\n5: FLOCK ADVISORY READ 5 00:2a:131073 0 EOF", "00:2a", 131073) == {5}, "another file of that number elsewhere"
    assert tenants.holders_in(locks, "00:1f", 7) == set()
