"""Signing in with a password: throttled by account and by address, the same answer and the same work whoever is asked for.

An attempt is counted as failed before the password is looked at, and taken back when it was right: guesses sent at the
same moment are counted too.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from store import directory, passwords, throttle
from store.directory import User, UserState
from store.errors import NotFound, Refused
from store.ids import fold, moment, stamp
from store.throttle import Counter
from usher.services import refusals, second_factor, sign_ins
from usher.services.hashing import is_outdated, verify_password
from usher.services.passwords import rehash
from usher.services.session import Session

FREE_FOR_ACCOUNT, FREE_FOR_ADDRESS = 5, 20
"""How many attempts may fail before the next has to wait."""

LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=24)
_LONGEST = 1024


def authenticate(session: Session, username: str, password: str, address: str, attempt: sign_ins.Attempt) -> User:
    """The active person with that username and password. `Refused` is the same whatever was wrong; the reason stands in
    the record of sign-ins. Raises `Refused` with code `throttled` while the account or the address has to wait."""
    account, place = _subject("account", fold(username[:_LONGEST])), _subject("address", refusals.network(address))
    user = _find(session, username)
    if wait := _count(session, {account: FREE_FOR_ACCOUNT, place: FREE_FOR_ADDRESS}):
        refusals.note(session, attempt, "Too many attempts failed; this one was not looked at.", user=user)
        raise throttled(wait)
    phc = passwords.password_hash(session.db, user.id) if user else None
    right = verify_password(password[: _LONGEST + 1], phc)
    if not right or user is None or user.state is not UserState.ACTIVATED:
        refusals.note(session, attempt, _reason(user, phc, right), user=user)
        raise Refused("sign-in-refused", "The username or the password is not right.", "", "password")
    _take_back(session, account, place)
    if phc is not None and is_outdated(phc):
        rehash(session, user.id, password, phc)
    return user


def prove_again(session: Session, user: User, address: str, attempt: sign_ins.Attempt, password: str) -> None:
    """Somebody who is signed in proves their password once more; counted and refused like any other attempt."""
    try:
        authenticate(session, user.username, password, address, attempt)
    except Refused as refused:
        if refused.code == "throttled":
            raise
        raise Refused("password-wrong", "The current password is not right.", "", "current") from None


def show_code(session: Session, user: User, code: str, attempt: sign_ins.Attempt) -> None:
    """Checks a code of the second factor; `Refused` when it is wrong or too many were."""
    subject = _subject("code", user.id)
    if wait := _count(session, {subject: FREE_FOR_ACCOUNT}):
        refusals.note(session, attempt, "Too many codes were wrong; this one was not looked at.", user=user)
        raise throttled(wait)
    if not second_factor.verify(session, user.id, code):
        why = "was used already" if second_factor.was_taken(session, user.id, code) else "is wrong"
        refusals.note(session, attempt, f"The code of the second factor {why}.", user=user)
        raise Refused("code-wrong", "That code is not right.", "Type the six digits that the app shows now, or a recovery code.", "code")
    with session.store.transaction() as db:
        throttle.forget(db, subject)


def throttled(seconds: int) -> Refused:
    """What anybody is told who has to wait."""
    wait = "1 second" if seconds == 1 else f"{seconds} seconds" if seconds < 90 else f"{-(-seconds // 60)} minutes"
    return Refused("throttled", f"Too many attempts. Try again in {wait}.", "", "password")


def _find(session: Session, username: str) -> User | None:
    """The person of that username; an id is no username here."""
    try:
        found = directory.find_user(session.db, username[:_LONGEST])
    except NotFound:
        return None
    return found if found.key == fold(username) else None


def _reason(user: User | None, phc: str | None, right: bool) -> str:
    """What stands in the record, for the operator alone."""
    if user is None:
        return "There is no such username."
    if phc is None:
        return "The person has no password yet."
    return f"The person is {user.state}." if right else "The password is wrong."


def _count(session: Session, subjects: dict[str, int]) -> int:
    """Counts an attempt of each subject as failed; 0, or the seconds to wait (then nothing is counted)."""
    now = session.clock.now()
    with session.store.transaction() as db:
        counters = {subject: throttle.get(db, subject) for subject in subjects}
        blocked = [moment(each.blocked_until) for each in counters.values() if each.blocked_until > stamp(now)]
        if blocked:
            return max(1, round((max(blocked) - now).total_seconds()))
        throttle.prune(db, stamp(now - FORGOTTEN))
        for subject, free in subjects.items():
            known = counters[subject] if counters[subject].last_at > stamp(now - FORGOTTEN) else Counter()
            failures = known.failures + 1
            wait = min(LONGEST_WAIT, timedelta(seconds=2 ** min(failures - free, 12))) if failures >= free else timedelta(0)
            throttle.put(db, subject, Counter(failures, stamp(now), stamp(now + wait) if wait else ""))
    return 0


def _take_back(session: Session, account: str, place: str) -> None:
    """The attempt was right: the account begins anew, the address has one failure less."""
    with session.store.transaction() as db:
        throttle.forget(db, account)
        found = throttle.get(db, place)
        if found.failures > 1:
            throttle.put(db, place, Counter(found.failures - 1, found.last_at, ""))
        else:
            throttle.forget(db, place)


def _subject(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind}|{name}".encode("utf-8", "surrogatepass")).hexdigest()
