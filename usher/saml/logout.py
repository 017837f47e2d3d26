"""Single logout, both ways: LogoutRequests and LogoutResponses read, and made (SAML Core 3.7, Profiles 4.4).

A logout message must be signed, whatever an application's AuthnRequests are (Profiles 4.4.3.1): there is single logout only
where the application has an endpoint for it and a certificate.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from store.records import dataclass
from usher.saml import bindings, message, signature, verify, xml
from usher.saml.authn import SKEW
from usher.saml.bindings import Incoming, Post
from usher.saml.keys import Signer
from usher.saml.message import Asked
from usher.saml.names import DS, SAML, SAMLP
from usher.saml.parties import IdentityProvider, ServiceProvider
from usher.saml.refusal import PARTIAL_LOGOUT, RESPONDER, SUCCESS, need
from usher.saml.request import sendable
from usher.saml.xml import attribute, instant, new_id, text

_LASTS = timedelta(minutes=5)
_COMMON = (f"{{{SAML}}}Issuer", f"{{{DS}}}Signature", f"{{{SAMLP}}}Extensions")
_REQUEST = (*_COMMON, f"{{{SAML}}}NameID", f"{{{SAMLP}}}SessionIndex")
_RESPONSE = (*_COMMON, f"{{{SAMLP}}}Status")


@dataclass(frozen=True)
class LogoutRequest:
    """An application's wish to end a person's sessions: all of them when it names no `session_indexes`."""

    id: str
    issuer: str
    nameid: str
    session_indexes: tuple[str, ...]
    relay_state: str | None
    binding: str
    xml: str
    keep_until: datetime


@dataclass(frozen=True)
class LogoutResponse:
    """An application's answer: whether the person's session there is over."""

    success: bool
    status: str
    relay_state: str | None
    xml: str


@dataclass(frozen=True)
class Outgoing:
    """A logout message on its way: an address to redirect to, or a form that posts itself."""

    id: str
    xml: str
    url: str | None
    post: Post | None


def possible(sp: ServiceProvider) -> bool:
    """Whether there is single logout with this application: an endpoint to answer at, and a certificate to believe it by."""
    return bool(sp.slo_url and sp.slo_binding and sp.certificates)


def check_possible(sp: ServiceProvider) -> None:
    """Raises `Refusal` where there is no single logout."""
    need(possible(sp), "no-logout", "There is no single logout with this application: it needs a logout address and a certificate of the application.")


def read_request(incoming: Incoming, sp: ServiceProvider, idp: IdentityProvider, now: datetime) -> LogoutRequest:
    """An application's LogoutRequest; `Refusal` unless everything about it holds, its signature first of all."""
    asked = _judged(incoming, sp, idp, now, "LogoutRequest", _REQUEST)
    ends = asked.of("NotOnOrAfter")
    need(ends is None or xml.read_instant(ends, "NotOnOrAfter") + SKEW > now, "too-old", "The logout request is over.")
    nameid = xml.only(asked.root, f"{{{SAML}}}NameID", "NameID")
    need(nameid is not None, "nameid-missing", "The logout request names nobody.")
    assert nameid is not None
    who = xml.plain(nameid, "NameID")
    need(who, "nameid-missing", "The logout request names nobody.")
    sessions = tuple(xml.plain(each, "SessionIndex") for each in asked.root.findall(f"{{{SAMLP}}}SessionIndex"))
    return LogoutRequest(str(asked.of("ID")), sp.entity_id, who, sessions, incoming.relay_state, incoming.binding, incoming.xml.decode(), now + 2 * SKEW)


def read_response(incoming: Incoming, sp: ServiceProvider, idp: IdentityProvider, now: datetime, in_response_to: str) -> LogoutResponse:
    """An application's answer to our LogoutRequest with the ID `in_response_to`; `Refusal` unless everything about it holds."""
    asked = _judged(incoming, sp, idp, now, "LogoutResponse", _RESPONSE)
    need(asked.of("InResponseTo") == in_response_to, "answers-nothing", "The logout response answers no request that was sent.")
    status = xml.only(asked.root, f"{{{SAMLP}}}Status", "Status")
    code = xml.only(status, f"{{{SAMLP}}}StatusCode", "StatusCode") if status is not None else None
    need(code is not None, "status-missing", "The logout response has no status.")
    assert code is not None
    inner = xml.only(code, f"{{{SAMLP}}}StatusCode", "StatusCode")
    top, second = code.get("Value", ""), inner.get("Value", "") if inner is not None else ""
    return LogoutResponse(top == SUCCESS and second != PARTIAL_LOGOUT, second or top, incoming.relay_state, incoming.xml.decode())


