"""The two parties of a sign-in as the store has them, in the shape that `usher.saml` works with; and the key that signs.

Opened keys are kept for the process, by the id of their certificate: a rotation brings another id, so none is ever stale.
"""

from __future__ import annotations

from functools import lru_cache

from store import applications, saml_settings, service_providers
from store.applications import Application
from store.errors import Refused
from store.records import dataclass
from store.saml_settings import Certificate, SamlSettings
from store.secrets import Secret
from store.service_providers import ServiceProviderFacts
from usher.saml.keys import KeyRing, Signer, one_line
from usher.saml.parties import Acs, IdentityProvider, ServiceProvider
from usher.services import settings
from usher.services.session import Session

PUBLISHED = ("active", "staged", "retiring")
"""The states of a certificate in which service providers are told of it."""

_RING = KeyRing()


@dataclass(frozen=True)
class Parties:
    """An application and this identity provider, as each is known to the other; with the SSO fields and the certificate
    that signs now, as they were read for it."""

    sp: ServiceProvider
    idp: IdentityProvider
    saml: SamlSettings
    active: Certificate | None = None


def of(session: Session, application: Application) -> Parties:
    """Both parties of an application with SAML; `Refused` for one without."""
    saml = saml_settings.get(session.db, application.id)
    if saml is None or not application.slug:
        raise Refused("no-sso", f"{application.label} has no SAML single sign-on.", "Its connector says what it supports.")
    published = saml_settings.certificates(session.db, application.id, PUBLISHED)
    pems, active = tuple(each.pem for each in published), next((each for each in published if each.state == "active"), None)
    url = f"{settings.base_url(session)}/saml2/{application.slug}"
    idp = IdentityProvider(saml.idp_entity_id, url, pems, saml.declare_redirect_endpoint, settings.organization(session))
    return Parties(_service_provider(application, saml, service_providers.get(session.db, application.id)), idp, saml, active)


def by_slug(session: Session, slug: str) -> Parties | None:
    """The parties behind an SSO IdP URL, by its last part."""
    application = applications.with_slug(session.db, slug)
    return of(session, application) if application else None


def signer(session: Session, application_id: str) -> Signer:
    """What signs for an application now; `Refused` where it has no active certificate."""
    return _signer(session, saml_settings.active_certificate(session.db, application_id), saml_settings.get(session.db, application_id))


def signing(session: Session, both: Parties) -> Signer:
    """The same, where both parties were just read."""
    return _signer(session, both.active, both.saml)


def _signer(session: Session, certificate: Certificate | None, saml: SamlSettings | None) -> Signer:
    if certificate is None or saml is None:
        raise Refused("no-certificate", "The application has no IdP certificate that could sign.", "Make or upload one on the SSO tab.")
    id_ = certificate.id
    key = _RING.key(f"{session.store.path}|{id_}", lambda: _unsealed(session, id_))
    return Signer(key, one_line(certificate.pem), saml.signature_algorithm)


def _unsealed(session: Session, certificate_id: str) -> Secret:
    """The private key of a certificate."""
    sealed = saml_settings.sealed_private_key(session.db, certificate_id)
    if sealed is None:
        raise Refused("no-certificate", "The certificate is not there any more.", "Try again.")
    return session.vault.open("certificate", certificate_id, "private_key", sealed)


def _service_provider(application: Application, saml: SamlSettings, facts: ServiceProviderFacts) -> ServiceProvider:
    return ServiceProvider(
        application_id=application.id,
        label=application.label,
        entity_id=saml.sp_entity_id,
        acs=_indexed(saml.acs_urls, tuple(sorted(facts.acs_indexes.items()))),
        active=application.sso == "active",
        nameid_format=saml.nameid_format,
        certificates=facts.certificates,
        encryption_certificate=facts.encryption_certificate,
        require_signed_requests=saml.require_signed_requests,
        sign_assertion=saml.sign_assertion,
        sign_response=saml.sign_response,
        encrypt_assertion=saml.encrypt_assertion,
        typed_values=facts.typed_values,
        slo_url=facts.slo_url,
        slo_response_url=facts.slo_response_url,
        slo_binding=facts.slo_binding,
    )


@lru_cache(maxsize=1024)
def _indexed(urls: tuple[str, ...], told: tuple[tuple[str, int], ...]) -> tuple[Acs, ...]:
    """The ACS URLs with the index each is asked for by: its own where metadata gave one, else the lowest that is free."""
    own = {url: index for url, index in told if url in urls}
    free = iter(number for number in range(len(urls) + len(own)) if number not in own.values())
    return tuple(Acs(url, own[url] if url in own else next(free)) for url in urls)
