"""The words that connectors and SSO fields may use: user attributes, NameID formats, signature algorithms."""

from __future__ import annotations

USER_ATTRIBUTES = ("username", "email", "displayname", "firstname", "lastname", "active", "employeeIdentifier", "id")
"""What everybody in the directory has (`id` never changes); an import may bring further ones."""

EXTRA_USER_ATTRIBUTES = ("jobTitle", "alias")
"""Further ones a connector may name; they are columns of an import."""

NAMEID_FORMATS = {
    "unspecified": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    "emailAddress": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "X509SubjectName": "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName",
    "WindowsDomainQualifiedName": "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName",
    "kerberos": "urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos",
    "entity": "urn:oasis:names:tc:SAML:2.0:nameid-format:entity",
    "persistent": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "transient": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
}
"""Short name to URN (SAML Core 8.3)."""

DEACTIVATED = {
    "deactivates": "The account is switched off and can be switched on again.",
    "removes": "The person loses the place in the organisation there; what becomes of the account is the application's matter.",
    "deletes": "The account is deleted there: deactivating cannot be taken back, and a person who returns gets a new account.",
    "unsaid": "The account is set to active=false. The documents read do not say what that does there.",
}
"""What `on_deactivate` means, where a connector has no sentence of its own."""

DELETED = {
    "erases": "The account is deleted for good and cannot be brought back.",
    "deletes": "The account is deleted there. Take it for permanent.",
    "removes": "The person is taken out of the organisation there; what becomes of the account is the application's matter.",
    "deactivates": "Nothing is deleted there: the account is only switched off.",
    "nothing": "The application deletes nobody: who is deleted here is deactivated there instead.",
    "unsaid": "The account is deleted there. The documents read do not say whether it can come back: take it for permanent.",
}
"""What `on_delete` means, where a connector has no sentence of its own."""

SIGNATURE_ALGORITHMS = ("RSA-SHA256", "RSA-SHA384", "RSA-SHA512")


def nameid_format(text: str) -> str | None:
    """The full URN for a URN or short name (in any case), None when it is neither."""
    return next((urn for short, urn in NAMEID_FORMATS.items() if text.strip().casefold() in (short.casefold(), urn.casefold())), None)
