"""2,000 creates by a push, as a ratio to a bare httpx loop that sends the same requests over as many connections.

Both in one run, in turn, against the same stub in a process of its own. The push plans, keeps every intent before its
call and every outcome with both sides of the exchange after it; the loop does nothing but send.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from store.ids import SystemClock, Ulids  # noqa: E402
from tests.kit import ADMINISTRATOR, BASE_URL, ORGANIZATION, fill_directory  # noqa: E402
from tests.whole.engine import APP, GROUP, beside, connect  # noqa: E402
from usher.services import pushes  # noqa: E402
from usher.services.session import Session  # noqa: E402
from usher.services.setup import create_store  # noqa: E402

PEOPLE, LANES, ROUNDS, LIMIT = 2000, 16, 3, 0.5


async def bare(base_url: str, bodies: list[bytes]) -> float:
    """Creates a second of a loop that only sends."""
    left = itertools.chain(bodies)
    headers = {"Authorization": "Bearer t", "Content-Type": "application/scim+json", "Accept": "application/scim+json"}

    async def lane() -> None:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=1), headers=headers) as client:
            for body in left:
                answer = await client.post(f"{base_url}/Users", content=body)
                assert answer.status_code == 201
                answer.json()

    started = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(LANES)))
    return len(bodies) / (time.perf_counter() - started)


def pushed(folder: Path, base_url: str) -> tuple[float, list[bytes]]:
    """Creates a second of a push by a worker process, planning included; and the bodies it sent."""
    key = folder / "keys" / "bench.key"
    store = create_store(folder / "store" / "usher.db", key, organization=ORGANIZATION, base_url=BASE_URL, actor=ADMINISTRATOR)
    session = Session(store, ADMINISTRATOR, key, SystemClock(), Ulids())
    connect(session, base_url, "bench-token", concurrency=LANES, rate=0)
    fill_directory(session, PEOPLE, group=GROUP)
    planned = pushes.plan(session, APP)
    worker = beside(session)
    pushes.start(session, planned.id, worker=False)
    view = pushes.wait(session, planned.id)
    worker.terminate()
    worker.wait()
    assert (view.state, view.done["create"]) == ("succeeded", PEOPLE), view
    schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]
    bodies = [json.dumps({"schemas": schemas, **one.attributes}).encode() for one in pushes.operations_page(session, planned.id, limit=PEOPLE)]
    store.close()
    return PEOPLE / view.seconds, bodies


def main() -> int:
    stub = subprocess.Popen([sys.executable, str(Path(__file__).with_name("stub.py"))], stdout=subprocess.PIPE, text=True)
    try:
        assert stub.stdout is not None
        base_url = f"http://127.0.0.1:{int(stub.stdout.readline())}"
        loops, engine = [], []
        for number in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                rate, bodies = pushed(Path(folder), base_url)
            engine.append(rate)
            loops.append(asyncio.run(bare(base_url, bodies)))
            print(f"round {number + 1}: push {engine[-1]:,.0f} creates/s, bare loop {loops[-1]:,.0f}", file=sys.stderr)
    finally:
        stub.kill()
        stub.wait()
    ratio = statistics.median(engine) / statistics.median(loops)
    print(f"push: {PEOPLE:,} creates at {ratio:.2f} of a bare httpx loop over {LANES} connections (limit: at least {LIMIT})")
    return 0 if ratio >= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
