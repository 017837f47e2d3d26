"""What is refused, and how: most of it with a plain page, some of it with a SAML answer.

Refused (store.errors)
└── Refusal        a 4xx page for the browser; no SAML leaves, for nobody knows yet whom to answer
    └── Answerable the request is real and its ACS URL is registered: it gets a signed error Response (SAML Core 3.2.2)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import Refused

if TYPE_CHECKING:
    from usher.saml.authn import AuthnRequest

_STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
SUCCESS, REQUESTER, RESPONDER = f"{_STATUS}Success", f"{_STATUS}Requester", f"{_STATUS}Responder"

NO_PASSIVE = f"{_STATUS}NoPassive"
UNKNOWN_PRINCIPAL = f"{_STATUS}UnknownPrincipal"
REQUEST_DENIED = f"{_STATUS}RequestDenied"
REQUEST_UNSUPPORTED = f"{_STATUS}RequestUnsupported"
AUTHN_FAILED = f"{_STATUS}AuthnFailed"
NO_AUTHN_CONTEXT = f"{_STATUS}NoAuthnContext"
INVALID_NAMEID_POLICY = f"{_STATUS}InvalidNameIDPolicy"
PARTIAL_LOGOUT = f"{_STATUS}PartialLogout"

_THEIR_FAULT = {INVALID_NAMEID_POLICY, REQUEST_UNSUPPORTED}


class Refusal(Refused):
    """Not taken: `code` a stable word, `message` what is wrong in a person's words. Ends as a plain page."""


class Answerable(Refusal):
    """Refused by the standard's own word, to be told to the application at the request's ACS URL.

    `status` is the second-level status, `top` the first-level one (SAML Core 3.2.2.2).
    """

    def __init__(self, request: AuthnRequest, status: str, code: str, message: str) -> None:
        super().__init__(code, message)
        self.request = request
        self.status = status

    @property
    def top(self) -> str:
        """Whose fault it is: Requester or Responder."""
        return REQUESTER if self.status in _THEIR_FAULT else RESPONDER


def need(holds: object, code: str, message: str) -> None:
    """Raises `Refusal` unless it holds."""
    if not holds:
        raise Refusal(code, message)
