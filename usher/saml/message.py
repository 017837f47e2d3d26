"""What every message from an application is held against, whatever it wants: who, when, where to, and the signature."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from store.records import dataclass
from usher.saml import bindings, signature, xml
from usher.saml.authn import SKEW
from usher.saml.bindings import Incoming
from usher.saml.keys import public_keys
from usher.saml.names import ENTITY, SAML, SAMLP
from usher.saml.parties import ServiceProvider
from usher.saml.refusal import Refusal, need

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

LONGEST_ENTITY_ID = 1024


@dataclass(frozen=True)
class Asked:
    """A message under judgement: as it came, its root, who should have sent it, where it should have arrived, and when."""

    incoming: Incoming
    root: Element
    sp: ServiceProvider
    endpoint: str
    now: datetime

    def of(self, name: str) -> str | None:
        """An attribute of the root."""
        value: str | None = self.root.get(name)
        return value

    @property
    def carries_signature(self) -> bool:
        """Whether it came with any signature (not: whether that holds)."""
        return self.incoming.query_signed or bool(signature.signatures(self.root))

    @property
    def verified(self) -> bool:
        """Whether there is a signature and a certificate to hold it against; then it was held against it."""
        return self.carries_signature and bool(self.sp.certificates)


def opened(incoming: Incoming, sp: ServiceProvider, endpoint: str, now: datetime) -> Asked:
    """Parses a message; `Refusal` for what is no XML we take."""
    return Asked(incoming, xml.parse(incoming.xml), sp, endpoint, now)


def check_root(asked: Asked, name: str) -> None:
    """It is the message the endpoint takes, in version 2.0 (SAML Core 3.2.1)."""
    wanted = "SAMLRequest" if name.endswith("Request") else "SAMLResponse"
    need(asked.root.tag == f"{{{SAMLP}}}{name}" and asked.incoming.kind == wanted, "not-the-message", f"The message is no {name}.")
    need(asked.of("Version") == "2.0", "version-unknown", "The message is not SAML 2.0.")


def check_id(asked: Asked) -> None:
    """Its ID is one that an XML document may have."""
    need(xml.is_ncname(asked.of("ID") or ""), "id-unfit", "The message's ID is missing or cannot be one.")


def check_issuer(asked: Asked) -> None:
    """Exactly one Issuer, plain text, the registered entity ID of an application that is active."""
    issuer = xml.only(asked.root, f"{{{SAML}}}Issuer", "Issuer")
    need(issuer is not None and asked.root[0] is issuer, "issuer-missing", "The message does not say first who sent it.")
    assert issuer is not None
    need(issuer.get("Format") in (None, ENTITY) and set(issuer.attrib) <= {"Format"}, "issuer-unfit", "The Issuer is no entity ID.")
    name = xml.plain(issuer, "Issuer")
    need(0 < len(name) <= LONGEST_ENTITY_ID, "issuer-unfit", "The Issuer is no entity ID.")
    need(name == asked.sp.entity_id, "issuer-unknown", f"The message was sent by {name[:200]!r}, which is not the SP Entity ID of this application.")


def check_active(asked: Asked) -> None:
    """An application whose SSO is off gets nothing."""
    need(asked.sp.active, "sso-inactive", "Single sign-on of this application is not active.")


def check_instant(asked: Asked) -> None:
    """It was made now, give or take the clocks."""
    made = xml.read_instant(asked.of("IssueInstant") or "", "IssueInstant")
    away = made - asked.now
    need(abs(away) <= SKEW, "too-old" if made < asked.now else "from-the-future", _off(asked, made))


def _off(asked: Asked, made: datetime) -> str:
    return f"The message was made at {xml.instant(made)}, more than {SKEW.seconds // 60} minutes away from {xml.instant(asked.now)}: it is old, or a clock is wrong."


def check_destination(asked: Asked) -> None:
    """When it names its destination, that is this endpoint; it must where it is signed (SAML Bindings 3.4.5.2, 3.5.5.2)."""
    destination = asked.of("Destination")
    if destination is None:
        need(not asked.carries_signature, "destination-missing", "A signed message must say where it is to go.")
    else:
        need(destination == asked.endpoint, "destination-wrong", f"The message was meant for {destination[:200]!r}, not for this address.")


def check_signature(asked: Asked, required: bool) -> None:
    """A signature that is there must hold, if there is a certificate to hold it against; where one is required it must be there."""
    found = signature.signatures(asked.root)
    if asked.incoming.binding == "redirect":
        need(not found, "signature-misplaced", "A message by redirect is signed in the address, not in the document (SAML Bindings 3.4.4.1).")
    need(asked.carries_signature or not required, "signature-missing", "The message must be signed, and is not.")
    need(asked.sp.certificates or not required, "no-sp-certificate", "The message must be signed, but no certificate of the application is known here.")
    if not asked.verified:
        return
    keys = public_keys(asked.sp.certificates)
    if asked.incoming.binding == "redirect":
        bindings.verify_query(asked.incoming, keys)
        return
    need(len(found) == 1, "signature-misplaced", "The message has more than one signature.")
    signature.verify(asked.root, keys)


def check_children(asked: Asked, known: tuple[str, ...], many: str = "") -> None:
    """Nothing at the top that the schema does not have there, nothing twice (but `many`), in the schema's order, no text in between."""
    tags = [child.tag for child in asked.root]
    unknown = next((tag for tag in tags if tag not in known), None)
    need(unknown is None, "element-unknown", f"The message has an element that does not belong there: {str(unknown)[:120]}.")
    places = [known.index(str(tag)) for tag in tags]
    need(all(a < b or (a == b and known[a] == many) for a, b in pairwise(places)), "element-misplaced", "The message's elements are doubled or out of order.")
    loose = (asked.root.text or "") + "".join(child.tail or "" for child in asked.root)
    need(not loose.strip(), "text-misplaced", "The message has text where none belongs.")


def flag(asked: Asked, name: str) -> bool:
    """An xs:boolean attribute; false without."""
    value = (asked.of(name) or "false").strip()
    if value not in ("true", "false", "1", "0"):
        raise Refusal("flag-unfit", f"{name} is neither true nor false.")
    return value in ("true", "1")
