"""Who is let in: which user groups are authorised for which application."""

from __future__ import annotations

import json
from collections.abc import Sequence

from store.connection import Db
from store.records import dataclass


@dataclass(frozen=True)
class GroupAccess:
    """A user group beside an application: its members, how many of them may come in now (ACTIVATED), and whether it is authorised."""

    id: str
    name: str
    members: int
    activated: int
    authorized: bool


@dataclass(frozen=True)
class ApplicationAccess:
    """An application beside a user group."""

    id: str
    label: str
    authorized: bool


@dataclass(frozen=True)
class Tile:
    """What a person sees of an application in the portal. `kind` is saml or bookmark; `has_image` whether there is an image for it."""

    id: str
    label: str
    description: str
    badge: str
    colour: str
    has_image: bool
    kind: str
    bookmark_url: str


def tiles_of(db: Db, user_id: str) -> list[Tile]:
    """The applications a person may use now and that are shown in the portal, by label."""
    rows = db.execute(
        "select a.id, a.label, a.description, a.badge, a.colour, a.image is not null as has_image, a.kind, a.bookmark_url from application a"
        " where a.visible = 1 and a.sso = 'active' and a.id in (select e.application_id from entitled e where e.user_id = ?) order by a.label_key",
        (user_id,),
    ).fetchall()
    return [Tile(**{**dict(row), "has_image": bool(row["has_image"])}) for row in rows]


def for_application(db: Db, application_id: str) -> list[GroupAccess]:
    """Every user group by name, with whether it is authorised for the application."""
    rows = db.execute(
        "select g.id, g.name, count(m.user_id) as members, count(u.id) as activated, a.group_id is not null as authorized from user_group g"
        " left join authorization a on a.group_id = g.id and a.application_id = ? left join membership m on m.group_id = g.id"
        " left join user u on u.id = m.user_id and u.state = 'ACTIVATED' group by g.id order by g.name_key",
        (application_id,),
    ).fetchall()
    return [GroupAccess(row["id"], row["name"], row["members"], row["activated"], bool(row["authorized"])) for row in rows]


def for_group(db: Db, group_id: str) -> list[ApplicationAccess]:
    """Every application by label, with whether the group is authorised for it."""
    rows = db.execute(
        "select p.id, p.label, a.group_id is not null as authorized from application p"
        " left join authorization a on a.application_id = p.id and a.group_id = ? order by p.label_key",
        (group_id,),
    ).fetchall()
    return [ApplicationAccess(row["id"], row["label"], bool(row["authorized"])) for row in rows]


def group_names(db: Db, application_id: str) -> tuple[str, ...]:
    """The names of the authorised groups, in order."""
    rows = db.execute(
        "select g.name from authorization a join user_group g on g.id = a.group_id where a.application_id = ? order by g.name_key", (application_id,)
    )
    return tuple(row["name"] for row in rows.fetchall())


def groups_of(db: Db, application_id: str, user_id: str) -> tuple[str, ...]:
    """The names of a person's groups that are authorised for the application, in order."""
    rows = db.execute(
        "select g.name from membership m join authorization a on a.group_id = m.group_id and a.application_id = ?"
        " join user_group g on g.id = m.group_id where m.user_id = ? order by g.name_key",
        (application_id, user_id),
    )
    return tuple(row["name"] for row in rows.fetchall())


def entitled_count(db: Db, application_id: str, user_ids: Sequence[str] | None = None) -> int:
    """How many people (of those with these ids) may reach the application now."""
    if user_ids is None:
        return int(db.execute("select count(*) from entitled where application_id = ?", (application_id,)).fetchone()[0])
    sql = (
        "select count(*) from user u where u.id in (select value from json_each(?)) and u.state = 'ACTIVATED' and exists "
        "(select 1 from membership m join authorization a on a.group_id = m.group_id where m.user_id = u.id and a.application_id = ?)"
    )
    return int(db.execute(sql, (json.dumps(list(user_ids)), application_id)).fetchone()[0])


def grant(db: Db, application_id: str, group_id: str, at: str) -> None:
    """Lets a group in; nothing happens where it is in already."""
    db.execute("insert into authorization (application_id, group_id, granted_at) values (?,?,?) on conflict do nothing", (application_id, group_id, at))


def revoke(db: Db, application_id: str, group_id: str) -> None:
    """Takes a group's way in."""
    db.execute("delete from authorization where application_id = ? and group_id = ?", (application_id, group_id))
