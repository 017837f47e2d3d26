"""The command line in this process, over a real store: quick, and the same code as the program's own way in."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kit import BASE_URL, ORGANIZATION
from tui.cli.program import run


@dataclass(frozen=True)
class Ended:
    """How a call ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What stdout holds, which must be one JSON document and nothing else."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        """The error document on stderr."""
        document = json.loads(self.err)
        assert set(document) == {"error"} and set(document["error"]) == {"code", "message", "hint"}
        found: dict[str, str] = document["error"]
        return found


Usher = Callable[..., Ended]


@pytest.fixture
def mask() -> Iterator[None]:
    """The program narrows the umask of its process: here that is the tests' own."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def bare(own_home: Path, mask: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Usher:
    """`usher WORDS` where no store was made yet."""
    monkeypatch.setenv("USHER_STORE", str(tmp_path / "shop" / "usher.db"))
    monkeypatch.setenv("USHER_KEY_FILE", str(tmp_path / "keys" / "shop.key"))
    monkeypatch.setenv("USHER_OPERATOR", "ada")

    def call(*words: str, stdin: str = "") -> Ended:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        status = run(list(words))
        out, err = capsys.readouterr()
        return Ended(status, out, err)

    return call


@pytest.fixture
def usher(bare: Usher) -> Usher:
    """`usher WORDS` over a new store of Harbour Works."""
    assert bare("init", "--organization", ORGANIZATION, "--base-url", BASE_URL).status == 0
    return bare


@pytest.fixture
def calendly(usher: Usher) -> Usher:
    """`usher WORDS` over a store with Calendly and two people, of whom Grace's group is authorised."""
    for words in (
        ["apps", "add", "calendly", "--label", "Calendly"],
        ["users", "add", "ada@harbour.example", "--email", "ada@harbour.example", "--firstname", "Ada", "--lastname", "Lovelace"],
        ["users", "add", "grace@harbour.example", "--email", "grace@harbour.example", "--employee-id", "1906"],
        ["groups", "add", "Engineering"],
        ["groups", "members", "Engineering", "--add", "grace@harbour.example"],
        ["apps", "authorize", "Calendly", "Engineering"],
    ):
        ended = usher(*words)
        assert ended.status == 0, ended.err
    return usher
