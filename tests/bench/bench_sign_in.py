"""Responses per second through the real HTTP endpoint, against the bare RSA-2048 signing rate of the same run.

Each is an application's request by HTTP-Redirect from a person with a session: cookie, checks, assertion, our own
verification, and a Sign-ins row on the disk before the answer leaves. One server process; four keep-alive connections.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: E402

from tests.kit import ADMINISTRATOR  # noqa: E402
from tests.usher.portal.kit import PASSWORD, authn_request, furnish, redirect_query  # noqa: E402
from usher.services.session import Session  # noqa: E402
from usher.services.setup import create_store  # noqa: E402

WANTED, ROUNDS, CLIENTS = 0.2, 3, 4


def bare(seconds: float) -> float:
    """RSA-2048 SHA-256 signatures per second, nothing else."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    count, until = 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        key.sign(b"x" * 400, padding.PKCS1v15(), hashes.SHA256())
        count += 1
    return count / seconds


class Line:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = f"127.0.0.1:{port}"

    def close(self) -> None:
        """Ends the connection."""
        self.socket.close()

    def ask(self, method: str, path: str, body: bytes = b"", cookie: str = "") -> tuple[int, str, bytes]:
        """Status, headers and body of one answer."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(body)}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        self.socket.sendall((head + (f"Cookie: {cookie}\r\n" if cookie else "") + "\r\n").encode() + body)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._more()
        top, _, rest = got.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", top)[1])  # type: ignore[index]
        while len(rest) < length:
            rest += self._more()
        return int(top.split()[1]), top.decode("latin-1"), rest

    def _more(self) -> bytes:
        if not (found := self.socket.recv(65536)):
            raise ConnectionError("the server has closed the connection")
        return found


def sign_in(port: int) -> str:
    """The cookies of a person who signed in."""
    line = Line(port)
    _, head, page = line.ask("GET", "/login")
    browser = re.search(r"(?i)set-cookie: ([^;]+)", head)[1]  # type: ignore[index]
    token = re.search(rb'name="csrf" value="([^"]+)"', page)[1].decode()  # type: ignore[index]
    fields = urlencode({"csrf": token, "username": "grace@harbour.example", "password": PASSWORD}).encode()
    status, head, _ = line.ask("POST", "/login", fields, browser)
    line.close()
    assert status == 303, head
    return f"{browser}; " + re.search(r"(?i)set-cookie: (usher-session=[^;]+)", head)[1]  # type: ignore[index]


def client(port: int, cookie: str, name: str, seconds: float, at: float) -> int:
    """Asks as long as told on one connection; how many responses came."""
    line, count = Line(port), 0
    requests = clocked()
    time.sleep(max(0.0, at - time.time()))
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        query = redirect_query(authn_request(requests, "calendly", id_=f"_{name}{count}"), "state")
        status, head, page = line.ask("GET", f"/saml2/calendly?{query}", cookie=cookie)
        assert status == 200 and b"SAMLResponse" in page, (status, head)
        count += 1
    line.close()
    return count


def clocked() -> Session:
    """What the kit wants to know the time from, and nothing else."""
    made = Session.__new__(Session)
    made.__dict__["clock"] = _Now()
    return made


class _Now:
    def now(self):
        from datetime import UTC, datetime

        return datetime.now(UTC)


@contextlib.contextmanager
def serving() -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The port and process of a portal with Calendly and Grace."""
    with tempfile.TemporaryDirectory() as folder:
        place, key = Path(folder) / "store" / "usher.db", Path(folder) / "keys" / "bench.key"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        made = create_store(place, key, organization="Harbour Works", base_url=f"http://127.0.0.1:{port}", actor=ADMINISTRATOR)
        furnish(Session(made, ADMINISTRATOR, key))
        made.close()
        command = [sys.executable, "-m", "tui.cli.main", "--store", str(place), "serve", "--port", str(port), "--no-worker"]
        env = {**os.environ, "USHER_KEY_FILE": str(key), "HOME": folder}
        with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout and "listening on" in server.stdout.readline()
                yield port, server
            finally:
                server.terminate()


def measure(seconds: float) -> float:
    """The median ratio of some rounds; prints each."""
    with serving() as (port, server):
        return _rounds(port, sign_in(port), seconds, server.pid)


def _cpu(pid: int) -> float:
    """Seconds of CPU a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rounds(port: int, cookie: str, seconds: float, server: int) -> float:
    ratios = []
    with ProcessPoolExecutor(CLIENTS) as pool:
        for number in range(ROUNDS):
            limit = bare(seconds)
            start, before = time.time() + 0.3, _cpu(server)
            done = [pool.submit(client, port, cookie, f"r{number}c{each}n", seconds, start) for each in range(CLIENTS)]
            rate = sum(each.result() for each in done) / seconds
            ratios.append(rate / limit)
            used = (_cpu(server) - before) / max(1.0, rate * seconds) * 1000
            print(f"  {rate:7.0f} responses/s ({used:.2f} ms of CPU each)   {limit:7.0f} bare signatures/s   {rate / limit:.2f}")
    return sorted(ratios)[len(ratios) // 2]


def main() -> int:
    """Prints the ratio; 1 when it is too low."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    print("Sign-ins through the real endpoint, durable, against bare RSA-2048:")
    ratio = measure(parser.parse_args().seconds)
    print(f"  {ratio:.2f} of the bare rate (wanted: {WANTED})")
    return 0 if ratio >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
