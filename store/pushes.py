"""Pushes: a plan that was asked for, who carries it out, and how far it is. One row a push."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from store.connection import Db, Row
from store.records import dataclass

LIVE = ("queued", "running", "paused", "interrupted")
FINAL = ("succeeded", "failed", "cancelled")
ACTIONS = ("create", "update", "reactivate", "deactivate", "delete")
Counts = dict[str, int]


@dataclass(frozen=True)
class Push:
    """One push. `scope` is None for everybody, or the ids of some people; `planned` counts by action, with `adopt`,
    `unchanged`, and `blocked` for those to whom nothing can be sent; `basis` is the last event the plan has seen; `paused_ms` is how long it was
    paused before `paused_at`, which is when it was paused and has not gone on since; `wish` is what an operator asked of the worker."""

    seq: int
    id: str
    application_id: str
    app_label: str
    provider: str
    kind: str
    state: str
    scope: tuple[str, ...] | None
    planned: Counts
    digest: str
    basis: int
    held_reason: str
    paused_reason: str
    wish: str
    requested_by: str
    approved_by: str | None
    requested_at: str
    started_at: str | None
    finished_at: str | None
    planning_ms: int
    requests: int
    worker: str | None
    lease_until: str | None
    paused_at: str | None = None
    paused_ms: int = 0


def _push(row: Row) -> Push:
    values = {name: row[name] for name in Push.__dataclass_fields__}
    scope = json.loads(row["scope"]) if row["scope"] else None
    return Push(**{**values, "scope": None if scope is None else tuple(scope), "planned": json.loads(row["planned"])})


def insert(db: Db, push: Push) -> None:
    """Keeps a new push (its `seq` is given by the store)."""
    scope = None if push.scope is None else json.dumps(list(push.scope))
    db.execute(
        "insert into push (id, application_id, app_label, provider, kind, state, scope, planned, digest, basis, held_reason, requested_by, requested_at, planning_ms) "
        "values (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            push.id,
            push.application_id,
            push.app_label,
            push.provider,
            push.kind,
            push.state,
            scope,
            json.dumps(push.planned),
            push.digest,
            push.basis,
            push.held_reason,
            push.requested_by,
            push.requested_at,
            push.planning_ms,
        ),
    )


def get(db: Db, push_id: str) -> Push | None:
    """The push with that id, or with that number."""
    number = int(push_id) if push_id.isdecimal() and len(push_id) < 16 else -1
    row = db.execute("select * from push where id = ? or seq = ?", (push_id, number)).fetchone()
    return _push(row) if row else None


def page(db: Db, application_id: str | None = None, *, before: int | None = None, limit: int = 50) -> list[Push]:
    """Pushes, newest first, from below `before`."""
    sql = "select * from push where (? is null or application_id = ?) and seq < ? order by seq desc limit ?"
    return [_push(row) for row in db.execute(sql, (application_id, application_id, before or 1 << 62, limit)).fetchall()]


def live(db: Db, application_id: str) -> Push | None:
    """The application's push that is asked for and not over."""
    sql = "select * from push where application_id = ? and state in ('queued', 'running', 'paused', 'interrupted')"
    row = db.execute(sql, (application_id,)).fetchone()
    return _push(row) if row else None


def all_live(db: Db) -> list[Push]:
    """Every push that is asked for and not over, oldest first."""
    rows = db.execute("select * from push where state in ('queued', 'running', 'paused', 'interrupted') order by seq").fetchall()
    return [_push(row) for row in rows]


def waiting(db: Db, application_id: str | None = None) -> list[Push]:
    """Pushes held for a person, newest first."""
    rows = db.execute(
        "select * from push where state = 'held' and (? is null or application_id = ?) order by seq desc", (application_id, application_id)
    ).fetchall()
    return [_push(row) for row in rows]


def forget_old_plans(db: Db, application_id: str, keep: int = 5) -> None:
    """Drops plans that were only looked at, all but the newest few."""
    db.execute(
        "delete from push where state = 'planned' and application_id = ? and seq not in "
        "(select seq from push where state = 'planned' and application_id = ? order by seq desc limit ?)",
        (application_id, application_id, keep),
    )


_PAUSED = "paused_ms + coalesce(round((julianday(:now) - julianday(paused_at)) * 86400000), 0)"


def move(db: Db, push_id: str, state: str, come_from: Sequence[str], at: str, *, reason: str = "", retry_at: str | None = None) -> bool:
    """From one of `come_from` to `state` (never `running`: see `claim`); False when it was in another.

    `reason` says why it is paused or cancelled; a paused push may be taken up by itself from `retry_at` on.
    """
    final = at if state in FINAL else None
    sql = (
        "update push set state = :state, paused_reason = :reason, wish = '', finished_at = :final, worker = null, lease_until = :retry_at, "
        f"paused_ms = case when :final is null then paused_ms else {_PAUSED} end, "
        "paused_at = case when :final is not null then null when :state = 'paused' then coalesce(paused_at, :now) else paused_at end "
        "where id = :id and state in (select value from json_each(:come_from))"
    )
    values = {"state": state, "reason": reason, "final": final, "retry_at": retry_at, "now": at, "id": push_id, "come_from": json.dumps(list(come_from))}
    return db.execute(sql, values).rowcount == 1


