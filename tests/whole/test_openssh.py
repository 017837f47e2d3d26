"""Over OpenSSH, with the drop-in that is delivered: a real sshd on loopback, its own client, and tmux in between."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

import usher
from tests.programs import need
from tests.whole.house import ROOT, House, dozen
from tests.whole.ssh_kit import Doorway, enrol, fingerprint, free_ports, key, known, offered_agent_and_display, ports_lead_nowhere
from tests.whole.walking import WIDE

pytestmark = pytest.mark.xdist_group("sshd")
DROP_IN = Path(usher.__file__).parent / "deploy" / "sshd_usher.conf"


def program(house: House) -> Path:
    """What a login starts: this very checkout, as an installed `usher` would be; it notes what it was given as its environment."""
    path = house.folder / "bin" / "usher"
    path.parent.mkdir(exist_ok=True)
    run = f"PYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m tui.cli.main"
    path.write_text(f'#!/bin/sh\nenv > {shlex.quote(str(house.folder / "environment"))}\n{run} "$@"\n')
    path.chmod(0o700)
    return path


def configuration(house: House, ports: list[int], host_key: Path, keys: Path) -> str:
    """An open sshd (forwarding, sftp) with our drop-in on top; on the second port the keys come from a file.

    sshd wants the AuthorizedKeysCommand to be root's: env is, and it starts ours.
    """
    user = getpass.getuser()
    settings = [f"USHER_STORE={house.store}", f"USHER_KEY_FILE={house.env['USHER_KEY_FILE']}", f"HOME={house.folder}"]
    command = ["/usr/bin/env", *settings, str(program(house)), "operators", "authorized-keys", "--program", str(program(house)), "--for-key", "%t", "%k"]
    text = DROP_IN.read_text("utf-8")
    text = re.sub(r"^( +AuthorizedKeysCommand ).*$", lambda found: found[1] + " ".join(command), text, flags=re.M)
    text = text.replace("User usher\n", f"User {user}\n").replace("CommandUser usher\n", f"CommandUser {user}\n")
    return f"""\
Port {ports[0]}
Port {ports[1]}
ListenAddress 127.0.0.1
HostKey {host_key}
PidFile none
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
AllowTcpForwarding yes
GatewayPorts yes
Subsystem sftp internal-sftp
Match LocalPort {ports[1]}
    AuthorizedKeysFile {keys}
    AuthorizedKeysCommand none
Match all
{text}"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    need("sshd")
    made = House(tmp_path_factory.mktemp("openssh") / "house")
    made.people(*dozen())
    enrol(made, "ann", "otto", "rita")
    yield made


