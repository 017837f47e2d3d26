"""The walk that the demo prints, command by command as it is printed: what a newcomer pastes must work."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.test_demo import Demo, running


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Demo]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with running() as made:
        yield made
        made.end()


def people_there(demo: Demo) -> dict[str, dict[str, object]]:
    found = demo.control().users()
    return {each["username"]: each for each in found}


def test_every_command_that_is_printed_works_in_its_turn(demo: Demo) -> None:
    statuses = {}
    for step in demo.facts["steps"]:
        for command in step["commands"]:
            done = demo.usher(*shlex.split(command)[1:])
            statuses[command] = done.returncode
            fails = command == "usher push Calendly" and "build-bot" in done.stdout  # its one named failure
            assert (done.returncode, done.stderr) == (int(fails), ""), f"{command}\n{done.stdout}{done.stderr}"
        after(demo, step["title"])
    assert statuses["usher push Calendly"] == 1, "the last push should still name build-bot"


def after(demo: Demo, title: str) -> None:
    """What is at the provider when a step of the walk is done."""
    there = people_there(demo)
    if title.startswith("Authorise"):
        assert len(there) == 15
    if title.startswith("Meet"):
        assert len(there) == 50
        assert "build-bot" not in there
    if title.startswith("See people leave"):
        assert there["bjorn.astrom@example.com"]["active"] is False
        assert "chidi.okonkwo@example.com" not in there
        # Two seats came free: the two who were refused have them now.
        assert {"ximena.quispe@example.com", "arjun.contractor@example.org"} <= set(there)
    if title.startswith("Make the stand-in"):
        assert there["grace.liu@example.com"]["display_name"] == "Grace Liu-Byrne"
        assert {"too-many", "drop-after"} <= {each["fault"] for each in demo.control().requests()}
        assert not any("/Groups" in each["target"] for each in demo.control().requests())
    if title.startswith("Take it down"):
        assert len(there) == 51
