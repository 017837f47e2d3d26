"""The command line as a real process: what it loads, how it ends, and what a pipe or a signal does to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.whole.terminal import terminal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(own_home: Path, tmp_path: Path) -> dict[str, str]:
    """What a process of the test's own gets to see."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(own_home),
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
        "USHER_STORE": str(tmp_path / "shop" / "usher.db"),
        "USHER_KEY_FILE": str(tmp_path / "keys" / "shop.key"),
        "USHER_OPERATOR": "ada",
    }


def usher(environment: dict[str, str], *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One call of the program."""
    return subprocess.run([sys.executable, "-m", "tui", *words], env=environment, input=stdin, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def shop(environment: dict[str, str]) -> dict[str, str]:
    """An environment whose store is there."""
    made = usher(environment, "init", "--organization", "Harbour Works", "--base-url", "https://sso.harbour.example")
    assert made.returncode == 0, made.stderr
    return environment


def test_the_ends_that_scripts_rely_on(shop: dict[str, str]) -> None:
    statuses = {
        ("apps", "add", "calendly", "--label", "Calendly", "--json"): 0,
        ("apps", "show", "Nowhere"): 2,
        ("apps", "sso", "Calendly", "activate"): 3,
        ("--store", "/nowhere/usher.db", "apps", "list"): 4,
    }
    for words, status in statuses.items():
        ended = usher(shop, *words)
        assert ended.returncode == status, (words, ended.stderr)
        assert "Traceback" not in ended.stderr and len(ended.stderr.splitlines()) == (status > 0)


def test_json_is_all_there_is_on_stdout(shop: dict[str, str]) -> None:
    ended = usher(shop, "apps", "add", "calendly", "--label", "Ürsprung 山", "--json")
    assert json.loads(ended.stdout)["label"] == "Ürsprung 山"
    assert ended.stderr == ""


def test_a_terminal_without_unicode_gets_ascii(shop: dict[str, str]) -> None:
    usher(shop, "groups", "add", "Ürsprung 山")
    plain = {**shop, "PYTHONIOENCODING": "ascii"}
    assert json.loads(usher(plain, "groups", "list", "--json").stdout)[0]["name"] == "Ürsprung 山"
    assert "\\u5c71" in usher(plain, "groups", "list").stdout


def test_a_reader_that_goes_away_is_no_error(shop: dict[str, str], tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("username,email\n" + "".join(f"person{n},person{n}@harbour.example\n" for n in range(3000)))
    assert usher(shop, "users", "import", str(people)).returncode == 0
    for words in ("users list", "users list --json", "activity --format jsonl", "--help"):
        ended = subprocess.run(f"{sys.executable} -m tui {words} | head -c 10 >/dev/null; echo ${{PIPESTATUS[0]}}", shell=True, executable="/bin/bash", env=shop, capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
        assert (ended.stdout.strip(), ended.stderr) == ("0", ""), words


def test_following_ends_with_one_line_when_interrupted(shop: dict[str, str]) -> None:
    with subprocess.Popen([sys.executable, "-m", "tui", "log", "--follow"], env=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(1.0)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in err and len(err.split()) > 1


@pytest.mark.parametrize("words", [["log", "--follow"], ["sign-ins", "list", "--follow"]], ids=" ".join)
def test_following_ends_when_nobody_reads_any_more(shop: dict[str, str], words: list[str]) -> None:
    with subprocess.Popen([sys.executable, "-m", "tui", *words], env=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.stdout.close()
        assert (process.wait(20), process.stderr.read()) == (0, b"")


def loaded_by(environment: dict[str, str], *words: str) -> set[str]:
    """The modules in memory when a call of the program ends."""
    code = "import atexit, sys; atexit.register(lambda: print('\\n'.join(sys.modules), file=sys.stderr)); from tui.cli.main import main; main()"
    ended = subprocess.run([sys.executable, "-c", code, *words], env=environment, capture_output=True, text=True, timeout=60, check=False)
    return set(ended.stderr.split())


@pytest.mark.parametrize("words", [["--version"], ["--help"]], ids=" ".join)
def test_version_and_help_load_next_to_nothing(environment: dict[str, str], words: list[str]) -> None:
    loaded = loaded_by(environment, *words)
    assert "tui.cli.listing" in loaded
    assert not loaded & {"click", "textual", "rich", "dataclasses", "json", "sqlite3", "pysqlite3", "inspect", "asyncio", "store.errors"}


@pytest.mark.parametrize(
    "words",
    [["apps", "list"], ["users", "list"], ["log"], ["pushes", "list"], ["activity"], ["settings"], ["groups", "list"], ["apps", "--help"]],
    ids=" ".join,
)
def test_a_command_on_the_store_loads_no_console_and_no_heavy_library(shop: dict[str, str], words: list[str]) -> None:
    loaded = loaded_by(shop, *words)
    assert "tui.cli.program" in loaded
    assert not loaded & {"textual", "rich", "httpx", "asyncio", "sqlite_utils", "cryptography", "scim2_server", "tui.app"}


@pytest.mark.parametrize("words", [[], ["apps"], ["app", "Calendly"]], ids=" ".join)
def test_the_console_starts_without_the_option_parser(shop: dict[str, str], words: list[str]) -> None:
    code = "import sys; sys.stdin = sys.stdout = type('Terminal', (), {'isatty': lambda self: True, 'flush': lambda self: None})(); sys.modules['tui.app'] = None\n"
    code += "import atexit; atexit.register(lambda: print('\\n'.join(sys.modules), file=sys.stderr)); from tui.cli.main import main; main()"
    ended = subprocess.run([sys.executable, "-c", code, *words], env=shop | {"TERM": "xterm"}, capture_output=True, text=True, timeout=60, check=False)
    loaded = set(ended.stderr.split())
    assert "usher.services.setup" in loaded
    assert not loaded & {"click", "tui.cli.program", "textual"}


def test_the_console_is_refused_in_a_pipe(shop: dict[str, str]) -> None:
    for words in ([], ["app", "Calendly"], ["overview"]):
        ended = usher(shop, *words)
        assert ended.returncode == 2
        assert "needs a terminal" in ended.stderr and len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(("output", "status"), [(">/dev/full", 1), (">&-", 0), (">&- 2>&-", 0)])
def test_output_that_goes_nowhere_is_no_fault_of_the_program(shop: dict[str, str], output: str, status: int) -> None:
    command = f'"$1" -m tui users add "mary{len(output)}" --email mary@harbour.example {output}'
    ended = subprocess.run(["sh", "-c", command, "sh", sys.executable], env=shop, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == status, ended.stderr
    assert ended.stderr == ("usher: What was done could not be written out: No space left on device. What was done before stays done.\n" if status else "")
    assert f"mary{len(output)}" in usher(shop, "users", "list").stdout


@pytest.mark.parametrize("ends", ["<&-", ">&-", "<&- >&-", "<&- >&- 2>&-"])
def test_ends_that_were_closed_at_a_terminal_are_no_fault_of_the_program(shop: dict[str, str], ends: str) -> None:
    said = {("users", "list"): "" if " >&-" in f" {ends}" else "Nobody is in the directory", ("users", "show", "nobody"): "nobody", (): "needs a terminal"}
    for words, text in said.items():
        command = f'"$@" {ends}; echo "ended $?"'
        with terminal(["sh", "-c", command, "sh", sys.executable, "-m", "tui", *words], env=shop) as shown:
            shown.ended()
            shown.settle()
        out = shown.output.decode()
        assert f"ended {0 if words[:2] == ('users', 'list') else 2}" in out, (words, out)
        assert (text in out or "2>&-" in ends) and "Traceback" not in out and "should not have" not in out, (words, out)


@pytest.mark.parametrize("words", [["pushes", "list"], ["log"], ["activity"]], ids=" ".join)
def test_a_limit_beyond_all_numbers_shows_all(shop: dict[str, str], words: list[str]) -> None:
    ended = usher(shop, *words, "--limit", "9" * 30)
    assert ended.returncode == 0, ended.stderr
