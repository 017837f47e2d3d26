"""Identity Management of an application: configure, test, activate, deactivate, options. Its mapping is in `mapping_rows`.

Base URL and Token Key are locked while active; activation verifies them against the live service and changes
nothing when that refuses. The token is write-only: sealed here, opened only to speak to the provider.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from store import applications, connections
from store.applications import Application
from store.connections import ConnectionView
from store.errors import Conflict, Refused, UsageError
from store.records import dataclass
from store.secrets import Secret
from usher.services import catalog, connectors, meanwhile
from usher.services.identity_options import set_options
from usher.services.mapping_rows import map_constant, map_source, mapping, switch
from usher.services.removal import left_behind, stop_push
from usher.services.session import Session
from usher.services.settings import check_base_url

if TYPE_CHECKING:
    from usher.scim.errors import ScimError
    from usher.scim.probe import Evidence, Finding

__all__ = [
    "Probe",
    "activate",
    "configure",
    "deactivate",
    "deactivation_preview",
    "map_constant",
    "map_source",
    "mapping",
    "set_options",
    "switch",
    "test",
]

_HOLE = re.compile(r"\bYOUR_[A-Z0-9_]+|[{}<>]")


@dataclass(frozen=True)
class Probe:
    """What the provider showed. `verified` is false with `code`, `message` and `hint` saying why.

    `capabilities` are patch, filter, bulk, groups, etag and change_password; None is not known yet.
    """

    verified: bool
    capabilities: dict[str, bool | None]
    evidence: tuple[Evidence, ...]
    code: str = ""
    message: str = ""
    hint: str = ""

    def as_json(self) -> dict[str, Any]:
        """The document of `idm test --json`."""
        evidence = [{"request": e.request, "status": e.status, "learned": e.learned} for e in self.evidence]
        return {"verified": self.verified, "capabilities": self.capabilities, "evidence": evidence}


def configure(session: Session, app: str, base_url: str, token: Secret, *, expected: Mapping[str, str] | None = None) -> ConnectionView:
    """Keeps Base URL and Token Key, the token sealed. Both are always given together: a token once entered can't be
    sent to another host by changing the Base URL alone.

    Raises `UsageError` naming the field, `Refused` while Identity Management is active or where there is none, `Conflict`
    where base_url or token (its fingerprint) is not what was `expected` any more.
    """
    from usher.scim.transport import check_token

    session.check_allowed("administrator")
    application = _supported(session, app)
    _refuse_locked(application)
    url = check_provider_url(base_url, _example(application))
    text = check_token(token).reveal()
    sealed, fingerprint = session.vault.seal("connection", application.id, "token", text), session.vault.fingerprint(text)
    with session.change("administrator") as change:
        now = applications.find(change.db, application.id)
        _refuse_locked(now)
        before = connections.view(change.db, now.id)
        old_url, old_token = (before.base_url, before.token_fingerprint) if before else ("", "")
        meanwhile.check(change.db, now.label, [now.id, now.label], expected or {}, {"base_url": old_url, "token": old_token})
        if before is None:
            connections.insert(change.db, now.id)
        connections.configure(change.db, now.id, url, sealed, fingerprint)
        if (old_url, old_token) != (url, fingerprint):
            connections.doubt_accounts(change.db, now.id)
        applications.touch(change.db, now.id)
        change.record("idm.configured", now.label, {"base_url": [old_url, url], "token": [old_token, fingerprint]})
        change.event("connection", now.id)
        change.event("application", now.id)
    return _view(session, application.id)


def test(session: Session, app: str) -> Probe:
    """A read-only probe of the configured provider; nothing is changed there or here."""
    session.check_allowed("operator", writes=False)
    application = _supported(session, app)
    finding, _ = _look(session, application)
    return _probe(finding)


def activate(session: Session, app: str) -> Probe:
    """Verifies the connection against the live service and switches Identity Management on.

    Raises `Refused` with the cause and a remedy (unreachable, TLS, 401, not SCIM…); nothing is changed then.
    """
    session.check_allowed("administrator")
    application = _supported(session, app)
    _refuse_unready(application)
    finding, view = _look(session, application)
    if finding.failure is not None:
        raise _refusal(finding.failure)
    _take_connector_facts(session, application, finding)
    with session.change("administrator") as change:
        now = applications.find(change.db, application.id)
        _refuse_unready(now)
        if not connections.verified(change.db, now.id, view.base_url, view.token_fingerprint, change.at, {**view.capabilities, **finding.dialect.as_json()}):
            raise Conflict("changed-meanwhile", "Base URL or Token Key was changed while the service was being asked.", "Activate again.")
        applications.update(change.db, now.id, {"idm": "active"})
        change.record("idm.activated", now.label, {"base_url": view.base_url, "token": view.token_fingerprint, "capabilities": finding.dialect.capabilities()})
        change.event("connection", now.id)
        change.event("application", now.id)
    return _probe(finding)


def deactivate(session: Session, app: str) -> int:
    """Switches Identity Management off and returns how many accounts stay at the provider as they are.

    Nothing is sent there. A push under way is cancelled first; `Refused` when it does not stop in time.
    """
    session.check_allowed("administrator")
    application = _supported(session, app)
    if application.idm != "active":
        raise Refused("idm-inactive", f"Identity Management of {application.label} is not active.", "There is nothing to deactivate.")
    stop_push(session, application)
    with session.change("administrator") as change:
        left = applications.accounts_left(change.db, application.id)
        applications.update(change.db, application.id, {"idm": "inactive"})
        change.record("idm.deactivated", application.label, {"accounts left": left})
        change.event("connection", application.id)
        change.event("application", application.id)
    return left


def deactivation_preview(session: Session, app: str) -> str:
    """What deactivating means, with the count, for the confirmation."""
    application = applications.find(session.db, app)
    return f"{application.label}: {left_behind(application, applications.accounts_left(session.db, application.id))}"


def check_provider_url(text: str, example: str = "") -> str:
    """A provider's Base URL in its one spelling: https (http on this machine alone), no credentials, query,
    fragment or placeholder, no slash at the end."""
    hint = f"Paste the Base URL that the application shows{f', for instance {example}' if example else ''}."
    if not text.strip():
        raise UsageError("base-url-empty", "The Base URL is empty.", hint, "base_url")
    hole = _HOLE.search(text)
    if hole:
        raise UsageError("base-url-placeholder", f"The Base URL still has a placeholder in it ({hole[0]}).", hint, "base_url")
    try:
        return check_base_url(text)
    except UsageError as error:
        raise UsageError(error.code, error.message, hint, "base_url") from None


def _supported(session: Session, app: str) -> Application:
    """The application, if accounts can be managed there."""
    application = applications.find(session.db, app)
    if application.idm == "unsupported":
        raise Refused(
            "idm-unsupported",
            f"{application.label} has no Identity Management: its connector knows no SCIM.",
            "Add a connector that does, such as Custom SAML 2.0 + SCIM.",
        )
    return application


def _refuse_locked(application: Application) -> None:
    if application.idm == "active":
        hint = "Deactivate the IdM connection, change them, and activate it again."
        raise Refused("connection-active", "Base URL and Token Key are locked while Identity Management is active.", hint, "base_url")


def _refuse_unready(application: Application) -> None:
    """What must hold before the service is asked at all."""
    if application.idm == "active":
        raise Refused("idm-active", f"Identity Management of {application.label} is active already.", "To verify it again: usher idm test.")
    if application.idm_requires_sso and application.sso != "active":
        raise Refused("sso-required", "Identity Management needs SSO to be active first.", "Activate SSO on the SSO tab.")


def _view(session: Session, application_id: str) -> ConnectionView:
    """The connection; every application that can be provisioned has one."""
    view = connections.view(session.db, application_id)
    if view is None:
        raise Refused("not-configured", "Identity Management is not configured.", "Enter Base URL and Token Key first.")
    return view


def _look(session: Session, application: Application) -> tuple[Finding, ConnectionView]:
    """Asks the live service, in an event loop of its own: for a thread that may wait some seconds."""
    from usher.scim.probe import probe

    view = _view(session, application.id)
    sealed = connections.sealed_token(session.db, application.id)
    if not view.base_url or sealed is None:
        raise Refused("not-configured", f"Identity Management of {application.label} is not configured.", "Enter Base URL and Token Key first.")
    token = session.vault.open("connection", application.id, "token", sealed)
    paths = [row.path for row in connections.mapping(session.db, application.id) if row.on]
    there = connectors.behaviour(session.db, application.id, application.connector)
    return asyncio.run(probe(view.base_url, token, groups=application.supports_groups, paths=paths, behaviour=there)), view


def _take_connector_facts(session: Session, application: Application, finding: Finding) -> None:
    """A connector that documents how to update is believed over what its service announces."""
    method = connectors.behaviour(session.db, application.id, application.connector).update_method
    if method != "learn":
        finding.dialect.patch = method == "patch"


def _probe(finding: Finding) -> Probe:
    capabilities = finding.dialect.capabilities()
    if finding.failure is None:
        return Probe(True, capabilities, finding.evidence)
    refused = _refusal(finding.failure)
    return Probe(False, capabilities, finding.evidence, refused.code, refused.message, refused.hint)


def _refusal(failure: ScimError) -> Refused:
    """Why activation is refused, in the words of somebody setting it up."""
    hints = {
        "unauthorized": "Make a new token in the application and enter it with Configure.",
        "not-there": "Check the path of the Base URL; often it ends in /v2 or /scim/v2.",
    }
    message = "There is no SCIM service at this Base URL (404 Not Found)." if failure.code == "not-there" else failure.message
    return Refused(
        failure.code, message, f"{hints.get(failure.code, failure.hint)} Nothing was changed.", "token" if failure.code == "unauthorized" else "base_url"
    )


def _example(application: Application) -> str:
    connector = catalog.known(application.connector)
    return connector.scim.base_url if connector and connector.scim else ""
