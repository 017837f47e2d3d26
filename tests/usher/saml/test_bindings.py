"""How messages travel: strict parameters, bounded inflation, guarded XML; whatever is odd ends on a plain page."""

from __future__ import annotations

import base64
import tracemalloc
import zlib
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.usher.saml.kit import ACS, NOW, authn_request, deflated, identity_provider, posted, read, redirected, service_provider, signer, take
from tests.usher.saml.test_request import refused
from usher.saml import bindings, forms, request, xml
from usher.saml.refusal import Refusal

GOOD = redirected(authn_request(), "state")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "no-message"), (b"RelayState=x", "no-message"), (b"samlrequest=x", "parameter-disguised"), (GOOD + b"&RelayState=state", "parameter-twice"),
        (GOOD + b"&SAMLRequest=x", "parameter-twice"), (GOOD + b"&SAMLResponse=x", "parameter-twice"), (GOOD.replace(b"SAMLRequest", b"%53AMLRequest"), "parameter-disguised"),
        (GOOD + b"&Relay%53tate=evil", "parameter-disguised"), (GOOD + b"&relaystate=evil", "parameter-disguised"), (GOOD + b"&RelayState+=evil", "parameter-disguised"),
        (GOOD + b"&+RelayState=evil", "parameter-disguised"), (GOOD + b"&RelayState%00=evil", "parameter-disguised"), (GOOD + b"&Sig%41lg=x", "parameter-disguised"),
        (GOOD + b"&x=1" * 70, "parameters-unfit"), (GOOD + "&é=1".encode(), "parameters-unfit"), (b"SAMLRequest=!!!", "not-base64"), (b"SAMLRequest=AAAA", "not-deflated"),
        (b"SAMLRequest=%ff", "parameters-unfit"), (b"SAMLRequest=", "not-deflated"), (b"SAMLRequest", "not-deflated"), (GOOD + b"&SAMLEncoding=urn:x", "encoding-unknown"),
        (b"SAMLRequest=" + b"A" * 100_000, "too-large"), (GOOD.replace(b"=state", b"=%ff"), "parameters-unfit"), (GOOD.replace(b"=state", b"=%00"), "relay-state-unfit"),
    ],
)  # fmt: skip
def test_parameters_are_read_once_and_literally(raw: bytes, code: str) -> None:
    refused(raw, code=code)


def test_others_parameters_are_passed_over_and_the_named_encoding_is_taken() -> None:
    raw = b"tenant=1&&" + GOOD + b"&SAMLEncoding=urn%3Aoasis%3Anames%3Atc%3ASAML%3A2.0%3Abindings%3AURL-Encoding%3ADEFLATE&x"
    assert read(raw).relay_state == "state"


def test_a_form_is_read_as_strictly() -> None:
    good = posted(authn_request(), "state")
    assert read(good, "post").relay_state == "state"
    wrapped = base64.encodebytes(authn_request().encode())
    assert read(b"SAMLRequest=" + quote(wrapped, safe="").encode(), "post").id == "_request1"
    for bad in (
        good + b"&RelayState=b",
        good.replace(b"SAMLRequest", b"SAML%52equest"),
        good + b"&SigAlg=x",
        b"SAMLRequest=" + b"A" * 300_000,
        good + "é".encode(),
    ):
        refused(bad, "post")
    refused(b"SAMLRequest=" + quote(base64.b64encode(b" " * 70_000).decode()).encode(), "post", code="too-large")


def test_relay_state_is_opaque_up_to_four_kilobytes_and_given_back_unchanged() -> None:
    for state in ("", "https://evil.example/?a=b&c=d", "<script>\"'&amp;", "日本語 🎉", "x" * 4096, "a\nb\tc"):
        assert read(redirected(authn_request(), state)).relay_state == state
        assert dict(bindings.post(ACS, "SAMLResponse", "<x/>", state).fields)["RelayState"] == state
    refused(redirected(authn_request(), "x" * 4097), code="relay-state-too-long")
    refused(redirected(authn_request(), "é" * 2049), code="relay-state-too-long")
    assert read(redirected(authn_request())).relay_state is None
    assert "RelayState" not in dict(bindings.post(ACS, "SAMLResponse", "<x/>", None).fields)


