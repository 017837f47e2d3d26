"""AuthnRequests: what is taken, what is answered by the standard's word, and what ends on a plain page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.usher.saml.kit import (
    ACS,
    ENDPOINT,
    NOW,
    PPT,
    SAML_NS,
    SAMLP_NS,
    SECOND_ACS,
    SP_ID,
    authn_request,
    posted,
    read,
    redirected,
    service_provider,
)  # fmt: skip
from usher.saml import refusal
from usher.saml.authn import AuthnRequest
from usher.saml.refusal import Answerable, Refusal
from usher.saml.xml import instant

WRONG_ACS = [
    "https://evil.example/acs", f"{ACS}x", ACS[:-1], ACS.replace("https:", "http:"), ACS.replace("wiki", "Wiki"), ACS.replace("https", "HTTPS"),
    ACS.replace("wiki.example", "wiki.example:443"), ACS.replace("wiki.example", "wiki.example."), ACS.replace("wiki.example", "x@wiki.example"),
    ACS.replace("wiki.example", "wiki.example@evil.example"), ACS.replace("wiki.example", "wiki.example.evil.example"), ACS.replace("/saml", "/./saml"),
    ACS.replace("/saml", "/x/../saml"), ACS.replace("/saml", "//saml"), ACS.replace("acs", "%61cs"), ACS.replace("%20", "+"), ACS.replace("?", "#?"), f" {ACS}", f"{ACS}\n",
    ACS.replace("https://", "//"), "javascript:alert(1)//" + ACS, "data:text/html,x", "", "/saml/acs", "*", ACS.replace("e", "\u0435", 1), ACS.split("?")[0],
]  # fmt: skip
GOOD_ID = "_request1"


def refused(raw: bytes, binding: str = "redirect", code: str = "", **others: object) -> Refusal:
    """How a message that must end on a plain page was refused."""
    with pytest.raises(Refusal) as found:
        read(raw, binding, **others)  # type: ignore[arg-type]
    assert not isinstance(found.value, Answerable)
    assert found.value.message and found.value.exit_status == 3
    if code:
        assert found.value.code == code, (found.value.code, found.value.message)
    return found.value


def answered(inner: str, **attributes: str) -> Answerable:
    """The SAML answer that a request gets instead of a sign-in."""
    with pytest.raises(Answerable) as found:
        read(redirected(authn_request(inner, **attributes)))
    assert found.value.request.acs_url == ACS
    return found.value


def test_a_request_by_redirect_and_by_post_says_the_same() -> None:
    one, other = read(redirected(authn_request(), "a b&c=d")), read(posted(authn_request(), "a b&c=d"), "post")
    assert one == replace(other, binding="redirect")
    assert (one.id, one.issuer, one.acs_url, one.relay_state) == (GOOD_ID, SP_ID, ACS, "a b&c=d")
    assert (one.signed, one.force_authn, one.is_passive, one.subject, one.contexts) == (False, False, False, None, ())


def test_a_request_can_be_kept_while_the_person_signs_in() -> None:
    one = read(redirected(authn_request(ForceAuthn="1", IsPassive="true"), "é"))
    assert AuthnRequest.from_json(one.as_json()) == one
    assert one.force_authn and one.is_passive and one.keep_until > NOW + timedelta(hours=1)


@pytest.mark.parametrize("url", WRONG_ACS)
def test_an_acs_that_is_not_registered_to_the_letter_is_refused(url: str) -> None:
    found = refused(redirected(authn_request(AssertionConsumerServiceURL=url)), code="acs-unknown")
    assert ACS in found.message or SECOND_ACS in found.message


def test_the_acs_is_found_by_index_by_url_or_is_the_default() -> None:
    by_index = {"AssertionConsumerServiceURL": None, "AssertionConsumerServiceIndex": "3"}
    assert read(redirected(authn_request(**by_index))).acs_url == SECOND_ACS
    assert read(redirected(authn_request(AssertionConsumerServiceURL=SECOND_ACS))).acs_url == SECOND_ACS
    assert read(redirected(authn_request(AssertionConsumerServiceURL=None))).acs_url == ACS
    for index in ("1", "-1", "03x", "", "99999999999999999999", "\u0663"):
        refused(redirected(authn_request(**{**by_index, "AssertionConsumerServiceIndex": index})), code="acs-unknown")
    refused(redirected(authn_request(AssertionConsumerServiceIndex="0")), code="acs-twice")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https:///acs",
        "https://a.example/#x",
        'https://a.example/"',
        "ftp://a.example/",
        "https://[",
        "https://a.example/ b",
    ],
)
def test_a_registered_acs_that_no_browser_should_be_sent_to_is_refused_when_sending_too(url: str) -> None:
    from usher.saml.parties import Acs

    refused(redirected(authn_request(AssertionConsumerServiceURL=None)), code="acs-unfit", sp=service_provider(acs=(Acs(url, 0),)))


def test_an_application_without_an_acs_gets_nothing() -> None:
    refused(redirected(authn_request()), code="no-acs", sp=service_provider(acs=()))


def test_the_response_goes_by_post_alone() -> None:
    bindings = "urn:oasis:names:tc:SAML:2.0:bindings:"
    assert read(redirected(authn_request(ProtocolBinding=f"{bindings}HTTP-POST")))
    for other in ("HTTP-Redirect", "HTTP-Artifact", "PAOS", "http-post", ""):
        refused(redirected(authn_request(ProtocolBinding=bindings + other if other else "")), code="binding-refused")


@pytest.mark.parametrize("issuer", ["urn:other", SP_ID.upper(), SP_ID + "/", SP_ID + "x", "x" * 2000])
def test_only_the_applications_own_entity_id_is_heard(issuer: str) -> None:
    refused(redirected(authn_request(issuer=issuer)))


def test_an_issuer_must_be_there_once_and_be_plain_text() -> None:
    refused(redirected(authn_request(issuer=None)), code="issuer-missing")
    refused(redirected(authn_request(issuer="")), code="issuer-unfit")
    twice = f'<saml:Issuer xmlns:saml="{SAML_NS}">{SP_ID}</saml:Issuer>'
    refused(redirected(authn_request(twice)), code="element-twice")
    refused(redirected(authn_request().replace(f">{SP_ID}<", f">{SP_ID}<x/><")), code="not-plain")
    refused(redirected(authn_request().replace("<saml:Issuer ", '<saml:Issuer Format="urn:x" ')), code="issuer-unfit")
    refused(redirected(authn_request().replace("<saml:Issuer ", '<saml:Issuer NameQualifier="x" ')), code="issuer-unfit")
    assert read(redirected(authn_request().replace(f">{SP_ID}<", f">\n  {SP_ID}\n<")))


def test_a_deactivated_application_gets_nothing() -> None:
    refused(redirected(authn_request()), code="sso-inactive", sp=service_provider(active=False))


@pytest.mark.parametrize("version", ["1.1", "2.1", "2", "", None, "3.0"])
def test_only_version_two_is_spoken(version: str | None) -> None:
    refused(redirected(authn_request(Version=version)), code="version-unknown")


@pytest.mark.parametrize("id_", [None, "", "1abc", "a b", "a:b", "x" * 257, "-a", "é", "a\nb"])
def test_an_id_is_a_name_of_sane_length(id_: str | None) -> None:
    refused(redirected(authn_request(ID=id_)), code="id-unfit")
    assert read(redirected(authn_request(ID="x" * 256)))


def test_the_clocks_may_differ_by_five_minutes_and_no_more() -> None:
    for away in (timedelta(minutes=5), timedelta(minutes=-5), timedelta()):
        assert read(redirected(authn_request(IssueInstant=instant(NOW + away))))
    refused(redirected(authn_request(IssueInstant=instant(NOW + timedelta(minutes=5, seconds=1)))), code="from-the-future")
    refused(redirected(authn_request(IssueInstant=instant(NOW - timedelta(minutes=5, seconds=1)))), code="too-old")
    assert read(redirected(authn_request(IssueInstant="2026-03-02T10:00:00+01:00")))
    assert read(redirected(authn_request(IssueInstant="2026-03-02T09:00:00.123456789Z")))
    refused(redirected(authn_request(IssueInstant="2026-03-02T09:05:00.001Z")), code="from-the-future")


BAD_TIMES = [
    None, "", "now", "2026-03-02", "2026-03-02 09:00:00Z", "2026-13-02T09:00:00Z", "2026-02-30T09:00:00Z", "2026-03-02T25:00:00Z", "2026-03-02T24:00:00Z", "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999999999Z", "99999-01-01T00:00:00Z", "-2026-03-02T09:00:00Z",
    "2026-03-02T09:00:00+99:99", "2026-03-02T09:00:60Z", "２０２６-03-02T09:00:00Z", "2026-03-02T09:00:00Z\x85", "2026-03-02T09:00:00.Z", "1e9", "2026-03-02T09:00:00Z; ",
]  # fmt: skip


@pytest.mark.parametrize("time", BAD_TIMES)
def test_a_date_that_is_none_is_a_refusal_and_never_a_fault(time: str | None) -> None:
    assert refused(redirected(authn_request(IssueInstant=time))).code in ("time-unfit", "too-old", "from-the-future")


def test_a_destination_is_this_address_where_there_is_one() -> None:
    assert read(redirected(authn_request(Destination=None)))
    for other in (ENDPOINT + "/", ENDPOINT.upper(), "https://evil.example/saml2/wiki", ENDPOINT.replace("https", "http"), ""):
        refused(redirected(authn_request(Destination=other)), code="destination-wrong")


def test_a_signed_request_says_where_it_is_to_go() -> None:
    refused(redirected(authn_request(Destination=None), sign="sp"), code="destination-missing")
    refused(posted(authn_request(Destination=None, sign="sp")), "post", code="destination-missing")


def policy(**attributes: str) -> str:
    return f"<samlp:NameIDPolicy{''.join(f' {name}={value!r}' for name, value in attributes.items())}/>"


def test_a_nameid_policy_that_cannot_be_met_is_answered() -> None:
    email, persistent = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    found = answered(policy(Format=persistent))
    assert (found.status, found.top) == (refusal.INVALID_NAMEID_POLICY, refusal.REQUESTER)
    assert answered(policy(SPNameQualifier="urn:other")).status == refusal.INVALID_NAMEID_POLICY
    as_asked = service_provider(nameid_format=email)
    assert read(redirected(authn_request(policy(Format=email, SPNameQualifier=SP_ID, AllowCreate="true"))), sp=as_asked).nameid_format == email
    assert read(redirected(authn_request(policy(AllowCreate="1"))), sp=as_asked)
    assert read(redirected(authn_request(policy(Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"))), sp=as_asked)


def contexts(comparison: str, *classes: str, tag: str = "AuthnContextClassRef") -> str:
    inner = "".join(f'<saml:{tag} xmlns:saml="{SAML_NS}">{each}</saml:{tag}>' for each in classes)
    given = f' Comparison="{comparison}"' if comparison else ""
    return f"<samlp:RequestedAuthnContext{given}>{inner}</samlp:RequestedAuthnContext>"


CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
KERBEROS, PASSWORD, TOKEN, ANY = f"{CLASSES}Kerberos", f"{CLASSES}Password", f"{CLASSES}TimeSyncToken", f"{CLASSES}unspecified"


@pytest.mark.parametrize(
    ("comparison", "classes", "without", "with_second"),
    [
        ("", (PPT,), PPT, PPT), ("exact", (PASSWORD,), PASSWORD, PASSWORD), ("exact", (KERBEROS, PPT), PPT, PPT), ("exact", (TOKEN,), None, TOKEN),
        ("exact", (TOKEN, PPT), PPT, TOKEN), ("minimum", (PASSWORD,), PPT, TOKEN), ("minimum", (PPT,), PPT, TOKEN), ("minimum", (TOKEN,), None, TOKEN),
        ("better", (PASSWORD,), PPT, TOKEN), ("better", (PPT,), None, TOKEN), ("maximum", (PPT,), PPT, PPT), ("maximum", (PASSWORD,), PASSWORD, PASSWORD),
        ("maximum", (ANY,), ANY, ANY),
    ],
)  # fmt: skip
def test_the_context_asserted_is_one_that_was_asked_for(comparison: str, classes: tuple[str, ...], without: str | None, with_second: str | None) -> None:
    found = read(redirected(authn_request(contexts(comparison, *classes))))
    assert (found.context(False), found.context(True)) == (without, with_second)


@pytest.mark.parametrize(
    "inner",
    [contexts("", KERBEROS), contexts("minimum", KERBEROS), contexts("better", TOKEN), contexts("best", PPT), contexts(""), contexts("better", PPT, KERBEROS), contexts("", PPT, tag="AuthnContextDeclRef"), contexts("", *[PPT] * 33)],
)  # fmt: skip
def test_a_way_to_sign_in_that_is_not_here_is_answered(inner: str) -> None:
    found = answered(inner)
    assert (found.status, found.top) == (refusal.NO_AUTHN_CONTEXT, refusal.RESPONDER)


def subject(inner: str) -> str:
    return f'<saml:Subject xmlns:saml="{SAML_NS}">{inner}</saml:Subject>'


def test_a_subject_is_read_and_one_that_is_not_plain_is_answered() -> None:
    named = "<saml:NameID>ada@harbour.example</saml:NameID>"
    assert read(redirected(authn_request(subject(named)))).subject == "ada@harbour.example"
    confirmed = f'{named}<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/>'
    for inner in (confirmed, "<saml:EncryptedID/>", '<saml:BaseID xmlns="x"/>', ""):
        assert answered(subject(inner)).status == refusal.REQUEST_UNSUPPORTED


def test_a_denial_that_only_the_session_knows_of_is_answered_the_same_way() -> None:
    denied = read(redirected(authn_request(IsPassive="true"))).deny(refusal.NO_PASSIVE, "no-passive", "Nobody is signed in.")
    assert (denied.top, denied.status, denied.request.acs_url) == (refusal.RESPONDER, refusal.NO_PASSIVE, ACS)


@pytest.mark.parametrize("name", ["ForceAuthn", "IsPassive"])
def test_a_flag_is_true_or_false(name: str) -> None:
    for good in ("true", "false", "1", "0"):
        assert read(redirected(authn_request(**{name: good})))
    for bad in ("yes", "TRUE", "2", ""):
        if bad:
            refused(redirected(authn_request(**{name: bad})), code="flag-unfit")


def test_what_the_schema_does_not_have_there_is_refused() -> None:
    refused(redirected(authn_request("<samlp:Surprise/>")), code="element-unknown")
    refused(redirected(authn_request(policy() + policy())), code="element-misplaced")
    refused(redirected(authn_request(contexts("", PPT) + policy())), code="element-misplaced")
    refused(redirected(authn_request("loose words")), code="text-misplaced")
    refused(redirected(authn_request().replace("AuthnRequest", "LogoutRequest")), code="not-the-message")
    refused(redirected(authn_request().replace(SAMLP_NS, "urn:other")), code="not-the-message")
    refused(redirected(authn_request(), kind="SAMLResponse"), code="not-the-message")
    assert read(redirected(authn_request("<samlp:Extensions><x xmlns='urn:x'/></samlp:Extensions>" + policy() + "<samlp:Scoping ProxyCount='2'/>")))
