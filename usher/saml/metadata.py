"""The metadata an application gets about this identity provider: certificates in force, and endpoints that work (SAML Metadata 2.4)."""

from __future__ import annotations

from usher.saml import logout
from usher.saml.keys import one_line
from usher.saml.names import DS, METADATA, POST, REDIRECT, SAMLP
from usher.saml.parties import IdentityProvider, ServiceProvider
from usher.saml.xml import attribute, text

MEDIA_TYPE = "application/samlmetadata+xml"


def document(idp: IdentityProvider, sp: ServiceProvider) -> str:
    """EntityDescriptor for one application. Every certificate that may sign from now on is in it, the active one first."""
    wants = "true" if sp.require_signed_requests else "false"
    keys = "".join(_key(pem) for pem in idp.certificates)
    bindings = (POST, REDIRECT) if idp.redirect else (POST,)
    sso = "".join(_endpoint("SingleSignOnService", binding, idp.sso_url) for binding in bindings)
    slo = "".join(_endpoint("SingleLogoutService", binding, idp.slo_url) for binding in (POST, REDIRECT)) if logout.possible(sp) else ""
    organization = _organization(idp) if idp.organization else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<md:EntityDescriptor xmlns:md="{METADATA}" entityID="{attribute(idp.entity_id)}">'
        f'<md:IDPSSODescriptor WantAuthnRequestsSigned="{wants}" protocolSupportEnumeration="{SAMLP}">'
        f"{keys}{slo}<md:NameIDFormat>{text(sp.nameid_format)}</md:NameIDFormat>{sso}</md:IDPSSODescriptor>{organization}</md:EntityDescriptor>\n"
    )


def _key(pem: str) -> str:
    """A certificate that signs."""
    data = f"<ds:X509Data><ds:X509Certificate>{one_line(pem)}</ds:X509Certificate></ds:X509Data>"
    return f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{DS}">{data}</ds:KeyInfo></md:KeyDescriptor>'


def _endpoint(name: str, binding: str, url: str) -> str:
    return f'<md:{name} Binding="{binding}" Location="{attribute(url)}"></md:{name}>'


def _organization(idp: IdentityProvider) -> str:
    """Whose identity provider it is."""
    name = text(idp.organization)
    origin = attribute(idp.sso_url.split("/saml2/")[0])
    return (
        f'<md:Organization><md:OrganizationName xml:lang="en">{name}</md:OrganizationName>'
        f'<md:OrganizationDisplayName xml:lang="en">{name}</md:OrganizationDisplayName><md:OrganizationURL xml:lang="en">{origin}</md:OrganizationURL></md:Organization>'
    )
