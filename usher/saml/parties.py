"""The two parties of a sign-in, as registered here: nothing about either is ever taken from a message."""

from __future__ import annotations

from dataclasses import field

from store.records import dataclass
from usher.saml.names import UNSPECIFIED


@dataclass(frozen=True)
class Acs:
    """An assertion consumer service: the address a response is posted to, and the index a request may name it by."""

    url: str
    index: int


@dataclass(frozen=True)
class ServiceProvider:
    """An application as SAML knows it. `acs[0]` is the default; `certificates` (PEM) verify what it sends; `active` whether SSO is.

    `slo_binding` is redirect, post or empty (no single logout); `slo_response_url` empty means `slo_url`.
    """

    application_id: str
    label: str
    entity_id: str
    acs: tuple[Acs, ...]
    active: bool = True
    nameid_format: str = UNSPECIFIED
    certificates: tuple[str, ...] = ()
    encryption_certificate: str = ""
    require_signed_requests: bool = False
    sign_assertion: bool = True
    sign_response: bool = False
    encrypt_assertion: bool = False
    typed_values: bool = False
    slo_url: str = ""
    slo_response_url: str = ""
    slo_binding: str = ""


@dataclass(frozen=True)
class IdentityProvider:
    """This identity provider as one application knows it: its entity ID and endpoints are the application's own.

    `certificates` (PEM) are those in force, the active one first; `redirect` whether metadata names the redirect endpoint.
    """

    entity_id: str
    sso_url: str
    certificates: tuple[str, ...]
    redirect: bool = False
    organization: str = field(default="")

    @property
    def slo_url(self) -> str:
        """Where logout messages are taken."""
        return f"{self.sso_url}/logout"

    @property
    def metadata_url(self) -> str:
        """Where the metadata is."""
        return f"{self.sso_url}/metadata"
