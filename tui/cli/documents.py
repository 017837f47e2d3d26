"""The JSON shapes of the command line: what scripts read and what is never renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from store.activity import Entry
    from store.connections import MappingRow
    from store.directory import User
    from store.groups import GroupSummary
    from store.journal import JournalRow
    from store.saml_settings import SamlSettings
    from store.sign_ins import SignIn
    from usher.catalog.connector import Connector
    from usher.services.applications import ApplicationDetail, ApplicationSummary
    from usher.services.why import Why

Document = dict[str, Any]


def application_document(app: ApplicationSummary) -> Document:
    """A row of `apps list`. `certificate` is null where there is no SAML."""
    certificate = app.certificate
    return {
        "id": app.id,
        "label": app.label,
        "connector": app.connector,
        "kind": app.kind,
        "sso": app.sso,
        "idm": app.idm,
        "idp_url": app.idp_url,
        "groups": list(app.groups),
        "accounts": {
            "in_step": app.accounts.in_step,
            "pending": app.accounts.pending,
            "failed": app.accounts.failed,
            "deactivated": app.accounts.deactivated,
        },
        "certificate": {"not_after": certificate.not_after, "sha256": certificate.sha256, "state": certificate.state} if certificate else None,
    }


def application_detail_document(app: ApplicationDetail) -> Document:
    """`apps show`: a row of `apps list` with every setting, named as `apps set` and `idm set` name them."""
    return {
        **application_document(app),
        "description": app.description,
        "hidden": not app.visible,
        "url": app.bookmark_url,
        "badge": app.badge,
        "colour": app.colour,
        **(saml_document(app.saml) if app.saml else {}),
        "attributes": [{"name": a.name, "source": a.source, "constant": a.constant, "required": a.required} for a in app.attributes],
        "placeholders": [{"token": p.token, "label": p.label, "where": p.place, "value": p.value} for p in app.placeholders],
        **connection_document(app),
        "mapping": [mapping_document(row) for row in app.mapping],
        "last_push": app.last_push,
        "last_push_state": app.last_push_state,
    }


def saml_document(saml: SamlSettings) -> Document:
    """The SSO fields by the names that `apps set` takes."""
    from store.saml_settings import FIELDS

    return {name: list(value) if isinstance(value := getattr(saml, name), tuple) else value for name in FIELDS}


def connection_document(app: ApplicationDetail) -> Document:
    """The connection with its options by the names that `idm set` takes; null where there is none. Never the token."""
    found = app.connection
    if found is None:
        return {"connection": None}
    names = ("base_url", "token_fingerprint", "verified_at", "capabilities", "mode", "rate", "concurrency", "guard_percent", "guard_minimum")
    switches = {name: getattr(found, f"do_{name}") for name in ("create", "update", "deactivate", "delete")}
    return {"connection": {**{name: getattr(found, name) for name in names}, **switches}}


def connector_document(connector: Connector) -> Document:
    """`catalog show`. `saml` and `scim` are null where the application has none."""
    from dataclasses import asdict

    return {
        "key": connector.key,
        "name": connector.name,
        "kind": connector.kind,
        "supports": list(connector.supports),
        "prerequisites": list(connector.prerequisites),
        "placeholders": [{"token": p.token, "label": p.label, "where": p.where} for p in connector.placeholders],
        "saml": asdict(connector.saml) if connector.saml else None,
        "scim": asdict(connector.scim) if connector.scim else None,
        "mapping": [{"path": r.path, "source": r.source, "constant": r.constant, "on": r.on, "required": r.required} for r in connector.mapping],
        "sources": [{"title": s.title, "url": s.url} for s in connector.sources],
        "vendor": connector.vendor,
        "category": connector.category,
        "aliases": list(connector.aliases),
        "summary": connector.summary,
        "caution": connector.caution,
        "confidence": connector.confidence,
        "notes": list(connector.notes),
        "not_yet": list(connector.not_yet),
    }


def user_document(user: User, groups: tuple[str, ...] | list[str]) -> Document:
    """A row of `users list`; `attributes` are those an import brought beyond the fixed ones."""
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "firstname": user.firstname,
        "lastname": user.lastname,
        "displayname": user.displayname,
        "employeeIdentifier": user.employee_identifier,
        "state": str(user.state),
        "groups": list(groups),
        "attributes": dict(user.attributes),
    }


def group_document(group: GroupSummary) -> Document:
    """A row of `groups list`; `members` is how many."""
    return {"id": group.id, "name": group.name, "members": group.members, "applications": list(group.applications)}


def mapping_document(row: MappingRow) -> Document:
    """A row of `idm mapping APP list`."""
    return {"path": row.path, "source": row.source, "constant": row.constant, "on": row.on, "required": row.required}


def log_document(row: JournalRow) -> Document:
    """A row of `log`."""
    return {
        "operation": row.operation_id,
        "push": row.push_id,
        "at": row.at,
        "app": row.app_label,
        "user": row.username,
        "action": row.action,
        "result": row.result,
        "status": row.status,
        "attempt": row.attempt,
        "duration_ms": row.duration_ms,
        "detail": row.detail,
    }


def sign_in_document(row: SignIn) -> Document:
    """A row of `sign-ins list`."""
    return {
        "id": row.id,
        "at": row.at,
        "app": row.app_label,
        "user": row.username,
        "flow": row.flow,
        "result": row.result,
        "reason": row.reason,
        "nameid": row.nameid,
        "acs": row.acs,
        "address": row.address,
    }


def activity_document(entry: Entry) -> Document:
    """A row of `activity`."""
    return {
        "seq": entry.seq,
        "at": entry.at,
        "actor": entry.actor,
        "role": entry.role,
        "via": entry.via,
        "action": entry.action,
        "target": entry.target,
        "detail": entry.detail,
        "hash": entry.hash,
    }


def why_document(why: Why) -> Document:
    """`why`."""
    return {
        "app": why.app,
        "user": why.user,
        "entitled": why.entitled,
        "chain": [{"step": step.step, "holds": step.holds, "detail": step.detail} for step in why.chain],
    }
