"""What a verb works with: the store, who is at work, the time, and the one way to change something."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from store import activity, events
from store.activity import Actor
from store.connection import Db, Store
from store.errors import Refused
from store.ids import Clock, IdSource, SystemClock, Ulids, stamp
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


class _RolledBack(Exception):
    """Ends a rehearsal: everything in it is undone."""


@dataclass
class Session:
    """One operator (or worker) at work on one store. Cheap to make; share the `Store` between several."""

    store: Store
    actor: Actor
    key_file: Path
    clock: Clock = field(default_factory=SystemClock)
    ids: IdSource = field(default_factory=Ulids)
    downloads: Path = field(default_factory=lambda: Path.home() / "Downloads")
    exchange: Path | None = None
    confined: bool = False
    read_only: bool = False
    _rehearsal: Db | None = field(default=None, repr=False)

    @property
    def db(self) -> Db:
        """For reading."""
        return self.store.db

    @cached_property
    def vault(self) -> Vault:
        """Seals and opens this store's secrets."""
        return Vault(self.store.db, self.key_file)

    def now(self) -> str:
        """The time as the store keeps it."""
        return stamp(self.clock.now())

    @contextlib.contextmanager
    def change(self) -> Iterator[Change]:
        """One transaction holding a change, its activity entry and its events; all or nothing."""
        if self.read_only or self.actor.role == "viewer":
            raise Refused("read-only", "This console is for reading only.", "Ask an operator, or start without --read-only.")
        if self._rehearsal is not None:
            with Change(self._rehearsal, self) as change:
                yield change
            return
        with self.store.transaction() as db, Change(db, self) as change:
            yield change

    @contextlib.contextmanager
    def rehearse(self) -> Iterator[None]:
        """Inside, changes are made as usual and seen by reads of this thread, and undone at the end.

        For the line that says what a change would bring before it is kept. Keep it short: it holds the
        writers' lock.
        """
        with contextlib.suppress(_RolledBack), self.store.transaction() as db:
            self._rehearsal = db
            try:
                yield
            finally:
                self._rehearsal = None
            raise _RolledBack
