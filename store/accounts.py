"""What is wanted and what is known: people entitled to an application, their accounts at its provider, what last failed.

A provider is a normalised Base URL: accounts known at one are not believed at another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from store.connection import Db, Row
from store.records import dataclass

Attributes = dict[str, Any]
PAGE = 20_000


@dataclass(frozen=True)
class Rule:
    """One mapping row: `path` at the provider gets a person's `source` or a `constant`. Path and label are the catalog's."""

    path: str
    source: str | None
    constant: str | None
    required: bool
    label: str


@dataclass(frozen=True)
class Person:
    """Somebody entitled: `values` are the person's own values by source name."""

    user_id: str
    username: str
    values: dict[str, str]


@dataclass(frozen=True)
class Account:
    """A person's account as last confirmed at the provider. `attributes` are the managed ones, `{path: value}`, with `active`;
    `managed` is false for one that was found there and not yet set to what is wanted; `in_directory` false for somebody deleted here;
    `doubtful`: what is said here may not hold (the connection changed, or an operation was cut off), so it is looked up first."""

    user_id: str
    remote_id: str
    username: str
    state: str
    attributes: Attributes
    managed: bool = True
    in_directory: bool = True
    confirmed_at: str = ""
    doubtful: bool = False


@dataclass(frozen=True)
class Connection:
    """How an application is provisioned. The token stays sealed."""

    application_id: str
    base_url: str
    token: bytes | None
    capabilities: dict[str, Any]
    mode: str
    rate: float | None
    concurrency: int
    do_create: bool
    do_update: bool
    do_deactivate: bool
    do_delete: bool
    guard_percent: float
    guard_minimum: int


@dataclass(frozen=True)
class Target:
    """The application as the engine needs it."""

    id: str
    label: str
    connector: str
    sso: str
    idm: str


def target(db: Db, application_id: str) -> Target | None:
    """The application with that id."""
    row = db.execute("select id, label, connector, sso, idm from application where id = ?", (application_id,)).fetchone()
    return Target(*row) if row else None


def find_target(db: Db, key: str, name: str) -> Target | None:
    """The application with that folded label (`key`), or with the id `name`."""
    row = db.execute("select id, label, connector, sso, idm from application where label_key = ? or id = ?", (key, name)).fetchone()
    return Target(*row) if row else None


def automatic_targets(db: Db) -> list[str]:
    """The applications whose people are pushed by themselves."""
    sql = "select a.id from application a join connection c on c.application_id = a.id where a.idm = 'active' and c.mode = 'automatic' order by a.id"
    return [row["id"] for row in db.execute(sql).fetchall()]


def connection(db: Db, application_id: str) -> Connection | None:
    """The application's Identity Management connection."""
    row = db.execute("select * from connection where application_id = ?", (application_id,)).fetchone()
    if row is None:
        return None
    values = {name: row[name] for name in Connection.__dataclass_fields__}
    switches = {name: bool(row[name]) for name in ("do_create", "do_update", "do_deactivate", "do_delete")}
    return Connection(**{**values, **switches, "capabilities": json.loads(row["capabilities"])})


def keep_capabilities(db: Db, application_id: str, capabilities: dict[str, Any]) -> None:
    """Keeps what a push learned of the provider."""
    db.execute("update connection set capabilities = ? where application_id = ?", (json.dumps(capabilities, sort_keys=True), application_id))


def rules(db: Db, application_id: str) -> list[Rule]:
    """The mapping rows that are on, in order."""
    sql = "select path, source, constant, required, label from mapping_row where application_id = ? and enabled = 1 order by position, path"
    return [Rule(row["path"], row["source"], row["constant"], bool(row["required"]), row["label"]) for row in db.execute(sql, (application_id,)).fetchall()]


def entitled(db: Db, application_id: str, scope: Sequence[str] | None = None) -> Iterator[Person]:
    """The people entitled, in the order of their ids, read in pages so that no cursor stays open.

    A scope is asked for one by one: its cost follows its own size, not that of the directory.
    """
    if scope is not None:
        one = "select u.* from user u where u.id = ? and exists (select 1 from entitled where application_id = ? and user_id = ?)"
        for user_id in sorted(scope):
            yield from map(person, db.execute(one, (user_id, application_id, user_id)).fetchall())
        return
    last = ""
    page = (
        "select u.* from (select user_id from entitled where application_id = ? and user_id > ? order by user_id limit ?) e "
        "join user u on u.id = e.user_id order by u.id"
    )
    while rows := db.execute(page, (application_id, last, PAGE)).fetchall():
        yield from map(person, rows)
        last = rows[-1]["id"]


def is_entitled(db: Db, application_id: str, user_id: str) -> bool:
    """Whether that person is let in right now."""
    return db.execute("select 1 from entitled where application_id = ? and user_id = ?", (application_id, user_id)).fetchone() is not None


def person(row: Row) -> Person:
    """A row of `user` as somebody with values: the fixed attributes by the names the mapping uses, and the further ones."""
    own = {str(name): "" if value is None else str(value) for name, value in json.loads(row["attributes"]).items()}
    fixed = {
        "id": row["id"],
        "username": row["username"],
        "email": row["email"],
        "firstname": row["firstname"],
        "lastname": row["lastname"],
        "displayname": row["displayname"],
        "employeeIdentifier": row["employee_identifier"],
    }
    return Person(row["id"], row["username"], own | fixed)


