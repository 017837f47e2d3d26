"""What the catalog knows about an application.

Nothing in the program names an application: all that differs between two of them is in their files.
"""

from __future__ import annotations

from store.records import dataclass

KINDS = ("saml", "scim", "bookmark")
OPERATIONS = ("create", "update", "deactivate", "reactivate", "delete")
IDP_VALUES = ("entity_id", "sso_url", "certificate", "fingerprint", "metadata_url")


@dataclass(frozen=True)
class Placeholder:
    """A token in the SAML fields, the label it is asked for by, and where the operator finds its value."""

    token: str
    label: str
    where: str
    example: str


@dataclass(frozen=True)
class Attribute:
    """An attribute of the assertion: `source` (a user attribute) or `constant`, never both."""

    name: str
    source: str | None
    constant: str | None
    required: bool
    note: str


@dataclass(frozen=True)
class Entry:
    """What is entered at the application: its field there, and which value of ours (one of `IDP_VALUES`)."""

    field: str
    value: str


@dataclass(frozen=True)
class Saml:
    """Defaults of the SSO tab, and how the other side is set up: `where` to click, what to enter, `steps` after."""

    sp_entity_id: str
    acs_urls: tuple[str, ...]
    nameid_source: str
    nameid_format: str
    sign_assertion: bool
    sign_response: bool
    encrypt_assertion: bool
    require_signed_requests: bool
    signature_algorithm: str
    default_relay_state: str
    login_url: str
    declare_redirect_endpoint: bool
    groups_attribute: str
    idp_initiated: bool
    sp_initiated: bool
    jit: bool
    attributes: tuple[Attribute, ...]
    where: str
    enter: tuple[Entry, ...]
    steps: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Scim:
    """How the application is provisioned. `base_url` is an example to recognise the real one by, pasted whole;
    `rate` the published writes per second (None: none published); `deactivate` and `delete` what they do there.

    Switches: `username_is_email`: userName must be an e-mail address; `strict_attributes`: any attribute
    it does not list fails; `removed_only_here`: people can't be removed at the application itself.
    """

    base_url: str
    groups: bool
    requires_sso: bool
    rate: float | None
    supports: tuple[str, ...]
    username_is_email: bool
    strict_attributes: bool
    removed_only_here: bool
    update_method: str
    deactivate: str
    delete: str
    seats: str
    token: str
    where: str
    steps: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class MappingRow:
    """`path` at the application takes the user attribute `source` or a `constant`; `label` is the field's name there."""

    path: str
    source: str | None
    constant: str | None
    required: bool
    on: bool
    label: str
    note: str


@dataclass(frozen=True)
class Source:
    """Where a fact was read."""

    title: str
    url: str


@dataclass(frozen=True)
class Connector:
    """One application of the catalog."""

    key: str
    name: str
    kind: str
    category: str
    summary: str
    vendor_url: str
    prerequisites: tuple[str, ...]
    notes: tuple[str, ...]
    placeholders: tuple[Placeholder, ...]
    saml: Saml | None
    scim: Scim | None
    mapping: tuple[MappingRow, ...]
    sources: tuple[Source, ...]

    @property
    def supports(self) -> tuple[str, ...]:
        """What it can do, in the console's words."""
        saml, scim = self.saml, self.scim
        found = {
            "Bookmark": self.kind == "bookmark",
            "SSO": saml is not None,
            "IdP-initiated": saml is not None and saml.idp_initiated,
            "SP-initiated": saml is not None and saml.sp_initiated,
            "Identity Management": scim is not None,
            "Groups": scim is not None and scim.groups,
        }
        return tuple(name for name, holds in found.items() if holds)
