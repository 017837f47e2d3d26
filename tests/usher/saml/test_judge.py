"""A pasted message is decoded whatever its wrapping, and judged line by line."""

from __future__ import annotations

import base64
import html
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.usher.saml.kit import (
    ACS,
    ENDPOINT,
    NOW,
    PERSON,
    authn_request,
    deflated,
    identity_provider,
    logging_out,
    login,
    logout_message,
    made,
    posted,
    redirected,
    service_provider,
    signer,
)
from tests.usher.saml.test_logout import WHO
from usher.saml import issue
from usher.saml.judge import Judgement, judge
from usher.saml.parties import ServiceProvider

SIGNED = redirected(authn_request(), "state", "sp").decode()
PACKED = deflated(authn_request())
PLAIN = base64.b64encode(authn_request().encode()).decode()


def judged(text: str, sp: ServiceProvider | None = None, away: timedelta = timedelta()) -> Judgement:
    return judge(text, sp or service_provider(), identity_provider(), NOW + away)


def failing(found: Judgement) -> list[str]:
    return [line.what for line in found.lines if line.holds is False]


@pytest.mark.parametrize(
    "text",
    [
        SIGNED, f"{ENDPOINT}?{SIGNED}", f"{ENDPOINT}?tenant=1&{SIGNED}#top", f"  {ENDPOINT}?{SIGNED}\n", PACKED, quote(PACKED, safe=""), PLAIN, "\n".join([PLAIN[:70], PLAIN[70:]]), authn_request(), f"\ufeff\n{authn_request()}",
        posted(authn_request(), "s").decode(), f'<html><form><input type="hidden" name="SAMLRequest" value="{html.escape(PLAIN)}"/></form></html>', f"SAMLRequest={quote(PACKED, safe='')}", f"RelayState=x&SAMLRequest={quote(PACKED, safe='')}",
    ],
)  # fmt: skip
def test_a_request_is_found_in_whatever_it_was_copied_from(text: str) -> None:
    found = judged(text)
    assert found.kind == "AuthnRequest" and found.holds, found.lines
    assert ("AssertionConsumerServiceURL", ACS) in found.facts and "\n  <saml:Issuer" in found.xml


def test_a_signature_in_the_address_is_judged_too() -> None:
    assert any(line.what == "It is signed by the application" and line.holds for line in judged(SIGNED).lines)
    assert failing(judged(SIGNED.replace("state", "other"))) == ["Its signature holds, where there is one or must be one"]
    unsigned = next(line for line in judged(PACKED).lines if line.what == "It is signed by the application")
    assert unsigned.holds is None and unsigned.detail == "It is not signed."


def test_every_line_that_fails_is_said_and_not_the_first_alone() -> None:
    bad = authn_request(AssertionConsumerServiceURL="https://evil.example", Destination="https://other.example", Version="1.1", ForceAuthn="perhaps")
    found = judged(bad, away=timedelta(hours=1))
    assert len(failing(found)) == 5 and not found.holds
    assert all(line.detail for line in found.lines if line.holds is False)


def test_wishes_are_judged_when_all_else_holds() -> None:
    assert failing(judged(authn_request("<samlp:NameIDPolicy Format='urn:x'/>"))) == ["The NameID it wants is what the application gets"]


def response(sp: ServiceProvider | None = None) -> issue.Issued:
    return issue.asserted(identity_provider(), sp or service_provider(), signer(), PERSON, login(), NOW, ACS, "_request1")


def test_a_response_of_ours_holds_in_every_line_and_says_who_it_asserts() -> None:
    found = judged(base64.b64encode(response().xml.encode()).decode())
    assert found.kind == "Response" and found.holds and len(found.lines) >= 12, found.lines
    assert ("NameID", PERSON.nameid) in found.facts and ("Attribute groups", "Engineering; Sales") in found.facts


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("ada@harbour.example</saml:NameID", "eve@harbour.example</saml:NameID", "The assertion's signature holds"), ("status:Success", "status:Responder", "It says Success"), (f'Destination="{ACS[:12]}', 'Destination="https://evil', "It goes to a registered ACS URL"),
        ("<saml:Audience>", "<saml:Audience>x", "It is for this application alone"), ('Recipient="', 'Recipient="x', "It may be delivered to a registered ACS URL"), ("Harbour Works wiki</saml:Issuer><samlp:Status>", "Evil</saml:Issuer><samlp:Status>", "It was sent by this identity provider"),
        ('Version="2.0"><saml:Issuer xmlns', 'Version="1.1"><saml:Issuer xmlns', "It is a Response of SAML 2.0"),
    ],
)  # fmt: skip
def test_what_was_changed_in_a_response_is_seen(old: str, new: str, what: str) -> None:
    text = response().xml
    assert old in text
    assert what in failing(judged(text.replace(old, new, 1)))


def test_a_response_is_judged_by_the_clock_and_by_the_settings() -> None:
    assert failing(judged(response().xml, away=timedelta(minutes=5))) == ["It can be delivered now", "It holds now"]
    assert failing(judged(response().xml, away=timedelta(minutes=-2))) == ["It holds now"]
    assert failing(judged(response().xml, service_provider(sign_response=True))) == ["The response is signed"]
    bare = response().xml
    begin, end = bare.index("<ds:Signature"), bare.index("</ds:Signature>") + 15
    assert "It is signed" in failing(judged(bare[:begin] + bare[end:]))


def test_an_encrypted_assertion_is_left_to_the_application() -> None:
    sp = service_provider(encrypt_assertion=True, encryption_certificate=made("sp").pem)
    found = judged(response(sp).xml, sp)
    assert found.holds and found.lines[-1].holds is None and "encrypted" in found.lines[-1].detail


def test_logout_messages_are_judged_too() -> None:
    found = judged(redirected(logout_message("LogoutRequest", WHO), sign="sp").decode(), logging_out())
    assert found.kind == "LogoutRequest" and found.holds, found.lines
    assert failing(judged(logout_message("LogoutRequest", WHO), logging_out())) == ["It is signed by the application"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "SAMLRequest=",
        "<html></html>",
        "<",
        "%%%",
        "https://wiki.example/",
        "SAMLRequest=a&SAMLRequest=b",
        "A" * 600_000,
        "<!DOCTYPE a><a/>",
        "\x00",
        "aGVsbG8=",
    ],
)
def test_what_is_no_message_is_said_and_never_a_fault(text: str) -> None:
    found = judged(text)
    assert found.kind == "" and not found.holds and found.lines[0].detail


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.text(max_size=40).map(lambda inner: authn_request(f"<x>{inner}</x>")),
        st.text(max_size=60).map(lambda text: f"SAMLResponse={text}"),
    )
)
def test_whatever_is_pasted_is_judged(text: str) -> None:
    assert judged(text).lines