def find_person(db: Db, user_id: str) -> Person | None:
    """Somebody in the directory."""
    row = db.execute("select * from user where id = ?", (user_id,)).fetchone()
    return person(row) if row else None


_KNOWN = "select a.*, exists (select 1 from user u where u.id = a.user_id) as in_directory from account a "


def known(db: Db, application_id: str, provider: str, scope: Sequence[str] | None = None) -> Iterator[Account]:
    """The accounts at that provider that are still there, in the order of their people's ids."""
    if scope is not None:
        found = (account(db, application_id, provider, user_id) for user_id in sorted(scope))
        yield from (one for one in found if one and one.state != "gone")
        return
    last = ""
    page = _KNOWN + "where application_id = ? and provider = ? and user_id > ? and state <> 'gone' order by user_id limit ?"
    while rows := db.execute(page, (application_id, provider, last, PAGE)).fetchall():
        yield from map(_account, rows)
        last = rows[-1]["user_id"]


def account(db: Db, application_id: str, provider: str, user_id: str) -> Account | None:
    """One person's account there, gone ones included."""
    row = db.execute(_KNOWN + "where application_id = ? and provider = ? and user_id = ?", (application_id, provider, user_id)).fetchone()
    return _account(row) if row else None


def who_was(db: Db, application_id: str, name: str) -> str | None:
    """The id of somebody deleted here who still has an account at the application, by the name of that account or by id."""
    sql = (
        "select user_id from account where application_id = ? and state <> 'gone' and (user_id = ? or lower(username) = lower(?)) "
        "and not exists (select 1 from user where id = user_id) limit 1"
    )
    row = db.execute(sql, (application_id, name, name)).fetchone()
    return str(row["user_id"]) if row else None


def owner(db: Db, application_id: str, provider: str, remote_id: str) -> str | None:
    """Whose account that is, as far as is known here."""
    sql = "select user_id from account where application_id = ? and provider = ? and remote_id = ? and state <> 'gone'"
    row = db.execute(sql, (application_id, provider, remote_id)).fetchone()
    return str(row["user_id"]) if row else None


def shared_with(db: Db, application_id: str, provider: str, remote_id: str) -> str | None:
    """The label of another application at the same provider that has this account too, for somebody who is let in there."""
    sql = (
        "select p.label from application p cross join account a on a.application_id = p.id and a.provider = ? and a.remote_id = ? and a.state <> 'gone' "
        "where p.id <> ? and p.idm = 'active' and a.managed = 1 and exists (select 1 from authorization z join membership m on m.group_id = z.group_id "
        "join user u on u.id = m.user_id where z.application_id = p.id and m.user_id = a.user_id and u.state = 'ACTIVATED') limit 1"
    )
    row = db.execute(sql, (provider, remote_id, application_id)).fetchone()
    return str(row["label"]) if row else None


def _account(row: Row) -> Account:
    values = (row["user_id"], row["remote_id"], row["username"], row["state"], json.loads(row["attributes"]))
    return Account(*values, bool(row["managed"]), bool(row["in_directory"]), row["confirmed_at"], bool(row["doubtful"]))


def keep(db: Db, application_id: str, provider: str, account: Account, at: str) -> None:
    """The account as just confirmed at the provider."""
    db.execute(
        "insert into account (application_id, provider, user_id, remote_id, username, state, attributes, confirmed_at, managed) values (?,?,?,?,?,?,?,?,?) "
        "on conflict (application_id, provider, user_id) do update set remote_id = excluded.remote_id, username = excluded.username, "
        "state = excluded.state, attributes = excluded.attributes, confirmed_at = excluded.confirmed_at, managed = excluded.managed, doubtful = 0",
        (
            application_id,
            provider,
            account.user_id,
            account.remote_id,
            account.username,
            account.state,
            json.dumps(account.attributes, ensure_ascii=False),
            at,
            account.managed,
        ),
    )


def any_username(db: Db, application_id: str, provider: str) -> str | None:
    """The name of some account that is there, to try the provider's filter on."""
    sql = "select username from account where application_id = ? and provider = ? and state <> 'gone' and upper(username) <> lower(username) limit 1"
    row = db.execute(sql, (application_id, provider)).fetchone()
    return str(row["username"]) if row else None


def doubtful(db: Db, application_id: str, provider: str) -> set[str]:
    """The people whose account there must be looked up before what is said of it is believed."""
    sql = "select user_id from account where application_id = ? and provider = ? and doubtful = 1 and state <> 'gone'"
    return {row["user_id"] for row in db.execute(sql, (application_id, provider)).fetchall()}


def managed_active(db: Db, application_id: str, provider: str) -> int:
    """How many accounts there are active and ours: what the removal guard measures against."""
    sql = "select count(*) from account where application_id = ? and provider = ? and state = 'active' and managed = 1"
    return int(db.execute(sql, (application_id, provider)).fetchone()[0])


def by_state(db: Db, application_id: str, provider: str) -> dict[str, int]:
    """How many accounts are in which state."""
    sql = "select state, count(*) as n from account where application_id = ? and provider = ? group by state"
    return {row["state"]: int(row["n"]) for row in db.execute(sql, (application_id, provider)).fetchall()}
