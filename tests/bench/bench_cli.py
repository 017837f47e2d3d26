"""How long a command takes, as a ratio to `python -c pass` started in the same run."""

from __future__ import annotations

import functools
import os
import subprocess
import sys

from starting import USHER, least, store_with_an_application

ROUNDS = 15
LIMITS = {"--version": 4.0, "--help": 4.0, "apps list": 8.0, "users list": 8.0, "pushes list": 8.0, "log": 8.0}


def processor_seconds(command: list[str], env: dict[str, str]) -> float:
    """What a command uses of the processor."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=env)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


def main() -> int:
    with store_with_an_application() as env:
        commands = {"": [sys.executable, "-c", "pass"], **{words: [*USHER, *words.split()] for words in LIMITS}}
        used = least(ROUNDS, {words: functools.partial(processor_seconds, command, env) for words, command in commands.items()})
    ratios = {words: used[words] / used[""] for words in LIMITS}
    for words, ratio in ratios.items():
        print(f"usher {words}: {used[words] * 1000:.0f} ms, python -c pass {used[''] * 1000:.0f} ms: {ratio:.2f} (limit: at most {LIMITS[words]:g})")
    return int(any(ratio > LIMITS[words] for words, ratio in ratios.items()))


if __name__ == "__main__":
    sys.exit(main())
