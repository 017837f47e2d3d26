"""What proves who a person is: password hash, the link that sets one, and the second factor. Hashes and sealed texts only."""

from __future__ import annotations

from collections.abc import Iterable

from store.connection import Db
from store.records import dataclass


@dataclass(frozen=True)
class SecondFactor:
    """A person's TOTP secret, sealed for (second_factor, the person's id, secret). It counts once `confirmed_at` is set;
    `last_step` is the time step of the last code that was taken."""

    user_id: str
    secret: bytes
    last_step: int
    made_at: str
    confirmed_at: str | None


def password_hash(db: Db, user_id: str) -> str | None:
    """The person's password as a PHC string."""
    row = db.execute("select hash from password where user_id = ?", (user_id,)).fetchone()
    return str(row["hash"]) if row else None


def put_password(db: Db, user_id: str, phc: str, at: str) -> None:
    """Sets a password. Every session of the person ends with it, and a link that was still to be used."""
    db.execute(
        "insert into password (user_id, hash, changed_at) values (?,?,?)"
        " on conflict (user_id) do update set hash = excluded.hash, changed_at = excluded.changed_at",
        (user_id, phc, at),
    )
    db.execute("delete from password_link where user_id = ?", (user_id,))


def replace_hash(db: Db, user_id: str, phc: str) -> None:
    """Keeps the same password under another hash; sessions go on."""
    db.execute("update password set hash = ? where user_id = ?", (phc, user_id))


def with_password(db: Db, user_ids: Iterable[str]) -> set[str]:
    """Which of these people have a password."""
    return {user_id for user_id in user_ids if password_hash(db, user_id) is not None}


def put_link(db: Db, user_id: str, token_hash: str, at: str, expires_at: str) -> None:
    """Keeps a link that sets a password, in the place of an older one."""
    db.execute("insert or replace into password_link (user_id, token_hash, made_at, expires_at) values (?,?,?,?)", (user_id, token_hash, at, expires_at))


def link_owner(db: Db, token_hash: str, now: str) -> str | None:
    """Whose link that is, while it holds."""
    row = db.execute("select user_id from password_link where token_hash = ? and expires_at > ?", (token_hash, now)).fetchone()
    return str(row["user_id"]) if row else None


def second_factor(db: Db, user_id: str) -> SecondFactor | None:
    """The person's second factor, confirmed or not."""
    row = db.execute("select * from second_factor where user_id = ?", (user_id,)).fetchone()
    return SecondFactor(row["user_id"], bytes(row["secret"]), row["last_step"], row["made_at"], row["confirmed_at"]) if row else None


def put_second_factor(db: Db, user_id: str, secret: bytes, at: str) -> None:
    """Keeps a secret that is yet to be confirmed; one that was there goes, with its recovery codes."""
    remove_second_factor(db, user_id)
    db.execute("insert into second_factor (user_id, secret, made_at) values (?,?,?)", (user_id, secret, at))


def confirm_second_factor(db: Db, user_id: str, step: int, at: str, code_hashes: Iterable[str]) -> None:
    """From now on it is asked for; the recovery codes are those."""
    db.execute("update second_factor set confirmed_at = ?, last_step = ? where user_id = ?", (at, step, user_id))
    put_recovery_codes(db, user_id, code_hashes)


def put_recovery_codes(db: Db, user_id: str, code_hashes: Iterable[str]) -> None:
    """The codes that work from now on, each once."""
    db.execute("delete from recovery_code where user_id = ?", (user_id,))
    db.executemany("insert into recovery_code (user_id, code_hash) values (?,?)", [(user_id, each) for each in code_hashes])


def take_step(db: Db, user_id: str, step: int) -> bool:
    """Takes the code of a time step; False when that one or a later one was taken before."""
    return bool(db.execute("update second_factor set last_step = ? where user_id = ? and last_step < ?", (step, user_id, step)).rowcount)


def take_recovery_code(db: Db, user_id: str, code_hash: str) -> bool:
    """Uses a recovery code up; False when there is none such."""
    return bool(db.execute("delete from recovery_code where user_id = ? and code_hash = ?", (user_id, code_hash)).rowcount)


def recovery_codes_left(db: Db, user_id: str) -> int:
    """How many recovery codes were not used yet."""
    return int(db.execute("select count(*) from recovery_code where user_id = ?", (user_id,)).fetchone()[0])


def remove_second_factor(db: Db, user_id: str) -> bool:
    """Takes the second factor away with its recovery codes; whether there was one."""
    return bool(db.execute("delete from second_factor where user_id = ?", (user_id,)).rowcount)
