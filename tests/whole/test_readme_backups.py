"""The README's section on backups is true to the letter: its commands, in its order, over a store of its own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.whole.house import ROOT, House
from tests.whole.test_readme import commands, section


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "house")


def test_its_commands_do_what_it_says(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir(mode=0o700)
    said = commands(section("Backups and growth"))
    assert [shlex.split(command)[1] for command in said] == ["backup", "settings", "backup", "doctor", "restore"]
    for command in said:
        done = house.usher(*shlex.split(command.replace("/var/backups/usher", str(folder)))[1:])
        assert (done.status, done.err) == (0, ""), f"{command}\n{done.out}{done.err}"
    assert len(list(folder.glob("*.db"))) == 2


def test_every_file_it_names_is_there() -> None:
    text = section("As a service") + section("Backups and growth")
    named = set(re.findall(r"usher/deploy/[\w.-]+\w", text)) | {f"usher/deploy/{name}" for name in re.findall(r"`(usher[\w-]*\.(?:service|timer))`", text)}
    assert len(named) >= 5 and all((ROOT / name).is_file() for name in named), named
