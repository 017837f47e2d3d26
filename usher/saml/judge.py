"""A pasted message read aloud: what it says, and line by line what holds of it and what does not.

Requests are held against the very checks that requests over the network meet; responses are looked at as the
application would, against the certificates that are published. Nothing is answered, kept or consumed by it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from store.records import dataclass
from usher.saml import logout, message, pasted, request, signature, xml
from usher.saml.bindings import Incoming
from usher.saml.judge_response import response_facts, response_lines
from usher.saml.lines import Line, judged
from usher.saml.message import Asked
from usher.saml.names import SAML, SAMLP
from usher.saml.parties import IdentityProvider, ServiceProvider
from usher.saml.refusal import Refusal

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

__all__ = ["Judgement", "Line", "judge"]


@dataclass(frozen=True)
class Judgement:
    """What a pasted text turned out to be: `kind` AuthnRequest, Response, LogoutRequest, LogoutResponse or empty; `binding` how it
    would travel; `xml` indented for reading; `facts` (name, value) pairs; `lines` the judgement."""

    kind: str
    binding: str
    xml: str
    facts: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing in it fails."""
        return all(line.holds is not False for line in self.lines)


def judge(text: str, sp: ServiceProvider, idp: IdentityProvider, now: datetime) -> Judgement:
    """Reads and judges a pasted message for one application. Never raises for what the text holds."""
    try:
        incoming = pasted.incoming(text)
        root = xml.parse(incoming.xml)
    except Refusal as refusal:
        return Judgement("", "", "", (), (Line("It can be read", False, refusal.message),))
    name = str(root.tag).removeprefix(f"{{{SAMLP}}}")
    if name == "AuthnRequest":
        facts, lines = _request_facts(root, incoming), _request_lines(incoming, root, sp, idp, now)
    elif name == "Response":
        facts, lines = response_facts(root), response_lines(root, sp, idp, now)
    elif name in ("LogoutRequest", "LogoutResponse"):
        facts, lines = _request_facts(root, incoming), _logout_lines(name, incoming, root, sp, idp, now)
    else:
        name, facts, lines = "", [], [Line("It is a message of SAML 2.0", False, f"Its first element is {str(root.tag)[:120]}.")]
    return Judgement(name, incoming.binding, _readable(root), tuple(facts), tuple(lines))


def _request_lines(incoming: Incoming, root: Element, sp: ServiceProvider, idp: IdentityProvider, now: datetime) -> list[Line]:
    """Every check of a request, each for itself."""
    asked = Asked(incoming, root, sp, idp.sso_url, now)
    lines = [judged(what, _run(check, asked)) for what, check in request.CHECKS]
    lines.append(_signature_line(asked))
    if all(line.holds is not False for line in lines):
        found = request.assembled(asked)
        lines += [judged(what, lambda wish=wish: wish(asked, found)) for what, wish in request.WISHES]  # type: ignore[misc]
    return lines


def _run(check: Callable[[Asked], None], asked: Asked) -> Callable[[], None]:
    return lambda: check(asked)


def _signature_line(asked: Asked) -> Line:
    """Whether it is signed, which is a fact and not a fault."""
    if asked.verified:
        return Line("It is signed by the application", True)
    told = "It carries a signature, but no certificate of the application is known here." if asked.carries_signature else "It is not signed."
    return Line("It is signed by the application", None, told)


def _logout_lines(name: str, incoming: Incoming, root: Element, sp: ServiceProvider, idp: IdentityProvider, now: datetime) -> list[Line]:
    """A logout message: what is asked of any message, at the logout endpoint."""
    asked = Asked(incoming, root, sp, idp.slo_url, now)
    checks: tuple[tuple[str, Callable[[], object]], ...] = (
        (f"It is a {name} of SAML 2.0", lambda: message.check_root(asked, name)),
        ("Its ID can be one", lambda: message.check_id(asked)),
        ("It was sent by this application", lambda: message.check_issuer(asked)),
        ("There is single logout with this application", lambda: logout.check_possible(sp)),
        ("It was made just now", lambda: message.check_instant(asked)),
        ("It was meant for this address", lambda: message.check_destination(asked)),
        ("It is signed by the application", lambda: message.check_signature(asked, required=True)),
    )
    return [judged(what, check) for what, check in checks]


def _request_facts(root: Element, incoming: Incoming) -> list[tuple[str, str]]:
    """What a request says, in its own words."""
    facts = [(name, str(value)) for name, value in root.attrib.items()]
    for path, name in (
        ("Issuer", "Issuer"),
        ("Subject/{saml}NameID", "Subject"),
        ("NameID", "NameID"),
    ):
        node = root.find(f"{{{SAML}}}{path}".replace("{saml}", f"{{{SAML}}}"))
        if node is not None:
            facts.append((name, (node.text or "").strip()))
    policy = root.find(f"{{{SAMLP}}}NameIDPolicy")
    if policy is not None:
        facts += [(f"NameIDPolicy {name}", str(value)) for name, value in policy.attrib.items()]
    facts += [("AuthnContextClassRef", (each.text or "").strip()) for each in root.iter(f"{{{SAML}}}AuthnContextClassRef")]
    facts += [("SessionIndex", (each.text or "").strip()) for each in root.iter(f"{{{SAMLP}}}SessionIndex")]
    facts += [("StatusCode", str(each.get("Value"))) for each in root.iter(f"{{{SAMLP}}}StatusCode")]
    if incoming.relay_state is not None:
        facts.append(("RelayState", incoming.relay_state))
    facts.append(("Signatures in the document", str(len(signature.signatures(root)))))
    return facts


def _readable(root: Element) -> str:
    """The message indented, for people: not the text that was signed."""
    from copy import deepcopy

    from lxml import etree

    shown = deepcopy(root)
    etree.indent(shown)
    return str(etree.tostring(shown, encoding="unicode"))
