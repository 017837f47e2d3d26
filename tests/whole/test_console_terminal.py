"""The console among the things around it: a worker that dies, commands in other processes, and the terminal itself."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import termios
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.whole.house import ROOT, USHER, House, dozen, house, username
from tests.whole.proxy import FaultProxy
from tests.whole.servers import TOKEN, Server
from tests.whole.terminal import terminal
from tests.whole.walking import Console

__all__ = ["house"]

COLOUR = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")
MANY_COLOURS = re.compile(rb"\x1b\[(?:[0-9;]*;)?[34]8;[25];")
MANY = 36


@pytest.fixture
def slow(house: House, scim2_server: Server) -> Iterator[FaultProxy]:
    """A few dozen people, and a service that takes a tenth of a second for each."""
    house.people(*(f"p{at:02}@harbour.example,p{at:02}@harbour.example,Pat,Number{at:02},Pat {at:02},E{at},ACTIVATED,Sales" for at in range(MANY)))
    with FaultProxy(scim2_server.base_url) as between:
        house.calendly(between.base_url, TOKEN, "Sales")
        house.do("idm", "set", "Calendly", "concurrency=2")
        between.spoil("slow", method="POST", times=None, seconds=0.12)
        yield between


def begin(console: Console, server: Server) -> None:
    """Starts the push and waits until it is well under way."""
    console.push_it(f"{MANY} accounts are created")
    console.wait_until(lambda: len(server.users()) >= 6, "some people to be there")


# A push survives


def test_a_worker_killed_in_the_middle_is_shown_and_one_key_takes_the_push_up_again(house: House, scim2_server: Server, slow: FaultProxy) -> None:
    with house.console("app", "Calendly") as console:
        begin(console, scim2_server)
        os.kill(house.worker(), signal.SIGKILL)
        took = console.wait_until(lambda: console.shows("interrupted") and console.shows("r Resume"), "the interruption to be seen")
        print(f"interrupted after {took:.2f} s")
        assert took < 5
        assert len(scim2_server.users()) < MANY
        console.wait_for("nothing is lost and nothing doubled")
        console.press("r")
        console.wait_for("✓ succeeded", f"{MANY} of {MANY}")
    there = Counter(user["userName"] for user in scim2_server.users())
    assert (len(there), set(there.values())) == (MANY, {1})
    assert house.read("pushes", "list")[0]["state"] == "succeeded"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM], ids=["SIGHUP", "SIGTERM"])
def test_a_console_that_is_hung_up_puts_the_terminal_back_and_harms_no_push(
    house: House, scim2_server: Server, slow: FaultProxy, number: signal.Signals
) -> None:
    with house.console("app", "Calendly") as console:
        before = termios.tcgetattr(console.slave)[3]
        assert not before & termios.ICANON, "a full screen reads key by key"
        begin(console, scim2_server)
        console.process.send_signal(number)
        assert console.ended(5) == 0
        console.settle()
        assert termios.tcgetattr(console.slave)[3] & (termios.ICANON | termios.ECHO) == termios.ICANON | termios.ECHO
        for mode in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l"):
            assert mode in console.output[-2000:], f"{mode!r} was not sent"
        assert b"Traceback" not in console.output
    deadline = time.monotonic() + 30
    while house.read("pushes", "list")[0]["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, "the push stopped with the console"
        time.sleep(0.1)
    assert house.read("pushes", "list")[0]["state"] == "succeeded"
    assert len(scim2_server.users()) == MANY


# What a command in another process changes appears by itself


def lag(console: Console, house: House, action: str, words: list[str], text: str) -> float:
    """Runs a command in a process of its own and returns how long after its commit `text` is on the screen."""
    assert not console.shows(text)
    with subprocess.Popen([*USHER, *words], cwd=ROOT, env={**os.environ, **house.env}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        console.wait_for(text)
        seen = time.time()
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(30) == 0, said
    rows = [json.loads(line) for line in house.do("activity", "--format", "jsonl").splitlines()]
    committed = max(row["at"] for row in rows if row["action"] == action)
    took = seen - datetime.fromisoformat(committed).timestamp()
    print(f"usher {' '.join(words)}: on the screen {took * 1000:.0f} ms after its commit")
    return took


def test_a_command_in_another_process_appears_in_applications_and_users(house: House) -> None:
    house.people(*dozen())
    with house.console("apps") as console:
        assert lag(console, house, "application.added", ["apps", "add", "calendly", "--label", "Diary"], "Diary") < 2
        assert lag(console, house, "application.changed", ["apps", "set", "Diary", "label=Calendar"], "Calendar") < 2
        console.go("3", "Users")
        console.wait_for(username("Ben Okoro"))
        assert lag(console, house, "user.suspended", ["users", "suspend", username("Ben Okoro")], "▲ suspended") < 2
        assert lag(console, house, "user.added", ["users", "add", "aa@harbour.example", "--email", "aa@harbour.example"], "aa@harbour.example") < 2


def test_a_push_by_a_command_in_another_process_appears_in_pushes_and_log(house: House, scim2_server: Server) -> None:
    house.people(*dozen())
    house.calendly(scim2_server.base_url, TOKEN, "Sales")
    with house.console("pushes") as pushes, house.console("log") as log:
        assert house.usher("push", "Calendly").status == 0
        took = pushes.wait_until(lambda: pushes.shows("✓ succeeded"), "the push"), log.wait_until(lambda: log.shows(username("Ana Silva")[:10]), "its log")
    print(f"on the screens {took[0] * 1000:.0f} and {took[1] * 1000:.0f} ms after the command ended")
    assert max(took) < 2


# The terminal


def test_a_terminal_that_is_too_small_says_so_and_what_was_there_comes_back(house: House) -> None:
    house.calendly()
    with house.console("app", "Calendly", "idm") as console:
        console.press("c")
        console.wait_for("Leave field")
        console.fill("Base URL", "https://scim.example/v2")
        console.resize(60, 15)
        console.wait_for("Usher needs 80×20; this is 60×15.")
        console.resize(80, 24)
        console.wait_for("https://scim.example/v2", "Token Key")
        console.resize(120, 40)
        console.wait_for("USER AUTHENTICATION", "https://scim.example/v2")
        assert console.process.poll() is None


def test_a_terminal_without_a_screen_is_refused_in_a_sentence(house: House) -> None:
    with terminal([*USHER, "apps"], env={**house.env, "TERM": "dumb"}, cwd=ROOT) as dumb:
        assert dumb.ended() == 3
        dumb.settle()
        assert "This terminal cannot show a full screen (TERM=dumb)" in " ".join(dumb.text.split())
        assert b"\x1b[" not in dumb.output
    piped = house.usher("apps")
    assert piped.status == 2
    piped = house.usher()
    assert (piped.status, piped.out) == (2, "")
    assert "The console needs a terminal on both ends" in piped.err and piped.err.count("\n") == 1


def test_in_sixteen_colours_no_other_is_asked_for(house: House) -> None:
    house.calendly()
    with house.console("apps", env={"TERM": "xterm", "COLORTERM": ""}) as console:
        console.wait_for("Calendly", "● active")
        console.press("?")
        console.settle(0.3)
    assert COLOUR.search(console.output)
    assert not MANY_COLOURS.search(console.output)


def test_with_no_color_none_is_sent_and_states_can_still_be_told_apart(house: House) -> None:
    house.calendly()
    with house.console("apps", env={"NO_COLOR": "1", "COLORTERM": "truecolor"}) as console:
        console.wait_for("Calendly", "● active", "○ inactive")
        console.press("space", "d")
        console.wait_for("╭─ Delete Application")
    found = COLOUR.search(console.output)
    assert found is None, f"{found[0]!r}"


def test_a_row_is_opened_with_the_mouse(house: House) -> None:
    house.calendly()
    house.calendly(label="Zoom")
    with house.console("apps") as console:
        console.wait_for("Zoom")
        console.click("Zoom", times=2)
        console.wait_for("SSO Applications › Zoom")
        console.click("User Groups")
        console.wait_until(lambda: console.tab == "User Groups", "the tab that was clicked")


def test_on_a_fresh_machine_two_answers_make_the_store_and_the_console_opens(tmp_path: Path) -> None:
    env = {"USHER_STORE": str(tmp_path / "new" / "usher.db"), "USHER_KEY_FILE": str(tmp_path / "keys" / "new.key"), "HOME": str(tmp_path)}
    with terminal(USHER, env=env, cwd=ROOT) as console:
        console.wait_for("Organisation")
        console.type("Harbour Works\n")
        console.wait_for("Base URL of the identity provider")
        console.type("https://sso.harbour.example\n")
        console.wait_for("Harbour Works › Overview", "? Keys")
        console.press("q")
        assert console.ended() == 0
