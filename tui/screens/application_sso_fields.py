"""The fields of the SSO tab as data: label, value, one line of help."""

from __future__ import annotations

from store.saml_settings import SamlSettings
from tui.widgets.choice import YES_NO
from tui.widgets.fields import FieldSpec
from usher.catalog.vocabulary import NAMEID_FORMATS, SIGNATURE_ALGORITHMS
from usher.services.applications import ApplicationDetail

TEXTS = (
    ("idp_entity_id", "IdP Entity ID", "What this identity provider is called at the application; each application has one of its own."),
    ("sp_entity_id", "SP Entity ID", "What the application calls itself in its requests: its audience."),
    ("acs_urls", "ACS URL", "Where responses are sent. Several are separated by commas; the first is the default."),
    ("login_url", "Login URL", "Where people begin to sign in at the application. May be empty."),
    ("default_relay_state", "Default Relay State", "Where people land after signing in from the portal. May be empty."),
    ("groups_attribute", "Groups attribute", "Name of an attribute that carries the person's authorised groups; empty sends none."),
)
FLAGS = (
    ("sign_assertion", "Sign assertion", "The assertion, the response or both must be signed."),
    ("sign_response", "Sign response", "Only where the application asks for it."),
    ("encrypt_assertion", "Encrypt assertion", "Needs the application's certificate."),
    ("require_signed_requests", "Signed requests only", "Unsigned requests of the application are refused."),
    ("declare_redirect_endpoint", "Redirect endpoint", "Declare the HTTP-Redirect endpoint in our metadata."),
    ("require_second_factor", "Second factor", "People need a second factor for this application; without one they are asked to set it up."),
)


def specs(detail: ApplicationDetail, sources: list[str]) -> list[FieldSpec]:
    """The fields; `sources` are the user attributes that NameID may come from."""
    saml = detail.saml
    if saml is None:
        return []
    texts = {name: FieldSpec(name, label, _text(saml, name), hint) for name, label, hint in TEXTS}
    flags = [FieldSpec(name, label, "true" if getattr(saml, name) else "false", hint, options=YES_NO) for name, label, hint in FLAGS]
    formats = {urn: short for short, urn in NAMEID_FORMATS.items()}
    nameid = [
        FieldSpec(
            "nameid_source", "NameID", saml.nameid_source, "The user attribute that tells people apart at the application.", _words(sources, saml.nameid_source)
        ),
        FieldSpec(
            "nameid_format",
            "NameID format",
            saml.nameid_format,
            "What kind of identifier it is.",
            tuple(formats.items()) if saml.nameid_format in formats else ((saml.nameid_format, saml.nameid_format), *formats.items()),
        ),
    ]
    algorithm = FieldSpec("signature_algorithm", "Signature algorithm", saml.signature_algorithm, "SHA-1 is not offered.", _words(SIGNATURE_ALGORITHMS, ""))
    first = [texts[name] for name in ("idp_entity_id", "sp_entity_id", "acs_urls")]
    rest = [texts[name] for name in ("login_url", "default_relay_state", "groups_attribute")]
    return [*first, *nameid, *flags[:2], algorithm, *rest, *flags[2:]]


def of_step(step: str, detail: ApplicationDetail) -> str:
    """The field that a step of the card is about, the first one that is empty; none for a step without fields."""
    if step == "sp-values" and detail.saml:
        return "acs_urls" if detail.saml.sp_entity_id else "sp_entity_id"
    return "default_relay_state" if step == "relay-state" else step.removeprefix("fill-") if step.startswith("fill-") else ""


def _text(saml: SamlSettings, name: str) -> str:
    value = getattr(saml, name)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _words(words: list[str] | tuple[str, ...], current: str) -> tuple[tuple[str, str], ...]:
    """Each word as an option, the current one among them in any case."""
    return tuple((word, word) for word in dict.fromkeys((*words, *([current] if current else []))))
