"""What tests of SSH are made of: operators with keys, and OpenSSH's own client."""

from __future__ import annotations

import subprocess
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
