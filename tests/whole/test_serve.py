"""`usher serve` as a process: where it may listen, what it says, how it ends, and what it follows at once."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.whole.house import ROOT, House
from tests.whole.house import house as house
from usher.saml.certificate import make


@contextlib.contextmanager
def serving(house: House, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`usher serve`, once it said where."""
    command = [sys.executable, "-m", "tui.cli.main", "serve", "--port", "0", *words]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **house.env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening on http"), line
            yield process, line.split()[-1]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_and_ends_cleanly(house: House, number: int) -> None:
    with serving(house) as (process, url):
        assert httpx.get(f"{url}/healthz").status_code == 200
        assert httpx.get(url, follow_redirects=True).url.path == "/login"
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stderr is not None and process.stderr.read() == ""


def test_plain_http_is_refused_anywhere_but_on_loopback(house: House) -> None:
    done = house.usher("serve", "--host", "0.0.0.0", "--port", "0")
    assert done.status == 3 and "not served without encryption" in done.err and done.err.count("\n") == 1


def test_a_port_that_is_taken_and_a_wrong_certificate_are_told_in_a_line(house: House, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = house.usher("serve", "--port", str(taken.getsockname()[1]))
    assert done.status == 2 and "cannot be used" in done.err and done.err.count("\n") == 1
    (tmp_path / "bad.pem").write_text("no certificate")
    done = house.usher("serve", "--certificate", str(tmp_path / "bad.pem"), "--key", str(tmp_path / "bad.pem"))
    assert done.status == 2 and "cannot be used" in done.err and done.err.count("\n") == 1
    assert house.usher("serve", "--certificate", str(tmp_path / "bad.pem")).status == 2
    assert house.usher("serve", "--trusted-proxy", "nowhere").status == 2


def test_its_own_certificate_makes_it_https_with_closed_cookies(house: House, tmp_path: Path) -> None:
    made = make("127.0.0.1", "Harbour Works", datetime.now(UTC))
    certificate, key = tmp_path / "portal.pem", tmp_path / "portal.key"
    certificate.write_text(made.pem)
    key.write_text(made.private_key.reveal())
    with serving(house, "--certificate", str(certificate), "--key", str(key), "--no-worker") as (_, url):
        assert url.startswith("https://127.0.0.1:")
        trust = ssl.create_default_context(cadata=made.pem)
        trust.check_hostname = False
        trust.verify_flags &= ~ssl.VERIFY_X509_STRICT
        answer = httpx.get(f"{url}/login", verify=trust)
        assert answer.headers["set-cookie"].startswith("__Host-usher-browser=") and "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"]


def test_it_follows_the_store_at_once_and_pushes_by_itself(house: House) -> None:
    with serving(house) as (_, url):
        house.do("settings", "set", "organization=Another Name")
        assert "Another Name" in httpx.get(f"{url}/login").text
        until = time.monotonic() + 20
        while "Nobody pushes automatically" in (found := house.usher("doctor").out) and time.monotonic() < until:
            time.sleep(0.2)
        assert "Nobody pushes automatically" not in found


def test_slow_and_endless_clients_are_shown_out(house: House) -> None:
    with serving(house, "--no-worker") as (process, url):
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            with contextlib.suppress(OSError):
                for _ in range(40):
                    line.sendall(b"X-More: " + b"a" * 32_000 + b"\r\n")
                assert line.recv(100).startswith(b"HTTP/1.1 431")
                assert line.recv(100) == b""
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            line.sendall(b"this is no HTTP\r\n\r\n")
            assert line.recv(100).startswith(b"HTTP/1.1 400")
        assert httpx.get(f"{url}/healthz").status_code == 200
        until = time.monotonic() + 20
        while "no request of HTTP" not in (kept := house.usher("sign-ins", "list").out) and time.monotonic() < until:
            time.sleep(0.2)
        assert "larger than 512 kB" in kept and "no request of HTTP" in kept
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr is not None and process.stderr.read() == "", "it fills no journal"
