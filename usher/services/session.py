"""What a verb works with: the store, who is at work, the time, and the one way to change something."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Any

from store import activity, events
from store.activity import Actor
from store.connection import Db, Store, savepoint
from store.errors import Refused
from store.ids import Clock, IdSource, SystemClock, Ulids, stamp
from store.records import dataclass
from store.secrets import Vault


class Change:
    """One change under way: its connection, and the record it must leave before it is kept."""

    def __init__(self, db: Db, session: Session) -> None:
        self.db = db
        self.at = stamp(session.clock.now())
        self._session = session
        self._recorded = False

    def record(self, action: str, target: str, detail: dict[str, Any] | None = None, personal: dict[str, Any] | None = None) -> None:
        """The activity entry: `action` as `application.added`, `target` the name of the thing,
        `detail` `{field: [before, after]}` or plain values; a person's own values go in `personal`."""
        activity.append(self.db, self._session.actor, self.at, action, target, detail or {}, personal)
        self._recorded = True

    def event(self, topic: str, key: str = "*") -> None:
        """Tells screens and the worker what to look at again."""
        events.add(self.db, self.at, topic, key)

    def close(self) -> None:
        """Refuses to keep a change that left no activity entry."""
        if not self._recorded and self.db.total_changes > self._before:
            raise RuntimeError("a change must leave an activity entry")

    def __enter__(self) -> Change:
        self._before = self.db.total_changes
        return self

    def __exit__(self, *exc: object) -> None:
        if exc[0] is None:
            self.close()


RANKS = {"viewer": 1, "operator": 2, "worker": 2, "administrator": 3}


class _RolledBack(Exception):
    """Ends a rehearsal: everything in it is undone."""


@dataclass
class Session:
    """One operator (or worker) at work on one store. Cheap to make; share the `Store` between several.

    `key` is where the master key is, or what finds that out when a secret is first needed.
    """

    store: Store
    actor: Actor
    key: Path | Callable[[], Path]
    clock: Clock = field(default_factory=SystemClock)
    ids: IdSource = field(default_factory=Ulids)
    downloads: Path = field(default_factory=lambda: Path.home() / "Downloads")
    exchange: Path | None = None
    confined: bool = False
    read_only: bool = False
    _local: threading.local = field(default_factory=threading.local, repr=False)

    @property
    def db(self) -> Db:
        """For reading."""
        return self.store.db

    @cached_property
    def key_file(self) -> Path:
        """Where this store's master key is."""
        return self.key if isinstance(self.key, Path) else self.key()

    @cached_property
    def vault(self) -> Vault:
        """Seals and opens this store's secrets."""
        return Vault(lambda: self.store.db, self.key_file)

    def now(self) -> str:
        """The time as the store keeps it."""
        return stamp(self.clock.now())

    @contextlib.contextmanager
    def change(self, needs: str = "operator") -> Iterator[Change]:
        """One transaction holding a change, its activity entry and its events; all or nothing.

        `needs` is the least role that may do it: operator (people, groups, pushes) or administrator (the rest).
        """
        rehearsal: Db | None = getattr(self._local, "rehearsal", None)
        self.check_allowed(needs)
        if rehearsal is None:
            with self.store.transaction() as db, Change(db, self) as change:
                yield change
        else:
            with savepoint(rehearsal), Change(rehearsal, self) as change:
                yield change

    def check_allowed(self, needs: str) -> None:
        """Deny by default: a role that is not known may nothing. What works outside the store asks this first."""
        if self.read_only:
            raise Refused("read-only", "This console is for reading only.", "Start without --read-only to change things.")
        if RANKS.get(self.actor.role, 0) < RANKS[needs]:
            raise Refused("not-allowed", f"This needs the role {needs}; you are {self.actor.role}.", "Ask an administrator.")

    @contextlib.contextmanager
    def rehearse(self) -> Iterator[None]:
        """Inside, this thread's changes are made as usual and seen by its reads, and undone at the end.

        For the line that says what a change would bring before it is kept. It holds the writers' lock: keep
        it short.
        """
        with contextlib.suppress(_RolledBack), self.store.transaction() as db:
            self._local.rehearsal = db
            try:
                yield
            finally:
                self._local.rehearsal = None
            raise _RolledBack
