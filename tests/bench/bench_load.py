"""Four keep-alive clients at the portal for a minute: no answer but the one that was to come, and memory that stays flat.

Most requests are sign-ins (an application's request by HTTP-Redirect, or a tile), each asserted and on record; between them stand
the page of tiles, the metadata, and requests that are refused. Memory is what the server's process holds, once it is warm.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.bench_sign_in import CLIENTS, Line, clocked, serving, sign_in  # noqa: E402
from tests.usher.portal.kit import authn_request, redirect_query  # noqa: E402
from usher.services.session import Session  # noqa: E402

GROWTH = 16.0
"""MB that the server may hold more at the end than when it was warm (after a quarter of the time)."""


@dataclass
class Load:
    """What came of it: `answers`, of which `asserted`; `errors` name what should not have come; `grown` in MB."""

    answers: int
    asserted: int
    errors: list[str]
    grown: float
    held: float


def client(port: int, cookie: str, name: str, seconds: float, at: float) -> tuple[int, int, list[str]]:
    """Answers, assertions, and whatever was not as it should be, on one connection."""
    line, answers, asserted, errors = Line(port), 0, 0, list[str]()
    requests, tile, token = clocked(), *_tile(line, cookie)
    time.sleep(max(0.0, at - time.time()))
    until = time.perf_counter() + seconds
    while time.perf_counter() < until and len(errors) < 10:
        wanted, method, path, body = _turn(answers % 20, f"_{name}{answers}", requests, tile, token)
        try:
            status, _, page = line.ask(method, path, body, cookie)
        except OSError as error:
            errors.append(f"{type(error).__name__}: {error}")
            line = Line(port)
            continue
        answers, asserted = answers + 1, asserted + (b"SAMLResponse" in page)
        if status not in (wanted, 429 if wanted == 400 else wanted):  # (whoever is refused by the thousand is told to wait)
            errors.append(f"{status} instead of {wanted} at {path[:40]}")
    line.close()
    return answers, asserted, errors


def _turn(turn: int, id_: str, requests: Session, tile: str, token: str) -> tuple[int, str, str, bytes]:
    """What is asked in a turn: the status that is to come, method, path and body."""
    others = {5: (200, "/"), 10: (200, "/saml2/calendly/metadata"), 15: (400, "/saml2/calendly?SAMLRequest=none")}
    if turn in others:
        return others[turn][0], "GET", others[turn][1], b""
    if turn % 2:
        return 200, "POST", tile, urlencode({"csrf": token}).encode()
    return 200, "GET", f"/saml2/calendly?{redirect_query(authn_request(requests, 'calendly', id_=id_), 'state')}", b""


def _tile(line: Line, cookie: str) -> tuple[str, str]:
    """Where the tile is posted to, and the token of its form."""
    _, _, page = line.ask("GET", "/", cookie=cookie)
    found = re.search(r'action="(/launch/[^"]+)"><?\s*<input type="hidden" name="csrf" value="([^"]+)"', page.decode())
    assert found
    return found[1], found[2]


def held(pid: int) -> float:
    """MB of memory a process holds."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


def measure(seconds: float, clients: Callable[[int], Executor] = ProcessPoolExecutor) -> Load:
    """Four clients at once for so long, each a process, or a thread."""
    with serving() as (port, server), clients(CLIENTS) as pool:
        cookie, start = sign_in(port), time.time() + 0.5
        done = [pool.submit(client, port, cookie, f"c{number}n", seconds, start) for number in range(CLIENTS)]
        seen: list[tuple[float, float]] = []
        while not all(each.done() for each in done):
            seen.append((time.time() - start, held(server.pid)))
            time.sleep(min(1.0, seconds / 20))
        came = [each.result() for each in done]
        warm = [mb for at, mb in seen if seconds / 4 <= at < seconds / 2]
        late = [mb for at, mb in seen if at >= seconds * 0.9] or [seen[-1][1]]
        errors = [error for _, _, found in came for error in found]
        grown = statistics.median(late) - statistics.median(warm)
        return Load(sum(each[0] for each in came), sum(each[1] for each in came), errors, grown, late[-1])


def main() -> int:
    """Prints what came of it; 1 when it is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    found = measure(seconds)
    print(f"load: {CLIENTS} keep-alive clients for {seconds:g} s: {found.answers:,} answers, {found.asserted:,} of them assertions on record")
    print(f"load: {len(found.errors)} errors (limit: 0) {'; '.join(found.errors[:3])}".rstrip())
    print(f"load: memory grew by {found.grown:.1f} MB from warm to the end, to {found.held:.0f} MB (limit: {GROWTH:g} MB)")
    return int(bool(found.errors) or found.grown > GROWTH)


if __name__ == "__main__":
    sys.exit(main())
