"""The second factor: time-based codes (RFC 6238: SHA-1, six digits, 30 s) and recovery codes, each of which works once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from urllib.parse import quote

from store import directory, passwords
from store.errors import Refused
from store.records import dataclass
from usher.services import settings
from usher.services.hashing import digest
from usher.services.session import Session

PERIOD, DIGITS, DRIFT = 30, 6, 1
"""Seconds a code holds, its length, and how many periods a clock may be off either way."""

RECOVERY_CODES = 10
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True)
class Enrolment:
    """A secret that waits to be confirmed: as text to type, and as the address that a QR code carries."""

    secret: str
    address: str

    def __repr__(self) -> str:
        return "Enrolment(…)"


def is_set_up(session: Session, user_id: str) -> bool:
    """Whether a person is asked for a code."""
    found = passwords.second_factor(session.db, user_id)
    return found is not None and found.confirmed_at is not None


def is_required(session: Session) -> bool:
    """Whether everybody needs one."""
    return settings.second_factor_required(session)


def begin(session: Session, user_id: str) -> Enrolment:
    """The secret that is to be confirmed: the one that waits already (a page may be loaded twice), or a new one."""
    person = directory.find_user(session.db, user_id)
    waiting = passwords.second_factor(session.db, user_id)
    if waiting is not None and waiting.confirmed_at is not None:
        raise Refused("second-factor-there", "A second factor is set up already.", "Remove it first to set up another.")
    if waiting is not None:
        secret = session.vault.open("second_factor", user_id, "secret", waiting.secret).reveal()
    else:
        secret = base64.b32encode(os.urandom(20)).decode()
        sealed = session.vault.seal("second_factor", user_id, "secret", secret)
        with session.change("portal") as change:
            passwords.put_second_factor(change.db, user_id, sealed, change.at)
            change.record("second-factor.begun", user_id, {}, {"username": person.username})
    issuer = quote(settings.organization(session), safe="")
    return Enrolment(secret, f"otpauth://totp/{issuer}:{quote(person.username, safe='')}?secret={secret}&issuer={issuer}")


def confirm(session: Session, user_id: str, code: str) -> tuple[str, ...]:
    """Sets the second factor up with its first code, and returns the recovery codes: shown once, kept as hashes."""
    waiting = passwords.second_factor(session.db, user_id)
    if waiting is None or waiting.confirmed_at is not None:
        raise Refused("no-enrolment", "There is no second factor to confirm.", "Begin again.")
    step = _matching_step(session, waiting, code)
    if step is None:
        raise Refused("code-wrong", "That code is not right.", "Type the six digits that the app shows now; its clock must be right.", "code")
    codes = tuple("-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES))
    with session.change("portal") as change:
        passwords.confirm_second_factor(change.db, user_id, step, change.at, [digest(f"{user_id}|{each}") for each in codes])
        change.record("second-factor.set-up", user_id, {"recovery_codes": RECOVERY_CODES})
        change.event("user", user_id)
    return codes


def verify(session: Session, user_id: str, code: str) -> bool:
    """Whether a code of the app, or a recovery code, is right. Each is taken once."""
    found = passwords.second_factor(session.db, user_id)
    if found is None or found.confirmed_at is None:
        return False
    step = _matching_step(session, found, code)
    if step is not None:
        with session.store.transaction() as db:
            return passwords.take_step(db, user_id, step)
    recovery = code.strip().lower().replace(" ", "")
    if len(recovery) != 11:
        return False
    hashed = digest(f"{user_id}|{recovery}")
    with session.change("portal") as change:
        taken = passwords.take_recovery_code(change.db, user_id, hashed)
        if taken:
            change.record("second-factor.recovery-code-used", user_id, {"left": passwords.recovery_codes_left(change.db, user_id)})
    return taken


def was_taken(session: Session, user_id: str, code: str) -> bool:
    """Whether that is a code of the app which was right, and was used (or a later one) already."""
    found = passwords.second_factor(session.db, user_id)
    step = _matching_step(session, found, code) if found is not None and found.confirmed_at is not None else None
    return found is not None and step is not None and step <= found.last_step


def remove(session: Session, user: str, needs: str = "operator") -> bool:
    """Takes a person's second factor away (they lost the device, or no longer want it); whether there was one."""
    with session.change(needs) as change:
        person = directory.find_user(change.db, user)
        removed = passwords.remove_second_factor(change.db, person.id)
        if removed:
            change.record("second-factor.removed", person.id, {}, {"username": person.username})
            change.event("user", person.id)
    return removed


def recovery_codes_left(session: Session, user_id: str) -> int:
    """How many recovery codes were not used yet."""
    return passwords.recovery_codes_left(session.db, user_id)


def code_at(secret: str, step: int) -> str:
    """The code of a time step (RFC 4226 §5.3)."""
    mac = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = mac[-1] & 15
    return str((int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF) % 10**DIGITS).zfill(DIGITS)


def _matching_step(session: Session, factor: passwords.SecondFactor, code: str) -> int | None:
    """The time step whose code that is; None when it is none of this minute. Whether it was taken before, the store knows."""
    given = "".join(code.split())
    if len(given) != DIGITS or not given.isascii() or not given.isdigit():
        return None
    secret = session.vault.open("second_factor", factor.user_id, "secret", factor.secret).reveal()
    now = int(session.clock.now().timestamp()) // PERIOD
    steps = [step for step in range(now - DRIFT, now + DRIFT + 1) if hmac.compare_digest(code_at(secret, step), given)]
    return steps[-1] if steps else None
