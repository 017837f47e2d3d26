"""AuthnRequests: read, and held against what is registered, before anybody sees a sign-in page (SAML Core 3.4.1, Profiles 4.1.4.1).

What fails before the ACS URL is known to be right is a `Refusal`, and no SAML leaves. What fails after is `Answerable`.
Whether the request was seen before, and what it wants of the person's session, is for whoever keeps sessions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from usher.saml import contexts, message, xml
from usher.saml.authn import AuthnRequest
from usher.saml.bindings import Incoming
from usher.saml.message import Asked
from usher.saml.names import DS, POST, SAML, SAMLP, UNSPECIFIED
from usher.saml.parties import IdentityProvider, ServiceProvider
from usher.saml.refusal import INVALID_NAMEID_POLICY, NO_AUTHN_CONTEXT, REQUEST_UNSUPPORTED, Refusal, need

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_CHILDREN = (
    f"{{{SAML}}}Issuer", f"{{{DS}}}Signature", f"{{{SAMLP}}}Extensions", f"{{{SAML}}}Subject", f"{{{SAMLP}}}NameIDPolicy", f"{{{SAML}}}Conditions",
    f"{{{SAMLP}}}RequestedAuthnContext", f"{{{SAMLP}}}Scoping",
)  # fmt: skip
_ANY_FORMAT = {None, UNSPECIFIED, UNSPECIFIED.replace("1.1", "2.0"), UNSPECIFIED.replace("1.1", "1.0")}
_MOST_CONTEXTS = 32
_UNFIT = re.compile(r"""[\x00-\x20"'<>\\\x7f]""")


def read(incoming: Incoming, sp: ServiceProvider, idp: IdentityProvider, now: datetime) -> AuthnRequest:
    """The request, when it may go on to the sign-in. Raises `Refusal` (a plain page) or `Answerable` (a SAML answer)."""
    asked = message.opened(incoming, sp, idp.sso_url, now)
    for _, check in CHECKS:
        check(asked)
    request = assembled(asked)
    for _, wish in WISHES:
        wish(asked, request)
    return request


def _check_root(asked: Asked) -> None:
    message.check_root(asked, "AuthnRequest")


def _check_children(asked: Asked) -> None:
    message.check_children(asked, _CHILDREN)


def _check_signature(asked: Asked) -> None:
    message.check_signature(asked, asked.sp.require_signed_requests)


def _check_binding(asked: Asked) -> None:
    """The response goes by POST; never by redirect (SAML Profiles 4.1.2)."""
    need(asked.of("ProtocolBinding") in (None, POST), "binding-refused", "The response can be sent by HTTP-POST alone, and the request wants another binding.")


def _check_acs(asked: Asked) -> None:
    """It wants its answer at a registered ACS URL, or says nothing."""
    _acs_url(asked)


def _check_flags(asked: Asked) -> None:
    message.flag(asked, "ForceAuthn")
    message.flag(asked, "IsPassive")


def _acs_url(asked: Asked) -> str:
    """The address of the answer: byte for byte a registered one, by URL or by index; the default without either."""
    url, index, registered = asked.of("AssertionConsumerServiceURL"), asked.of("AssertionConsumerServiceIndex"), asked.sp.acs
    need(registered, "no-acs", "The application has no ACS URL.")
    need(url is None or index is None, "acs-twice", "The request names its ACS by URL and by index; only one of them may be there.")
    if url is not None:
        found = next((acs for acs in registered if acs.url == url), None)
        if found is None:
            near = _nearest(url, asked.sp)
            raise Refusal("acs-unknown", f"The ACS URL {url[:200]!r} is not registered; the nearest one is {near!r}. It must be the same to the letter.")
    elif index is not None:
        need(re.fullmatch("[0-9]{1,5}", index), "acs-unknown", "The ACS index is no number.")
        found = next((acs for acs in registered if acs.index == int(index)), None)
        need(found, "acs-unknown", f"There is no ACS URL with the index {index}.")
    else:
        found = registered[0]
    assert found is not None
    return sendable(found.url)


