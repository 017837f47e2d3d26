"""Stores for the places of an application and of adding one. What is random elsewhere (a fingerprint) is fixed here."""

from __future__ import annotations

from store.secrets import Secret
from tests.stages import harbour
from tests.stages_push import fixed_fingerprint, verified
from usher.services import applications, authorizations, directory, identity, sso
from usher.services.session import Session

APP = "Calendly"
BASE = "https://provider.example/scim/example/v2"


def with_sso(session: Session) -> None:
    """Single sign-on of Calendly is active, and there are more groups than the one let in."""
    harbour(session)
    sso.fill(session, APP, {"YOUR_ID": "harbour-works"})
    sso.activate(session, APP)
    for name in ("Crane drivers", "Night shift", "Office"):
        directory.add_group(session, name)
    directory.add_members(session, "Office", ["person0001@harbour.example", "person0002@harbour.example"])
    directory.suspend(session, ["person0002@harbour.example"])


def configured(session: Session) -> None:
    """Base URL and Token Key are entered, nothing is verified."""
    with_sso(session)
    identity.configure(session, APP, BASE, Secret("not-a-real-token-0000"))
    fixed_fingerprint(session)


def active(session: Session) -> None:
    """Identity Management is active; the provider told what it can do."""
    configured(session)
    with session.store.transaction() as db:
        known = '{"patch": true, "filter": true, "groups": false, "bulk": false, "etag": null, "change_password": false}'
        db.execute("update connection set capabilities = ? where base_url <> ''", (known,))
    verified(session, APP)


def nobody(session: Session) -> None:
    """It is active, and no group is let in."""
    active(session)
    authorizations.replace(session, APP, [])


def expiring(session: Session) -> None:
    """The certificate ends in twelve days."""
    with_sso(session)
    session.clock.forward(days=1813)  # type: ignore[attr-defined]


def no_groups(session: Session) -> None:
    """An application before there is any group."""
    applications.add(session, "custom-saml-scim", label="Crane planner", colour="violet", description="Which crane lifts what, and when")
