"""What leaves: built, signed, encrypted, and verified by us; only then is it handed out."""

from __future__ import annotations

from datetime import datetime

from store.records import dataclass
from usher.saml import bindings, response, verify, xml
from usher.saml.bindings import Post
from usher.saml.keys import Signer
from usher.saml.parties import IdentityProvider, ServiceProvider
from usher.saml.refusal import Answerable
from usher.saml.request import sendable
from usher.saml.response import HOLDS, Attribute, Draft, Login, Person

__all__ = ["Attribute", "Issued", "Login", "Person", "asserted", "refused"]


@dataclass(frozen=True)
class Issued:
    """A verified response: its text, its ID, that of its assertion (empty in one that says no), where it goes and until when
    it can be delivered; `plain` the assertion in clear where `xml` holds it encrypted."""

    xml: str
    id: str
    assertion_id: str
    acs_url: str
    nameid: str
    not_on_or_after: datetime
    plain: str = ""

    def post(self, relay_state: str | None) -> Post:
        """The form that carries it, with RelayState as it came."""
        return bindings.post(self.acs_url, "SAMLResponse", self.xml, relay_state)


def asserted(
    idp: IdentityProvider, sp: ServiceProvider, signer: Signer, person: Person, login: Login, now: datetime, acs_url: str, in_response_to: str | None
) -> Issued:
    """A response that asserts a person to an application. `in_response_to` None: started here, for `sp.acs[0].url`.

    Raises `Refusal` for what cannot be asserted (no NameID), and for anything that does not pass our own verification.
    """
    fit = Person(xml.fit(person.nameid), tuple(Attribute(each.name, tuple(xml.fit(value) for value in each.values)) for each in person.attributes))
    draft = response.success(idp, sp, signer, fit, login, now, sendable(acs_url), in_response_to)
    verify.asserted(draft, idp, sp, signer, fit, login)
    return _issued(draft, fit.nameid, draft.assertion if sp.encrypt_assertion else "")


def refused(idp: IdentityProvider, sp: ServiceProvider, signer: Signer, denied: Answerable, now: datetime) -> Issued:
    """The signed response that tells an application why its request was not met."""
    status = (denied.top, denied.status)
    draft = response.failure(idp, signer, sendable(denied.request.acs_url), denied.request.id, status, denied.message, now)
    verify.failed(draft, idp, signer, status)
    return _issued(draft, "", "")


def _issued(draft: Draft, nameid: str, plain: str) -> Issued:
    return Issued(draft.document, draft.id, draft.assertion_id, draft.acs_url, nameid, draft.now + HOLDS, plain)
