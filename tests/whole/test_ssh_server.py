"""`usher ssh`: OpenSSH's client at our own server. Operators get their console, and nobody gets anything else."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest

from store.errors import StoreError
from tests.kit import ADMINISTRATOR
from tests.whole.house import ROOT, USHER, House, dozen
from tests.whole.ssh_kit import Doorway, enrol, fingerprint, key, known, offered_agent_and_display, ports_lead_nowhere
from tests.whole.test_ends_well import MODES_OFF
from tui import ssh
from tui.ssh_host_key import host_key
from tui.ssh_session import ConsoleSession
from usher.services.setup import open_session

pytestmark = pytest.mark.xdist_group("ssh-server")


class Serving:
    """The server as a process, and the lines it says on stderr."""

    def __init__(self, house: House, *words: str) -> None:
        self.log = house.folder / "ssh.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*USHER, "ssh", "--port", "0", "--json", *words],
                cwd=ROOT,
                env={**os.environ, **house.env, "USHER_OPERATOR": "", "EDITOR": "vi", "SHELL": "/bin/sh"},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                stdin=subprocess.DEVNULL,
            )
        assert self.process.stdout is not None
        said = ""
        while not said.endswith("}\n") and (line := self.process.stdout.readline()):
            said += line
        assert said, self.log.read_text()
        self.facts = json.loads(said)

    def said(self, text: str) -> bool:
        return text in self.log.read_text()


def until(holds: Callable[[], object], what: str, patience: float = 20) -> None:
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, f"waited {patience:.0f} s for {what}"
        time.sleep(0.05)


def consoles(store: Path) -> list[int]:
    """The processes of consoles that were started over SSH on that store."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"tui.ssh_child" in words and str(store).encode() in words:
            found.append(int(folder.name))
    return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("ssh") / "house")
    made.people(*dozen())
    enrol(made, "ann", "otto", "vera")
    yield made


@pytest.fixture(scope="module")
def serving(house: House) -> Iterator[Serving]:
    made = Serving(house, "--sessions", "2")
    yield made
    made.process.kill()
    made.process.wait()
    if made.process.stdout:
        made.process.stdout.close()


@pytest.fixture(scope="module")
def doorway(house: House, serving: Serving) -> Doorway:
    public = asyncssh.read_private_key(house.store.parent / "ssh_host_ed25519_key").export_public_key().decode()
    return Doorway(house, serving.facts["port"], "whoever", known(house.folder, serving.facts["port"], public))


def record(house: House) -> list[dict[str, str]]:
    return [json.loads(line) for line in house.do("activity", "--format", "jsonl").splitlines()]


