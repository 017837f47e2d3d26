"""The files for systemd: they are sound, closed, and name commands that exist."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from store.key_sources import CREDENTIAL
from tests.programs import need
from tests.whole.house import ROOT
from tui.cli.program import root

FOLDER = ROOT / "usher" / "deploy"
SERVICES = sorted(FOLDER.glob("*.service"))


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_a_service_is_exposed_to_little(unit: Path) -> None:
    done = subprocess.run([need("systemd-analyze"), "security", "--offline=yes", "--threshold=20", str(unit)], capture_output=True, text=True)
    score = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert done.returncode == 0 and score is not None and float(score[1]) <= 2.0, done.stdout[-200:] + done.stderr


def test_systemd_reads_them_without_a_complaint(tmp_path: Path) -> None:
    units = tmp_path / "units"
    units.mkdir()
    for unit in [*SERVICES, *FOLDER.glob("*.timer")]:
        text = re.sub(r"/(usr/local|opt/usher)/bin/\w+", "/bin/true", unit.read_text("utf-8"))  # what is installed there is not here
        (units / unit.name).write_text(text, "utf-8")
    words = [need("systemd-analyze"), "verify", "--man=no", "--recursive-errors=no", *map(str, sorted(units.iterdir()))]
    done = subprocess.run(words, capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if any(unit.name in line for unit in units.iterdir())]
    assert (done.returncode, complaints) == (0, []), done.stderr


def test_what_they_start_is_a_command_of_ours() -> None:
    started = [shlex.split(line)[1:] for unit in SERVICES for line in re.findall(r"^ExecStart=(\S*/usher .*)$", unit.read_text("utf-8"), re.M)]
    assert sorted(words[0] for words in started) == ["backup", "serve", "worker"]
    for words in started:
        with root.make_context("usher", [], resilient_parsing=True) as ctx:
            command = root.get_command(ctx, words[0])
            assert command is not None
            command.make_context(words[0], words[1:], parent=ctx)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_the_key_comes_by_its_credential_and_nothing_is_open_to_others(unit: Path) -> None:
    text = unit.read_text("utf-8")
    assert "UMask=0077\n" in text and "LimitCORE=0\n" in text and "StateDirectoryMode=0700\n" in text
    assert (f"LoadCredential={CREDENTIAL}:" in text) == ("litestream" not in unit.name)


def test_the_readme_the_drop_in_and_the_units_agree_on_where_everything_is() -> None:
    readme = (ROOT / "README.md").read_text("utf-8").split("## Over SSH", 1)[1].split("**Without an sshd**")[0]
    store, key, program = "/var/lib/usher/store.db", "/etc/usher/usher.key", "/opt/usher/bin/usher"
    assert f"export USHER_STORE={store} USHER_KEY_FILE={key}" in readme and "venv /opt/usher " in readme
    assert f"AuthorizedKeysCommand /usr/bin/env USHER_STORE={store} USHER_KEY_FILE={key} {program} operators" in (FOLDER / "sshd_usher.conf").read_text()
    for unit in SERVICES:
        text = unit.read_text("utf-8")
        if "litestream" not in unit.name:
            assert f"USHER_STORE={store}\n" in text and f":{key}\n" in text and f"ExecStart={program} " in text
