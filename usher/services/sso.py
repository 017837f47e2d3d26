"""Single sign-on of an application: its fields, placeholders and attributes, on and off. Its certificate is in `certificates`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from store import applications, saml_settings, service_providers
from store.applications import Application
from store.connection import Db
from store.errors import NotFound, Refused, UsageError
from store.saml_settings import SamlAttribute, SamlSettings
from usher.services import catalog, meanwhile, placeholders, sso_fields
from usher.services.application_views import ApplicationDetail, detail, unfilled
from usher.services.applications import refuse_stale
from usher.services.certificates import IdpCertificate, certificate, save_certificate
from usher.services.session import Change, Session

__all__ = [
    "IdpCertificate", "activate", "certificate", "deactivate", "fill", "keep", "remove_attributes", "save_certificate", "set_attributes", "set_constants", "set_fields", "with_saml",
]  # fmt: skip


def set_fields(session: Session, app: str, values: Mapping[str, Any], expected_version: int | None = None) -> ApplicationDetail:
    """Changes fields of the SSO tab (texts as on the command line; booleans may be booleans).

    All or none is kept. They may change while SSO is active, but no placeholder may come back then. Raises
    `UsageError` or `Refused` naming the `field`, `Conflict` when the application is past `expected_version`.
    """
    with session.change("administrator") as change:
        application, saml = with_saml(change.db, app)
        refuse_stale(change.db, application, expected_version)
        checked = {field: sso_fields.check(change.db, application.id, field, value) for field, value in values.items()}
        keep(change, application, saml, checked, "sso.changed")
    return _detail(session, application)


def fill(session: Session, app: str, values: Mapping[str, str], *, expected: Mapping[str, str] | None = None) -> ApplicationDetail:
    """Puts values in the place of placeholders, in every SSO field that has them, and remembers them.

    Raises `UsageError` with the token as `field` for a value that can't be it, `Conflict` where one is not what was `expected`.
    """
    with session.change("administrator") as change:
        application, saml = with_saml(change.db, app)
        asked = saml_settings.placeholders(change.db, application.id)
        _refuse_overtaken(change.db, application, expected, {each.token: each.value for each in asked})
        checked = {token: placeholders.check_value(asked, token, value) for token, value in values.items()}
        connector = catalog.known(application.connector)
        fields = placeholders.filled(saml, asked, checked, connector.saml if connector else None)
        _check_filled(change.db, application.id, fields, checked)
        before = {each.token: each.value for each in asked}
        for token, value in checked.items():
            saml_settings.fill_placeholder(change.db, application.id, token, value)
        noted = {token: [before[token], value] for token, value in checked.items() if before[token] != value}
        keep(change, application, saml, fields, "sso.filled", noted)
    return _detail(session, application)


def set_attributes(session: Session, app: str, sources: Mapping[str, str], *, expected: Mapping[str, str] | None = None) -> ApplicationDetail:
    """Adds or changes attributes of the assertion that come from a user attribute: `{name: source}`."""
    return _put(session, app, lambda db, name, text: SamlAttribute(name, sso_fields.check_source(db, text, name), None, False), sources, expected)


def set_constants(session: Session, app: str, constants: Mapping[str, str], *, expected: Mapping[str, str] | None = None) -> ApplicationDetail:
    """Adds or changes attributes of the assertion that are the same for everybody: `{name: value}`; several values stand a line each."""
    return _put(session, app, lambda _, name, text: SamlAttribute(name, None, sso_fields.check_values(text, name), False), constants, expected)


def remove_attributes(session: Session, app: str, names: Iterable[str]) -> ApplicationDetail:
    """Takes attributes out of the assertion; one the application requires is refused."""
    with session.change("administrator") as change:
        application, _ = with_saml(change.db, app)
        before = {each.name: each for each in saml_settings.attributes(change.db, application.id)}
        for name in (removed := list(dict.fromkeys(names))):
            if name not in before:
                raise NotFound("no-such-attribute", f"{application.label} has no attribute {name!r}.", f"It has: {', '.join(before) or 'none'}.", name)
            if before[name].required:
                raise Refused("attribute-required", f"{application.label} requires the attribute {name}.", "Change where it comes from instead.", name)
            saml_settings.remove_attribute(change.db, application.id, name)
        if removed:
            _changed(change, application, "sso.changed", {f"attribute {name}": [_shown(before[name]), None] for name in removed})
    return _detail(session, application)


def activate(session: Session, app: str) -> ApplicationDetail:
    """Switches SSO (or a bookmark) on. `Refused` while a placeholder is left, or SP Entity ID, ACS URL or a certificate that is needed is missing."""
    with session.change("administrator") as change:
        application = applications.find(change.db, app)
        _refuse_without_sso(application)
        if application.sso != "active":
            if saml := saml_settings.get(change.db, application.id):
                _refuse_unready(change.db, application, saml)
            applications.update(change.db, application.id, {"sso": "active"})
            change.record("sso.activated", application.label)
            change.event("application", application.id)
    return _detail(session, application)


def deactivate(session: Session, app: str) -> ApplicationDetail:
    """Switches SSO (or a bookmark) off. `Refused` while Identity Management that requires it is active."""
    with session.change("administrator") as change:
        application = applications.find(change.db, app)
        _refuse_without_sso(application)
        if application.idm == "active" and application.idm_requires_sso:
            raise Refused(
                "idm-needs-sso",
                f"SSO of {application.label} cannot be deactivated while Identity Management is active: it requires SSO.",
                "Deactivate the IdM connection first.",
            )
        if application.sso == "active":
            applications.update(change.db, application.id, {"sso": "inactive"})
            change.record("sso.deactivated", application.label)
            change.event("application", application.id)
    return _detail(session, application)


def with_saml(db: Db, app: str) -> tuple[Application, SamlSettings]:
    """An application and its SSO fields; `Refused` for one without SAML."""
    application = applications.find(db, app)
    saml = saml_settings.get(db, application.id)
    if saml is None:
        raise Refused("no-sso", f"{application.label} has no SAML single sign-on.", "")
    return application, saml


def keep(change: Change, application: Application, saml: SamlSettings, fields: Mapping[str, Any], action: str, noted: Mapping[str, Any] | None = None) -> None:
    """Keeps checked fields that differ, if all together are still good, and records it with what else is `noted`. For services."""
    differing = {field: value for field, value in fields.items() if value != getattr(saml, field)}
    _refuse_unfit(change.db, application, replace(saml, **differing), differing)
    if differing:
        saml_settings.update(change.db, application.id, differing)
    if differing or noted:
        _changed(change, application, action, {**(noted or {}), **{field: [getattr(saml, field), value] for field, value in differing.items()}})


def _changed(change: Change, application: Application, action: str, noted: dict[str, Any]) -> None:
    """What every change of the SSO tab leaves behind."""
    applications.touch(change.db, application.id)
    change.record(action, application.label, noted)
    change.event("application", application.id)


def _refuse_unfit(db: Db, application: Application, saml: SamlSettings, differing: Mapping[str, Any]) -> None:
    """What no field can see alone."""
    if not saml.sign_assertion and not saml.sign_response:
        field = "sign_response" if "sign_response" in differing else "sign_assertion"
        raise UsageError("nothing-signed", "The assertion, the response or both must be signed.", "Leave one of them true.", field)
    if saml.groups_attribute and saml.groups_attribute in {each.name for each in saml_settings.attributes(db, application.id)}:
        raise UsageError(
            "attribute-taken", f"There is an attribute {saml.groups_attribute!r} already.", "Name the groups attribute differently.", "groups_attribute"
        )
    if application.sso != "active":
        return
    if left := unfilled(saml, saml_settings.placeholders(db, application.id)):
        field = next(name for name in placeholders.TEXT_FIELDS if any(token in str(getattr(saml, name)) for token in left))
        raise Refused("placeholder-left", f"{left[0]} cannot be put back into an SSO field while SSO is active.", "Deactivate SSO first.", field)
    if not saml.sp_entity_id or not saml.acs_urls:
        raise Refused(
            "sso-incomplete",
            "An active SSO keeps its SP Entity ID and an ACS URL.",
            "Deactivate SSO first.",
            "acs_urls" if saml.sp_entity_id else "sp_entity_id",
        )
    _refuse_uncertified(db, application, saml)


def _refuse_uncertified(db: Db, application: Application, saml: SamlSettings) -> None:
    """While SSO is active, what needs a certificate of the application has one: nobody could sign in without."""
    facts = service_providers.get(db, application.id)
    for field, kept, what in (
        ("encrypt_assertion", facts.encryption_certificate, "assertions could be encrypted for"),
        ("require_signed_requests", facts.certificates, "its requests could be verified with"),
    ):
        if getattr(saml, field) and not kept:
            raise Refused(
                "no-sp-certificate",
                f"No certificate of {application.label} is known that {what}: nobody could sign in.",
                f"Take its metadata, or its certificate, over first (usher apps sp-metadata '{application.label}' FILE), or leave {field} false.",
                field,
            )


def _refuse_unready(db: Db, application: Application, saml: SamlSettings) -> None:
    """Says what is missing before SSO can be switched on."""
    asked = saml_settings.placeholders(db, application.id)
    if left := unfilled(saml, asked):
        label = next(each.label for each in asked if each.token == left[0])
        hint = f"Fill in {label} on the SSO tab, or with usher apps fill."
        raise Refused("placeholder-left", f"SSO cannot be activated while {', '.join(left)} is left in an SSO field.", hint, left[0])
    for field, name in (("sp_entity_id", "SP Entity ID"), ("acs_urls", "ACS URL")):
        if not getattr(saml, field):
            raise Refused("sso-incomplete", f"SSO cannot be activated without an {name}.", "Fill it in on the SSO tab, or with usher apps set.", field)
    _refuse_uncertified(db, application, saml)


def _refuse_without_sso(application: Application) -> None:
    if application.sso == "unsupported":
        raise Refused("no-sso", f"{application.label} has no single sign-on.", "")


def _check_filled(db: Db, application_id: str, fields: Mapping[str, Any], values: Mapping[str, str]) -> None:
    """The fields must be good with the values in them; the refusal names the token, which is what was typed."""
    for field, value in fields.items():
        try:
            sso_fields.check(db, application_id, field, value)
        except UsageError as error:
            raise UsageError(error.code, error.message, "Check the value that was filled in.", next(iter(values))) from error


def _put(session: Session, app: str, make: Any, values: Mapping[str, str], expected: Mapping[str, str] | None) -> ApplicationDetail:
    """Adds or changes attributes; whether one is required stays as it was. `expected` is what `came_from` said of them."""
    with session.change("administrator") as change:
        application, saml = with_saml(change.db, app)
        before = {each.name: each for each in saml_settings.attributes(change.db, application.id)}
        now = dict.fromkeys(expected or {}, "") | {f"attribute {name}": came_from(each) for name, each in before.items()}
        _refuse_overtaken(change.db, application, expected, now)
        noted = {}
        for given, text in values.items():
            name = sso_fields.check_text(given, "attribute", required=True, longest=sso_fields.LONGEST_NAME)
            if name == saml.groups_attribute:
                raise UsageError("attribute-taken", f"{name!r} is the groups attribute already.", "Name it differently.", name)
            attribute = make(change.db, name, text)
            if name not in before or _shown(before[name]) != _shown(attribute):
                saml_settings.put_attribute(change.db, application.id, attribute)
                noted[f"attribute {name}"] = [_shown(before[name]) if name in before else None, _shown(attribute)]
        if noted:
            _changed(change, application, "sso.changed", noted)
    return _detail(session, application)


def _refuse_overtaken(db: Db, application: Application, expected: Mapping[str, str] | None, now: Mapping[str, Any]) -> None:
    meanwhile.check(db, application.label, [application.id, application.label], expected or {}, now)


def came_from(attribute: SamlAttribute | None) -> str:
    """Where an attribute comes from, as the record shows it; empty for one that is not there."""
    return _shown(attribute) if attribute else ""


def _shown(attribute: SamlAttribute) -> str:
    return f"constant {', '.join(attribute.values)}" if attribute.source is None else attribute.source


def _detail(session: Session, application: Application) -> ApplicationDetail:
    """The application as it is now."""
    return detail(session, applications.find(session.db, application.id))