def test_an_operator_works_in_a_console_of_their_own_and_the_record_says_who_and_from_where(doorway: Doorway, house: House) -> None:
    console = doorway.console("otto", options=("-o", "SetEnv=PYTHONHOME=/nowhere LD_PRELOAD=/nowhere.so USHER_STORE=/nowhere.db USHER_KEY_FILE=/nowhere"))
    try:
        console.wait_for("Harbour Works", "otto")
        assert all(b"--confined" in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0") for process in consoles(house.store))
        console.go("3", "Users")
        console.wait_for("ana.silva@harbour.example")
        console.resize(120, 40)
        console.wait_for("USER AUTHENTICATION", "ana.silva@harbour.examp…")
        assert re.search(rb"\x1b\[[0-9;]*38;[25];", console.output), "more than sixteen colours"
        house.do("users", "suspend", "ben.okoro@harbour.example")
        console.wait_for("▲ suspended")
        console.find("dmitri")
        console.press("s")
        console.answer("Suspend dmitri.orlov@harbour.example?", "y")
        console.wait_for("Suspended dmitri.orlov@harbour.example")
        assert console.leave() == 0
        assert [mode for mode in MODES_OFF if mode not in console.output[-1500:]] == []
    finally:
        console.close()
    last = record(house)[-1]
    assert (last["actor"], last["role"], last["action"]) == ("otto", "operator", "user.suspended")
    assert last["via"] == f"ssh {fingerprint(house, 'otto')} from 127.0.0.1"


def test_nothing_but_a_console_can_be_had(doorway: Doorway, house: House, tmp_path: Path) -> None:
    secret = house.file("secret.txt", "the-secret-itself")
    for asked in (("cat", secret), ("sh", "-c", "id"), ("usher", "--store", "/etc/passwd"), ("users", "list")):
        done = doorway.ask("ann", *asked)
        assert (done.returncode, done.stdout, done.stderr) == (255, b"", b"exec request failed on channel 0\r\n"), asked
    assert b"secret" not in doorway.ask("ann", options=("-T",)).stdout
    plain = doorway.ask("ann", options=("-T",))
    assert plain.returncode == 3 and plain.stderr.strip() == b"usher: The console needs a terminal. Ask for one: ssh -t"
    assert b"subsystem request failed" in doorway.ask("ann", "sftp", options=("-s",)).stderr
    for program, words in (("sftp", ()), ("scp", None)):
        if words is None:
            got = subprocess.run(
                [*doorway.ssh("ann", program=program), f"{doorway.there}:{secret}", str(tmp_path / "got")], capture_output=True, timeout=40, check=False
            )
            assert got.returncode != 0 and not (tmp_path / "got").exists()
        else:
            assert doorway.ask("ann", program=program).returncode != 0


def test_no_port_socket_agent_or_display_is_forwarded(doorway: Doorway, house: House) -> None:
    ports_lead_nowhere(doorway, "ann")
    assert offered_agent_and_display(doorway, "ann") == 3, "no full screen on TERM=dumb"

    async def ask() -> None:
        async with asyncssh.connect(
            "127.0.0.1", doorway.port, username="x", client_keys=[str(key(doorway.house, "ann"))], known_hosts=str(doorway.known_hosts), config=None
        ) as client:
            with pytest.raises(asyncssh.ChannelOpenError):
                await client.open_connection("127.0.0.1", doorway.port)
            with pytest.raises(asyncssh.ChannelOpenError):
                await client.open_unix_connection("/tmp/any.sock")
            with pytest.raises(asyncssh.ChannelListenError):
                await client.forward_remote_port("127.0.0.1", 0, "127.0.0.1", doorway.port)

    asyncio.run(ask())
    back = doorway.ask("ann", options=("-N", "-o", "ExitOnForwardFailure=yes", "-R", f"127.0.0.1:0:127.0.0.1:{doorway.port}"))
    assert back.returncode == 255 and b"remote port forwarding failed" in back.stderr


def test_only_the_keys_of_operators_let_in_and_only_keys(doorway: Doorway, serving: Serving, house: House) -> None:
    stranger = doorway.ask("stranger")
    assert stranger.returncode == 255 and b"Permission denied (publickey)" in stranger.stderr
    until(lambda: serving.said(f"refused {fingerprint(house, 'stranger')} from 127.0.0.1"), "the refusal in the log")
    no_key = subprocess.run(
        [*doorway.ssh("stranger", "-o", "PubkeyAuthentication=no"), doorway.there], capture_output=True, timeout=40, stdin=subprocess.DEVNULL, check=False
    )
    assert b"Permission denied (publickey)" in no_key.stderr


def test_one_too_many_is_told_so_and_a_place_that_is_left_is_free_again(doorway: Doorway, house: House) -> None:
    until(lambda: not consoles(house.store), "the consoles of other tests to be gone")
    first, second = doorway.console("ann"), doorway.console("vera")
    try:
        first.wait_for("? Keys")
        second.wait_for("? Keys")
        third = doorway.ask("otto", options=("-tt",))
        assert third.returncode != 0 and b"All 2 places are taken" in third.stderr + third.stdout
        assert first.leave() == 0
        again = doorway.console("otto")
        try:
            again.wait_for("? Keys")
        finally:
            again.close()
    finally:
        first.close()
        second.close()


def test_who_comes_in_and_asks_for_no_console_is_shown_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.ssh.LOGIN_SECONDS", 0.3)
    session = open_session(house.store, actor=ADMINISTRATOR, key_file=Path(house.env["USHER_KEY_FILE"]))

    async def come() -> None:
        port = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(ssh.House(session, "127.0.0.1", 0, 2, print).serve(lambda taken, _: port.set_result(taken)))
        asked = {"username": "x", "client_keys": [str(key(house, "ann"))], "known_hosts": None, "config": None}
        async with asyncssh.connect("127.0.0.1", await port, **asked) as client:
            await asyncio.wait_for(client.wait_closed(), 20)
        signal.raise_signal(signal.SIGTERM)
        await serving

    asyncio.run(come())
    session.store.close()


def test_a_client_that_vanishes_leaves_no_process_behind(doorway: Doorway, house: House, serving: Serving) -> None:
    until(lambda: not consoles(house.store), "the consoles of other tests to be gone")
    console = doorway.console("ann")
    try:
        console.wait_for("? Keys")
        assert len(consoles(house.store)) == 1
        console.process.kill()
        until(lambda: not consoles(house.store), "the console to be gone")
    finally:
        console.close()
    until(lambda: 0 < serving.log.read_text().count("came in: ann") == serving.log.read_text().count("left: ann"), "the log to say so")


class LeftChannel:
    """A channel whose client is gone already."""

    def get_environment(self) -> dict[str, str]:
        return {}

    def get_terminal_type(self) -> str:
        return "xterm"

    def write(self, data: bytes) -> None:
        raise BrokenPipeError

    def resume_reading(self) -> None:
        pass

    def exit(self, status: int) -> None:
        raise OSError


def test_a_client_that_leaves_while_its_console_is_started_leaves_no_process_behind(house: House) -> None:
    async def come_and_go() -> None:
        over = asyncio.Event()
        words = ["--store", str(house.store), "--operator", "ann", "--ssh-key", fingerprint(house, "ann"), "--confined"]
        session = ConsoleSession(words, "127.0.0.1 1 127.0.0.1 2", lambda _: over.set())
        session.connection_made(LeftChannel())  # type: ignore[arg-type]
        session.pty_requested("xterm", (80, 24, 0, 0), {})
        session.session_started()
        session.connection_lost(None)
        await asyncio.wait_for(over.wait(), 20)

    asyncio.run(come_and_go())
    until(lambda: not consoles(house.store), "the console to be gone")


def test_an_operator_who_is_removed_reads_on_writes_no_more_and_comes_in_no_more(doorway: Doorway, house: House) -> None:
    enrol(house, "rita")
    console = doorway.console("rita")
    try:
        console.wait_for("? Keys", "rita")
        console.go("3", "Users")
        console.find("emi.sato")
        console.press("s")
        console.wait_for("╭─ Suspend emi.sato@harbour.example?")
        house.do("operators", "remove", "rita")
        console.wait_for("rita shut out")
        console.press("y")
        console.wait_for("rita, you were removed from the operators of this store")
        console.close_dialog() if console.dialog else None
        console.wait_for("▲ read-only", "emi.sato@harbour.example")
        assert "SUSPENDED" not in house.do("users", "show", "emi.sato@harbour.example")
        denied = doorway.ask("rita")
        assert denied.returncode == 255 and b"Permission denied" in denied.stderr
    finally:
        console.close()


def test_the_host_key_stays_is_closed_to_others_and_is_never_replaced(house: House, serving: Serving) -> None:
    path = house.store.parent / "ssh_host_ed25519_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    assert host_key(house.store.parent).get_fingerprint() == serving.facts["host_key"]
    for spoil, code in ((lambda: path.chmod(0o644), "host-key-open"), (lambda: path.write_bytes(b""), "host-key-damaged")):
        spoil()
        with pytest.raises(StoreError) as refused:
            host_key(house.store.parent)
        assert refused.value.code == code
        path.write_bytes(before)
        path.chmod(0o600)
    elsewhere = path.with_name("moved")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(StoreError):
        host_key(house.store.parent)
    path.unlink()
    elsewhere.rename(path)


def test_told_to_end_it_puts_every_terminal_back_and_leaves_nothing(house: House, tmp_path: Path) -> None:
    serving = Serving(house)
    public = host_key(house.store.parent).export_public_key().decode()
    doorway = Doorway(house, serving.facts["port"], "whoever", known(tmp_path, serving.facts["port"], public))
    console = doorway.console("ann")
    try:
        console.wait_for("? Keys")
        serving.process.send_signal(signal.SIGTERM)
        console.ended()
        console.settle()
        assert serving.process.wait(20) == 0
        assert b"\x1b[?1049l" in console.output and b"\x1b[?1000l" in console.output
        assert b"asked to (SIGTERM)" in console.output
    finally:
        console.close()
        serving.process.kill()
        serving.process.stdout.close()  # type: ignore[union-attr]
    until(lambda: not consoles(house.store), "the consoles to be gone")
    assert "Traceback" not in serving.log.read_text()


def test_a_port_that_is_taken_and_a_missing_library_are_said_in_a_sentence(house: House, serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = house.usher("ssh", "--port", str(serving.facts["port"]))
    assert taken.status == 1 and "cannot be listened on" in taken.err and taken.err.count("\n") == 1
    monkeypatch.setitem(sys.modules, "asyncssh", None)
    for name in [name for name in sys.modules if name.startswith("tui.ssh")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(AssertionError, match=r"pip install 'usher-console\[ssh\]'"):
        house.do("ssh")
