"""The store named where another file is meant: never opened by hand, never written over, by whatever command."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.tui.cli.conftest import Usher

READING = [
    "users import {}",
    "users import {} --dry-run",
    "activity verify --anchor {}",
    "activity anchor {}",
    "idm configure Calendly --base-url https://api.example.org/scim --token-file {}",
    "keys unlock --passphrase-file {}",
    "apps sp-metadata Calendly {}",
    "apps set Calendly image={}",
]
WRITING = ["apps certificate Calendly --output {} --force", "apps metadata Calendly --output {} --force"]


@pytest.mark.parametrize("command", READING + WRITING)
def test_it_is_refused_and_stays_as_it_was(calendly: Usher, tmp_path: Path, command: str) -> None:
    file = tmp_path / "shop" / "usher.db"
    (tmp_path / "link").symlink_to(file)
    inode = file.stat().st_ino
    for name in (file, tmp_path / "link", tmp_path / "shop" / ".." / "shop" / "usher.db"):
        ended = calendly(*command.format(name).split())
        assert ended.status in (2, 3), (command, ended.out, ended.err)
        assert "the store itself" in ended.err or "links are not followed" in ended.err, (command, ended.err)
    assert file.stat().st_ino == inode
    with sqlite3.connect(file) as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
    db.close()
    assert calendly("apps", "list", "--json").json[0]["label"] == "Calendly"
