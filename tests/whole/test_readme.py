"""The README is true to the letter: its pictures are there, and its commands do what it says, in its order."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.house import House, house
from tests.whole.test_demo import Demo, running

__all__ = ["house"]

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Demo]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with running() as made:
        yield made
        made.end()


def section(title: str) -> str:
    return README.split(f"## {title}", 1)[1].split("\n## ", 1)[0]


def commands(text: str) -> list[str]:
    """Every indented line that is a command of ours."""
    return re.findall(r"^ {4,}(usher [^\n]*?)(?:\s+#.*)?$", text, re.M)


def test_every_picture_is_there_and_every_target_of_make_exists() -> None:
    assert all((ROOT / link).is_file() for link in re.findall(r"\]\(([^):]+)\)", README))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"make ([a-z]+)", README)) <= targets


def test_the_walk_works_command_by_command(demo: Demo) -> None:
    walk = commands(section("A walk"))
    assert len(walk) >= 15
    for command in walk:
        words = [demo.facts["environment"][word[1:]] if word.startswith("$") else word for word in shlex.split(command)[1:]]
        done = demo.usher(*words)
        assert (done.returncode, done.stderr) == (0, ""), f"{command}\n{done.stdout}{done.stderr}"
    assert {each["active"] for each in demo.control().users() if each["username"] == "bjorn.astrom@example.com"} == {False}


def test_the_commands_for_scripts_work(demo: Demo) -> None:
    for command in commands(section("A walk"))[:6]:
        words = [demo.facts["environment"][word[1:]] if word.startswith("$") else word for word in shlex.split(command)[1:]]
        demo.usher(*words)
    for command in commands(section("In scripts")):
        done = demo.usher(*shlex.split(command)[1:])
        assert (done.returncode, done.stderr) == (0, ""), f"{command}\n{done.stdout}{done.stderr}"


def test_every_command_the_readme_names_exists(demo: Demo) -> None:
    named = set(re.findall(r"usher ([a-z]+(?: [a-z]+)?)", README))
    listed = demo.usher("--help").stdout
    assert {name.split()[0] for name in named} - {"worker", "console"} <= set(re.findall(r"^\s+([a-z]+)", listed, re.M)) | {"worker"}


def test_the_key_and_the_record_are_kept_as_written(house: House, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    named = commands(section("Security"))
    assert len(named) >= 9
    for command in named:
        words = shlex.split(command.replace("/mnt/elsewhere", str(tmp_path / "elsewhere")))[1:]
        if words[:3] == ["keys", "source", "passphrase"]:
            words += ["--new-passphrase-file", house.file("passphrase", "gulls over the quay\n")]
        elif words[:3] == ["keys", "source", "command"]:
            words = [*words[:4], sys.executable, "-c", "print('5a' * 32)"]
            words[3:3] = ["--passphrase-file", house.file("passphrase", "gulls over the quay\n")]
        house.do(*words)
    held = subprocess.run(
        [sys.executable, "-m", "store.verify_activity", str(house.store), "--anchor", str(tmp_path / "elsewhere" / "usher-anchor.jsonl")],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert held.returncode == 0 and "the anchor proves" in held.stdout, held.stderr
