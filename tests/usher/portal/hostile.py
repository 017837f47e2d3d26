"""Requests that nobody means well with, as octets: each kind by both bindings, ready to be sent to Calendly's address."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from tests.usher.portal.kit import ACS, HOST, SP_ENTITY_ID
from tests.usher.saml import kit
from usher.saml import names, signature
from usher.saml.xml import instant
from usher.services.session import Session

Kind = Iterator[tuple[bytes | None, bytes | None]]
"""A query and a form; None where a kind is not for that binding."""

WRONG_ACS = (
    f"{ACS}/", f"{ACS}?", f"{ACS}?x=1", f"{ACS}/../acs", f"{ACS}/.", f"{ACS}%2F", f"{ACS}%00", f"{ACS};x", ACS.upper(), ACS.replace("https", "http"),
    ACS.replace("app.", "app.example.com."), ACS.replace("app.", "APP."), ACS.replace(".com", ".com:443"), ACS.replace(".com", ".com."), ACS.replace("//", "//a@"),
    ACS.replace(".com", ".com.evil.example"), ACS.replace("//", "//evil.example/"), "//app.example.com/saml/acs", "/saml/acs", f" {ACS}", f"{ACS} ", ACS.replace("saml", "s%61ml"),
    f"{ACS}\u200b", ACS.replace("a", "\u0430", 1), "javascript:alert(1)", "data:text/html,x", "https://evil.example/acs", "", "*", "https://*.example.com/saml/acs",
)  # fmt: skip
_LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
_DTDS = ('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "<!DOCTYPE a>")
_WEAK = ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#hmac-sha1", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5", "none")  # fmt: skip
_KEY = b"SAMLRequest="


def request(session: Session, inner: str = "", *, sign: str = "", later: float = 0, **attributes: Any) -> str:
    """A request as Calendly would send it, but for what is said."""
    from datetime import timedelta

    now = instant(session.clock.now() + timedelta(seconds=later))
    given = {"IssueInstant": now, "Destination": f"{HOST}/saml2/calendly", "AssertionConsumerServiceURL": ACS, **attributes}
    return kit.authn_request(inner, issuer=SP_ENTITY_ID, sign=sign, **given)


def both(document: str | bytes) -> tuple[bytes, bytes]:
    return kit.redirected(document), kit.posted(document)


def wrong_acs(session: Session) -> Kind:
    yield from (both(request(session, AssertionConsumerServiceURL=url)) for url in WRONG_ACS)
    yield both(request(session, AssertionConsumerServiceURL=None, AssertionConsumerServiceIndex="7"))
    yield both(request(session, ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"))


def skewed(session: Session) -> Kind:
    yield from (both(request(session, later=seconds)) for seconds in (-302, 310, -86_400, 10**9))
    yield from (
        both(request(session, IssueInstant=time)) for time in ("9999-12-31T23:59:59Z", "99999-01-01T00:00:00Z", "0000-00-00T00:00:00Z", "now", "", None)
    )


def dtds(session: Session) -> Kind:
    yield from (both(before + request(session)) for before in _DTDS)
    yield from (both(request(session, inner)) for inner in ("<!-- c -->", "<![CDATA[x]]>", "<?php x ?>"))


def entity_bombs(session: Session) -> Kind:
    yield both(_LAUGHS + request(session, "&c;"))
    yield both(_LAUGHS.replace("&a;" * 10, "&a;" * 1000) + request(session, "&c;"))


def deflate_bombs(session: Session) -> Kind:
    yield kit.redirected(b"<a>" + b" " * 50_000_000), None
    yield kit.redirected(request(session).encode() + b" " * 20_000_000), None


def torn(session: Session) -> Kind:
    packed = base64.b64decode(kit.deflated(request(session)))
    yield from ((_KEY + quote(base64.b64encode(odd).decode(), safe="").encode(), None) for odd in (packed[:-3], packed + b"more", b""))
    yield from ((_KEY + odd, _KEY + odd) for odd in (b"%FF%FE", b"***", b"aGVsbG8", b""))


def weakly_signed(session: Session) -> Kind:
    good, key = request(session, sign="sp"), kit.signer("sp").algorithm_uri
    plain = kit.redirected(request(session), sign="sp")
    for algorithm in _WEAK:
        yield plain.replace(quote(key, safe="").encode(), quote(algorithm, safe="").encode()), kit.posted(good.replace(key, algorithm))
    yield None, kit.posted(good.replace(f"{names.XENC}sha256", f"{names.DS}sha1"))


def wrongly_signed(session: Session) -> Kind:
    good = request(session, sign="sp")
    yield kit.redirected(request(session), sign="stranger"), kit.posted(request(session, sign="stranger"))
    yield kit.redirected(request(session), sign="sp").replace(b"%2F", b"%2f", 1) + b"A", kit.posted(good.replace("_request1", "_request2"))
    yield kit.redirected(request(session, Destination=None), sign="sp"), kit.posted(request(session, sign="sp", Destination=None))


def wrapped(session: Session) -> Kind:
    good = request(session, sign="sp")
    signed = good[good.index("<ds:Signature") : good.index("</ds:Signature>") + 15]
    evil, issuer = request(session, ForceAuthn="true", ID="_evil"), "</saml:Issuer>"
    head, _, tail = evil.partition(issuer)
    bare = good.replace(signed, "")
    yield None, kit.posted(f"{head}{issuer}<samlp:Extensions>{good}</samlp:Extensions>{tail}")
    yield None, kit.posted(f"{head}{issuer}{signed}<samlp:Extensions>{bare}</samlp:Extensions>{tail}")
    yield None, kit.posted(head + issuer + signed.replace("</ds:Signature>", f"<ds:Object>{bare}</ds:Object></ds:Signature>") + tail)
    yield None, kit.posted(head.replace("_evil", "_request1") + issuer + signed + tail)
    yield None, kit.posted(good.replace('URI="#_request1"', 'URI=""'))


def signed_twice(session: Session) -> Kind:
    good = request(session, sign="sp")
    signed = good[good.index("<ds:Signature") : good.index("</ds:Signature>") + 15]
    inner = signature.sign("<x></x>", "_x", kit.signer("sp"))
    yield None, kit.posted(good.replace(signed, signed + signed))
    yield None, kit.posted(request(session, f"<samlp:Extensions>{inner}</samlp:Extensions>", sign="sp"))
    yield None, kit.posted(good.replace("</samlp:AuthnRequest>", f"<samlp:Extensions>{signed}</samlp:Extensions></samlp:AuthnRequest>"))


def misplaced(session: Session) -> Kind:
    good = request(session, sign="sp")
    signed = good[good.index("<ds:Signature") : good.index("</ds:Signature>") + 15]
    yield kit.redirected(good), kit.posted(request(session)) + b"&Signature=x"
    yield kit.redirected(good, sign="sp"), kit.posted(good.replace(signed, "").replace("<saml:Issuer", f"{signed}<saml:Issuer"))
    yield kit.redirected(request(session), sign="sp").partition(b"&Signature")[0], None


def odd_names(session: Session) -> Kind:
    query, form = both(request(session))
    yield from zip(_oddly_named(query), _oddly_named(form), strict=True)


def _oddly_named(raw: bytes) -> list[bytes]:
    return [raw + b"&" + raw, raw.replace(b"SAML", b"SA%4dL", 1), raw + b"&Relay%53tate=x", raw + b"&RelayState=a&RelayState=b", raw + b"&SAMLResponse=x"]


def oversized(session: Session) -> Kind:
    yield both(request(session, "<samlp:Extensions>" + " " * 70_000 + "</samlp:Extensions>"))
    yield both(request(session, "<samlp:Extensions>" + "<x>" * 300 + "</x>" * 300 + "</samlp:Extensions>"))
    yield both(request(session, "<samlp:Extensions><x " + " ".join(f'a{number}="1"' for number in range(5000)) + "></x></samlp:Extensions>"))
    yield both(request(session, ID="_" + "a" * 5000))
    yield kit.redirected(request(session), "x" * 4097), kit.posted(request(session), "x" * 4097)
    yield _KEY + b"A" * 100_000, _KEY + b"A" * 300_000


def strangers(session: Session) -> Kind:
    for name in ("https://evil.example/saml", "", SP_ENTITY_ID + "/", SP_ENTITY_ID.upper()):
        yield both(request(session).replace(f">{SP_ENTITY_ID}<", f">{name}<"))
    yield both(request(session, Version="1.1"))
    yield both(request(session, Destination="https://evil.example/"))
    yield both(request(session, ID="1 2"))


KINDS = {
    "a wrong ACS": wrong_acs, "off in time": skewed, "a DTD": dtds, "an entity bomb": entity_bombs, "a deflate bomb": deflate_bombs, "torn": torn, "weakly signed": weakly_signed,
    "wrongly signed": wrongly_signed, "wrapped": wrapped, "signed twice": signed_twice, "a signature misplaced": misplaced, "odd parameter names": odd_names, "oversized": oversized, "a stranger": strangers,
}  # fmt: skip
