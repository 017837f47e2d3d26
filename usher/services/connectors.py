"""An application and the connector it was added from: the facts it was made with, and what a newer file says.

Nothing of a connector's file reaches an application that is there already: it keeps what it was made with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store import applications, made_with
from store.connection import Db
from store.made_with import MadeWith
from store.records import dataclass
from usher.scim.behaviour import AS_THE_RFC_HAS_IT, Behaviour
from usher.services.session import Session

if TYPE_CHECKING:
    from usher.catalog.connector import Connector

_SCIM = (
    "groups",
    "requires_sso",
    "rate",
    "supports",
    "authentication",
    "authorization",
    "username_is_email",
    "strict_attributes",
    "refuses",
    "removed_only_here",
    "update_method",
    "on_deactivate",
    "on_delete",
)
_SAML = (
    "sp_entity_id",
    "acs_urls",
    "nameid_source",
    "nameid_format",
    "sign_assertion",
    "sign_response",
    "encrypt_assertion",
    "require_signed_requests",
    "signature_algorithm",
    "default_relay_state",
    "login_url",
    "declare_redirect_endpoint",
    "groups_attribute",
)
_REMOVING = ("removes", "deletes")


@dataclass(frozen=True)
class Difference:
    """One fact that a newer connector has otherwise: its name (`saml.acs_urls`, `mapping.title`), what the application was
    made with and what the connector says now, both as a person reads them, empty where there is nothing."""

    field: str
    made_with: str
    newer: str


def facts(connector: Connector) -> MadeWith:
    """What is kept of a connector with an application that is added from it."""
    import hashlib
    import json

    found: dict[str, Any] = {"kind": connector.kind}
    if connector.saml:
        found |= {f"saml.{name}": _plain(getattr(connector.saml, name)) for name in _SAML}
        found |= {f"attribute.{each.name}": row_in_words(each.source, each.constant, each.required) for each in connector.saml.attributes}
    if connector.scim:
        found |= {f"scim.{name}": _plain(getattr(connector.scim, name)) for name in _SCIM}
        found |= {f"mapping.{row.path}": row_in_words(row.source, row.constant, row.required, row.on) for row in connector.mapping}
    found |= {f"placeholder.{each.token}": each.label for each in connector.placeholders}
    return MadeWith(hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:16], found)


def newer(session: Session, app: str) -> tuple[Difference, ...]:
    """Field by field what the connector's file says now and did not when the application was added; nothing is changed.

    Empty where they agree, where the connector is no longer in the catalog, or where its file is wrong.
    """
    from store.errors import UsageError
    from usher.services import catalog

    application = applications.find(session.db, app)
    made = made_with.get(session.db, application.id)
    try:
        connector = catalog.known(application.connector)
    except UsageError:
        return ()
    if made is None or connector is None:
        return ()
    now = facts(connector)
    if now.digest == made.digest:
        return ()
    names = list(dict.fromkeys((*now.facts, *sorted(made.facts))))
    pairs = [(name, made.facts.get(name), now.facts.get(name)) for name in names]
    return tuple(Difference(name, shown(before), shown(after)) for name, before, after in pairs if before != after)


def behaviour(db: Db, application_id: str, connector: str) -> Behaviour:
    """The engine's switches for an application, as its connector had them when it was added."""
    made = made_with.get(db, application_id)
    if made is None:
        from usher.services import catalog

        known = catalog.known(connector)
        made = facts(known) if known is not None else None
    if made is None or "scim.authorization" not in made.facts:
        return AS_THE_RFC_HAS_IT
    scim = {name: made.facts.get(f"scim.{name}") for name in _SCIM}
    return Behaviour(
        authorization=str(scim["authorization"]),
        update_method=str(scim["update_method"]),
        rate=float(scim["rate"]) if scim["rate"] else None,
        refuses=tuple(scim["refuses"] or ()),
        username_is_email=bool(scim["username_is_email"]),
        deactivating_removes=scim["on_deactivate"] in _REMOVING,
        deactivating_deletes=scim["on_deactivate"] == "deletes",
        deletes=scim["on_delete"] != "nothing" and "delete" in (scim["supports"] or ()),
    )


def not_yet(session: Session, app: str) -> tuple[str, ...]:
    """What this application could do with Identity Management and Usher does not do yet, a sentence each."""
    from usher.catalog.connector import not_yet as sentences

    made = made_with.get(session.db, applications.find(session.db, app).id)
    if made is None or "scim.authentication" not in made.facts:
        return ()
    return sentences(str(made.facts["scim.authentication"]), bool(made.facts["scim.groups"]))


def _plain(value: Any) -> Any:
    """As JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def row_in_words(source: str | None, constant: str | None, required: bool, on: bool = True) -> str:
    """A row in words: `username, required`."""
    return ", ".join(filter(None, (source if source is not None else f"“{constant}”", "required" if required else "", "" if on else "off")))


def shown(value: Any) -> str:
    """A fact as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