def test_the_form_may_be_posted_to_the_acs_origin_alone() -> None:
    assert bindings.post("https://wiki.example:8443/acs?x=1", "SAMLResponse", "<x/>", None).origin == "https://wiki.example:8443"


def bomb(size: int) -> bytes:
    return redirected(b"<a>" + b" " * size + b"</a>")


def test_a_deflate_bomb_stops_at_the_cap_with_memory_flat() -> None:
    raw = bomb(50_000_000)
    assert len(raw) < bindings.LARGEST_QUERY
    tracemalloc.start()
    refused(raw, code="too-large")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_torn_stream_and_one_with_something_after_it_are_refused() -> None:
    packed = base64.b64decode(deflated(authn_request()))
    for odd in (packed[:-3], packed + b"more", zlib.compress(authn_request().encode()), authn_request().encode()):
        refused(b"SAMLRequest=" + quote(base64.b64encode(odd).decode(), safe="").encode(), code="not-deflated")


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
FORBIDDEN = [
    LAUGHS + authn_request("&c;"), '<!DOCTYPE a SYSTEM "http://evil.example/a.dtd">' + authn_request(), '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + authn_request("&x;"),
    authn_request("<!-- c -->"), authn_request("<![CDATA[x]]>"), authn_request("<?php x ?>"), '<?xml version="1.0"?><?xml-stylesheet href="x"?>' + authn_request(),
    authn_request().replace("wiki.example/saml/meta", "wiki.example/saml/<!---->meta"), "<!DOCTYPE a>" + authn_request(), " <!doctype a>" + authn_request(),
]  # fmt: skip


@pytest.mark.parametrize("document", FORBIDDEN)
def test_what_only_an_attack_needs_is_refused_before_any_parser_sees_it(document: str) -> None:
    refused(redirected(document), code="markup-forbidden")
    refused(posted(document), "post", code="markup-forbidden")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1", "utf-7"])
def test_only_utf8_is_read(encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?>' + authn_request("<samlp:Extensions>é</samlp:Extensions>")
    assert refused(posted(document.encode(encoding)), "post").code in ("not-utf-8", "not-xml", "markup-forbidden")
    assert refused(posted(document.encode()), "post").code == "not-utf-8"


def test_a_declaration_and_a_byte_order_mark_are_passed_over() -> None:
    for before in (
        "\ufeff",
        '<?xml version="1.0"?>',
        "<?xml version='1.0' encoding='UTF-8'?>\n",
        '\ufeff<?xml version="1.0" encoding="utf-8" standalone="yes"?>',
    ):
        assert read(posted((before + authn_request()).encode()), "post").id == "_request1"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", "not-xml"), ("<a>", "not-xml"), ("nothing", "not-xml"), ("<a/><b/>", "not-xml"), ("<a>&foo;</a>", "not-xml"), ("<a>\x01</a>", "not-xml"), ("<a>\0</a>", "not-xml"), ("<a b='1' b='2'/>", "not-xml"), ("<x:a/>", "not-xml"),
        ("<a>" * 300 + "</a>" * 300, "not-xml"), ("<a " + " ".join(f'a{n}="1"' for n in range(33)) + "/>", "too-many-attributes"),
        ("<a " + " ".join(f'xmlns:a{n}="u{n}"' for n in range(65)) + "/>", "too-many-attributes"), ("<a>" + "<b/>" * 2000 + "</a>", "too-large"), ("<a>" + " " * 65_536 + "</a>", "too-large"),
        ("<a " + " ".join(f'a{n}="1"' for n in range(7000)) + "/>", "too-large"),
    ],
)  # fmt: skip
def test_what_is_not_plain_small_and_shallow_is_refused(document: str, code: str) -> None:
    with pytest.raises(Refusal) as found:
        xml.parse(document.encode())
    assert found.value.code == code


def test_the_parser_reads_no_file_and_calls_nobody() -> None:
    """Even where the guard before it is asked nothing: the parser itself resolves no entity."""
    with pytest.raises(Refusal):
        xml._parsed('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;&y;</a>')


