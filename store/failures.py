"""What last went wrong for somebody at an application, until it goes right."""

from __future__ import annotations

import json
from collections.abc import Sequence

from store.connection import Db
from store.records import dataclass


@dataclass(frozen=True)
class Failure:
    """What last went wrong for somebody, until it goes right. `digest` is of what was wanted then; `retry_at`: it may go
    right by itself from then on."""

    user_id: str
    action: str
    digest: str
    operation_id: str
    status: int | None
    detail: str
    at: str
    retry_at: str | None = None


def of(db: Db, application_id: str, user_ids: Sequence[str] | None = None) -> dict[str, Failure]:
    """What stands failed for these people (all, when none are named), by user id."""
    sql = "select * from failure where application_id = ? and (? is null or user_id in (select value from json_each(?)))"
    within = None if user_ids is None else json.dumps(list(user_ids))
    names = ("user_id", "action", "digest", "operation_id", "status", "detail", "at", "retry_at")
    return {row["user_id"]: Failure(*(row[name] for name in names)) for row in db.execute(sql, (application_id, within, within)).fetchall()}


def keep(db: Db, application_id: str, failure: Failure) -> None:
    """Keeps what went wrong, in place of what went wrong before."""
    db.execute(
        "insert or replace into failure (application_id, user_id, action, digest, operation_id, status, detail, at, retry_at) values (?,?,?,?,?,?,?,?,?)",
        (application_id, *failure.__dict__.values()),
    )


def to_retry(db: Db, application_id: str, now: str) -> list[str]:
    """The people whose failure may go right by itself by now."""
    sql = "select user_id from failure where application_id = ? and retry_at <= ? order by user_id"
    return [row["user_id"] for row in db.execute(sql, (application_id, now)).fetchall()]


def forget(db: Db, application_id: str, user_id: str) -> None:
    """It went right."""
    db.execute("delete from failure where application_id = ? and user_id = ?", (application_id, user_id))
