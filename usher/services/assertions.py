"""What an assertion says about a person: the NameID and the attributes, by the application's SSO fields."""

from __future__ import annotations

from store import authorizations, saml_settings
from store.applications import Application
from store.directory import User
from store.errors import Refused
from store.saml_settings import SamlSettings
from usher.saml.issue import Attribute, Person
from usher.services.session import Session


def person(session: Session, application: Application, user: User, saml: SamlSettings | None = None) -> Person:
    """The NameID and attributes of `user` for `application`: mapped, constant, and the groups that are authorised for it.

    What has no value is left out. `saml` are its SSO fields, where they are at hand. Raises `Refused` for an empty NameID, naming
    the source, and where there is no SAML.
    """
    saml = saml or saml_settings.get(session.db, application.id)
    if saml is None:
        raise Refused("no-sso", f"{application.label} has no SAML single sign-on.", "Its connector says what it supports.")
    nameid = user.value(saml.nameid_source).strip()
    if not nameid:
        raise Refused(
            "nameid-empty",
            f"{user.username} has no {saml.nameid_source}, which {application.label} gets as NameID.",
            "Give the person one, or choose another source.",
        )
    kept = [(each.name, each.values if each.source is None else (user.value(each.source),)) for each in saml_settings.attributes(session.db, application.id)]
    said = [(name, tuple(value.strip() for value in values if value and value.strip())) for name, values in kept]
    attributes = [Attribute(name, values) for name, values in said if values]
    if saml.groups_attribute and (names := authorizations.groups_of(session.db, application.id, user.id)):
        attributes.append(Attribute(saml.groups_attribute, names))
    return Person(nameid, tuple(attributes))