def test_a_signed_redirect_verifies_for_whoever_knows_the_certificate() -> None:
    url = bindings.redirect("https://wiki.example/slo?t=1", "SAMLRequest", authn_request(), "state 1", signer())
    assert url.startswith("https://wiki.example/slo?t=1&SAMLRequest=") and "+" not in url.split("?")[1]
    raw = urlsplit(url).query.encode()
    incoming = take(raw)
    bindings.verify_query(incoming, (signer().public_key,))
    with pytest.raises(Refusal):
        bindings.verify_query(incoming, (signer("sp").public_key,))
    assert dict(parse_qsl(raw.decode()))["RelayState"] == "state 1"


def test_forms_of_the_portal_are_read_by_the_same_rules() -> None:
    fields = forms.form_fields(b"username=ada%40harbour.example&password=a+b%26c&x=1", names=("username", "password"), largest=100)
    assert fields == {"username": "ada@harbour.example", "password": "a b&c"}
    for raw in (b"username=a&username=b", b"user%6eame=a", b"username=" + b"a" * 101, b"username=%ff", b"Username=a"):
        with pytest.raises(Refusal):
            forms.form_fields(raw, names=("username",), largest=100)


QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def only_refuses(raw: bytes, binding: str) -> None:
    """Reads whatever it is: it is taken or refused, and nothing else ever happens."""
    try:
        incoming = bindings.from_query(raw) if binding == "redirect" else bindings.from_form(raw)
        request.read(incoming, service_provider(), identity_provider(), NOW)
    except Refusal as refusal:
        assert refusal.code and refusal.message


@QUIET
@given(st.binary(max_size=300), st.sampled_from(["redirect", "post"]))
def test_any_octets_are_taken_or_refused(raw: bytes, binding: str) -> None:
    only_refuses(raw, binding)


@QUIET
@given(st.binary(max_size=400), st.sampled_from(["redirect", "post"]))
def test_any_document_is_taken_or_refused(document: bytes, binding: str) -> None:
    only_refuses(redirected(document) if binding == "redirect" else posted(document), binding)


PIECES = st.sampled_from(["<saml:Issuer>", "</saml:Issuer>", "<samlp:NameIDPolicy/>", "<saml:Subject>", "</saml:Subject>", "<saml:NameID>a</saml:NameID>", "<ds:Signature/>", "<samlp:RequestedAuthnContext>", "</samlp:RequestedAuthnContext>", "&amp;", "&#0;", "<x a='1'/>", "é", "]]>", "<!--", "\x00", " ", "<saml:AuthnContextClassRef>"])  # fmt: skip
TEXTS = st.one_of(st.none(), st.text(max_size=30), st.sampled_from(["true", "2026-03-02T09:00:00Z", "9" * 40, ACS, "_request1", "2.0"]))


@QUIET
@given(st.lists(PIECES, max_size=8).map("".join), st.dictionaries(st.sampled_from(["ID", "Version", "IssueInstant", "Destination", "ForceAuthn", "AssertionConsumerServiceURL", "AssertionConsumerServiceIndex", "ProtocolBinding"]), TEXTS, max_size=4), st.sampled_from(["redirect", "post"]), st.sampled_from(["", "sp"]))  # fmt: skip
def test_any_request_near_a_good_one_is_taken_or_refused(inner: str, attributes: dict[str, str | None], binding: str, sign: str) -> None:
    try:
        document = authn_request(inner, **attributes)
        raw = redirected(document, sign=sign) if binding == "redirect" else posted(document)
    except UnicodeEncodeError:
        return
    only_refuses(raw, binding)


@QUIET
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=3), st.sampled_from(["redirect", "post"]))
def test_a_signed_request_with_octets_replaced_is_taken_or_refused(at: int, octets: bytes, binding: str) -> None:
    document = authn_request(sign="sp").encode()
    at %= len(document)
    only_refuses(posted(document[:at] + octets + document[at + len(octets) :]), "post")
    raw = redirected(authn_request(), "state", "sp")
    at %= len(raw)
    only_refuses(raw[:at] + octets + raw[at + len(octets) :], binding)
