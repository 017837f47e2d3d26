"""Applications as screens and commands read them: a line of the list, and everything about one."""

from __future__ import annotations

from store import activity, applications, authorizations, connections, saml_settings, settings, sign_ins
from store.applications import Application
from store.connections import ConnectionView, MappingRow
from store.records import dataclass
from store.saml_settings import Placeholder, SamlAttribute, SamlSettings
from usher.saml.certificate import CertificateState, state
from usher.services import catalog
from usher.services.session import Session


@dataclass(frozen=True)
class AccountCounts:
    """People of an application: `in_step` there as wanted, `pending` a change is due, `failed` the last try
    went wrong, `deactivated` switched off there as wanted; `blocked` cannot be sent as they are, and are not among the
    pending. While Identity Management is not active nothing is compared: then `kept` are the active accounts left there."""

    in_step: int = 0
    pending: int = 0
    failed: int = 0
    deactivated: int = 0
    blocked: int = 0
    kept: int = 0


@dataclass(frozen=True)
class ApplicationSummary:
    """A line of Configured Applications. `connector` is the catalog's key, `connector_name` its name; `kind` saml, scim
    or bookmark; `sso` and `idm` active, inactive or unsupported; `idp_url` and `slug` are empty where there is no SAML."""

    id: str
    label: str
    connector: str
    connector_name: str
    kind: str
    badge: str
    colour: str
    visible: bool
    sso: str
    idm: str
    idp_url: str
    groups: tuple[str, ...]
    accounts: AccountCounts
    certificate: CertificateState | None
    last_push: str | None
    last_push_state: str | None

    @property
    def was_active(self) -> bool:
        """Whether Identity Management has been active before: it was pushed then, or accounts were left."""
        return bool(self.last_push or self.accounts.kept)


@dataclass(frozen=True)
class ApplicationDetail(ApplicationSummary):
    """One application with every setting. `version` moves with every change of it; `people` may reach it now;
    `unfilled` are the placeholders still left in an SSO field; `loaded` whether its certificate was ever written to a file,
    `signed_in` whether anybody was ever asserted to it."""

    description: str
    bookmark_url: str
    slug: str
    image_type: str | None
    saml: SamlSettings | None
    attributes: tuple[SamlAttribute, ...]
    placeholders: tuple[Placeholder, ...]
    unfilled: tuple[str, ...]
    connection: ConnectionView | None
    mapping: tuple[MappingRow, ...]
    idm_requires_sso: bool
    supports_groups: bool
    people: int
    version: int
    created_at: str
    loaded: bool
    signed_in: bool


def list_(session: Session) -> list[ApplicationSummary]:
    """Configured Applications, by label."""
    return [summary(session, application) for application in applications.list_(session.db)]


def get(session: Session, name_or_id: str) -> ApplicationDetail:
    """Everything about one application; `NotFound` when there is none of that label or id."""
    return detail(session, applications.find(session.db, name_or_id))


def summary(session: Session, application: Application) -> ApplicationSummary:
    """The application's line."""
    push = applications.last_push(session.db, application.id)
    return ApplicationSummary(
        id=application.id,
        label=application.label,
        connector=application.connector,
        connector_name=catalog.name_of(application.connector),
        kind=application.kind,
        badge=application.badge,
        colour=application.colour,
        visible=application.visible,
        sso=application.sso,
        idm=application.idm,
        idp_url=idp_url(session, application.slug),
        groups=authorizations.group_names(session.db, application.id),
        accounts=_accounts(session, application),
        certificate=_certificate(session, application.id),
        last_push=push.at if push else None,
        last_push_state=push.state if push else None,
    )


def detail(session: Session, application: Application) -> ApplicationDetail:
    """Everything about the application."""
    db = session.db
    saml = saml_settings.get(db, application.id)
    attributes = saml_settings.attributes(db, application.id)
    placeholders = saml_settings.placeholders(db, application.id)
    return ApplicationDetail(
        **vars(summary(session, application)),
        description=application.description,
        bookmark_url=application.bookmark_url,
        slug=application.slug or "",
        image_type=application.image_type,
        saml=saml,
        attributes=attributes,
        placeholders=placeholders,
        unfilled=unfilled(saml, placeholders) if saml else (),
        connection=connections.view(db, application.id),
        mapping=connections.mapping(db, application.id),
        idm_requires_sso=application.idm_requires_sso,
        supports_groups=application.supports_groups,
        people=authorizations.entitled_count(db, application.id),
        version=application.version,
        created_at=application.created_at,
        loaded=_loaded(session, application),
        signed_in=sign_ins.count(db, sign_ins.Wanted(application_id=application.id, result="asserted"), 1) > 0,
    )


def idp_url(session: Session, slug: str | None) -> str:
    """The SSO IdP URL: the base URL, `/saml2/`, and the application's own part; empty without one."""
    return f"{settings.get(session.db, 'base_url')}/saml2/{slug}" if slug else ""


def unfilled(saml: SamlSettings, placeholders: tuple[Placeholder, ...]) -> tuple[str, ...]:
    """The tokens that still stand in an SSO field."""
    fields = " ".join((saml.sp_entity_id, *saml.acs_urls, saml.login_url, saml.default_relay_state, saml.idp_entity_id))
    return tuple(placeholder.token for placeholder in placeholders if placeholder.token in fields)


def _certificate(session: Session, application_id: str) -> CertificateState | None:
    """How the certificate that signs now stands at this moment."""
    found = saml_settings.active_certificate(session.db, application_id)
    return state(found.not_before, found.not_after, found.sha256, session.clock.now()) if found else None


def _loaded(session: Session, application: Application) -> bool:
    """Whether the certificate that signs now was ever written to a file."""
    found = saml_settings.active_certificate(session.db, application.id)
    return found is not None and activity.has(session.db, "certificate.downloaded", (application.id, application.label), "sha256", found.sha256)


def _accounts(session: Session, application: Application) -> AccountCounts:
    """What the comparison of wanted and known says; nothing to compare where accounts are not managed."""
    if application.idm == "unsupported":
        return AccountCounts()
    try:
        from usher.provisioning import standing
    except ImportError:
        return AccountCounts()
    return standing.counts(session, application.id)
