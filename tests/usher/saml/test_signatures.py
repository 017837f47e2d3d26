"""Signatures on requests: made by a registered key over exactly what is read, or refused."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.usher.saml.judges import browser, pysaml2_client, python3_saml_settings
from tests.usher.saml.kit import (
    SAML_NS,
    SAMLP_NS,
    SECOND_ACS,
    SP_ID,
    authn_request,
    deflated,
    identity_provider,
    made,
    posted,
    read,
    redirected,
    service_provider,
    signer,
    take,
)  # fmt: skip
from tests.usher.saml.test_request import refused
from usher.saml import names, request, signature
from usher.saml.refusal import Refusal

MUST = service_provider(require_signed_requests=True)


@pytest.mark.parametrize("algorithm", ["RSA-SHA256", "RSA-SHA384", "RSA-SHA512"])
def test_signed_requests_are_taken_by_both_bindings(algorithm: str) -> None:
    assert read(redirected(authn_request(), "state/1", "sp", algorithm=algorithm), sp=MUST).signed
    assert read(posted(authn_request(sign="sp", algorithm=algorithm), "state"), "post", sp=MUST).signed


def test_an_unsigned_request_is_refused_where_it_must_be_signed() -> None:
    refused(redirected(authn_request()), code="signature-missing", sp=MUST)
    refused(posted(authn_request()), "post", code="signature-missing", sp=MUST)
    assert not read(redirected(authn_request())).signed


def test_where_no_certificate_is_known_nothing_counts_as_signed() -> None:
    unknown = service_provider(certificates=())
    assert not read(redirected(authn_request(), sign="sp"), sp=unknown).signed
    refused(redirected(authn_request(), sign="sp"), code="no-sp-certificate", sp=service_provider(certificates=(), require_signed_requests=True))


def test_a_signature_that_is_there_must_hold_even_where_none_is_required() -> None:
    refused(redirected(authn_request(), sign="stranger"), code="signature-invalid")
    refused(posted(authn_request(sign="stranger")), "post", code="signature-invalid")


def test_either_of_two_certificates_will_do() -> None:
    two = service_provider(certificates=(made("old").pem, made("sp").pem), require_signed_requests=True)
    assert read(redirected(authn_request(), sign="sp"), sp=two).signed and read(posted(authn_request(sign="old")), "post", sp=two).signed


def test_a_changed_octet_anywhere_in_a_signed_query_is_refused() -> None:
    raw = redirected(authn_request(), "state", "sp")
    for old, new in ((b"RelayState=state", b"RelayState=State"), (b"sha256", b"sha512"), (b"SAMLRequest=", b"SAMLRequest=+"), (b"&RelayState=state", b"")):
        assert old in raw
        refused(raw.replace(old, new, 1), sp=MUST)
    other = quote(deflated(authn_request(ForceAuthn="true")), safe="").encode()
    refused(b"SAMLRequest=" + other + raw[raw.index(b"&") :], code="signature-invalid", sp=MUST)


def test_a_query_signed_as_node_signs_it_is_taken() -> None:
    """Node's libraries sign `%20` and leave `'()!~` as they are, and send `+` and the rest encoded."""
    document, state, key = quote(deflated(authn_request()), safe=""), "a b('c')!~*", signer("sp")
    algorithm = quote(key.algorithm_uri, safe="")
    signed = f"SAMLRequest={document}&RelayState={quote(state, safe=chr(39) + '!()*~')}&SigAlg={algorithm}"
    signature = quote(base64.b64encode(key.sign(signed.encode())).decode(), safe="")
    sent = f"SAMLRequest={document}&RelayState=a+b%28%27c%27%29%21%7E*&SigAlg={algorithm}&Signature={signature}"
    found = read(sent.encode(), sp=MUST)
    assert found.signed and found.relay_state == state


@pytest.mark.parametrize(
    "algorithm",
    ["http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#hmac-sha1", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", "http://www.w3.org/2000/09/xmldsig#dsa-sha1", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5", "none", ""],
)  # fmt: skip
def test_weak_and_foreign_algorithms_are_refused(algorithm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(names.SIGNATURES, "RSA-SHA256", algorithm)
    refused(redirected(authn_request(), sign="sp"), code="algorithm-refused", sp=MUST)
    refused(posted(authn_request(sign="sp")), "post", code="algorithm-refused", sp=MUST)


def test_a_sha1_digest_or_another_canonical_form_is_refused() -> None:
    document = authn_request(sign="sp")
    for old, new in (
        (f"{names.XENC}sha256", f"{names.DS}sha1"),
        (f'CanonicalizationMethod Algorithm="{names.EXCLUSIVE}"', 'CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"'),
        (f'Transform Algorithm="{names.EXCLUSIVE}"', 'Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"'),
        (f'Transform Algorithm="{names.ENVELOPED}"', f'Transform Algorithm="{names.EXCLUSIVE}"'),
    ):
        assert old in document
        refused(posted(document.replace(old, new)), "post", code="algorithm-refused", sp=MUST)


def test_only_one_allowed_shape_is_looked_at() -> None:
    good = authn_request(sign="sp")
    transform = f'<ds:Transform Algorithm="{names.EXCLUSIVE}"></ds:Transform>'
    reference = good[good.index("<ds:Reference") : good.index("</ds:SignedInfo>")]
    for old, new in (
        ('URI="#_request1"', 'URI=""'), ('URI="#_request1"', 'URI="#_other"'), ('URI="#_request1"', 'URI="https://evil.example/"'), ('<ds:Reference URI="#_request1">', "<ds:Reference>"),
        (transform, transform * 2), (transform, transform.replace("></", '><ec:InclusiveNamespaces xmlns:ec="urn:x"/></')), (reference, reference * 2),
        ("<ds:SignatureValue>", "<ds:SignatureValue><x/>"), ("<ds:DigestValue>", "<ds:DigestValue><x/>"), ("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object/>"),
        ("<ds:SignedInfo>", "<ds:SignedInfo>text"), ("</ds:Signature>", "</ds:Signature><samlp:Extensions/>"), ("<ds:SignatureValue>", "<ds:SignatureValue>!"),
    ):  # fmt: skip
        assert old in good
        refused(posted(good.replace(old, new, 1)), "post", sp=MUST)
    assert read(posted(good[: good.index("<ds:KeyInfo>")] + good[good.index("</ds:KeyInfo>") + 13 :]), "post", sp=MUST).signed


def test_a_key_that_comes_along_is_never_believed() -> None:
    forged = authn_request(sign="stranger")
    assert made("stranger").pem.splitlines()[1] in forged
    refused(posted(forged), "post", code="signature-invalid", sp=MUST)


def test_a_signature_that_covers_something_else_than_what_is_read_is_refused() -> None:
    """The classic wrappings: the signed message is moved somewhere harmless and an unsigned one is put in its place."""
    good = authn_request(sign="sp")
    signature = good[good.index("<ds:Signature") : good.index("</ds:Signature>") + 15]
    issuer = f'<saml:Issuer xmlns:saml="{SAML_NS}">{SP_ID}</saml:Issuer>'
    evil = authn_request(ForceAuthn="true", ID="_evil")
    head, tail = evil.split(issuer)
    wrappings = [
        head + issuer + f"<samlp:Extensions>{good}</samlp:Extensions>" + tail,
        head + issuer + signature + f"<samlp:Extensions>{good.replace(signature, '')}</samlp:Extensions>" + tail,
        head + issuer + signature.replace("</ds:Signature>", f"<ds:Object>{good.replace(signature, '')}</ds:Object></ds:Signature>") + tail,
        head.replace("_evil", "_request1") + issuer + signature + f"<samlp:Extensions>{good.replace(signature, '')}</samlp:Extensions>" + tail,
        head.replace("_evil", "_request1") + issuer + signature + tail,
        f'<samlp:AuthnRequest xmlns:samlp="{SAMLP_NS}" ID="_evil">{good}</samlp:AuthnRequest>',
        good.replace("</samlp:AuthnRequest>", f"<samlp:Extensions>{signature}</samlp:Extensions></samlp:AuthnRequest>"),
        good.replace(signature, signature + signature),
        good.replace(signature, "").replace(issuer, signature + issuer),
        good.replace(signature, "").replace("</samlp:AuthnRequest>", f"<samlp:Extensions></samlp:Extensions>{signature}</samlp:AuthnRequest>"),
        good.replace("</samlp:AuthnRequest>", '<samlp:Extensions><x xmlns="urn:x" id="_request1"></x></samlp:Extensions></samlp:AuthnRequest>'),
    ]
    for document in wrappings:
        refused(posted(document), "post", sp=MUST)
        refused(posted(document), "post")


def test_two_elements_with_the_signed_id_are_refused_even_when_the_digest_holds() -> None:
    doubled = authn_request('<samlp:Extensions><x xmlns="urn:x" Id="_request1"></x></samlp:Extensions>', sign="sp")
    found = refused(posted(doubled), "post", sp=MUST)
    assert "more than once" in found.message


def test_a_signature_in_the_document_does_not_belong_into_a_redirect() -> None:
    refused(redirected(authn_request(sign="sp")), code="signature-misplaced", sp=MUST)
    refused(redirected(authn_request(sign="sp"), sign="sp"), code="signature-misplaced", sp=MUST)
    refused(posted(authn_request()) + b"&Signature=x", "post", code="parameter-misplaced")


def test_a_query_with_half_a_signature_is_refused() -> None:
    raw = redirected(authn_request(), sign="sp")
    refused(raw[: raw.index(b"&Signature")], sp=service_provider())
    refused(raw[: raw.index(b"&SigAlg")] + raw[raw.index(b"&Signature") :], sp=service_provider())


def test_a_pretty_printed_signed_request_holds_with_white_space_around_its_signature() -> None:
    """python3-saml writes its requests on many lines (and an ACS URL with `&` it writes wrongly: here it has none)."""
    from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request
    from onelogin.saml2.utils import OneLogin_Saml2_Utils

    sp = service_provider(require_signed_requests=True)
    settings = python3_saml_settings(identity_provider(), sp, SECOND_ACS, authnRequestsSigned=True, requestedAuthnContext=False)
    document = OneLogin_Saml2_Authn_Request(settings).get_xml()
    assert "\n" in document
    signed = OneLogin_Saml2_Utils.add_sign(
        document, made("sp").private_key.reveal(), made("sp").pem, sign_algorithm=names.SIGNATURES["RSA-SHA256"], digest_algorithm=f"{names.XENC}sha256"
    )
    assert request.read(take(posted(signed), "post"), sp, identity_provider(), datetime.now(UTC)).signed


def test_requests_of_python3_saml_by_redirect_are_read() -> None:
    from onelogin.saml2.auth import OneLogin_Saml2_Auth

    sp = service_provider(require_signed_requests=True)
    for security in ({}, {"requestedAuthnContext": True}):
        settings = python3_saml_settings(identity_provider(), sp, SECOND_ACS, authnRequestsSigned=True, **security)
        auth = OneLogin_Saml2_Auth(browser("https://wiki.example/login"), old_settings=settings)
        url = auth.login("https://wiki.example/back?a=b c'()!~*&d=é", force_authn=True)
        incoming = take(urlsplit(url).query.encode())
        found = request.read(incoming, sp, identity_provider(), datetime.now(UTC))
        assert found.signed and found.force_authn and found.id == auth.get_last_request_id()
        assert found.relay_state == "https://wiki.example/back?a=b c'()!~*&d=é"


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_requests_of_pysaml2_are_read(binding: str, tmp_path: Path) -> None:
    sp = service_provider(require_signed_requests=True)
    client = pysaml2_client(identity_provider(), sp, tmp_path, authn_requests_signed=True)
    names_ = {"redirect": "HTTP-Redirect", "post": "HTTP-POST"}
    _, info = client.prepare_for_authenticate(
        relay_state="state 1", binding=f"urn:oasis:names:tc:SAML:2.0:bindings:{names_[binding]}", sign=True,
        sigalg=names.SIGNATURES["RSA-SHA256"], digest_alg=f"{names.XENC}sha256",
    )  # fmt: skip
    if binding == "redirect":
        raw = urlsplit(dict(info["headers"])["Location"]).query.encode()
    else:
        fields = dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"', info["data"]))
        raw = f"SAMLRequest={quote(fields['SAMLRequest'], safe='')}&RelayState={quote(fields['RelayState'], safe='')}".encode()
    found = request.read(take(raw, binding), sp, identity_provider(), datetime.now(UTC))
    assert found.signed and found.relay_state == "state 1"


def test_a_refusal_never_shows_a_key() -> None:
    with pytest.raises(Refusal) as found:
        read(redirected(authn_request(), sign="stranger"), sp=MUST)
    assert "PRIVATE" not in repr(found.value) and "PRIVATE" not in repr(signer("sp")) and "RSAPrivateKey" not in repr(signer("sp"))


def test_a_signature_that_holds_but_names_another_element_is_refused() -> None:
    whole = authn_request()
    issuer = whole.index("</saml:Issuer>") + len("</saml:Issuer>")
    for named in ("_other", "", "xpointer(/)"):
        document = whole[:issuer] + signature.sign(whole, named, signer("sp")) + whole[issuer:]
        assert "something else" in refused(posted(document), "post", sp=MUST).message


def test_a_second_signature_is_refused_even_when_the_first_covers_it() -> None:
    inner = signature.sign("<x></x>", "_x", signer("sp"))
    document = authn_request(f"<samlp:Extensions>{inner}</samlp:Extensions>", sign="sp")
    assert "more than one" in refused(posted(document), "post", sp=MUST).message
