"""The rehearsal's portal as a program: `python -m usher.sandbox.portal --store FILE --key-file FILE --socket FD --parent-pid PID`.

What `usher serve --no-worker` serves, on loopback; it also ends when the rehearsal is gone.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path

from store.errors import UsherError
from usher.portal.server import ACTOR, Listening, serve
from usher.services import setup

_PARENT_CHECK_SECONDS = 0.2


def main(arguments: list[str] | None = None) -> int:
    """Serves until it is told to end."""
    parser = argparse.ArgumentParser(prog="python -m usher.sandbox.portal", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--key-file", type=Path, required=True)
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--parent-pid", type=int, required=True)
    named = parser.parse_args(arguments)
    threading.Thread(target=_watch_parent, args=(named.parent_pid,), daemon=True).start()
    try:
        session = setup.open_session(named.store, actor=ACTOR, key_file=named.key_file)
        serve(session, Listening(descriptor=named.socket, rehearsal=True), with_worker=False, ready=_ready, report=_report)
        session.store.close()
    except UsherError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    return 0


def _ready(url: str) -> None:
    print(f"listening on {url}", flush=True)


def _report(error: BaseException) -> None:
    print(type(error).__name__, file=sys.stderr, flush=True)


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
