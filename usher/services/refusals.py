"""The record of what was refused at the portal: a row each while there is room, then a row that says how many there were.

Anybody may be refused as often as they like, and each row is a write that waits for the disk. So an address (of IPv6: its
network of 64 bits) has an allowance that fills up again slowly, and so have all together. What is beyond is counted in
memory, and once a minute a row each for the addresses that sent most, and one for all others, say how many. An allowance
that is more than half used keeps the beginning of a document alone.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

from store.connection import Store
from store.directory import User
from store.driver import sqlite3
from store.errors import StoreError, UsherError
from usher.saml.refusal import Refusal
from usher.services import sign_ins
from usher.services.session import Session
from usher.services.sign_ins import Attempt

OF_ONE, AGAIN_A_MINUTE = 600, 30
"""Rows that an address may cause at once, and how many more each minute."""

OF_ALL, ALL_AGAIN_A_MINUTE = 3000, 300
BEGUN_BY_ONE, BEGUN_AGAIN = 1500, 300
"""The same for requests that hold and have to be kept although nobody signed in: one that waits, or is answered with a no."""

NAMED = 20
"""How many addresses a minute get a row of their own that says how much more there was."""

SECONDS = 60.0
_BEGINNING = 1024
_MOST_ADDRESSES = 10_000


@dataclass
class _Allowance:
    """So many at once, and so many more each minute."""

    most: int
    a_minute: int
    left: float
    at: float

    def fill(self, now: float) -> None:
        """What has come back since."""
        self.left, self.at = min(float(self.most), self.left + (now - self.at) * self.a_minute / 60), now


@dataclass
class Ledger:
    """Who has how much left, and what was only counted. Safe to share between threads. `one` and `every` say how much at once,
    and how much more each minute, for an address and for all together; without, it is what refusals have."""

    seconds: Callable[[], float] = time.monotonic
    one: tuple[int, int] | None = None
    every: tuple[int, int] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _of: dict[str, _Allowance] = field(default_factory=dict)
    _all: _Allowance | None = None
    _counted: dict[str, int] = field(default_factory=dict)
    _timer: threading.Timer | None = None

    def take(self, address: str) -> int:
        """Room for a row: 2 for a whole one, 1 for one with the beginning of its document, 0 for none."""
        with self._lock:
            now, name = self.seconds(), network(address)
            most, again = self.every or (OF_ALL, ALL_AGAIN_A_MINUTE)
            self._all = self._all or _Allowance(most, again, most, now)
            if name not in self._of and len(self._of) >= _MOST_ADDRESSES:
                self._forget(now)
            most, again = self.one or (OF_ONE, AGAIN_A_MINUTE)
            one = self._of.setdefault(name, _Allowance(most, again, most, now))
            both = (one, self._all)
            for each in both:
                each.fill(now)
            if any(each.left < 1 for each in both):
                return 0
            for each in both:
                each.left -= 1
            return 2 if all(each.left * 2 >= each.most for each in both) else 1

    def count(self, address: str, later: Callable[[], None]) -> None:
        """One that has no row; `later` is called in a minute, once for all of that minute."""
        with self._lock:
            name = network(address) if len(self._counted) < _MOST_ADDRESSES else ""
            self._counted[name] = self._counted.get(name, 0) + 1
            if self._timer is None:
                self._timer = threading.Timer(SECONDS, later)
                self._timer.daemon = True
                self._timer.start()

    def told(self) -> dict[str, int]:
        """What was counted since it was asked last, by address; the address is empty where there were too many."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            counted, self._counted, self._timer = self._counted, {}, None
            return counted

    def _forget(self, now: float) -> None:
        """Whoever has been quiet for long enough is as good as new; when nobody has, all are."""
        for each in self._of.values():
            each.fill(now)
        self._of = {name: each for name, each in self._of.items() if each.left < each.most}
        if len(self._of) >= _MOST_ADDRESSES:
            self._of = {}


_LEDGERS: WeakKeyDictionary[Store, Ledger] = WeakKeyDictionary()
_BEGUN: WeakKeyDictionary[Store, Ledger] = WeakKeyDictionary()
_LOCK = threading.Lock()


def ledger(session: Session) -> Ledger:
    """That of the store in this process."""
    with _LOCK:
        return _LEDGERS.setdefault(session.store, Ledger())


def note(session: Session, attempt: Attempt, refused: UsherError | str, *, user: User | None = None, said: str = "") -> None:
    """Keeps a refusal, once; on the disk when this returns, or counted. `said` is the reason, where it is not the message.

    A store that cannot be written to changes no answer.
    """
    if isinstance(refused, UsherError):
        if refused.noted:
            return
        refused.noted = True
    reason = said or (refused.message if isinstance(refused, UsherError) else refused)
    book = ledger(session)
    room = book.take(attempt.address)
    kept = attempt if room == 2 else replace(attempt, request_xml=attempt.request_xml[:_BEGINNING])
    try:
        if room:
            sign_ins.write(session, kept, "refused", reason, user=user)
            return
    except (StoreError, sqlite3.Error):
        pass
    book.count(attempt.address, lambda: tell(session))


def need_room(session: Session, address: str) -> None:
    """`Refusal` for an address that had too much kept by requests which hold: nobody takes the room of all, or fills the disk."""
    with _LOCK:
        book = _BEGUN.setdefault(session.store, Ledger(one=(BEGUN_BY_ONE, BEGUN_AGAIN), every=(4 * BEGUN_BY_ONE, 4 * BEGUN_AGAIN)))
    if not book.take(address):
        raise Refusal("throttled", "Too many sign-ins were begun from this address. Try again in a few minutes.")


def tell(session: Session) -> None:
    """Keeps what was only counted: the addresses that sent most by name, all others in one row."""
    book = ledger(session)
    counted = book.told()
    ranked = sorted(counted.items(), key=lambda each: (not each[0], -each[1], each[0]))
    rows = [sign_ins.row(session, Attempt(address), "refused", _more(times, "")) for address, times in ranked[:NAMED] if address]
    rest = ranked[len(rows) :]
    if rest:
        many = f" from {len(rest)} other addresses" if len(rest) > 1 else " from other addresses"
        rows.append(sign_ins.row(session, Attempt(""), "refused", _more(sum(times for _, times in rest), many)))
    try:
        with session.store.transaction() as db:
            for each in rows:
                sign_ins.add(db, each)
    except (StoreError, sqlite3.Error):  # nobody waits for it, and the next minute may be better
        return


def _more(times: int, where: str) -> str:
    return f"{times:,} more request{'' if times == 1 else 's'}{where} {'was' if times == 1 else 'were'} refused within a minute: too many for a row each."


def network(address: str) -> str:
    """Who counts as one: an address, or the network of 64 bits that whoever has one address of IPv6 has whole."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.IPv6Network((found, 64), strict=False))
    return str(found)