def approve(db: Db, push_id: str, by: str) -> None:
    """Keeps who released it."""
    db.execute("update push set approved_by = ? where id = ?", (by, push_id))


def rebase(db: Db, push_id: str, basis: int) -> None:
    """The plan was compared again and still is what would be planned."""
    db.execute("update push set basis = ? where id = ?", (basis, push_id))


def supersede(db: Db, application_id: str, at: str) -> None:
    """A push that is held gives way to a newer plan: one waits for a person at a time."""
    db.execute(
        "update push set state = 'cancelled', finished_at = ?, paused_reason = 'A newer plan took its place.' where application_id = ? and state = 'held'",
        (at, application_id),
    )


def wish(db: Db, push_id: str, what: str) -> None:
    """Asks the worker to `pause` or `cancel` a running push."""
    db.execute("update push set wish = ? where id = ? and state = 'running'", (what, push_id))


_WAITS = "(state in ('queued', 'interrupted') or (state = 'paused' and lease_until < :now))"


def claim(db: Db, worker: str, now: str, lease_until: str) -> Push | None:
    """Takes for `worker` the oldest push that waits, or whose pause is over."""
    sql = (
        "update push set state = 'running', worker = :worker, lease_until = :lease, wish = '', paused_reason = '', "
        f"started_at = coalesce(started_at, :now), paused_ms = {_PAUSED}, paused_at = null "
        f"where seq = (select seq from push where {_WAITS} order by seq limit 1) returning *"
    )
    rows = db.execute(sql, {"worker": worker, "lease": lease_until, "now": now}).fetchall()
    return _push(rows[0]) if rows else None


def claimable(db: Db, now: str) -> bool:
    """Whether a push waits for a worker."""
    return db.execute(f"select 1 from push where {_WAITS} limit 1", {"now": now}).fetchone() is not None


def hold_lease(db: Db, push_id: str, worker: str, lease_until: str, requests: int = 0) -> bool:
    """Extends the lease and adds to the count of requests; False when the push is another's by now."""
    sql = "update push set lease_until = ?, requests = requests + ? where id = ? and worker = ? and state = 'running'"
    return db.execute(sql, (lease_until, requests, push_id, worker)).rowcount == 1


def wished(db: Db, push_id: str, worker: str) -> str | None:
    """What is wished of that worker's push; None when it is another's by now."""
    row = db.execute("select wish from push where id = ? and worker = ? and state = 'running'", (push_id, worker)).fetchone()
    return str(row["wish"]) if row else None


def release(db: Db, alive: Iterable[str]) -> int:
    """Running pushes of workers that are not among those `alive` are interrupted: whoever comes next takes them up."""
    sql = (
        "update push set state = 'interrupted', worker = null, lease_until = null "
        "where state = 'running' and (worker is null or worker not in (select value from json_each(?)))"
    )
    return db.execute(sql, (json.dumps(list(alive)),)).rowcount


def orphans(db: Db, alive: Iterable[str]) -> list[str]:
    """The running pushes that no worker among those `alive` carries out."""
    sql = "select id from push where state = 'running' and (worker is null or worker not in (select value from json_each(?)))"
    return [row["id"] for row in db.execute(sql, (json.dumps(list(alive)),)).fetchall()]


@dataclass(frozen=True)
class WorkerRow:
    """A worker process, as it last said it is there."""

    id: str
    pid: int
    host: str
    kind: str
    started_at: str
    heartbeat_at: str


def enlist(db: Db, worker: WorkerRow) -> None:
    """A worker says that it is there."""
    db.execute("insert into worker (id, pid, host, kind, started_at, heartbeat_at) values (?,?,?,?,?,?)", tuple(worker.__dict__.values()))


def heartbeat(db: Db, worker: str, at: str) -> None:
    """A worker says that it is still there."""
    db.execute("update worker set heartbeat_at = ? where id = ?", (at, worker))


def discharge(db: Db, workers: Iterable[str]) -> None:
    """These workers are no more."""
    db.execute("delete from worker where id in (select value from json_each(?))", (json.dumps(list(workers)),))


def workers(db: Db) -> list[WorkerRow]:
    """Every worker that did not take its leave."""
    return [WorkerRow(*row) for row in db.execute("select id, pid, host, kind, started_at, heartbeat_at from worker order by started_at").fetchall()]
