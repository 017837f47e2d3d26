"""What a disk would hold had the power gone: a program's writes and fsyncs as they were recorded, played up to any moment.

What was synced is there. Of what was not, each write is there, missing or torn by chance, as is a file's name whose folder
was not synced.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.programs import need

ROOT = Path(__file__).parents[2]
SECTOR = 512


@dataclass(frozen=True)
class Step:
    """One thing done to a file: `op` as in power_cut.c."""

    op: str
    name: str
    offset: int
    data: bytes


def build(folder: Path) -> Path:
    """The recorder, compiled."""
    library = folder / "power_cut.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run([need("gcc"), "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"], check=True, capture_output=True, timeout=120)
    return library


def record(library: Path, folder: Path, code: str, *words: str) -> list[Step]:
    """Runs Python code in a process of its own; what it did to the files of `folder`, in order."""
    log = folder.with_name(f"{folder.name}.log")
    env = {**os.environ, "LD_PRELOAD": str(library), "USHER_CUT_FOLDER": str(folder), "USHER_CUT_LOG": str(log)}
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return list(_steps(log.read_bytes()))


def _steps(log: bytes) -> Iterator[Step]:
    at = 0
    while at < len(log):
        op, length, offset, size = struct.unpack_from("<cHQI", log, at)
        at += struct.calcsize("<cHQI")
        yield Step(op.decode(), log[at : at + length].decode(), offset, log[at + length : at + length + size])
        at += length + size


def after_cut(before: Path, steps: list[Step], folder: Path, luck: random.Random) -> Path:
    """Builds in `folder` what is left when the power goes after these steps, on top of the folder as it was `before`."""
    shutil.copytree(before, folder)
    folder.chmod(0o700)
    synced: dict[str, int] = {}
    folder_synced = max((number for number, step in enumerate(steps) if step.op == "D"), default=-1)
    for number, step in enumerate(steps):
        if step.op == "S":
            synced[step.name] = number
    files: dict[str, bytearray | None] = {file.name: bytearray(file.read_bytes()) for file in folder.iterdir()}
    for number, step in enumerate(steps):
        if step.op in "WT" and files.get(step.name) is None:
            files[step.name] = bytearray() if number < folder_synced or luck.random() < 0.5 else files.get(step.name)
        content = files.get(step.name)
        if step.op == "U" and (number < folder_synced or luck.random() < 0.5):
            files[step.name] = None
        elif step.op in "WT" and content is not None:
            _apply(content, step, certain=number < synced.get(step.name, -1), luck=luck)
    for name, kept in files.items():
        if kept is None:
            (folder / name).unlink(missing_ok=True)
        else:
            (folder / name).write_bytes(kept)
            (folder / name).chmod(0o600)
    return folder


def _apply(content: bytearray, step: Step, *, certain: bool, luck: random.Random) -> None:
    """A write or truncation that is there, is not, or (a write) is there up to some sector."""
    chance = 0.0 if certain else luck.random()
    if chance > 0.6:
        return
    if step.op == "T":
        del content[step.offset :]
        content.extend(bytes(max(0, step.offset - len(content))))
        return
    data = step.data if chance < 0.4 else step.data[: SECTOR * luck.randint(0, len(step.data) // SECTOR)]
    if len(content) < step.offset:
        content.extend(bytes(step.offset - len(content)))
    content[step.offset : step.offset + len(data)] = data
