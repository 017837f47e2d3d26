"""People and groups: found by name or id, and paged by key in the order of their names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Any

from store.connection import Db, Row
from store.errors import Conflict, NotFound
from store.ids import fold
from store.records import dataclass

LAST_KEY = "\U0010ffff"  # sorts after every folded name: `before_key=LAST_KEY` is the last page


class UserState(StrEnum):
    """Only ACTIVATED people are provisioned and can sign in."""

    STAGED = "STAGED"
    ACTIVATED = "ACTIVATED"
    SUSPENDED = "SUSPENDED"


@dataclass(frozen=True)
class User:
    """One person. `key` is the folded username, `attributes` what the fixed columns do not hold."""

    id: str
    username: str
    key: str
    email: str = ""
    firstname: str = ""
    lastname: str = ""
    displayname: str = ""
    employee_identifier: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    state: UserState = UserState.ACTIVATED
    version: int = 1
    created_at: str = ""

    def value(self, source: str) -> str:
        """What a mapping row reads: a field by its public name, `id`, `active` (`true` or `false`), or an attribute; empty when there is none."""
        if source == "active":
            return "true" if self.state is UserState.ACTIVATED else "false"
        if source == "id":
            return self.id
        column = COLUMNS.get(source)
        return str(getattr(self, column)) if column else self.attributes.get(source, "")


@dataclass(frozen=True)
class Group:
    """One user group."""

    id: str
    name: str
    key: str
    description: str = ""
    created_at: str = ""


@dataclass(frozen=True)
class AccountsAt:
    """How many accounts some people have at one application, and what its connection does about deletions."""

    application_id: str
    label: str
    accounts: int
    idm_active: bool
    deletes: bool


# The public name of a field (CSV header, `users set`, mapping source) and its column.
COLUMNS = {
    "username": "username",
    "email": "email",
    "firstname": "firstname",
    "lastname": "lastname",
    "displayname": "displayname",
    "employeeIdentifier": "employee_identifier",
}


def find_user(db: Db, name_or_id: str) -> User:
    """The person of that username (in any case) or id; `NotFound` otherwise."""
    row = db.execute("select * from user where username_key = ?", (fold(name_or_id),)).fetchone()
    row = row or db.execute("select * from user where id = ?", (name_or_id,)).fetchone()
    if row is None:
        raise NotFound("no-user", f"There is no user {name_or_id}.", "usher users list shows who there is.")
    return _user(row)


def find_group(db: Db, name_or_id: str) -> Group:
    """The group of that name (in any case) or id; `NotFound` otherwise."""
    row = db.execute("select * from user_group where name_key = ?", (fold(name_or_id),)).fetchone()
    row = row or db.execute("select * from user_group where id = ?", (name_or_id,)).fetchone()
    if row is None:
        raise NotFound("no-group", f"There is no group {name_or_id}.", "usher groups list shows which there are.")
    return Group(row["id"], row["name"], row["name_key"], row["description"], row["created_at"])


def user_with_id(db: Db, user_id: str) -> User | None:
    """The person of that id."""
    row = db.execute("select * from user where id = ?", (user_id,)).fetchone()
    return _user(row) if row else None


def users_by_id(db: Db, ids: Iterable[str]) -> dict[str, User]:
    """The people of those ids that exist, by id."""
    rows = db.execute("select * from user where id in (select value from json_each(?))", (json.dumps(list(ids)),)).fetchall()
    return {row["id"]: _user(row) for row in rows}


def users_by_key(db: Db, keys: Iterable[str]) -> dict[str, User]:
    """The people of those folded usernames that exist, by folded username."""
    rows = db.execute("select * from user where username_key in (select value from json_each(?))", (json.dumps(list(keys)),)).fetchall()
    return {row["username_key"]: _user(row) for row in rows}


def users_page(
    db: Db, *, after_key: str = "", before_key: str = "", text: str = "", state: str = "", group_id: str = "", limit: int = 100, skip: int = 0
) -> list[User]:
    """Up to `limit` people in order of folded username: those above `after_key` (`skip` of them left out), or the last
    ones below `before_key`. `text` is words that names, address or number begin with, all of them; none of those after `!`."""
    where, values = _filter(text, state, group_id, by_walking=_is_large(db, group_id))
    if before_key:
        rows = db.execute(f"select * from user u where u.username_key < ?{where} order by u.username_key desc limit ?", (before_key, *values, limit)).fetchall()
        return [_user(row) for row in reversed(rows)]
    rows = db.execute(
        f"select * from user u where u.username_key > ?{where} order by u.username_key limit ? offset ?", (after_key, *values, limit, skip)
    ).fetchall()
    return [_user(row) for row in rows]


def users_count(db: Db, *, text: str = "", state: str = "", group_id: str = "", below_key: str = LAST_KEY) -> int:
    """How many people the same filters find; with `below_key` how many of them come before that name."""
    where, values = _filter(text, state, group_id)
    return int(db.execute(f"select count(*) from user u where u.username_key < ?{where}", (below_key, *values)).fetchone()[0])


def match(text: str) -> str:
    """An FTS5 query for words typed by a person: each a quoted prefix, all of them wanted; empty when there is no word."""
    return " ".join(f'"{word}"*' for word in re.findall(r"\w+", text))


def insert_user(db: Db, user: User) -> None:
    """Adds a person."""
    insert_users(db, [user])


def insert_users(db: Db, users: Iterable[User]) -> None:
    """Adds people, many at once."""
    db.executemany(
        "insert into user (id, username, username_key, email, firstname, lastname, displayname, employee_identifier, attributes, state, version, created_at) "
        "values (?,?,?,?,?,?,?,?,?,?,?,?)",
        ((u.id, u.username, u.key, *_values(u), u.version, u.created_at) for u in users),
    )


def update_user(db: Db, user: User, *, version: int) -> None:
    """Sets everything of a person who still has `version`, and raises it by one; `Conflict` when somebody was faster."""
    if not update_users(db, [user], version=version):
        raise Conflict("changed-meanwhile", f"{user.username} was changed by somebody else meanwhile.", "Look at it again, then make your change.")


def update_users(db: Db, users: Iterable[User], *, version: int | None = None) -> int:
    """Sets everything of people, many at once (those at `version` alone, if given), and returns how many there were."""
    cursor = db.executemany(
        "update user set username = ?, username_key = ?, email = ?, firstname = ?, lastname = ?, displayname = ?, employee_identifier = ?, "
        "attributes = ?, state = ?, version = version + 1 where id = ? and version = coalesce(?, version)",
        ((u.username, u.key, *_values(u), u.id, version) for u in users),
    )
    return int(cursor.rowcount)


def set_state(db: Db, user_id: str, state: UserState) -> None:
    """Stages, activates or suspends a person."""
    db.execute("update user set state = ?, version = version + 1 where id = ?", (state, user_id))


def delete_user(db: Db, user_id: str) -> None:
    """Removes a person with their memberships. Their accounts stay known: a plan turns them into deletions."""
    db.execute("delete from user where id = ?", (user_id,))


def accounts_of(db: Db, user_ids: Iterable[str]) -> list[AccountsAt]:
    """The accounts those people have, by application; accounts known from another Base URL count too (their people are gone all the same)."""
    rows = db.execute(
        "select a.id, a.label, a.idm, coalesce(c.do_delete, 0) as deletes, count(distinct k.user_id) as accounts "
        "from account k join application a on a.id = k.application_id left join connection c on c.application_id = a.id "
        "where k.state <> 'gone' and k.user_id in (select value from json_each(?)) group by a.id order by a.label_key",
        (json.dumps(list(user_ids)),),
    ).fetchall()
    return [AccountsAt(row["id"], row["label"], row["accounts"], row["idm"] == "active", bool(row["deletes"])) for row in rows]


def _is_large(db: Db, group_id: str) -> bool:
    """Whether a group is so large that its members come up soon on a walk along the names."""
    return bool(db.execute("select 1 from membership where group_id = ? limit 1 offset 2000", (group_id,)).fetchone())


def _filter(text: str, state: str, group_id: str, *, by_walking: bool = False) -> tuple[str, list[str]]:
    """The conditions of a page, and their values. A small group is gathered first, a large one asked about `by_walking`."""
    where, values = "", list[str]()
    wanted, unwanted = [word for word in text.split() if not word.startswith("!")], [word for word in text.split() if word.startswith("!")]
    if query := match(" ".join(wanted)):
        where, values = " and u.seq in (select rowid from user_fts where user_fts match ?)", [query]
    for query in filter(None, map(match, unwanted)):
        where, values = f"{where} and u.seq not in (select rowid from user_fts where user_fts match ?)", [*values, query]
    if state:
        where, values = where + " and u.state = ?", [*values, state]
    if group_id:
        member = (
            "exists (select 1 from membership where group_id = ? and user_id = u.id)"
            if by_walking
            else "u.id in (select user_id from membership where group_id = ?)"
        )
        where, values = f"{where} and {member}", [*values, group_id]
    return where, values


def _values(user: User) -> Sequence[Any]:
    """The columns that inserting and updating share, in the order of the table."""
    attributes = json.dumps(dict(user.attributes), ensure_ascii=False, sort_keys=True)
    return (user.email, user.firstname, user.lastname, user.displayname, user.employee_identifier, attributes, user.state)


def _user(row: Row) -> User:
    """A row as a person."""
    return User(
        row["id"],
        row["username"],
        row["username_key"],
        row["email"],
        row["firstname"],
        row["lastname"],
        row["displayname"],
        row["employee_identifier"],
        json.loads(row["attributes"]),
        UserState(row["state"]),
        row["version"],
        row["created_at"],
    )
