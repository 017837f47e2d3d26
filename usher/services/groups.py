"""User groups and who is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from store import directory as people
from store import groups as group_store
from store.connection import Db
from store.directory import Group, User
from store.errors import Refused
from store.groups import GroupSummary
from store.ids import fold
from usher.services import meanwhile
from usher.services.session import Change, Session
from usher.services.words import clean

ONE_BY_ONE = 50  # up to so many people a change names each of them in its events


def groups(session: Session) -> list[GroupSummary]:
    """Every group in order of name, with its members counted and the labels of its applications."""
    return group_store.all_groups(session.db)


def get_group(session: Session, group: str) -> GroupSummary:
    """The group of that name (in any case) or id."""
    return group_store.all_groups(session.db, people.find_group(session.db, group).id)[0]


def add_group(session: Session, name: str, description: str = "") -> GroupSummary:
    """Adds an empty group; its name is unique in any case."""
    name = clean(name, "name", label="group's name", required=True)
    description = clean(description, "description")
    with session.change() as change:
        _refuse_taken(change.db, name)
        group = Group(session.ids.new(), name, fold(name), description, change.at)
        group_store.insert_group(change.db, group)
        change.record("group.added", name, {"id": group.id})
        change.event("group", group.id)
    return GroupSummary(group.id, name, 0, (), description)


def rename_group(session: Session, group: str, name: str, *, expected: Mapping[str, str] | None = None) -> GroupSummary:
    """Gives a group another name; members and authorisations stay. `Conflict` when it has not the `expected` one any more."""
    name = clean(name, "name", label="group's name", required=True)
    with session.change() as change:
        before = people.find_group(change.db, group)
        meanwhile.check(change.db, before.name, [before.id], expected or {}, {"name": before.name})
        if name != before.name:
            _refuse_taken(change.db, name, before.id)
            group_store.rename_group(change.db, before.id, name, fold(name))
            change.record("group.renamed", before.name, {"id": before.id, "name": [before.name, name]})
            change.event("group", before.id)
    return get_group(session, before.id)


def delete_group(session: Session, group: str) -> GroupSummary:
    """Deletes a group, its memberships and authorisations, and returns what it was. Its people stay in the directory."""
    with session.change() as change:
        found = people.find_group(change.db, group)
        was = group_store.all_groups(change.db, found.id)[0]
        opened = group_store.applications_of(change.db, found.id)
        group_store.delete_group(change.db, found.id)
        change.record("group.deleted", found.name, {"id": found.id, "members": was.members, "applications": list(was.applications)})
        change.event("group", found.id)
        change.event("membership")
        for application in opened:
            change.event("authorization", application)
    return was


def add_members(session: Session, group: str, users: Sequence[str]) -> int:
    """Puts people into a group and returns how many were not in it."""
    with session.change() as change:
        found, named, inside = _named(change.db, group, users)
        added = [user for user in named if user.id not in inside]
        group_store.add_members(change.db, ((found.id, user.id) for user in added))
        _record(change, found, "added", added)
    return len(added)


def remove_members(session: Session, group: str, users: Sequence[str]) -> int:
    """Takes people out of a group and returns how many were in it."""
    with session.change() as change:
        found, named, inside = _named(change.db, group, users)
        removed = [user for user in named if user.id in inside]
        group_store.remove_members(change.db, ((found.id, user.id) for user in removed))
        _record(change, found, "removed", removed)
    return len(removed)


def find_all(db: Db, users: Iterable[str]) -> list[User]:
    """The people of those usernames or ids, each once; `NotFound` for the first that is not there."""
    return list({user.id: user for user in (people.find_user(db, name) for name in users)}.values())


def announce(change: Change, topic: str, keys: Sequence[str]) -> None:
    """An event for each key, or one for all when there are many."""
    for key in keys if len(keys) <= ONE_BY_ONE else ["*"]:
        change.event(topic, key)


def _named(db: Db, group: str, users: Sequence[str]) -> tuple[Group, list[User], set[str]]:
    """The group, the people named (each once), and the ids of those already inside."""
    found = people.find_group(db, group)
    named = find_all(db, users)
    return found, named, group_store.members_among(db, found.id, [user.id for user in named])


def _record(change: Change, group: Group, what: str, users: list[User]) -> None:
    """The traces of people joining or leaving."""
    if users:
        change.record("group.members", group.name, {"id": group.id, what: [user.id for user in users]}, {f"{what} people": [user.username for user in users]})
        change.event("group", group.id)
        announce(change, "membership", [user.id for user in users])


def _refuse_taken(db: Db, name: str, own_id: str = "") -> None:
    """Two groups cannot have one name, in whatever case."""
    taken = group_store.groups_by_key(db, [fold(name)]).get(fold(name))
    if taken and taken.id != own_id:
        raise Refused("group-taken", f"There is a group {taken.name} already.", "Choose another name.", "name")
