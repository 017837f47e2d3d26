"""Watches the store, so that what another operator or a push changes appears by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.message import Message

from store import events
from store.connection import Store
from store.errors import UsherError
from store.records import dataclass

INTERVAL = 0.1


@dataclass
class StoreChanged(Message):
    """The store was changed, by whomever. `changes` are `(topic, key)` pairs; `("*", "*")` when too many to tell."""

    changes: frozenset[tuple[str, str]]

    @property
    def topics(self) -> frozenset[str]:
        """The nouns concerned."""
        return frozenset(topic for topic, _ in self.changes)

    def concerns(self, topics: frozenset[str], key: str = "") -> bool:
        """Whether a topic of these changed; with a key, that thing of it (or all of it)."""
        return any((topic in topics or topic == "*") and (not key or changed in (key, "*")) for topic, changed in self.changes)


class Follower:
    """Polls `data_version` on a connection of its own (3 µs) and reads the events when it moves.

    `seen` is the last event before anything was read for the screen. The connection is made at the first poll: the
    first picture does not wait for it.
    """

    def __init__(self, path: Path, seen: int, tell: Callable[[StoreChanged], object], fail: Callable[[UsherError], object]) -> None:
        self._store = Store(path, read_only=True)
        self._tell = tell
        self._fail = fail
        self._failed = False
        self._version = -1
        self._seq = seen

    def poll(self) -> None:
        """To be called every `INTERVAL` seconds; a store that has gone is said once."""
        try:
            self._store.check_still_there()
            version = self._store.data_version()
            if version != self._version:
                self._version = version
                self._read()
            self._failed = False
        except UsherError as error:
            if not self._failed:
                self._failed = True
                self._fail(error)

    def _read(self) -> None:
        """Tells of what happened since; of everything when some events were pruned, or there are very many."""
        found = events.since(self._store.db, self._seq, 1000)
        if not found:
            return
        missed = found[0].seq > self._seq + 1 or len(found) == 1000
        self._seq = events.last(self._store.db) if missed else found[-1].seq
        self._tell(StoreChanged(frozenset({("*", "*")} if missed else {(event.topic, event.key) for event in found})))

    def close(self) -> None:
        """Lets the connection go."""
        self._store.close()
