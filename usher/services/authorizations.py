"""Who is let in. Users are implicitly denied: only members of an authorised user group reach an application."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from store import applications, authorizations, directory
from store.authorizations import ApplicationAccess, GroupAccess
from store.connection import Db
from store.records import dataclass
from usher.services.session import Change, Session


@dataclass(frozen=True)
class Authorized:
    """What a change of an application's groups came to: names added and removed, and those authorised now."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    groups: tuple[str, ...]


def for_application(session: Session, app: str) -> list[GroupAccess]:
    """Every user group with its members counted and whether it is authorised for the application."""
    return authorizations.for_application(session.db, applications.find(session.db, app).id)


def for_group(session: Session, group: str) -> list[ApplicationAccess]:
    """Every application with whether the group is authorised for it."""
    return authorizations.for_group(session.db, directory.find_group(session.db, group).id)


def authorize(session: Session, app: str, groups: Iterable[str]) -> Authorized:
    """Lets groups in; those that are in already stay so."""
    with session.change("administrator") as change:
        application = applications.find(change.db, app)
        return _apply(change, application.id, application.label, dict.fromkeys(_ids(change.db, groups), True))


def revoke(session: Session, app: str, groups: Iterable[str]) -> Authorized:
    """Takes groups' way in; those that have none stay so."""
    with session.change("administrator") as change:
        application = applications.find(change.db, app)
        return _apply(change, application.id, application.label, dict.fromkeys(_ids(change.db, groups), False))


def replace(session: Session, app: str, groups: Iterable[str], *, seen: Iterable[str] | None = None) -> Authorized:
    """Lets exactly these groups in (the ticks of the User Groups tab). With `seen`, the ids of those that were in when the ticks
    were made, only what the ticks changed is done: a group that somebody else let in meanwhile stays in.
    """
    with session.change("administrator") as change:
        application = applications.find(change.db, app)
        wanted = _ids(change.db, groups)
        there = {group.id for group in authorizations.for_application(change.db, application.id) if group.authorized}
        ticked = there ^ wanted if seen is None else set(seen) ^ wanted
        return _apply(change, application.id, application.label, {group: group in wanted for group in ticked})


def replace_for_group(session: Session, group: str, apps: Iterable[str]) -> dict[str, Authorized]:
    """Lets a group into exactly these applications; what changed, by label."""
    with session.change("administrator") as change:
        group_id = directory.find_group(change.db, group).id
        wanted = {applications.find(change.db, app).id for app in apps}
        differing = [access for access in authorizations.for_group(change.db, group_id) if access.authorized != (access.id in wanted)]
        return {access.label: _apply(change, access.id, access.label, {group_id: access.id in wanted}) for access in differing}


def _ids(db: Db, groups: Iterable[str]) -> set[str]:
    """The groups of those names."""
    return {directory.find_group(db, group).id for group in groups}


def _apply(change: Change, application_id: str, label: str, wanted: Mapping[str, bool]) -> Authorized:
    """Grants and revokes, each recorded with the names of the groups before and after."""
    before = authorizations.group_names(change.db, application_id)
    for group, allowed in wanted.items():
        if allowed:
            authorizations.grant(change.db, application_id, group, change.at)
    granted = authorizations.group_names(change.db, application_id)
    for group, allowed in wanted.items():
        if not allowed:
            authorizations.revoke(change.db, application_id, group)
    after = authorizations.group_names(change.db, application_id)
    if granted != before:
        change.record("group.authorized", label, {"groups": [before, granted]})
    if after != granted:
        change.record("group.revoked", label, {"groups": [granted, after]})
    if after != before:
        change.event("authorization", application_id)
    return Authorized(tuple(name for name in after if name not in before), tuple(name for name in before if name not in after), after)
