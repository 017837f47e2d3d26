"""People in the directory: found, added, changed, suspended, activated, deleted.

In the record a person is an id; what they are called, and what changed about them, stands among the
personal values that can be erased. Groups are in `usher.services.groups` and can be called from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from store import directory as people
from store import groups as group_store
from store.connection import Db
from store.directory import COLUMNS, User, UserState
from store.errors import Refused, UsageError
from store.ids import fold
from store.records import dataclass
from usher.services import meanwhile
from usher.services.groups import add_group as add_group
from usher.services.groups import add_members as add_members
from usher.services.groups import announce, find_all
from usher.services.groups import delete_group as delete_group
from usher.services.groups import get_group as get_group
from usher.services.groups import groups as groups
from usher.services.groups import remove_members as remove_members
from usher.services.groups import rename_group as rename_group
from usher.services.people import check, difference, edited, field_name, with_display_name
from usher.services.session import Session


@dataclass(frozen=True)
class AccountsLeft:
    """What deleting people means at one application: how many accounts, and whether they are deleted there for good."""

    application_id: str
    label: str
    accounts: int
    deleted: bool


@dataclass(frozen=True)
class DeletionPreview:
    """What deleting people would bring, in numbers and in the sentence shown before it is confirmed."""

    people: int
    applications: tuple[AccountsLeft, ...]
    sentence: str

    @property
    def accounts(self) -> int:
        """How many accounts would be deleted for good."""
        return sum(one.accounts for one in self.applications if one.deleted)


def people_page(
    session: Session, *, after_key: str = "", before_key: str = "", text: str = "", state: str = "", group: str = "", limit: int = 100, skip: int = 0
) -> list[User]:
    """A page of people in order of username: above `after_key` (`skip` of them left out), or the last ones below `before_key`.
    `group` is a name or id."""
    group_id = people.find_group(session.db, group).id if group else ""
    return people.users_page(session.db, after_key=after_key, before_key=before_key, text=text, state=state, group_id=group_id, limit=limit, skip=skip)


def people_count(session: Session, *, text: str = "", state: str = "", group: str = "", below_key: str = people.LAST_KEY) -> int:
    """How many people these filters find; with `below_key`, how many come before it."""
    group_id = people.find_group(session.db, group).id if group else ""
    return people.users_count(session.db, text=text, state=state, group_id=group_id, below_key=below_key)


def group_names(session: Session, users: Iterable[User]) -> dict[str, tuple[str, ...]]:
    """The names of each person's groups, by the person's id; people in none are left out."""
    return group_store.names_of(session.db, [user.id for user in users])


def get_user(session: Session, user: str) -> User:
    """The person of that username (in any case) or id."""
    return people.find_user(session.db, user)


def add_user(
    session: Session,
    username: str,
    email: str = "",
    *,
    firstname: str = "",
    lastname: str = "",
    displayname: str = "",
    employee_identifier: str = "",
    attributes: Mapping[str, str] | None = None,
    state: str = UserState.ACTIVATED,
) -> User:
    """Adds a person; without a display name it is made of first and last name. Raises `UsageError` or `Refused` at the field."""
    given = {"username": username, "email": email, "firstname": firstname, "lastname": lastname, "displayname": displayname}
    values = _checked({**given, "employeeIdentifier": employee_identifier, "state": state, **(attributes or {})})
    with session.change() as change:
        user = with_display_name(edited(User(session.ids.new(), "", "", created_at=change.at), values))
        _refuse_taken(change.db, user)
        people.insert_user(change.db, user)
        change.record("user.added", user.id, {"state": user.state}, {name: value for name in (*COLUMNS, *user.attributes) if (value := user.value(name))})
        change.event("user", user.id)
    return user


def set_user(session: Session, user: str, values: Mapping[str, str], *, expected_version: int | None = None) -> User:
    """Changes fields of a person by public name (`state` and further attributes too) and returns them as they are now.

    With `expected_version` it is `Conflict` if somebody changed the person since that version was read.
    """
    checked = _checked(values)
    with session.change() as change:
        before = people.find_user(change.db, user)
        if expected_version not in (None, before.version):
            meanwhile.refuse_stale(change.db, before.username, [before.id])
        after = edited(before, checked)
        found = difference(before, after)
        if not found:
            return before
        if after.key != before.key:
            _refuse_taken(change.db, after)
        people.update_user(change.db, after, version=before.version)
        state = {"state": found.pop("state")} if "state" in found else {}
        change.record("user.changed", before.id, {"fields": sorted(found), **state}, {"username": before.username, **found})
        change.event("user", before.id)
    return replace(after, version=before.version + 1)


def suspend(session: Session, users: Sequence[str]) -> list[User]:
    """Suspends people: their accounts are deactivated by the next push, and can come back. Returns those who were not suspended."""
    return _set_state(session, users, UserState.SUSPENDED, "user.suspended")


def activate(session: Session, users: Sequence[str]) -> list[User]:
    """Activates staged or suspended people. Returns those who were not active."""
    return _set_state(session, users, UserState.ACTIVATED, "user.activated")


def delete_users(session: Session, users: Sequence[str]) -> list[User]:
    """Deletes people and their memberships from the directory; the next push deletes their accounts for good."""
    with session.change() as change:
        found = find_all(change.db, users)
        for user in found:
            people.delete_user(change.db, user.id)
            change.record("user.deleted", user.id, {}, {"username": user.username, "email": user.email})
        announce(change, "user", [user.id for user in found])
        announce(change, "membership", [user.id for user in found])
    return found


def deletion_preview(session: Session, users: Sequence[str]) -> DeletionPreview:
    """What deleting these people would mean at each application, before it is confirmed."""
    found = find_all(session.db, users)
    rows = people.accounts_of(session.db, [user.id for user in found])
    left = tuple(AccountsLeft(row.application_id, row.label, row.accounts, row.idm_active and row.deletes) for row in rows)
    named = ", ".join(f"{one.accounts} at {one.label}" for one in left if one.deleted)
    staying = ", ".join(f"{one.accounts} at {one.label}" for one in left if not one.deleted)
    sentence = _plural(len(found), "person is", "people are") + " deleted from the directory."
    sentence += f" Accounts deleted for good by the next push: {named}. This cannot be undone." if named else ""
    sentence += f" Accounts that stay as they are: {staying}." if staying else ""
    return DeletionPreview(len(found), left, sentence)


def _set_state(session: Session, users: Sequence[str], state: UserState, action: str) -> list[User]:
    """Sets the state of those who have another, in one change."""
    with session.change() as change:
        found = [user for user in find_all(change.db, users) if user.state != state]
        for user in found:
            people.set_state(change.db, user.id, state)
            change.record(action, user.id, {"state": [user.state, state]}, {"username": user.username})
        announce(change, "user", [user.id for user in found])
    return [replace(user, state=state, version=user.version + 1) for user in found]


def _checked(values: Mapping[str, str]) -> dict[str, str]:
    """The values trimmed and by public name; `UsageError` at the first field that cannot be taken."""
    checked: dict[str, str] = {}
    for given, value in values.items():
        name = field_name(given)
        if name == "groups":
            raise UsageError("field-reserved", "Groups are not a field of a person.", "usher groups members GROUP --add USER", "groups")
        checked[name] = value.strip()
        if reason := check(name, checked[name]):
            raise UsageError("value-unfit", f"The {name} {reason}.", "Correct it and try again.", name)
    return checked


def _refuse_taken(db: Db, user: User) -> None:
    """Two people cannot have one username, in whatever case."""
    taken = people.users_by_key(db, [fold(user.username)]).get(user.key)
    if taken and taken.id != user.id:
        raise Refused("username-taken", f"There is a user {taken.username} already.", "Choose another username.", "username")


def _plural(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
