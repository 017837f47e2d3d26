"""Applications: add one from the catalog, look at them, change the general info. Deleting is in `removal`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store import applications, connections, made_with, saml_settings
from store.applications import Application
from store.connection import Db
from store.connections import MappingRow
from store.errors import Refused, UsageError
from store.records import dataclass
from store.saml_settings import SamlAttribute, SamlSettings
from usher.saml import certificate
from usher.services import catalog, connectors, meanwhile, settings
from usher.services import general_fields as general
from usher.services.application_views import AccountCounts, ApplicationDetail, ApplicationSummary, get, list_
from usher.services.badges import check_badge, check_colour, letters_of
from usher.services.images import read_image
from usher.services.removal import DeleteResult, DeletionPreview, delete, deletion_preview
from usher.services.session import Change, Session

if TYPE_CHECKING:
    from usher.catalog.connector import Connector, Saml

__all__ = [
    "AccountCounts",
    "ApplicationDetail",
    "ApplicationSummary",
    "DeleteResult",
    "DeletionPreview",
    "add",
    "delete",
    "deletion_preview",
    "get",
    "list_",
    "set_general",
]

Image = tuple[str, bytes]


@dataclass(frozen=True)
class _General:
    """General Info as it was typed; `image` is a media type and bytes."""

    label: str
    description: str
    slug: str
    visible: bool
    url: str
    badge: str
    colour: str
    image: Image | None


@dataclass(frozen=True)
class _NewCertificate:
    """A certificate made before the transaction, its key sealed already."""

    id: str
    made: certificate.Made
    sealed: bytes


def add(
    session: Session,
    connector_key: str,
    *,
    label: str,
    description: str = "",
    slug: str = "",
    visible: bool = True,
    bookmark_url: str = "",
    badge: str = "",
    colour: str = "",
    image: Path | None = None,
) -> ApplicationDetail:
    """Adds an application from the catalog with its defaults, and for SAML its own key pair and certificate.

    Raises `UsageError` naming the field, `Refused` where label or SSO IdP URL is taken. The slow part, the key
    pair, is made before the transaction; the checks are made before the key pair, and again inside.
    """
    session.check_allowed("administrator")
    connector = catalog.get(connector_key)
    given = _General(label, description, slug, visible, bookmark_url, badge, colour, read_image(session, image) if image else None)
    draft = _draft(session, session.db, connector, given, session.ids.new())
    cert = _certificate(session, draft) if connector.saml else None
    with session.change("administrator") as change:
        new = _draft(session, change.db, connector, given, draft.id)
        applications.insert(change.db, new, given.image[1] if given.image else None)
        if connector.saml and cert:
            _add_saml(session, change, connector, connector.saml, new, cert)
        if connector.scim:
            _add_scim(change.db, connector, new.id)
        made_with.insert(change.db, new.id, connectors.facts(connector))
        change.record(
            "application.added",
            new.label,
            {"connector": connector.key, "slug": new.slug, "url": new.bookmark_url, "certificate": cert.made.sha256 if cert else None},
        )
        change.event("application", new.id)
    return get(session, new.id)


def set_general(session: Session, app: str, values: Mapping[str, Any], expected_version: int | None = None) -> ApplicationDetail:
    """Changes label, description, visible, url, badge, colour or image (a path; empty takes the image away).

    Raises `UsageError` naming the field, `Refused` for a label that is taken, `Conflict` when the
    application is no longer at `expected_version`.
    """
    picture = read_image(session, Path(values["image"])) if values.get("image") else None
    with session.change("administrator") as change:
        old = applications.find(change.db, app)
        refuse_stale(change.db, old, expected_version)
        values = _with_badge(old, values)
        checked = {field: _checked(change.db, old, field, value, str(values.get("label", old.label))) for field, value in values.items() if field != "image"}
        columns = {_COLUMNS[field]: value for field, value in checked.items() if value != getattr(old, _COLUMNS[field])}
        noted = {field: [getattr(old, column), columns[column]] for field, column in _COLUMNS.items() if column in columns}
        if "image" in values and (picture or old.image_type):
            columns |= {"image": picture[1] if picture else None, "image_type": picture[0] if picture else None}
            noted["image"] = [old.image_type, picture[0] if picture else None]
        if columns:
            applications.update(change.db, old.id, columns)
            change.record("application.changed", old.label, noted)
            change.event("application", old.id)
    return get(session, old.id)


def refuse_stale(db: Db, application: Application, expected_version: int | None) -> None:
    """Refuses a change that was begun on an older state of the application, and says who was faster."""
    if expected_version is not None and application.version != expected_version:
        meanwhile.refuse_stale(db, application.label, [application.id, application.label])


_COLUMNS = {"label": "label", "description": "description", "visible": "visible", "url": "bookmark_url", "badge": "badge", "colour": "colour"}
_PLAIN: dict[str, Callable[[Any, str], Any]] = {
    "description": lambda value, _: general.check_description(value),
    "visible": lambda value, _: general.check_visible(value),
    "badge": check_badge,
    "colour": check_colour,
}


def _with_badge(old: Application, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A badge that was made from the label is made from the new one, unless another is given."""
    made = "label" in values and "badge" not in values and old.badge == letters_of(old.label)
    return {**values, "badge": ""} if made else values


