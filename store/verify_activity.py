"""The chain of the activity record: its form, and the check of it. Stands alone: an auditor needs this one file, Python and its SQLite.

    python -m store.verify_activity FILE [--anchor FILE]
    python verify_activity.py FILE [--anchor FILE]

FILE is a store or a backup; it is opened by SQLite, for reading. Exit status: 0 it holds, 1 it was tampered with at the entry
named, 2 it cannot be read. An entry that was changed, put in or taken out is found by the chain alone; only what was kept elsewhere
(an anchor) proves that the end was not cut off, nor everything written anew.

An entry's hash is SHA-256 of `audit/1`, a zero byte, the hash before it, and its fields as a JSON array without spaces, in
UTF-8: seq, at, actor, role, via, action, target, detail. Before the first stands the hash of `audit/1`, a zero byte and the store's id.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from json.encoder import encode_basestring
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from store.driver import sqlite3

UNPROVEN = "That none was cut off the end, nor all written anew, only an anchor kept elsewhere can prove."
"""What a chain that holds leaves open."""

_FORM = "audit/1\0"
_PAGE = 2000
_ROWS = (
    "select a.seq, a.at, a.actor, a.role, a.via, a.action, a.target, a.detail, a.prev, a.hash, p.salt, p.detail "
    "from activity a left join activity_personal p using (seq) where a.seq > ? order by a.seq limit ?"
)


class Anchor(NamedTuple):
    """An entry as it was when somebody kept it elsewhere: number, hash, and the store it is of (empty: not said)."""

    seq: int
    hash: str
    store: str = ""


class Verdict(NamedTuple):
    """How many entries there are; the first that does not hold (None: all do) and what is wrong with it; the newest anchor that holds (0: none)."""

    entries: int
    first_bad: int | None
    reason: str = ""
    anchored: int = 0


def genesis(store: str) -> str:
    """What stands before the first entry of the store with that id."""
    return sha256(f"{_FORM}{store}".encode()).hexdigest()


def entry_hash(prev: str, fields: Sequence[Any]) -> str:
    """The hash (hex) over the one before and the eight fields in their order."""
    seq, *texts = fields
    return sha256(f"{_FORM}{prev}[{int(seq)},{','.join(map(encode_basestring, texts))}]".encode()).hexdigest()


def personal_digest(salt: str, values: str) -> str:
    """What the chain holds in the place of an entry's personal values (JSON), so that they can be erased."""
    return sha256(f"{salt}{values}".encode()).hexdigest()


def check(db: sqlite3.Connection, anchors: Iterable[Anchor] = ()) -> Verdict:
    """The verdict on the record behind `db`: its chain, its personal values where they still are, and what anchors say of it."""
    kept = list(anchors)
    store = next((str(row[0]) for row in db.execute("select value from setting where key = 'store_id'").fetchall()), "")
    entries = int(db.execute("select count(*) from activity").fetchone()[0])
    wanted: dict[int, set[str]] = {}
    for anchor in kept:
        wanted.setdefault(anchor.seq, set()).add(anchor.hash)
    prev, last = genesis(store), 0
    for row in _rows(db):
        wrong = _wrong(row, last + 1, prev)
        if wrong:
            return Verdict(entries, min(int(row[0]), last + 1), wrong)
        prev, last = row[9], last + 1
        if last in wanted and wanted[last] != {prev}:
            return Verdict(entries, last, f"entry {last} is not what it was when the anchor was made: the record was written anew from there or before")
    if any(anchor.store not in ("", store) for anchor in kept):
        return Verdict(entries, 1, "the anchor was made of another store")
    newest = max(wanted, default=0)
    if newest > last:
        return Verdict(entries, last + 1, f"the end was cut off: entries {last + 1} to {newest} were there when the anchor was made")
    return Verdict(entries, None, "", newest)


def _rows(db: sqlite3.Connection) -> Iterator[Any]:
    """Every entry in order, a page at a time, so that no cursor stays open."""
    last = -(1 << 62)
    while rows := db.execute(_ROWS, (last, _PAGE)).fetchall():
        yield from rows
        last = rows[-1][0]


def _wrong(row: Any, expected: int, prev: str) -> str:
    """What is wrong with an entry; nothing when it holds."""
    if row[0] != expected:
        return f"entry {expected} is missing" if row[0] > expected else f"entry {row[0]} does not belong there"
    if row[8] != prev:
        return f"entry {expected} does not follow on the one before"
    try:
        if row[9] != entry_hash(prev, row[:8]):
            return f"entry {expected} was changed"
        if row[11] is not None and json.loads(row[7]).get("personal") != personal_digest(row[10], row[11]):
            return f"the personal values of entry {expected} were changed"
    except (TypeError, ValueError, AttributeError):
        return f"entry {expected} was changed"
    return ""


def read_anchors(text: str) -> list[Anchor]:
    """The anchors of a file: a backup's manifest, or lines with `seq` and `hash`. A line that was cut short (the power went) is left out.

    Raises `ValueError` for anything else, and for a file without any.
    """
    lines = text.split("\n")
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            kept = json.loads(line)
            found.append(Anchor(int(kept["seq"]), str(kept["hash"]), str(kept.get("store", ""))))
        except (ValueError, KeyError, TypeError, AttributeError):
            if found and line.startswith("{"):
                continue
            raise ValueError(f"line {number} is no anchor") from None
    if not found:
        raise ValueError("it holds no anchor")
    return found


def main(arguments: Sequence[str] | None = None, connect: Callable[[Path], sqlite3.Connection] | None = None) -> int:
    """The stand-alone check; one line on stdout, or on stderr when it cannot be made. Returns the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    anchor = ""
    if "--anchor" in words[:-1]:
        at = words.index("--anchor")
        anchor = words[at + 1]
        del words[at : at + 2]
    if len(words) != 1 or words[0].startswith("-"):
        sys.stderr.write("usage: verify_activity FILE [--anchor FILE]\n")
        return 2
    driver = _driver()
    try:
        db = _opened(driver, Path(words[0]))
        try:
            found = check(db, read_anchors(_text(Path(anchor), Path(words[0]))) if anchor else ())
        finally:
            db.close()
    except (driver.Error, OSError, ValueError) as error:
        sys.stderr.write(f"{words[0]} cannot be verified: {error}\n")
        return 2
    sys.stdout.write(f"{sentence(found)}\n")
    return 0 if found.first_bad is None else 1


def sentence(found: Verdict) -> str:
    """The verdict for a person."""
    if found.first_bad is not None:
        return f"The record does not hold: {found.reason}."
    if found.anchored:
        return (
            f"All {found.entries} entries hold: nothing was found changed, and the anchor proves the first {found.anchored} to be the ones that were written."
        )
    return f"All {found.entries} entries hold: nothing was found changed. {UNPROVEN}"


def _driver() -> Any:
    """The SQLite of this program; on an auditor's machine, where this file is alone, Python's own."""
    try:
        from store.driver import sqlite3
    except ImportError:
        import sqlite3
    return sqlite3


def _opened(driver: Any, path: Path) -> Any:
    """The file by SQLite, for reading; its own bytes are never opened by hand."""
    if not path.is_file():
        raise OSError("there is no such file")
    return driver.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _text(path: Path, store: Path) -> str:
    """An anchor file; never the store itself."""
    if path.exists() and path.samefile(store):
        raise ValueError("the anchor is the store itself")
    return path.read_text("utf-8")


if __name__ == "__main__":
    sys.exit(main())
