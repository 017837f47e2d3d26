"""What a verb works with: the store, who is at work, the time, and the one way to change something."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Any

from store import activity, events, operators
from store.activity import Actor
from store.connection import Db, Store, savepoint
from store.errors import Refused
from store.ids import Clock, IdSource, SystemClock, Ulids, stamp
from store.records import dataclass
from store.secrets import Secret, Vault


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


READ_ONLY = "This console is for reading only."
MAY = {
    "viewer": frozenset({"viewer"}),
    "portal": frozenset({"portal"}),
    "operator": frozenset({"viewer", "operator"}),
    "worker": frozenset({"viewer", "operator"}),
    "administrator": frozenset({"viewer", "portal", "operator", "administrator"}),
}
"""What each role is good for. `portal` is the web side at work for the person who signs in; `worker` carries out pushes."""


def _lacking(needs: str, role: str) -> str:
    return f"This needs the role {needs}; you are {role}."


class _RolledBack(Exception):
    """Ends a rehearsal: everything in it is undone."""


@dataclass
class Session:
    """One operator (or worker) at work on one store. Cheap to make; share the `Store` between several.

    `key` is where the master key is, or what finds that out when a secret is first needed. `operator` is the id of
    the operator in the store's own table, whose role is read again at each write; empty for who is at work by the
    right to the file. `entered_with` is the fingerprint of the key they came in with, where that binds them. `ask` gets
    the passphrase of a locked master key from a person, where one is at hand.
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
    operator: str = ""
    entered_with: str = ""
    ask: Callable[[], Secret] | None = None
    _vaults: list[Vault] = field(default_factory=list, repr=False)
    _local: threading.local = field(default_factory=threading.local, repr=False)

    @property
    def db(self) -> Db:
        """For reading."""
        return self.store.db

    @cached_property
    def key_file(self) -> Path:
        """Where this store's master key is."""
        return self.key if isinstance(self.key, Path) else self.key()

    @property
    def vault(self) -> Vault:
        """Seals and opens this store's secrets. One for all sessions that were made from one another: unlocked once, it is for each."""
        if not self._vaults:
            self._vaults.append(Vault(lambda: self.store.db, self.key_file, self.ask))
        return self._vaults[0]

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
                self._check(db, needs)  # once more, where nobody can change it in between
                yield change
        else:
            with savepoint(rehearsal), Change(rehearsal, self) as change:
                yield change

    def check_allowed(self, needs: str, *, writes: bool = True) -> None:
        """Deny by default: a role that is not known may nothing. What works outside the store asks this first; with
        `writes` false, what changes nothing there either, and so is done from a console for reading too."""
        self._check(self.db, needs, writes)

    def may(self, needs: str, *, writes: bool = True) -> bool | str:
        """True, or the sentence why not: for a command that is shown as not available before anything is typed."""
        if self.read_only and writes:
            return READ_ONLY
        return True if self._holds(needs) else _lacking(needs, self.actor.role)

    def _holds(self, needs: str) -> bool:
        return needs in MAY.get(self.actor.role, ())

    def look_again(self) -> None:
        """Takes name and role from the store, as they are now; `Refused` for who is no operator any more."""
        self._look(self.db)

    def _check(self, db: Db, needs: str, writes: bool = True) -> None:
        self._look(db)
        if self.read_only and writes:
            raise Refused("read-only", READ_ONLY, "Start without --read-only to change things.")
        if not self._holds(needs):
            raise Refused("not-allowed", _lacking(needs, self.actor.role), "Ask an administrator.")

    def _look(self, db: Db) -> None:
        if not self.operator:
            return
        now = operators.role_now(db, self.operator)
        if now is None or not now[2]:
            what = "were removed from the operators" if now is None else "are disabled as an operator"
            raise Refused("operator-gone", f"{self.actor.name}, you {what} of this store: nothing more can be changed from here.", "Ask an administrator.")
        if self.entered_with and not operators.has_key(db, self.operator, self.entered_with):
            raise Refused(
                "key-gone", f"The key you came in with is no longer that of {now[0]}: nothing more can be changed from here.", "Ask an administrator."
            )
        if now[:2] != (self.actor.name, self.actor.role):
            self.actor = Actor(now[0], now[1], self.actor.via)

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
