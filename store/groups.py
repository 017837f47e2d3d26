"""User groups, who is in them, and which applications they open."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from store.connection import Db
from store.directory import Group
from store.records import dataclass


@dataclass(frozen=True)
class GroupSummary:
    """A group as a list shows it: how many members, and the labels of the applications it opens."""

    id: str
    name: str
    members: int
    applications: tuple[str, ...]
    description: str = ""


def all_groups(db: Db, group_id: str = "") -> list[GroupSummary]:
    """Every group in order of name (or the one of that id)."""
    labels: dict[str, list[str]] = defaultdict(list)
    for row in db.execute("select z.group_id, a.label from authorization z join application a on a.id = z.application_id order by a.label_key").fetchall():
        labels[row["group_id"]].append(row["label"])
    rows = db.execute(
        "select g.*, (select count(*) from membership m where m.group_id = g.id) as members from user_group g where ? in ('', g.id) order by g.name_key",
        (group_id,),
    ).fetchall()
    return [GroupSummary(row["id"], row["name"], row["members"], tuple(labels[row["id"]]), row["description"]) for row in rows]


def groups_by_key(db: Db, keys: Iterable[str]) -> dict[str, Group]:
    """The groups of those folded names that exist, by folded name."""
    rows = db.execute("select * from user_group where name_key in (select value from json_each(?))", (json.dumps(list(keys)),)).fetchall()
    return {row["name_key"]: Group(row["id"], row["name"], row["name_key"], row["description"], row["created_at"]) for row in rows}


def names_of(db: Db, user_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The names of the groups each of those people is in."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = db.execute(
        "select m.user_id, g.name from membership m join user_group g on g.id = m.group_id "
        "where m.user_id in (select value from json_each(?)) order by g.name_key",
        (json.dumps(list(user_ids)),),
    )
    for row in rows.fetchall():
        found[row["user_id"]].append(row["name"])
    return {user: tuple(names) for user, names in found.items()}


def memberships_of(db: Db, user_ids: Iterable[str]) -> set[tuple[str, str]]:
    """(group id, user id) of those people."""
    rows = db.execute("select group_id, user_id from membership where user_id in (select value from json_each(?))", (json.dumps(list(user_ids)),)).fetchall()
    return {(row["group_id"], row["user_id"]) for row in rows}


def members_among(db: Db, group_id: str, user_ids: Iterable[str]) -> set[str]:
    """Which of those people are in the group."""
    rows = db.execute(
        "select user_id from membership where group_id = ? and user_id in (select value from json_each(?))", (group_id, json.dumps(list(user_ids)))
    ).fetchall()
    return {row["user_id"] for row in rows}


def applications_of(db: Db, group_id: str) -> list[str]:
    """The ids of the applications the group opens."""
    return [row["application_id"] for row in db.execute("select application_id from authorization where group_id = ?", (group_id,)).fetchall()]


def insert_group(db: Db, group: Group) -> None:
    """Adds a group."""
    db.execute(
        "insert into user_group (id, name, name_key, description, created_at) values (?,?,?,?,?)",
        (group.id, group.name, group.key, group.description, group.created_at),
    )


def rename_group(db: Db, group_id: str, name: str, key: str) -> None:
    """Gives a group another name."""
    db.execute("update user_group set name = ?, name_key = ? where id = ?", (name, key, group_id))


def delete_group(db: Db, group_id: str) -> None:
    """Removes a group with its memberships and authorisations."""
    db.execute("delete from user_group where id = ?", (group_id,))


def add_members(db: Db, pairs: Iterable[tuple[str, str]]) -> None:
    """Adds (group id, user id) pairs that are not there yet."""
    db.executemany("insert into membership (group_id, user_id) values (?,?) on conflict do nothing", pairs)


def remove_members(db: Db, pairs: Iterable[tuple[str, str]]) -> None:
    """Removes (group id, user id) pairs."""
    db.executemany("delete from membership where group_id = ? and user_id = ?", pairs)