def _checked(db: Db, old: Application, field: str, value: Any, label: str) -> Any:
    """One value as it is to be kept; `label` is what the application will be called."""
    if field == "label":
        label = general.check_label(value)
        general.refuse_taken_label(db, label, old.id)
        return label
    if field == "url" and old.kind == "bookmark":
        return general.check_bookmark_url(value)
    if field in _PLAIN:
        return _PLAIN[field](value, label)
    raise _not_a_field(old, field)


def _not_a_field(old: Application, field: str) -> UsageError | Refused:
    """Why a field can't be set here."""
    if field == "url":
        return UsageError("url-not-asked", f"{old.label} is no bookmark and has no Bookmark URL.", "Leave it out.", field)
    if field in ("slug", "idp_url"):
        return Refused(
            "idp-url-fixed",
            "The SSO IdP URL cannot be changed after the application is created.",
            "Delete the application and add it again to choose another.",
            field,
        )
    return UsageError("no-such-field", f"An application has no field {field!r}.", f"Its fields are: {', '.join(_COLUMNS)}, image.", field)


def _draft(session: Session, db: Db, connector: Connector, given: _General, new_id: str) -> Application:
    """The application as it would be kept, every field judged."""
    label = general.check_label(given.label)
    general.refuse_taken_label(db, label)
    bookmark = connector.kind == "bookmark"
    if given.url and not bookmark:
        raise UsageError("url-not-asked", f"{connector.name} is no bookmark and takes no Bookmark URL.", "Leave it out.", "url")
    if given.slug and not connector.saml:
        raise UsageError("slug-not-asked", f"{connector.name} has no SAML and so no SSO IdP URL.", "Leave it empty.", "slug")
    return Application(
        id=new_id,
        label=label,
        connector=connector.key,
        kind=connector.kind,
        description=general.check_description(given.description),
        badge=check_badge(given.badge, label),
        colour=check_colour(given.colour, label),
        image_type=given.image[0] if given.image else None,
        visible=given.visible,
        bookmark_url=general.check_bookmark_url(given.url) if bookmark else "",
        slug=general.choose_slug(db, given.slug, label, connector.name) if connector.saml else None,
        sso="active" if bookmark else "inactive" if connector.saml else "unsupported",
        idm="inactive" if connector.scim else "unsupported",
        idm_requires_sso=connector.scim is not None and connector.scim.requires_sso,
        supports_groups=connector.scim is not None and connector.scim.groups,
        version=1,
        created_at=session.now(),
    )


def _certificate(session: Session, application: Application) -> _NewCertificate:
    """A key pair and certificate for an application that is about to be added."""
    made = certificate.make(application.slug or application.label, settings.organization(session), session.clock.now())
    new_id = session.ids.new()
    return _NewCertificate(new_id, made, session.vault.seal("certificate", new_id, "private_key", made.private_key.reveal()))


def _add_saml(session: Session, change: Change, connector: Connector, saml: Saml, application: Application, new: _NewCertificate) -> None:
    """The SSO side: the connector's defaults, attributes, placeholders, and the certificate."""
    db, made = change.db, new.made
    shared = {name: getattr(saml, name) for name in saml_settings.FIELDS if name not in saml_settings.OPERATORS}
    saml_settings.insert(db, SamlSettings(application.id, _idp_entity_id(session, db, application.slug or ""), **shared))
    for attribute in saml.attributes:
        saml_settings.put_attribute(db, application.id, SamlAttribute(attribute.name, attribute.source, attribute.constant, attribute.required))
    for position, placeholder in enumerate(connector.placeholders):
        saml_settings.insert_placeholder(db, application.id, position, placeholder.token, placeholder.label, placeholder.where)
    kept = saml_settings.Certificate(new.id, application.id, "active", made.pem, made.sha256, made.not_before, made.not_after, change.at)
    saml_settings.insert_certificate(db, kept, new.sealed)


def _idp_entity_id(session: Session, db: Db, slug: str) -> str:
    """The organisation's name, with the application's slug (and a number) where it is taken."""
    name = settings.organization(session)
    candidate, number = name, 1
    while saml_settings.idp_entity_id_holder(db, candidate):
        candidate = f"{name} {slug}" if number == 1 else f"{name} {slug} {number}"
        number += 1
    return candidate


def _add_scim(db: Db, connector: Connector, application_id: str) -> None:
    """The Identity Management side: a connection still to be configured, and the connector's mapping."""
    connections.insert(db, application_id)
    for position, row in enumerate(connector.mapping):
        connections.insert_mapping_row(db, application_id, position, MappingRow(row.path, row.source, row.constant, row.on, row.required, row.label))
