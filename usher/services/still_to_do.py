"""What is still to be done at an application, here and there, step by step, each ticked as the store shows it done.

From the connector come where to click on the other side and what a value is called there; from the store, what is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import UsageError
from store.records import dataclass
from usher.services import catalog
from usher.services.application_views import ApplicationDetail, get
from usher.services.session import Session

if TYPE_CHECKING:
    from usher.catalog.connector import Connector, Saml


@dataclass(frozen=True)
class Value:
    """Something to paste there: what it is called there (or here), and the text; `key` is entity_id, sso_url, certificate,
    fingerprint, metadata_url or metadata. The text of a certificate and of metadata is empty: they are copied or saved as files."""

    key: str
    title: str
    text: str


@dataclass(frozen=True)
class Task:
    """One step. `place` is here or there; `tab` where it is done here (sso, idm, groups, users); `how` more lines on it."""

    key: str
    place: str
    tab: str
    text: str
    done: bool
    how: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()


def tasks(session: Session, app: str) -> tuple[Task, ...]:
    """Every step from the application that was just added to the one that works, in the order of doing them."""
    return of(get(session, app))


def of(detail: ApplicationDetail) -> tuple[Task, ...]:
    """The same of one that was read already."""
    try:
        connector = catalog.known(detail.connector)
    except UsageError:
        connector = None
    return (*_sso(detail, connector), _group(detail), *_tried(detail), *_manage(detail, connector))


def _sso(detail: ApplicationDetail, connector: Connector | None) -> list[Task]:
    """From the placeholders to SSO that is active. Who gets in comes next, and then the first sign-in."""
    if detail.saml is None:
        return []
    saml = connector.saml if connector else None
    found = [
        Task(f"fill-{each.token}", "here", "sso", f"Fill in {each.label}", each.token not in detail.unfilled, tuple(filter(None, (each.place,))))
        for each in detail.placeholders
    ]
    if saml is None or not (saml.sp_entity_id and saml.acs_urls):
        known = bool(detail.saml.sp_entity_id and detail.saml.acs_urls)
        found.append(Task("sp-values", "here", "sso", "Enter SP Entity ID and ACS URL", known, ("The application shows them, or its metadata holds them.",)))
    if saml is not None and saml.needs_relay_state:
        given = bool(detail.saml.default_relay_state)
        found.append(
            Task("relay-state", "here", "sso", "Enter Default Relay State", given, ("Sign-in from the portal's tile needs it; the application shows it.",))
        )
    found.append(Task("certificate", "here", "sso", "Download or copy the certificate", detail.signed_in or detail.loaded))
    found.append(_enter(detail, saml, done=detail.signed_in))
    found.append(Task("sso", "here", "sso", "Activate SSO", detail.sso == "active"))
    return found


def _group(detail: ApplicationDetail) -> Task:
    """Nobody gets in without: neither by signing in nor by a push."""
    return Task("group", "here", "groups", "Authorise a user group", bool(detail.groups))


def _tried(detail: ApplicationDetail) -> list[Task]:
    """The first sign-in, which shows that both sides agree."""
    return [Task("sign-in", "there", "sso", "Sign in once, to try it", detail.signed_in)] if detail.saml else []


def _enter(detail: ApplicationDetail, saml: Saml | None, *, done: bool) -> Task:
    """What is entered on the other side. That it was shows with the first sign-in."""
    how = tuple(filter(None, (saml.where, *saml.steps))) if saml else ()
    return Task("enter-sso", "there", "sso", "Enter the identity provider's values", done, how, _values(detail, saml))


def _values(detail: ApplicationDetail, saml: Saml | None) -> tuple[Value, ...]:
    """Each value of ours with the name it has there."""
    certificate = detail.certificate
    texts = {
        "entity_id": ("IdP Entity ID", detail.saml.idp_entity_id if detail.saml else ""),
        "sso_url": ("SSO IdP URL", detail.idp_url),
        "certificate": ("IdP certificate", ""),
        "fingerprint": ("Fingerprint (SHA-256)", certificate.sha256 if certificate else ""),
        "metadata_url": ("Metadata address", f"{detail.idp_url}/metadata"),
        "metadata": ("Metadata file", ""),
    }
    there = {entry.value: entry.field for entry in saml.enter} if saml else {}
    wanted = list(there) or ["entity_id", "sso_url", "certificate"]
    return tuple(Value(key, there.get(key, title), text) for key, (title, text) in texts.items() if key in wanted)


def _manage(detail: ApplicationDetail, connector: Connector | None) -> list[Task]:
    """From the token to the first push over the connection that was verified."""
    if detail.idm == "unsupported":
        return []
    scim = connector.scim if connector else None
    view = detail.connection
    configured, active = bool(view and view.base_url), detail.idm == "active"
    pushed = detail.last_push_state == "succeeded" or bool(detail.accounts.in_step)
    how = tuple(filter(None, (scim.where, *scim.steps, scim.token))) if scim else ()
    configure = (f"It looks like {scim.base_url}",) if scim and scim.base_url else ()
    return [
        Task("token", "there", "idm", "Switch provisioning on, get Base URL and token", configured, how),
        Task("configure", "here", "idm", "Configure IdM: Base URL and Token Key", configured, configure),
        Task("idm", "here", "idm", "Activate IdM: it is verified", active, connector.not_yet if connector else ()),
        Task("push", "here", "users", "Push for the first time", pushed),
    ]
