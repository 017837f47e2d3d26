"""A confined operator reads and writes files in the exchange folder alone, at every place where a file can be named."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.house import ROOT, Ended, House, dozen
from tests.whole.ssh_kit import enrol
from tui.cli.program import run

READS = {
    "people to import": ("users", "import", "{}"),
    "the image of a new application": ("apps", "add", "bookmark", "--label", "New", "--url", "https://x.example/", "--image", "{}"),
    "an image": ("apps", "set", "Diary", "image={}"),
    "a service provider's metadata": ("apps", "sp-metadata", "Diary", "{}"),
    "the metadata of a new application": ("apps", "add", "custom-saml", "--label", "New", "--sp-metadata", "{}"),
    "a certificate": ("apps", "certificate", "Diary", "upload", "--certificate", "{}", "--key", "{}"),
    "a token": ("idm", "configure", "Diary", "--base-url", "https://scim.example/v2", "--token-file", "{}"),
    "an operator's key": ("operators", "add", "eve", "--role", "viewer", "--key", "{}"),
    "one more key": ("operators", "set", "otto", "--key", "{}"),
    "an anchor": ("activity", "verify", "--anchor", "{}"),
    "a connector": ("catalog", "check", "{}"),
    "a passphrase": ("keys", "unlock", "--passphrase-file", "{}"),
}
WRITES = {
    "a certificate": ("apps", "certificate", "Diary", "--output", "{}"),
    "metadata": ("apps", "metadata", "Diary", "--output", "{}"),
    "a backup": ("backup", "{}"),
    "an anchor": ("activity", "anchor", "{}"),
}
SETS = {"the backups' folder": "backup_folder={}", "the anchor file": "anchor_file={}"}
ROW = "username,email\nmallory@harbour.example,mallory@harbour.example\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("confined") / "house")
    made.people(*dozen())
    made.calendly(label="Diary")
    enrol(made, "ann", "otto")
    exchange(made).mkdir(mode=0o700)
    yield made


def exchange(house: House) -> Path:
    return house.store.parent / "exchange"


def confined(house: House, *words: str) -> Ended:
    """A command of Ann's, an administrator, from a confined place; in this process."""
    out, err, mask = io.StringIO(), io.StringIO(), os.umask(0o077)
    try:
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            for name, value in house.env.items():
                patch.setenv(name, value)
            status = run(["--operator", "ann", "--confined", *words])
    finally:
        os.umask(mask)
    return Ended(status, out.getvalue(), err.getvalue())


def ways_out(house: House, made: Path) -> dict[str, str]:
    """How one might name the file `made`, which lies outside, and links to it inside."""
    inside = exchange(house)
    for name, target in (("link.txt", made), ("folder", made.parent)):
        (inside / name).unlink(missing_ok=True)
        (inside / name).symlink_to(target)
    return {
        "its whole path": str(made),
        "up and over": os.path.relpath(made, inside),
        "from home": f"~/{made.name}",
        "a link": "link.txt",
        "a linked folder": f"folder/{made.name}",
        "a hidden name": ".hidden",
        "the folder itself": ".",
        "a device": "/dev/stdin",
        "the process's own": "/proc/self/environ",
    }


@pytest.mark.parametrize("what", READS)
def test_nothing_outside_is_read(house: House, what: str) -> None:
    outside = house.folder / "outside.txt"
    outside.write_text(ROW)
    (exchange(house) / ".hidden").write_text(ROW)
    before = house.read("activity")
    for way, named in ways_out(house, outside).items():
        done = confined(house, *(word.format(named) for word in READS[what]))
        assert done.status in (2, 3), (way, done)
        assert "exchange folder" in done.err and done.err.count("\n") == 1, (way, done)
        assert "mallory" not in done.out + done.err
    assert house.read("activity") == before


@pytest.mark.parametrize("what", WRITES)
def test_nothing_outside_is_written(house: House, what: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside" / "made.txt"
    outside.parent.mkdir()
    ways = ways_out(house, outside)
    for way, named in ways.items():
        done = confined(house, *(word.format(named) for word in WRITES[what]))
        assert done.status in (2, 3) and done.err.count("\n") == 1, (way, done)
        assert not list(outside.parent.iterdir()), way
    name = f"made-{what.replace(' ', '-')}"
    done = confined(house, *(word.format(name) for word in WRITES[what]))
    assert done.status == 0, done
    assert (exchange(house) / name).is_file() and not (exchange(house) / name).stat().st_mode & 0o022


@pytest.mark.parametrize("what", SETS)
def test_no_setting_leads_outside(house: House, what: str, tmp_path: Path) -> None:
    done = confined(house, "settings", "set", SETS[what].format(tmp_path))
    assert done.status == 3 and "exchange folder" in done.err


def test_a_file_of_the_exchange_folder_is_taken(house: House) -> None:
    (exchange(house) / "people.csv").write_text(ROW)
    assert confined(house, "users", "import", "people.csv", "--dry-run").status == 0


def test_an_exchange_folder_that_is_a_link_is_none(house: House, tmp_path: Path) -> None:
    aside = house.store.parent / "aside"
    exchange(house).rename(aside)
    exchange(house).symlink_to(tmp_path)
    (tmp_path / "people.csv").write_text(ROW)
    try:
        for words in (
            ("users", "import", "people.csv"),
            ("backup", "copy.db"),
            ("apps", "metadata", "Diary", "--output", "m.xml"),
            ("activity", "anchor", "a"),
        ):
            assert confined(house, *words).status in (2, 3), words
        assert [found.name for found in tmp_path.iterdir() if found.name != "home"] == ["people.csv"]
    finally:
        exchange(house).unlink()
        aside.rename(exchange(house))


def test_no_command_is_run_and_no_store_is_made_restored_or_given_another_key(house: House, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    assert confined(house, "keys", "source", "command", "--", "/bin/sh", "-c", f"touch {trace}").status == 3
    assert confined(house, "keys", "source", "file").status == 3
    assert confined(house, "restore", str(house.store), "--replace").status != 0
    assert not trace.exists()


MAY_OPEN = {
    "tui/clipboard.py",  # starts tmux, where the console itself runs in one
    "tui/crash.py",  # its own folder, its own name
    "tui/hangup.py",  # the terminal
    "tui/screens/rehearsal.py",  # the demo's own token
    "tui/ssh_host_key.py",  # beside the store, its own name
    "tui/ssh_session.py",  # starts the console
}
OPENS = re.compile(r"(?<!def )(?<![\w.])open\(|os\.open\(|\.(?:read|write)_(?:text|bytes)\(|Path\([^)]*\)\.open\(")
STARTS = re.compile(r"subprocess|os\.(?:system|exec|spawn|popen|fork)|pty\.spawn|\.suspend\(|action_suspend|EDITOR|open_url")


def outside_of_commands() -> Iterator[tuple[str, str]]:
    """The console's own modules, and what is in them."""
    for path in sorted((ROOT / "tui").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if not name.startswith("tui/cli/") and name not in MAY_OPEN:
            yield name, path.read_text("utf-8")


def test_the_console_opens_no_file_but_through_the_service_that_confines() -> None:
    assert not [(name, found[0]) for name, text in outside_of_commands() for found in OPENS.finditer(text)]


def test_the_console_starts_no_program_and_never_suspends() -> None:
    assert not [(name, found[0]) for name, text in outside_of_commands() for found in STARTS.finditer(text)]
