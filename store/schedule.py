"""What is done at set times: when it was last done, and who is at it now. Times as the store keeps them."""

from __future__ import annotations

from store.connection import Db
from store.records import dataclass


@dataclass(frozen=True)
class Standing:
    """How one task stands. `done_for` is the newest time it was due for and was done, `error` why the last attempt failed."""

    done_for: str
    good_at: str
    file: str
    failed_at: str
    error: str
    holder: str | None
    lease_until: str | None


def get(db: Db, name: str) -> Standing:
    """How the task stands."""
    row = db.execute("select done_for, good_at, file, failed_at, error, holder, lease_until from schedule where name = ?", (name,)).fetchone()
    return Standing(*row)


def claim(db: Db, name: str, holder: str, due: str, now: str, lease_until: str) -> bool:
    """Takes the task that is due since `due` for `holder`, unless it was done for that, somebody is at it or it rests after a
    failure; whether that was had. With no `due` it is taken whenever nobody is at it."""
    free = "holder is null or lease_until <= :now" if not due else "done_for < :due and (lease_until is null or lease_until <= :now)"
    values = {"name": name, "holder": holder, "due": due, "now": now, "lease": lease_until}
    return db.execute(f"update schedule set holder = :holder, lease_until = :lease where name = :name and ({free})", values).rowcount == 1


def done(db: Db, name: str, at: str, file: str, due: str = "") -> None:
    """It was done by its holder; for the time `due`, where there is one."""
    db.execute(
        "update schedule set done_for = max(done_for, ?), good_at = ?, file = ?, failed_at = '', error = '', holder = null, lease_until = null where name = ?",
        (due, at, file, name),
    )


def noted(db: Db, name: str, at: str, file: str) -> None:
    """It was done by hand: what is under way, or still due at its time, stays so."""
    db.execute("update schedule set good_at = ?, file = ? where name = ?", (at, file, name))


def failed(db: Db, name: str, holder: str, at: str, error: str, again_at: str) -> None:
    """It failed in the hands of `holder`; tried again from `again_at`."""
    sql = "update schedule set failed_at = ?, error = ?, holder = null, lease_until = ? where name = ? and holder = ?"
    db.execute(sql, (at, error, again_at, name, holder))