def sendable(url: str) -> str:
    """An ACS URL that a browser may be sent to, looked at once more: http and https alone (CVE-2023-6717)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Refusal("acs-unfit", "The registered ACS URL is no address.") from None
    fit = parts.scheme in ("https", "http") and parts.netloc and not parts.fragment and not _UNFIT.search(url)
    need(fit, "acs-unfit", "The registered ACS URL is no https address.")
    return url


def _nearest(url: str, sp: ServiceProvider) -> str:
    """The registered URL that looks most like the one asked for, to help whoever mistyped it."""
    from difflib import SequenceMatcher

    return max(sp.acs, key=lambda acs: SequenceMatcher(None, acs.url, url[:500]).ratio()).url


def assembled(asked: Asked) -> AuthnRequest:
    """What the message says, once every one of `CHECKS` has passed."""
    root = asked.root
    policy = xml.only(root, f"{{{SAMLP}}}NameIDPolicy", "NameIDPolicy")
    wanted, comparison = _contexts(root)
    return AuthnRequest(
        id=str(asked.of("ID")),
        issuer=asked.sp.entity_id,
        issue_instant=xml.read_instant(str(asked.of("IssueInstant")), "IssueInstant"),
        acs_url=_acs_url(asked),
        relay_state=asked.incoming.relay_state,
        force_authn=message.flag(asked, "ForceAuthn"),
        is_passive=message.flag(asked, "IsPassive"),
        subject=_subject(root),
        contexts=wanted,
        comparison=comparison,
        nameid_format=policy.get("Format") if policy is not None else None,
        signed=asked.verified,
        binding=asked.incoming.binding,
        xml=asked.incoming.xml.decode(),
    )


def _contexts(root: Element) -> tuple[tuple[str, ...], str]:
    """The authentication contexts it asks for, and how they are compared."""
    asked = xml.only(root, f"{{{SAMLP}}}RequestedAuthnContext", "RequestedAuthnContext")
    if asked is None:
        return (), "exact"
    return tuple(xml.plain(each, "AuthnContextClassRef") for each in list(asked)[:_MOST_CONTEXTS]), asked.get("Comparison", "exact")


def _subject(root: Element) -> str | None:
    """The NameID it is to be about, when it names one."""
    subject = xml.only(root, f"{{{SAML}}}Subject", "Subject")
    nameid = xml.only(subject, f"{{{SAML}}}NameID", "NameID") if subject is not None else None
    return xml.plain(nameid, "NameID") if nameid is not None else None


def _wish_subject(asked: Asked, request: AuthnRequest) -> None:
    """A subject is named by a NameID in clear, or not at all; no confirmation is dictated (SAML Profiles 4.1.4.1)."""
    subject = xml.only(asked.root, f"{{{SAML}}}Subject", "Subject")
    if subject is not None and (request.subject is None or len(subject) != 1):
        raise request.deny(REQUEST_UNSUPPORTED, "subject-unsupported", "The request names its subject in a way that is not supported: a NameID alone is.")


def _wish_nameid(asked: Asked, request: AuthnRequest) -> None:
    """The NameID format and qualifier it asks for are those the application gets."""
    policy = xml.only(asked.root, f"{{{SAMLP}}}NameIDPolicy", "NameIDPolicy")
    if policy is None:
        return
    if request.nameid_format not in _ANY_FORMAT and request.nameid_format != asked.sp.nameid_format:
        told = f"The request wants a NameID of the format {str(request.nameid_format)[:120]}; the application gets {asked.sp.nameid_format}."
        raise request.deny(INVALID_NAMEID_POLICY, "nameid-format-unmeetable", told)
    if policy.get("SPNameQualifier") not in (None, asked.sp.entity_id):
        raise request.deny(INVALID_NAMEID_POLICY, "nameid-qualifier-unmeetable", "The request wants a NameID in another application's name space.")


def _wish_context(asked: Asked, request: AuthnRequest) -> None:
    """The way it wants the person to sign in is one there is here, with the second factor or without."""
    element = xml.only(asked.root, f"{{{SAMLP}}}RequestedAuthnContext", "RequestedAuthnContext")
    if element is None:
        return
    classes = {child.tag for child in element} == {f"{{{SAML}}}AuthnContextClassRef"}
    meetable = classes and request.comparison in contexts.COMPARISONS and len(element) <= _MOST_CONTEXTS
    if not meetable or (request.context(False) is None and request.context(True) is None):
        named = ", ".join(request.contexts)[:200] or "nothing"
        raise request.deny(NO_AUTHN_CONTEXT, "context-unmeetable", f"The request wants a way to sign in that there is not here: {request.comparison} {named}.")


CHECKS: tuple[tuple[str, Callable[[Asked], None]], ...] = (
    ("It is an AuthnRequest of SAML 2.0", _check_root),
    ("Its ID can be one", message.check_id),
    ("It was sent by this application", message.check_issuer),
    ("Single sign-on is active", message.check_active),
    ("It has nothing that does not belong there", _check_children),
    ("It was made just now", message.check_instant),
    ("It was meant for this address", message.check_destination),
    ("Its signature holds, where there is one or must be one", _check_signature),
    ("It wants the response by HTTP-POST", _check_binding),
    ("It wants the response at a registered ACS URL", _check_acs),
    ("Its flags are true or false", _check_flags),
)
"""What must hold before anybody is answered, in this order; each raises `Refusal`."""

WISHES: tuple[tuple[str, Callable[[Asked, AuthnRequest], None]], ...] = (
    ("The subject it names can be asserted", _wish_subject),
    ("The NameID it wants is what the application gets", _wish_nameid),
    ("The way to sign in that it wants is there", _wish_context),
)
"""What it may ask for and not get; each raises `Answerable`."""