@pytest.fixture(scope="module")
def doorways(house: House) -> Iterator[tuple[Doorway, Doorway]]:
    """One sshd: keys from the operator table on the first port, from an authorized_keys file on the second."""
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd's unprivileged half lives; the package's unit makes it elsewhere
    ports, host_key, keys = free_ports(2), house.folder / "host_key", house.folder / "authorized_keys"
    subprocess.run([need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(host_key)], check=True)
    keys.write_text(house.do("operators", "authorized-keys", "--program", str(program(house))))
    config = house.folder / "sshd_config"
    config.write_text(configuration(house, ports, host_key, keys))
    log = house.folder / "sshd.log"
    with log.open("wb") as out:
        sshd = subprocess.Popen([need("sshd"), "-D", "-e", "-f", str(config)], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while log.read_text().count("Server listening") < 2:
            assert sshd.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        public = host_key.with_suffix(".pub").read_text()
        folders = [house.folder / f"client{number}" for number in range(2)]
        for folder in folders:
            folder.mkdir()
        first, second = (Doorway(house, port, getpass.getuser(), known(folder, port, public)) for port, folder in zip(ports, folders, strict=True))
        yield first, second
    finally:
        sshd.terminate()
        sshd.wait(20)
        print(log.read_text()[-3000:])


@pytest.fixture
def doorway(doorways: tuple[Doorway, Doorway]) -> Doorway:
    return doorways[0]


def record(house: House) -> list[dict[str, str]]:
    return [json.loads(line) for line in house.do("activity", "--format", "jsonl").splitlines()]


def test_two_operators_by_either_way_see_each_others_changes_and_the_record_knows_them_apart(doorways: tuple[Doorway, Doorway], house: House) -> None:
    by_table, by_file = doorways
    with contextlib.ExitStack() as opened:
        ann = opened.enter_context(contextlib.closing(by_table.console("ann")))
        otto = opened.enter_context(contextlib.closing(by_file.console("otto", term="xterm")))
        for console, name in ((ann, "ann"), (otto, "otto")):
            console.wait_for("? Keys", name)
            console.go("3", "Users")
            console.wait_for("ana.silva@harbour.example")
        ann.press("ctrl+z", "ctrl+c", "ctrl+\\")  # no signals here: the console goes on
        ann.resize(*WIDE)
        ann.wait_for("USER AUTHENTICATION", "Employee ID")
        ann.resize(80, 24)
        ann.wait_for("USER AUTHENTICATION", gone=True)
        assert re.search(rb"\x1b\[[0-9;]*38;5;", ann.output), "256 colours where the terminal's name says so"
        assert re.search(rb"\x1b\[[0-9;]*38;2;", otto.output), "all colours where the name says nothing"
        for here, there, person, action in ((otto, ann, "ben.okoro", "suspended"), (ann, otto, "emi.sato", "suspended")):
            here.find(person)
            here.press("s")
            here.answer(f"Suspend {person}@harbour.example?", "y")
            there.find(person)
            there.wait_for("▲ suspended")
            assert record(house)[-1]["action"] == f"user.{action}"
        took = []
        for person in ("ben.okoro", "emi.sato"):
            ann.find(person)
            otto.find(person)
            otto.wait_for("▲ suspended")
            house.do("users", "activate", f"{person}@harbour.example")
            otto.wait_for("● activated")
            seen = time.time()
            took.append(seen - datetime.fromisoformat(record(house)[-1]["at"]).timestamp())
        print(f"on the other operator's screen, over SSH, {max(took) * 1000:.0f} ms after the commit at most")
        assert max(took) < 5
        assert (ann.leave(), otto.leave()) == (0, 0)
    made = [(entry["actor"], entry["role"], entry["via"]) for entry in record(house) if entry["action"] == "user.suspended"]
    assert made == [(name, role, f"ssh {fingerprint(house, name)} from 127.0.0.1") for name, role in (("otto", "operator"), ("ann", "administrator"))]


@pytest.mark.parametrize("way", [0, 1], ids=["from the operator table", "from an authorized_keys file"])
def test_no_command_file_transfer_or_forwarding_gives_anything(doorways: tuple[Doorway, Doorway], house: House, tmp_path: Path, way: int) -> None:
    doorway = doorways[way]
    for words in (("cat", "/etc/passwd"), ("users", "list", "--json"), ("usher", "--store", str(tmp_path / "other.db"), "init")):
        done = doorway.ask("ann", *words)
        assert (done.returncode, done.stdout) == (2, b""), words
        assert done.stderr == b"usher: The console needs a terminal on both ends. Ask for one: ssh -t\n"
    assert doorway.ask("ann", program="sftp").returncode != 0
    got = tmp_path / "got"
    for legacy in ((), ("-O",)):
        subprocess.run([*doorway.ssh("ann", *legacy, program="scp"), f"{doorway.there}:/etc/passwd", str(got)], capture_output=True, timeout=40, check=False)
        assert not got.exists()
    through = doorway.ask("ann", options=("-W", f"127.0.0.1:{doorway.port}"))
    assert through.stdout == b"" and b"administratively prohibited" in through.stderr
    back = doorway.ask("ann", options=("-N", "-o", "ExitOnForwardFailure=yes", "-R", f"127.0.0.1:0:127.0.0.1:{doorway.port}"))
    assert back.returncode == 255 and b"remote port forwarding failed" in back.stderr
    ports_lead_nowhere(doorway, "ann")


def test_no_agent_and_no_display_comes_along(doorways: tuple[Doorway, Doorway], house: House) -> None:
    for doorway in doorways:
        assert offered_agent_and_display(doorway, "ann") == 3, "no full screen on TERM=dumb"
        given = dict(line.partition("=")[::2] for line in (house.folder / "environment").read_text().splitlines())
        assert given["SSH_CONNECTION"].startswith("127.0.0.1 ") and not {"SSH_AUTH_SOCK", "DISPLAY"} & given.keys()


def test_what_the_client_asks_for_or_sets_changes_nothing_of_the_console(doorways: tuple[Doorway, Doorway], tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    sets = ("-o", f"SetEnv=USHER_STORE={outside / 'other.db'} USHER_OPERATOR=root PYTHONHOME=/nowhere PYTHONPATH={outside} TEXTUAL_LOG={outside / 'keys.log'}")
    for doorway in doorways:
        console = doorway.console("otto", "usher", "--store", str(outside / "other.db"), "settings", options=sets)
        try:
            console.wait_for("Harbour Works › Overview", "otto operator")
            assert console.leave() == 0
        finally:
            console.close()
    assert list(outside.iterdir()) == []


def test_a_key_of_nobody_and_a_password_are_refused(doorway: Doorway) -> None:
    for name, options in (("stranger", ()), ("ann", ("-o", "PubkeyAuthentication=no", "-o", "BatchMode=no", "-o", "NumberOfPasswordPrompts=1"))):
        denied = doorway.ask(name, options=options)
        assert denied.returncode == 255 and b"Permission denied (publickey)" in denied.stderr


def test_an_operator_who_is_removed_is_refused_at_the_next_write_and_at_the_next_login(doorway: Doorway, house: House) -> None:
    console = doorway.console("rita")
    try:
        console.wait_for("? Keys", "rita")
        console.go("3", "Users")
        console.find("gus.oneill")
        console.press("s")
        console.wait_for("╭─ Suspend gus.oneill@harbour.example?")
        house.do("operators", "remove", "rita")
        console.wait_for("rita shut out")
        console.press("y")
        console.wait_for("rita, you were removed from the operators of this store")
        denied = doorway.ask("rita")
        assert denied.returncode == 255 and b"Permission denied (publickey)" in denied.stderr
    finally:
        console.close()
    assert "SUSPENDED" not in house.do("users", "show", "gus.oneill@harbour.example")


def test_a_client_that_is_killed_leaves_no_console_behind(doorway: Doorway, house: House) -> None:
    deadline = time.monotonic() + 40
    while consoles(house, "ann"):
        assert time.monotonic() < deadline, "a console of another test is still there"
        time.sleep(0.05)
    console = doorway.console("ann")
    try:
        console.wait_for("? Keys")
        (mine,) = consoles(house, "ann")
        console.process.kill()
        while Path(f"/proc/{mine}").exists():
            assert time.monotonic() < deadline, "the console is still there"
            time.sleep(0.05)
    finally:
        console.close()


def consoles(house: House, name: str) -> list[int]:
    """The processes of that operator's consoles."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"tui.cli.main" in words and str(house.store).encode() in words and name.encode() in words:
                found.append(int(folder.name))
    return found


def test_what_is_copied_reaches_the_tmux_that_the_client_runs_in(doorway: Doorway, house: House) -> None:
    socket_file = house.folder / "tmux"

    def tmux(*words: str) -> str:
        done = subprocess.run([need("tmux"), "-S", str(socket_file), "-f", os.devnull, *words], capture_output=True, text=True, timeout=20, check=True)
        return done.stdout

    def shown(text: str) -> bool:
        return text in tmux("capture-pane", "-p")

    def until(text: str) -> None:
        deadline = time.monotonic() + 20
        while not shown(text):
            assert time.monotonic() < deadline, tmux("capture-pane", "-p")
            time.sleep(0.05)

    command = shlex.join([*doorway.ssh("ann", "-tt"), doorway.there])
    tmux("new-session", "-d", "-x", "100", "-y", "30", "sh", "-c", "sleep 0.5; " + command)
    try:
        tmux("set", "-g", "set-clipboard", "on")
        until("? Keys")
        tmux("send-keys", "3")
        until("ana.silva@harbour.example")
        tmux("send-keys", "y")
        deadline = time.monotonic() + 20
        while (
            "ana.silva@harbour.example"
            not in subprocess.run([need("tmux"), "-S", str(socket_file), "show-buffer"], capture_output=True, text=True, timeout=20, check=False).stdout
        ):
            assert time.monotonic() < deadline, "nothing was copied"
            time.sleep(0.05)
    finally:
        tmux("kill-server")


def test_the_drop_in_holds_what_it_says_whatever_the_rest_of_sshd_allows(doorways: tuple[Doorway, Doorway], house: House) -> None:
    user = getpass.getuser()
    shown = subprocess.run(
        [need("sshd"), "-T", "-f", str(house.folder / "sshd_config"), "-C", f"user={user},host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport={doorways[0].port}"],
        capture_output=True, text=True, timeout=20, check=True,
    ).stdout.splitlines()  # fmt: skip
    wanted = ("disableforwarding yes", "allowtcpforwarding no", "passwordauthentication no", "permituserrc no", "x11forwarding no", "permittunnel no")
    assert set(wanted) <= set(shown)
    assert [line for line in shown if line.startswith("acceptenv")] == ["acceptenv LANG", "acceptenv LC_*", "acceptenv COLORTERM"]


def test_the_readme_says_how_and_its_commands_do_it(house: House, doorway: Doorway, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.split("## Over SSH", 1)[1].split("\n## ", 1)[0]
    assert DROP_IN.is_file() and f"usher/deploy/{DROP_IN.name}" in section
    key(house, "grace")
    (house.folder / "grace.pub").write_text((house.folder / "id_grace.pub").read_text())
    monkeypatch.chdir(house.folder)
    named = [shlex.split(line) for line in re.findall(r"^ {4}usher (.*)$", section, re.M)]
    named += [shlex.split(found) for found in re.findall(r"`usher (settings [^`]*)`", section)]
    assert ["ssh", "--port", "2222"] in named and len(named) == 5
    said = {words[1]: house.do(*words) for words in named if words[0] != "ssh"}
    assert said["authorized-keys"].count('restrict,pty,command="') == said["authorized-keys"].count("\n")
    console = doorway.console("grace")
    try:
        console.wait_for("Harbour Works", "grace operator")
        assert console.leave() == 0
    finally:
        console.close()
