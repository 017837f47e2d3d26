"""Stores for the places of an application and of adding one. What is random elsewhere (a fingerprint) is fixed here."""

from __future__ import annotations

import base64
import hashlib

from store import made_with
from store.made_with import MadeWith
from store.secrets import Secret
from tests.stages import harbour
from tests.stages_push import fixed_fingerprint, verified
from usher.services import applications, authorizations, directory, identity, rotation, sso
from usher.services.session import Session

APP = "Calendly"
BASE = "https://provider.example/scim/example/v2"
SP_METADATA = """<?xml version="1.0"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://calendly.example/saml/harbour-works">
  <md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://calendly.example/logout"/>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://calendly.example/acs" index="1" isDefault="true"/>
  </md:SPSSODescriptor>
</md:EntityDescriptor>
"""


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


def rotating(session: Session) -> None:
    """Another certificate is staged. What they are told by is the same each day, as their keys are not."""
    with_sso(session)
    rotation.stage(session, APP)
    with session.store.transaction() as db:
        for held in rotation.list_(session, APP):
            der = f"the {held.place} certificate of a picture".encode()
            pem = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(der).decode()}\n-----END CERTIFICATE-----\n"
            db.execute("update certificate set pem = ?, sha256 = ? where id = ?", (pem, hashlib.sha256(der).hexdigest(), held.id))


def sp_file(session: Session) -> None:
    """The application's own metadata lies in the exchange folder of a confined operator."""
    with_sso(session)
    assert session.exchange is not None
    session.exchange.mkdir(mode=0o700, parents=True, exist_ok=True)
    (session.exchange / "sp.xml").write_text(SP_METADATA, "utf-8")
    session.confined = True


def wiser(session: Session) -> None:
    """Calendly was added when its connector said a few things otherwise."""
    with_sso(session)
    sso.set_fields(session, APP, {"nameid_format": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"})
    app = applications.get(session, APP).id
    with session.store.transaction() as db:
        made = made_with.get(db, app)
        assert made is not None
        earlier = {**made.facts, "saml.nameid_format": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", "scim.rate": 5.0}
        earlier |= {"attribute.lastName": "lastname", "mapping.displayName": "username", "saml.login_url": "https://calendly.com/old"}
        db.execute("delete from made_with where application_id = ?", (app,))
        made_with.insert(db, app, MadeWith("earlier", earlier))
