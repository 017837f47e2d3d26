"""`usher demo --no-console` as a person or a script meets it: a real process, its provider, and what it leaves behind (nothing)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from tests.programs import need
from usher.sandbox.remote import Remote

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "tui.cli.main"]


@dataclass
class Demo:
    """A demo that said it is ready, and the facts it printed."""

    process: subprocess.Popen[str]
    facts: dict[str, Any]

    @property
    def token(self) -> str:
        return Path(self.facts["token_file"]).read_text().strip()

    @property
    def folder(self) -> Path:
        return Path(self.facts["folder"])

    def usher(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command in a second terminal, with the lines of the demo pasted there."""
        return subprocess.run([*DEMO, *words], cwd=ROOT, env={**os.environ, **self.facts["environment"]}, capture_output=True, text=True, timeout=60)

    def control(self) -> Remote:
        """The stand-in's control endpoint."""
        return Remote(self.facts["page"], Path(self.facts["token_file"]))

    def scim(self, method: str = "GET", path: str = "/Users", **more: Any) -> httpx.Response:
        return httpx.request(method, self.facts["base_url"] + path, headers={"Authorization": f"Bearer {self.token}"}, **more)

    def end(self, number: int = signal.SIGTERM) -> float:
        """Sends the signal and returns how long the demo took to be gone."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(10)
        return time.monotonic() - started


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo makes its folder, so that a folder left behind is seen."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@contextlib.contextmanager
def running(*words: str) -> Iterator[Demo]:
    command = [*DEMO, "demo", "--no-console", "--json", *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            assert read_until(process.stderr, "ready"), "it never said ready"
            yield Demo(process, read_json(process.stdout))
        finally:
            process.kill()


@pytest.fixture
def demo(temporary: Path) -> Iterator[Demo]:
    with running() as made:
        yield made
        if made.process.poll() is None:
            made.end()


def read_until(stream: IO[str], line: str) -> bool:
    return any(each.strip() == line for each in iter(stream.readline, ""))


def read_json(stream: IO[str]) -> dict[str, Any]:
    text = ""
    for line in iter(stream.readline, ""):
        text += line
        with contextlib.suppress(ValueError):
            found: dict[str, Any] = json.loads(text)
            return found
    raise AssertionError(f"no JSON document in {text!r}")


def processes_of(folder: Path) -> list[str]:
    """The command lines of every process that names the demo's folder."""
    listed = subprocess.run([need("ps"), "-axww", "-o", "stat=,args="], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(folder) in line and not line.startswith("Z")]


def test_it_says_where_everything_is_and_the_provider_answers(demo: Demo) -> None:
    assert demo.facts["base_url"].startswith("http://127.0.0.1:")
    assert demo.scim().json()["totalResults"] == 0
    assert httpx.get(f"{demo.facts['base_url']}/Users").status_code == 401
    assert "Stand-in service provider" in httpx.get(demo.facts["page"]).text


def test_the_folder_is_closed_to_others_and_the_token_is_one_line_in_a_file(demo: Demo) -> None:
    assert stat.S_IMODE(demo.folder.stat().st_mode) == 0o700
    for name in ("store", "key_file", "token_file"):
        assert stat.S_IMODE(Path(demo.facts[name]).stat().st_mode) == 0o600, name
    assert Path(demo.facts["token_file"]).read_text().count("\n") == 1
    assert demo.token not in json.dumps(demo.facts)


def test_a_second_terminal_works_on_the_same_store_and_steers_the_provider(demo: Demo) -> None:
    people = demo.usher("users", "list", "--json")
    assert len(json.loads(people.stdout)) == demo.facts["people"] == 60, people.stderr
    assert demo.usher("demo", "people").stdout == "Nobody has been pushed there yet.\n"
    assert "too-many (2)" in demo.usher("demo", "fault", "too-many", "--count", "2").stdout
    assert demo.scim().status_code == 429
    assert demo.usher("demo", "fault", "none").stdout == "Nothing is going wrong.\n"
    assert demo.scim().status_code == 200
    assert demo.usher("demo", "seats", "7").stdout == "0 of 7 seats are taken.\n"
    assert [each["status"] for each in json.loads(demo.usher("demo", "requests", "--json").stdout)] == [429, 200]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_of_it_and_nothing_is_left(demo: Demo, temporary: Path, number: int) -> None:
    assert demo.end(number) < 3
    assert demo.process.returncode == 0
    assert list(temporary.iterdir()) == []
    assert processes_of(demo.folder) == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(demo.facts["page"])


