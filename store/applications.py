"""Applications as they are remembered: one row each, found by label or id.

Their SSO fields are in `store.saml_settings`, who is let in is in `store.authorizations`, the connection to
the provider in `store.connections`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.connection import Db, Row
from store.errors import NotFound
from store.ids import fold
from store.records import dataclass

LIVE_PUSHES = "('queued', 'running', 'paused', 'interrupted')"
_FIELDS = "id, label, connector, kind, description, badge, colour, image_type, visible, bookmark_url, slug, sso, idm, idm_requires_sso, supports_groups, version, created_at"


@dataclass(frozen=True)
class Application:
    """One application. `kind` is saml, scim or bookmark; `sso` and `idm` are unsupported, inactive or active;
    `slug` is the last part of its SSO IdP URL (None where there is no SAML); `image_type` is None without an image."""

    id: str
    label: str
    connector: str
    kind: str
    description: str
    badge: str
    colour: str
    image_type: str | None
    visible: bool
    bookmark_url: str
    slug: str | None
    sso: str
    idm: str
    idm_requires_sso: bool
    supports_groups: bool
    version: int
    created_at: str


@dataclass(frozen=True)
class LastPush:
    """When the newest push of an application ended (or began, or was asked for), and how it stands."""

    at: str
    state: str


def get(db: Db, application_id: str) -> Application | None:
    """The application with that id."""
    row = db.execute(f"select {_FIELDS} from application where id = ?", (application_id,)).fetchone()
    return _application(row) if row else None


def find(db: Db, name: str) -> Application:
    """The application with that label (in any case) or id; `NotFound` otherwise."""
    row = db.execute(
        f"select {_FIELDS} from application where label_key = ? or id = ? order by label_key = ? desc limit 1", (fold(name), name, fold(name))
    ).fetchone()
    if row is None:
        raise NotFound("no-such-application", f"There is no application {name!r}.", "usher apps list shows those there are.")
    return _application(row)


def list_(db: Db) -> list[Application]:
    """Every application, by label."""
    return [_application(row) for row in db.execute(f"select {_FIELDS} from application order by label_key").fetchall()]


def labelled(db: Db, label: str) -> Application | None:
    """The application that has this label in any spelling."""
    row = db.execute(f"select {_FIELDS} from application where label_key = ?", (fold(label),)).fetchone()
    return _application(row) if row else None


def with_slug(db: Db, slug: str) -> Application | None:
    """The application whose SSO IdP URL ends so."""
    row = db.execute(f"select {_FIELDS} from application where slug = ?", (slug,)).fetchone()
    return _application(row) if row else None


def insert(db: Db, application: Application, image: bytes | None) -> None:
    """Keeps a new application."""
    values = {**vars(application), "label_key": fold(application.label), "image": image}
    db.execute(f"insert into application ({', '.join(values)}) values ({', '.join('?' * len(values))})", tuple(values.values()))


def update(db: Db, application_id: str, values: Mapping[str, Any]) -> None:
    """Sets columns of an application and counts its version up. A new `label` brings its key."""
    if "label" in values:
        values = {**values, "label_key": fold(values["label"])}
    columns = ", ".join(f"{column} = ?" for column in values)
    db.execute(f"update application set {columns}, version = version + 1 where id = ?", (*values.values(), application_id))


def touch(db: Db, application_id: str) -> None:
    """Counts the version up: something that belongs to the application was changed."""
    db.execute("update application set version = version + 1 where id = ?", (application_id,))


def delete(db: Db, application_id: str) -> None:
    """Forgets an application with all that hangs on it; its history of pushes stays."""
    db.execute("delete from application where id = ?", (application_id,))


def image(db: Db, application_id: str) -> tuple[str, bytes] | None:
    """The User Portal Image: its media type and bytes."""
    row = db.execute("select image_type, image from application where id = ? and image is not null", (application_id,)).fetchone()
    return (str(row["image_type"]), bytes(row["image"])) if row else None


def accounts_left(db: Db, application_id: str) -> int:
    """How many accounts are known to be at the application's providers (active or deactivated there)."""
    return int(db.execute("select count(*) from account where application_id = ? and state <> 'gone'", (application_id,)).fetchone()[0])


def last_push(db: Db, application_id: str) -> LastPush | None:
    """The newest push that was asked for (a plan that was only looked at is none)."""
    row = db.execute(
        "select coalesce(finished_at, started_at, requested_at) as at, state from push where application_id = ? and state not in ('planned', 'held') order by seq desc limit 1",
        (application_id,),
    ).fetchone()
    return LastPush(row["at"], row["state"]) if row else None


def live_push(db: Db, application_id: str) -> str | None:
    """The id of the push that is under way or waiting, if one is."""
    row = db.execute(f"select id from push where application_id = ? and state in {LIVE_PUSHES}", (application_id,)).fetchone()
    return str(row["id"]) if row else None


def close_plans(db: Db, application_id: str, at: str) -> list[str]:
    """Ends the plans nobody will carry out any more; returns their ids."""
    rows = db.execute(
        "update push set state = 'cancelled', finished_at = ?, paused_reason = 'The application was deleted.' where application_id = ? and state in ('planned', 'held') returning id",
        (at, application_id),
    ).fetchall()
    return [str(row["id"]) for row in rows]


def user_attributes(db: Db) -> set[str]:
    """The further attributes that anybody in the directory has (those that an import brought)."""
    rows = db.execute("select distinct each.key from user, json_each(user.attributes) as each where user.attributes <> '{}'").fetchall()
    return {str(row["key"]) for row in rows}


def _application(row: Row) -> Application:
    """A row as an application."""
    values = dict(row)
    return Application(**{**values, **{name: bool(values[name]) for name in ("visible", "idm_requires_sso", "supports_groups")}})
