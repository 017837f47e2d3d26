"""What the catalog knows about an application.

Nothing in the program names an application: all that differs between two of them is in their files.
"""

from __future__ import annotations

from store.records import dataclass

KINDS = ("saml", "scim", "bookmark")
OPERATIONS = ("create", "update", "deactivate", "reactivate", "delete")
IDP_VALUES = ("entity_id", "sso_url", "certificate", "fingerprint", "metadata_url", "metadata")
CONFIDENCE = ("documented", "partial", "generic", "own")
AUTHENTICATION = ("bearer", "header", "oauth2", "unsaid")
DEACTIVATING = ("deactivates", "removes", "deletes", "unsaid")
DELETING = ("erases", "deletes", "removes", "deactivates", "nothing", "unsaid")
UPDATES = ("learn", "patch", "put")


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
    """Defaults of the SSO tab, and how the other side is set up: `where` to click, what to enter, `steps` after.
    `needs_relay_state`: a sign-in that begins at the portal works only with a Default Relay State, which the operator copies from there."""

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
    needs_relay_state: bool
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
    `rate` the published writes per second (None: none published); `deactivate` and `delete` say what they do there
    in a sentence, `on_deactivate` (one of `DEACTIVATING`) and `on_delete` (of `DELETING`) in a word for the engine.

    Switches: `username_is_email`: userName must be an e-mail address; `strict_attributes`: any attribute
    it does not list fails; `refuses`: attributes that are never sent there; `removed_only_here`: people can't be
    removed at the application itself; `authorization`: what the Authorization header holds, `{token}` being the
    Token Key; `needs_user_agent`: it turns away who does not name himself; `token_days`: how long a token lives.
    """

    base_url: str
    groups: bool
    requires_sso: bool
    rate: float | None
    supports: tuple[str, ...]
    authentication: str
    authorization: str
    needs_user_agent: bool
    username_is_email: bool
    strict_attributes: bool
    refuses: tuple[str, ...]
    removed_only_here: bool
    update_method: str
    on_deactivate: str
    on_delete: str
    deactivate: str
    delete: str
    seats: str
    token: str
    token_days: int | None
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
    """One application of the catalog. `caution` is a sentence to be read before it is added; `confidence` how far its
    facts are documented (one of `CONFIDENCE`)."""

    key: str
    name: str
    vendor: str
    kind: str
    category: str
    aliases: tuple[str, ...]
    summary: str
    caution: str
    confidence: str
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
        idp, sp = saml is not None and saml.idp_initiated, saml is not None and saml.sp_initiated
        return supported(self.kind, saml=saml is not None, idp=idp, sp=sp, scim=scim is not None, groups=scim is not None and scim.groups)

    @property
    def not_yet(self) -> tuple[str, ...]:
        """What the application could do and Usher does not do yet, a sentence each."""
        return not_yet(self.scim.authentication, self.scim.groups) if self.scim else ()


OAUTH = "It asks for OAuth 2.0, which Usher does not do yet: an access token made by hand is taken as Token Key, and works until it ends."
UNSAID = "Its documents do not say how provisioning authenticates: the Token Key is sent as a bearer token."
GROUPS = "It takes groups too, which Usher does not push yet: only people are sent."


def not_yet(authentication: str, groups: bool) -> tuple[str, ...]:
    """The sentences for what an application asks for, or takes, and Usher does not do yet."""
    said = ((authentication == "oauth2", OAUTH), (authentication == "unsaid", UNSAID), (groups, GROUPS))
    return tuple(sentence for holds, sentence in said if holds)


def supported(kind: str, *, saml: bool, idp: bool, sp: bool, scim: bool, groups: bool) -> tuple[str, ...]:
    """The words for what an application supports, in the order they are always shown."""
    found = {
        "Bookmark": kind == "bookmark",
        "SSO": saml,
        "IdP-initiated": saml and idp,
        "SP-initiated": saml and sp,
        "Identity Management": scim,
        "Groups": scim and groups,
    }
    return tuple(name for name, holds in found.items() if holds)