def test_ended_while_it_is_still_being_set_up_it_leaves_nothing_either(temporary: Path) -> None:
    with subprocess.Popen([*DEMO, "demo", "--no-console"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 20
        while not list(temporary.glob("usher-demo-*/token")):
            assert time.monotonic() < deadline, "it never began"
            time.sleep(0.005)
        process.terminate()
        errors = process.communicate(timeout=10)[1]
    assert (process.returncode, errors) == (0, "")
    assert list(temporary.iterdir()) == []
    assert processes_of(temporary) == []


def test_a_detached_worker_of_its_store_ends_with_it(demo: Demo) -> None:
    # A stand-in for a worker that is in the middle of a push: the same words, and it does not mind SIGTERM.
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    words = [sys.executable, "-c", code, "usher.provisioning.worker", "--store", demo.facts["store"], "--detached"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as worker:
        try:
            assert worker.stdout is not None and worker.stdout.readline() == "up\n"
            assert demo.end() < 3
            assert worker.wait(1) == -signal.SIGKILL
        finally:
            worker.kill()


def test_when_the_demo_is_killed_its_provider_ends_by_itself(demo: Demo) -> None:
    demo.process.kill()
    deadline = time.monotonic() + 3
    while processes_of(demo.folder):
        assert time.monotonic() < deadline, "the provider is still there"
        time.sleep(0.05)


def test_nothing_of_the_users_own_is_touched(demo: Demo, own_home: Path) -> None:
    demo.end()
    assert list(own_home.rglob("*")) == []


def test_kept_it_leaves_the_folder_and_nothing_that_runs(temporary: Path) -> None:
    with running("--keep") as demo:
        demo.end()
        assert Path(demo.facts["store"]).exists()
        assert processes_of(demo.folder) == []


def test_seats_and_strictness_reach_the_provider(temporary: Path) -> None:
    with running("--seats", "1", "--strict") as demo:
        person = {"userName": "a@example.com", "displayName": "A", "active": True, "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]}
        assert demo.scim("POST", json={**person, "emails": [{"value": "a@example.com"}]}).status_code == 400
        assert demo.scim("POST", json=person).status_code == 201
        assert demo.scim("POST", json={**person, "userName": "b@example.com"}).status_code == 403
        demo.end()


def test_without_json_a_person_reads_what_to_try_and_then_ready(temporary: Path) -> None:
    with subprocess.Popen([*DEMO, "demo", "--no-console"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        lines = list(iter(process.stdout.readline, "ready\n"))
        token = next(temporary.glob("usher-demo-*/token")).read_text().strip()
        shell = next(temporary.glob("usher-demo-*/env.sh"))
        said, mode = shell.read_text(), shell.stat().st_mode & 0o777
        process.terminate()
        rest, errors = process.communicate(timeout=10)
    page = "".join(lines)
    assert f"  . {shell}\n" in lines
    assert mode == 0o600 and "export USHER_STORE=" in said and token not in said
    assert "usher idm configure Calendly --base-url http://127.0.0.1:" in page
    assert token not in page + rest + errors
    assert rest.endswith("was removed.\n")
    assert errors == ""


def test_a_port_that_is_taken_is_refused_in_one_line_and_nothing_is_left(temporary: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*DEMO, "demo", "--no-console", "--port", port], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in done.stderr
    assert list(temporary.iterdir()) == []


def test_steering_without_a_demo_is_refused_in_one_line() -> None:
    done = subprocess.run([*DEMO, "demo", "people"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "usher: No demo is named. Start one with usher demo and set USHER_DEMO as it says.\n")
