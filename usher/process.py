"""What every process of Usher does first: nothing of its memory is to reach a disk or another process."""

from __future__ import annotations

import contextlib
import os
import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h
LEAKS = ("TEXTUAL", "SSLKEYLOGFILE", "PYTHONINSPECT", "PYTHONASYNCIODEBUG")
"""Beginnings of names that are dropped from the environment: they make Textual write down keys and values, TLS its session
keys, asyncio its arguments, and Python open a prompt at the end."""


def harden() -> None:
    """Files closed to others, no core dumps, memory and environment closed to other processes of the same account (Linux)."""
    os.umask(0o077)
    for name in [name for name in os.environ if name.startswith(LEAKS)]:
        del os.environ[name]
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):  # a C library that has no prctl
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
