"""Pushes as commands: real processes, a real worker, and the stand-in provider."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from usher.sandbox.processes import ProviderProcess, start_provider

ROOT = Path(__file__).parents[2]
ACTIONS = {"create", "update", "reactivate", "deactivate", "delete", "adopt", "unchanged"}
DOCUMENT = {"push", "app", "state", "planned", "done", "failed", "requests", "seconds", "failures"}
Usher = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.xdist_group("cli-push")


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[ProviderProcess]:
    (tmp_path / "provider").mkdir()
    (tmp_path / "provider" / "token").write_text("a-token-of-the-tests-own\n")
    with start_provider(tmp_path / "provider" / "token") as running:
        yield running


@pytest.fixture
def usher(own_home: Path, tmp_path: Path) -> Iterator[Usher]:
    """`usher WORDS` as a process; workers it left behind are ended afterwards."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(own_home),
        "PYTHONPATH": str(ROOT),
        "USHER_STORE": str(tmp_path / "shop" / "usher.db"),
        "USHER_KEY_FILE": str(tmp_path / "keys" / "shop.key"),
        "USHER_OPERATOR": "ada",
    }

    def call(*words: str, status: int | None = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
        ended = subprocess.run([sys.executable, "-m", "tui", *words], env=environment, input=stdin, capture_output=True, text=True, timeout=90, check=False)
        assert "Traceback" not in ended.stderr
        assert status is None or ended.returncode == status, (words, ended.returncode, ended.stdout, ended.stderr)
        return ended

    yield call
    for pid in workers_of(tmp_path / "shop" / "usher.db"):
        os.kill(pid, signal.SIGTERM)


def workers_of(store: Path) -> list[int]:
    """The worker processes of that store, by their command lines."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"usher.provisioning.worker" in words and str(store).encode() in words:
            found.append(int(folder.name))
    return found


def read(ended: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(ended.stdout)


@pytest.fixture
def calendly(usher: Usher, provider: ProviderProcess, tmp_path: Path) -> Usher:
    """Calendly, active against the stand-in, open to a group of eight people."""
    people = tmp_path / "people.csv"
    rows = [f"p{n}@harbour.example,p{n}@harbour.example,Person {n},E{n},Pilots" for n in range(8)]
    people.write_text("username,email,displayname,employeeIdentifier,groups\n" + "\n".join(rows) + "\n")
    usher("init", "--organization", "Harbour Works", "--base-url", "https://sso.harbour.example")
    usher("users", "import", str(people))
    usher("apps", "add", "calendly", "--label", "Calendly")
    usher("apps", "fill", "Calendly", "YOUR_ID=4f1c")
    usher("apps", "sso", "Calendly", "activate")
    usher("apps", "authorize", "Calendly", "Pilots")
    usher("idm", "configure", "Calendly", "--base-url", provider.base_url, "--token-file", str(tmp_path / "provider" / "token"))
    probe = read(usher("idm", "activate", "Calendly", "--json"))
    assert probe["verified"] is True and probe["idm"] == "active"
    assert all(set(each) == {"request", "status", "learned"} for each in probe["evidence"])
    return usher


def test_the_walk_of_a_push(calendly: Usher, provider: ProviderProcess, tmp_path: Path) -> None:
    plan = read(calendly("push", "Calendly", "--plan", "--json"))
    assert set(plan) == DOCUMENT | {"operations"} and plan["state"] == "planned"
    assert set(plan["planned"]) == set(plan["done"]) == ACTIONS and plan["planned"]["create"] == 8
    assert set(plan["operations"][0]) == {"user", "action", "changes"}
    assert plan["operations"][0]["changes"]["userName"] == [None, "p0@harbour.example"]
    assert provider.control.users() == []

    pushed = calendly("push", "Calendly", "--json")
    document = read(pushed)
    assert pushed.stderr == "" and set(document) == DOCUMENT
    assert (document["state"], document["done"]["create"], document["failed"]) == ("succeeded", 8, 0)
    assert len(provider.control.users()) == 8
    assert read(calendly("pushes", "show", document["push"], "--json")) == document
    assert read(calendly("pushes", "list", "--app", "calendly", "--json"))[0] == document
    assert read(calendly("apps", "list", "--json"))[0]["accounts"]["in_step"] == 8

    calendly("users", "suspend", "p1@harbour.example")
    calendly("users", "delete", "p2@harbour.example", "--permanently")
    calendly("users", "set", "p3@harbour.example", "displayname=Third")
    done = read(calendly("push", "Calendly", "--json"))["done"]
    assert (done["deactivate"], done["delete"], done["update"], done["unchanged"]) == (1, 1, 1, 5)
    assert "Push" in calendly("push", "Calendly").stdout
    look_at_the_log(calendly, tmp_path)


def look_at_the_log(calendly: Usher, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in calendly("log", "--format", "jsonl").stdout.splitlines()]
    assert all(set(row) == {"operation", "push", "at", "app", "user", "action", "result", "status", "attempt", "duration_ms", "detail"} for row in rows)
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows) and len(rows) == 11
    assert read(calendly("log", "--json")) == rows
    as_csv = list(csv.DictReader(io.StringIO(calendly("log", "--format", "csv").stdout)))
    assert [row["operation"] for row in as_csv] == [row["operation"] for row in rows]
    assert [row["action"] for row in read(calendly("log", "--user", "p3@harbour.example", "--json"))] == ["create", "update"]
    assert read(calendly("log", "--json", "--limit", "3")) == rows[-3:]
    assert len(read(calendly("log", "--action", "create", "--app", "Calendly", "--since", "1h", "--result", "succeeded", "--json"))) == 8
    shown = read(calendly("log", "show", rows[0]["operation"], "--json"))
    assert any(one["request"]["method"] == "POST" for one in shown["exchanges"])
    token = (tmp_path / "provider" / "token").read_text().strip()
    plain, curl = calendly("log", "show", rows[0]["operation"]).stdout, calendly("log", "show", rows[0]["operation"], "--curl").stdout
    assert "POST" in plain and curl.startswith("curl ")
    assert token not in plain + curl + json.dumps(shown)


def test_why_names_each_step(calendly: Usher) -> None:
    calendly("push", "Calendly")
    chain = read(calendly("why", "calendly", "p0@harbour.example", "--json"))
    assert set(chain) == {"app", "user", "entitled", "chain"} and chain["entitled"] is True
    assert all(set(step) == {"step", "holds", "detail"} for step in chain["chain"])
    calendly("users", "add", "out", "--email", "out@harbour.example")
    assert read(calendly("why", "Calendly", "out", "--json"))["entitled"] is False
    assert "not entitled" in calendly("why", "Calendly", "out").stdout
    assert calendly("why", "Calendly", "nobody", status=2).stdout == ""


def test_a_failure_is_named_and_ends_with_1(calendly: Usher, provider: ProviderProcess) -> None:
    provider.control.seats(6)
    ended = calendly("push", "Calendly", "--json", status=1)
    document = read(ended)
    assert document["state"] == "failed" and document["failed"] == 2
    assert all(set(failure) == {"user", "action", "status", "detail"} for failure in document["failures"])
    assert "seat" in json.dumps(document["failures"]).lower()
    provider.control.seats(50)
    retried = read(calendly("pushes", "retry", document["push"], "--json"))
    assert (retried["state"], retried["done"]["create"]) == ("succeeded", 2)


def test_what_the_guard_holds_ends_with_3_until_it_is_approved(calendly: Usher, provider: ProviderProcess) -> None:
    calendly("push", "Calendly")
    calendly("apps", "revoke", "Calendly", "Pilots")
    held = calendly("push", "Calendly", "--json", status=3)
    document, error = read(held), json.loads(held.stderr)["error"]
    assert document["state"] == "held" and error["code"] == "held"
    assert "usher pushes approve" in calendly("push", "Calendly", status=3).stderr
    assert calendly("push", "Calendly", "--plan").returncode == 0
    assert sum(user["active"] for user in provider.control.users()) == 8
    done = read(calendly("push", "Calendly", "--approve", "--json"))
    assert (done["state"], done["done"]["deactivate"]) == ("succeeded", 8)


def test_a_token_that_is_refused_pauses_and_ends_with_3(calendly: Usher, provider: ProviderProcess) -> None:
    provider.control.fault("unauthorized", count=1000)
    paused = calendly("push", "Calendly", "--json", status=3)
    document = read(paused)
    assert document["state"] == "paused"
    provider.control.clear()
    assert read(calendly("pushes", "resume", document["push"], "--json"))["state"] == "succeeded"
    assert len(provider.control.users()) == 8


def test_one_person_is_pushed_alone_and_a_wrong_name_is_not_known(calendly: Usher, provider: ProviderProcess) -> None:
    assert read(calendly("push", "Calendly", "--user", "p4@harbour.example", "--json"))["done"]["create"] == 1
    calendly("push", "Calendly", "--user", "nobody", status=2)
    calendly("push", "Nowhere", status=2)
    calendly("pushes", "show", "nothing", status=2)


def test_a_push_survives_the_command_that_asked_for_it(calendly: Usher, provider: ProviderProcess, tmp_path: Path) -> None:
    provider.control.fault("slow", count=100, seconds=0.3)
    command = [sys.executable, "-m", "tui", "push", "Calendly"]
    environment = {
        **os.environ,
        "USHER_STORE": str(tmp_path / "shop" / "usher.db"),
        "USHER_KEY_FILE": str(tmp_path / "keys" / "shop.key"),
        "PYTHONPATH": str(ROOT),
    }
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: bool(workers_of(tmp_path / "shop" / "usher.db")))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130 and len(err.splitlines()) == 1 and "usher pushes show" in err
    wait_for(lambda: len(provider.control.users()) == 8, seconds=30)


def test_deactivating_says_how_many_accounts_stay(calendly: Usher, provider: ProviderProcess) -> None:
    calendly("push", "Calendly")
    assert "8 accounts" in calendly("idm", "deactivate", "Calendly", status=2).stderr
    assert read(calendly("idm", "deactivate", "Calendly", "--yes", "--json")) == {"app": "Calendly", "idm": "inactive", "accounts_left": 8}
    assert "8 accounts" in calendly("apps", "delete", "Calendly", status=2).stderr
    assert read(calendly("apps", "delete", "Calendly", "--count", "1", "--json"))["accounts_left"] == 8
    assert len(provider.control.users()) == 8


def test_the_worker_pushes_by_itself_until_it_is_stopped(calendly: Usher, provider: ProviderProcess, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "USHER_STORE": str(tmp_path / "shop" / "usher.db"),
        "USHER_KEY_FILE": str(tmp_path / "keys" / "shop.key"),
        "PYTHONPATH": str(ROOT),
    }
    with subprocess.Popen([sys.executable, "-m", "tui", "worker"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_for(lambda: len(provider.control.users()) == 8, seconds=60)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 0 and "Traceback" not in err


def wait_for(holds: Callable[[], bool], seconds: float = 15) -> None:
    """Waits until something holds, and fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
