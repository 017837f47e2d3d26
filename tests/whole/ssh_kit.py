"""What tests of SSH are made of: operators with keys, and OpenSSH's own client."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.programs import need
from tests.whole.house import House
from tests.whole.walking import NARROW, Console

ROLES = {"ann": "administrator", "otto": "operator", "vera": "viewer"}


@dataclass
class Doorway:
    """A server on loopback that lets operators of a house in, and what a client needs to come to it."""

    house: House
    port: int
    user: str
    known_hosts: Path

    def ssh(self, name: str, *options: str, program: str = "ssh") -> list[str]:
        """The words before the destination, for the key of that name."""
        fixed = {
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "UserKnownHostsFile": str(self.known_hosts),
            "StrictHostKeyChecking": "yes",
            "ConnectTimeout": "20",
            "LogLevel": "INFO",
        }
        words = [need(program), "-F", "/dev/null", "-i", str(key(self.house, name))]
        for option, value in fixed.items():
            words += ["-o", f"{option}={value}"]
        return [*words, "-P" if program in ("sftp", "scp") else "-p", str(self.port), *options]

    @property
    def there(self) -> str:
        return f"{self.user}@127.0.0.1"

    def console(self, name: str, *words: str, size: tuple[int, int] = NARROW, term: str = "xterm-256color", options: tuple[str, ...] = ()) -> Console:
        """The console that this operator gets, on a terminal of the test's."""
        return Console([*self.ssh(name, "-tt", *options), self.there, *words], size=size, env={"TERM": term, "COLORTERM": "", "LANG": "C.UTF-8"})

    def ask(self, name: str, *words: str, options: tuple[str, ...] = (), program: str = "ssh") -> subprocess.CompletedProcess[bytes]:
        """What comes of asking for something else, without a terminal."""
        command = [*self.ssh(name, *options, program=program), self.there, *words]
        return subprocess.run(command, capture_output=True, timeout=40, stdin=subprocess.DEVNULL, check=False)


def key(house: House, name: str) -> Path:
    """The private key file of that name; made when first asked for."""
    path = house.folder / f"id_{name}"
    if not path.exists():
        subprocess.run([need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)], check=True)
    return path


def fingerprint(house: House, name: str) -> str:
    """The fingerprint of that key."""
    shown = subprocess.run([need("ssh-keygen"), "-lf", f"{key(house, name)}.pub"], capture_output=True, text=True, check=True)
    return shown.stdout.split()[1]


def enrol(house: House, *names: str) -> None:
    """Adds operators, each with a key of their own. From then on commands here are the account's own: no name is named."""
    house.env["USHER_OPERATOR"] = ""
    for name in names:
        house.do("operators", "add", name, "--role", ROLES.get(name, "operator"), "--key", f"{key(house, name)}.pub")


def known(folder: Path, port: int, public: str) -> Path:
    """A known_hosts file with that host key."""
    path = folder / "known_hosts"
    path.write_text(f"[127.0.0.1]:{port} {' '.join(public.split()[:2])}\n")
    return path


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def ports_lead_nowhere(doorway: Doorway, name: str) -> None:
    """OpenSSH's client offers a port that leads to one there (-L), one that leads to a socket there, and one that leads anywhere (-D):
    the server lets none of them through, and says so."""
    to_port, to_socket, anywhere = free_ports(3)
    there = ("-L", f"{to_port}:127.0.0.1:{doorway.port}", "-L", f"{to_socket}:{doorway.house.folder}/any.sock", "-D", str(anywhere))
    command = [*doorway.ssh(name, "-N", "-o", "ExitOnForwardFailure=yes", *there), doorway.there]
    socks = b"\5\1\0", b"\5\1\0\1\x7f\0\0\1" + doorway.port.to_bytes(2)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as client:
        try:
            assert b"SSH-" in _through(doorway.port, b""), "who gets through sees an SSH server"
            assert _through(to_port, b"") == _through(to_socket, b"") == b""
            assert b"SSH-" not in _through(anywhere, *socks)
        finally:
            client.kill()  # told to end, it may sleep on until the next packet; its lines are written before it closes a port
            assert client.stderr is not None
            said = client.stderr.read()
    assert said.count(b"open failed: ") == 3, said


def _through(port: int, *sent: bytes) -> bytes:
    """What comes back through a port, once somebody listens on it, until the line is closed or says nothing more."""
    deadline, came = time.monotonic() + 20, b""
    while True:
        try:
            line = socket.create_connection(("127.0.0.1", port), timeout=20)
            break
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, f"nobody listens on port {port}"
            time.sleep(0.02)
    with line, contextlib.suppress(ConnectionResetError):
        for piece in sent:
            line.sendall(piece)
            got = line.recv(1000)
            came += got
            if not got or b"SSH-" in came:
                return came
        while piece := line.recv(1000):
            came += piece
    return came


def offered_agent_and_display(doorway: Doorway, name: str) -> int:
    """OpenSSH's client offers its agent and its display, and is refused the display aloud (an agent's refusal is silent). The exit status."""
    path = doorway.house.folder / f"agent{doorway.port}"
    options = ("-v", "-tt", "-A", "-o", "ForwardX11=yes", "-o", "ForwardX11Trusted=yes", "-o", "XAuthLocation=/nowhere")
    words = [word.replace("IdentityAgent=none", f"IdentityAgent={path}") for word in doorway.ssh(name, *options)]
    with subprocess.Popen([need("ssh-agent"), "-D", "-a", str(path)], stdout=subprocess.DEVNULL) as agent:
        try:
            wait_for(path.exists, "the agent")
            env, ends = {**os.environ, "DISPLAY": ":99", "TERM": "dumb"}, os.pipe()  # who types nothing more would leave
            done = subprocess.run([*words, doorway.there], env=env, capture_output=True, timeout=40, stdin=ends[0], check=False)
        finally:
            agent.terminate()
    for end in ends:
        os.close(end)
    assert b"Requesting X11 forwarding" in done.stderr and b"Requesting authentication agent forwarding" in done.stderr, done.stderr
    assert b"X11 forwarding request failed" in done.stderr
    return done.returncode


def wait_for(holds: Callable[[], object], what: str) -> None:
    """Waits, but not for ever."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)
