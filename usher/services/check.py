"""Before an application goes live: what is missing, and whether sign-in and provisioning agree about everybody in scope."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from store import accounts, applications, authorizations, saml_settings, service_providers
from store.accounts import Person
from store.applications import Application
from store.errors import UsherError
from store.ids import fold
from store.records import dataclass
from store.saml_settings import SamlSettings
from usher.catalog.vocabulary import NAMEID_FORMATS
from usher.provisioning.mapping import evaluate
from usher.provisioning.prepare import behaviour_of
from usher.saml.certificate import state
from usher.services import identity
from usher.services.application_views import unfilled
from usher.services.pushes import find_application
from usher.services.session import Session

_NAMED = 5
_PASSING = ("username", "email", "displayname", "firstname", "lastname", "alias", "jobTitle")
"""Attributes that change with a name or an office, or are given out again."""


@dataclass(frozen=True)
class Check:
    """One thing that must hold; `detail` what is the case, with whom it concerns and what to do. With `warns` it works
    today, and is to be thought about."""

    check: str
    holds: bool
    detail: str
    warns: bool = False


@dataclass(frozen=True)
class Report:
    """All that was looked at; `people` how many are in scope."""

    app: str
    people: int
    checks: tuple[Check, ...]

    @property
    def ready(self) -> bool:
        """Whether all of it holds."""
        return all(each.holds for each in self.checks)


def run(session: Session, app: str, *, live: bool = True) -> Report:
    """Checks an application whole; `live` also asks the provider it is connected to (read-only)."""
    application = applications.find(session.db, app)
    with session.store.reading() as db:
        people = list(accounts.entitled(db, application.id))
        saml = saml_settings.get(db, application.id)
        checks = list(_scope(session, application, people))
        if saml is not None:
            checks += _sso(session, application, saml)
            checks += [*_nameids(saml, people), *_lasting(saml)]
        if application.idm != "unsupported":
            checks += _provisioning(session, application, saml, people)
    if application.idm != "unsupported" and live:
        checks.append(_connection(session, application))
    return Report(application.label, len(people), tuple(checks))


def _scope(session: Session, application: Application, people: Sequence[Person]) -> Iterator[Check]:
    groups = authorizations.group_names(session.db, application.id)
    many = "1 person" if len(people) == 1 else f"{len(people)} people"
    detail = f"{many} by {', '.join(groups)}." if groups else "No user group is authorised. usher apps authorize lets one in."
    yield Check("somebody is let in", bool(people), detail if people or not groups else f"Nobody active is in {', '.join(groups)}.")


def _sso(session: Session, application: Application, saml: SamlSettings) -> Iterator[Check]:
    left = unfilled(saml, saml_settings.placeholders(session.db, application.id))
    yield Check("placeholders are filled in", not left, f"Still there: {', '.join(left)}. usher apps fill sets them." if left else "None is left.")
    missing = [name for name, value in (("SP Entity ID", saml.sp_entity_id), ("ACS URL", saml.acs_urls)) if not value]
    yield Check("the application is known", not missing, f"Missing: {', '.join(missing)}." if missing else f"{saml.sp_entity_id}, {saml.acs_urls[0]}")
    yield _certificate(session, application)
    facts = service_providers.get(session.db, application.id)
    if saml.encrypt_assertion:
        yield Check("assertions can be encrypted", bool(facts.encryption_certificate), "The application's certificate is known." if facts.encryption_certificate else "There is no certificate of the application to encrypt for: import its metadata.")  # fmt: skip
    if saml.require_signed_requests:
        yield Check("signed requests can be verified", bool(facts.certificates), "The application's certificate is known." if facts.certificates else "There is no certificate of the application to verify with: import its metadata.")  # fmt: skip
    yield Check("SSO is active", application.sso == "active", f"SSO is {application.sso}.")


def _certificate(session: Session, application: Application) -> Check:
    kept = saml_settings.active_certificate(session.db, application.id)
    if kept is None:
        return Check("the certificate holds", False, "There is none.")
    stands = state(kept.not_before, kept.not_after, kept.sha256, session.clock.now())
    detail = f"{stands.state}, until {stands.not_after[:10]} ({stands.days_left} days)."
    return Check("the certificate holds", stands.state == "valid", detail if stands.state == "valid" else f"{detail} Stage another one: usher apps certificate {application.label} stage")  # fmt: skip


def _nameids(saml: SamlSettings, people: Sequence[Person]) -> Iterator[Check]:
    """Everybody has a NameID, and no two have the same."""
    source = saml.nameid_source
    without = [each.username for each in people if not _nameid(saml, each)]
    yield Check("everybody has a NameID", not without, f"No {source}: {_named(without)}." if without else f"Everybody has a value for {source}.")
    seen: dict[str, list[str]] = {}
    for each in people:
        if value := _nameid(saml, each):
            seen.setdefault(fold(value), []).append(each.username)
    shared = [f"{' and '.join(sorted(names))} share {value}" for value, names in seen.items() if len(names) > 1]
    yield Check(
        "NameIDs are unique", not shared, f"{_named(shared)}: one of them would get into the other's account." if shared else "No two people share one."
    )


def _lasting(saml: SamlSettings) -> Iterator[Check]:
    """A persistent NameID is one that never changes and is never given to somebody else (SAML Core 8.3.7)."""
    if saml.nameid_format != NAMEID_FORMATS["persistent"]:
        return
    source, name = saml.nameid_source, "the persistent NameID stays with its person"
    if source in _PASSING:
        yield Check(name, True, f"{source} can change or be given to somebody else later: who has it then gets into the account. Better take id, or employeeIdentifier, or another NameID format.", True)  # fmt: skip
    else:
        yield Check(name, True, f"It comes from {source}.")


def _provisioning(session: Session, application: Application, saml: SamlSettings | None, people: Sequence[Person]) -> Iterator[Check]:
    """The mapping gives everybody an account, under the name they sign in with."""
    target = find_application(session, application.id)
    rules, by_email = accounts.rules(session.db, application.id), behaviour_of(session.db, target).username_is_email
    wanted = [evaluate(rules, each, username_is_email=by_email) for each in people]
    blocked = [f"{each.username} ({each.blocked})" for each in wanted if each.blocked]
    yield Check("the mapping is complete", not blocked, _named(blocked) if blocked else "Every required value is there.")
    if saml is None:
        return
    differing = [
        f"{person.username}: NameID {_nameid(saml, person) or 'none'}, userName {want.attributes.get('userName') or 'none'}"
        for person, want in zip(people, wanted, strict=True)
        if _nameid(saml, person) != str(want.attributes.get("userName") or "")
    ]
    detail = (
        f"{_named(differing)}. Let NameID and userName come from the same attribute." if differing else "Everybody signs in under the name of their account."
    )
    yield Check("NameID equals the provisioned identifier", not differing, detail)


def _connection(session: Session, application: Application) -> Check:
    """The live service answers; nothing is changed there."""
    name = "the connection works"
    try:
        identity.test(session, application.id)
    except UsherError as error:
        return Check(name, False, str(error))
    return Check(name, True, "The service answered." if application.idm == "active" else "The service answered; Identity Management is not active.")


def _nameid(saml: SamlSettings, person: Person) -> str:
    return person.values.get(saml.nameid_source, "").strip()


def _named(what: Sequence[str]) -> str:
    more = len(what) - _NAMED
    return "; ".join(what[:_NAMED]) + (f"; and {more} more" if more > 0 else "")