def request(
    idp: IdentityProvider, sp: ServiceProvider, signer: Signer, nameid: str, session_indexes: tuple[str, ...], now: datetime, relay_state: str | None = None
) -> Outgoing:
    """Our LogoutRequest to an application, by the binding its endpoint takes."""
    who = f'<saml:NameID xmlns:saml="{SAML}" Format="{attribute(sp.nameid_format)}">{text(nameid)}</saml:NameID>'
    sessions = "".join(f"<samlp:SessionIndex>{text(index)}</samlp:SessionIndex>" for index in session_indexes)
    extra = {"NotOnOrAfter": instant(now + _LASTS)}
    return _outgoing("LogoutRequest", idp, sp, signer, sp.slo_url, extra, who + sessions, now, relay_state)


def response(
    idp: IdentityProvider,
    sp: ServiceProvider,
    signer: Signer,
    in_response_to: str,
    now: datetime,
    relay_state: str | None = None,
    partial: bool = False,
    failed: str = "",
) -> Outgoing:
    """Our answer to an application's LogoutRequest: done; `partial` when another application may still hold a session (Core 3.7.3.2);
    `failed` the second-level status when nothing was ended."""
    top, second = (RESPONDER, failed) if failed else (SUCCESS, PARTIAL_LOGOUT if partial else "")
    inner = f'<samlp:StatusCode Value="{attribute(second)}"></samlp:StatusCode>' if second else ""
    status = f'<samlp:Status><samlp:StatusCode Value="{attribute(top)}">{inner}</samlp:StatusCode></samlp:Status>'
    url = sp.slo_response_url or sp.slo_url
    return _outgoing("LogoutResponse", idp, sp, signer, url, {"InResponseTo": in_response_to}, status, now, relay_state)


def _judged(incoming: Incoming, sp: ServiceProvider, idp: IdentityProvider, now: datetime, name: str, children: tuple[str, ...]) -> Asked:
    """What every logout message is held against."""
    asked = message.opened(incoming, sp, idp.slo_url, now)
    message.check_root(asked, name)
    message.check_id(asked)
    message.check_issuer(asked)
    message.check_active(asked)
    check_possible(sp)
    message.check_children(asked, children, many=f"{{{SAMLP}}}SessionIndex")
    message.check_instant(asked)
    message.check_destination(asked)
    message.check_signature(asked, required=True)
    return asked


def _outgoing(
    name: str, idp: IdentityProvider, sp: ServiceProvider, signer: Signer, url: str, extra: dict[str, str], content: str, now: datetime, relay_state: str | None
) -> Outgoing:
    """A logout message, signed as its binding wants it, and verified."""
    check_possible(sp)
    id_, kind = new_id(), "SAMLRequest" if name.endswith("Request") else "SAMLResponse"
    head = {**extra, "Destination": sendable(url), "ID": id_, "IssueInstant": instant(now), "Version": "2.0"}
    given = "".join(f' {key}="{attribute(head[key])}"' for key in sorted(head))
    opening = f'<samlp:{name} xmlns:samlp="{SAMLP}"{given}>'
    issuer = f'<saml:Issuer xmlns:saml="{SAML}">{text(idp.entity_id)}</saml:Issuer>'
    closing = f"{content}</samlp:{name}>"
    if sp.slo_binding == "redirect":
        document = opening + issuer + closing
        carried = bindings.redirect(url, kind, document, relay_state, signer)
        verify.address(carried, signer, name, document)
        return Outgoing(id_, document, carried, None)
    document = opening + issuer + signature.sign(opening + issuer + closing, id_, signer) + closing
    verify.signed(document, signer, name)
    return Outgoing(id_, document, None, bindings.post(url, kind, document, relay_state))
