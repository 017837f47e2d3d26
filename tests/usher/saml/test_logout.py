"""Single logout, both ways: always signed, verified like a request, answered at the registered address."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.usher.saml.judges import assert_valid, browser, pysaml2_client, python3_saml_settings
from tests.usher.saml.kit import (
    NOW,
    SAML_NS,
    SLO,
    identity_provider,
    logging_out,
    logout_message,
    made,
    posted,
    redirected,
    service_provider,
    signer,
    take,
)
from usher.saml import logout, metadata, refusal
from usher.saml.logout import LogoutRequest, LogoutResponse
from usher.saml.parties import ServiceProvider
from usher.saml.refusal import Refusal
from usher.saml.xml import instant

WHO = f'<saml:NameID xmlns:saml="{SAML_NS}">ada@harbour.example</saml:NameID>'
INDEXES = "<samlp:SessionIndex>_one</samlp:SessionIndex><samlp:SessionIndex>_two</samlp:SessionIndex>"
DONE = f'<samlp:Status><samlp:StatusCode Value="{refusal.SUCCESS}"></samlp:StatusCode></samlp:Status>'
PARTIAL = f'<samlp:Status><samlp:StatusCode Value="{refusal.SUCCESS}"><samlp:StatusCode Value="{refusal.PARTIAL_LOGOUT}"></samlp:StatusCode></samlp:StatusCode></samlp:Status>'


def asked(raw: bytes, binding: str = "redirect", sp: ServiceProvider | None = None, now: datetime = NOW) -> LogoutRequest:
    return logout.read_request(take(raw, binding), sp or logging_out(), identity_provider(), now)


def answered(raw: bytes, binding: str = "redirect", to: str = "_ours") -> LogoutResponse:
    return logout.read_response(take(raw, binding), logging_out(), identity_provider(), NOW, to)


def test_a_request_to_log_out_is_read_by_both_bindings() -> None:
    by_redirect = asked(redirected(logout_message("LogoutRequest", WHO + INDEXES), "state", "sp"))
    by_post = asked(posted(logout_message("LogoutRequest", WHO + INDEXES, sign="sp"), "state"), "post")
    for found in (by_redirect, by_post):
        assert (found.id, found.nameid, found.session_indexes, found.relay_state) == ("_logout1", "ada@harbour.example", ("_one", "_two"), "state")
    assert asked(redirected(logout_message("LogoutRequest", WHO), sign="sp")).session_indexes == ()


@pytest.mark.parametrize(
    ("raw", "binding", "code"),
    [
        (redirected(logout_message("LogoutRequest", WHO)), "redirect", "signature-missing"),
        (posted(logout_message("LogoutRequest", WHO)), "post", "signature-missing"),
        (redirected(logout_message("LogoutRequest", WHO), sign="stranger"), "redirect", "signature-invalid"),
        (posted(logout_message("LogoutRequest", WHO, sign="stranger")), "post", "signature-invalid"),
        (redirected(logout_message("LogoutRequest", WHO, Destination="https://sso.harbour.example/saml2/wiki"), sign="sp"), "redirect", "destination-wrong"),
        (redirected(logout_message("LogoutRequest", WHO, Destination=None), sign="sp"), "redirect", "destination-missing"),
        (redirected(logout_message("LogoutRequest", WHO, IssueInstant=instant(NOW - timedelta(minutes=6))), sign="sp"), "redirect", "too-old"),
        (redirected(logout_message("LogoutRequest", WHO, NotOnOrAfter=instant(NOW - timedelta(minutes=5))), sign="sp"), "redirect", "too-old"),
        (redirected(logout_message("LogoutRequest", WHO, issuer="urn:other"), sign="sp"), "redirect", "issuer-unknown"),
        (redirected(logout_message("LogoutRequest", ""), sign="sp"), "redirect", "nameid-missing"),
        (redirected(logout_message("LogoutRequest", WHO + WHO), sign="sp"), "redirect", "element-misplaced"),
        (redirected(logout_message("LogoutRequest", WHO.replace("ada@", "<x/>ada@")), sign="sp"), "redirect", "not-plain"),
        (redirected(logout_message("LogoutResponse", DONE), sign="sp"), "redirect", "not-the-message"),
    ],
)
def test_a_request_to_log_out_that_does_not_hold_is_refused(raw: bytes, binding: str, code: str) -> None:
    with pytest.raises(Refusal) as found:
        asked(raw, binding)
    assert found.value.code == code


def test_there_is_logout_only_with_an_endpoint_and_a_certificate_and_metadata_says_the_same() -> None:
    raw = redirected(logout_message("LogoutRequest", WHO), sign="sp")
    for sp in (service_provider(), logging_out(certificates=())):
        assert not logout.possible(sp) and "SingleLogoutService" not in metadata.document(identity_provider(), sp)
        with pytest.raises(Refusal, match="no single logout"):
            asked(raw, sp=sp)
        with pytest.raises(Refusal, match="no single logout"):
            logout.request(identity_provider(), sp, signer(), "ada", (), NOW)
    assert metadata.document(identity_provider(), logging_out()).count("SingleLogoutService Binding=") == 2


def test_an_answer_is_believed_when_it_answers_what_was_asked() -> None:
    raw = redirected(logout_message("LogoutResponse", DONE, InResponseTo="_ours"), "s", "sp", kind="SAMLResponse")
    assert answered(raw).success and answered(raw).relay_state == "s"
    partial = posted(logout_message("LogoutResponse", PARTIAL, InResponseTo="_ours", sign="sp"), kind="SAMLResponse")
    found = answered(partial, "post")
    assert not found.success and found.status == refusal.PARTIAL_LOGOUT
    for other in (None, "_theirs"):
        with pytest.raises(Refusal, match="answers no request"):
            answered(redirected(logout_message("LogoutResponse", DONE, InResponseTo=other), sign="sp", kind="SAMLResponse"))
    with pytest.raises(Refusal, match="must be signed"):
        answered(redirected(logout_message("LogoutResponse", DONE, InResponseTo="_ours"), kind="SAMLResponse"))
    with pytest.raises(Refusal, match="no status"):
        answered(redirected(logout_message("LogoutResponse", "", InResponseTo="_ours"), sign="sp", kind="SAMLResponse"))


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_what_we_send_is_valid_by_the_schema_and_goes_to_the_registered_address(binding: str) -> None:
    sp = logging_out(binding, slo_response_url=f"{SLO}/done")
    ours = logout.request(identity_provider(), sp, signer(), "ada<&>", ("_one",), NOW, "state")
    answers = [
        logout.response(identity_provider(), sp, signer(), "_logout1", NOW, "state", **given)
        for given in ({}, {"partial": True}, {"failed": refusal.REQUEST_DENIED})
    ]
    for one in (ours, *answers):
        assert_valid(one.xml)
        assert (one.url is None) != (one.post is None)
    target = SLO if binding == "redirect" else ""
    assert (ours.url or "").startswith(target) and (ours.post is None or ours.post.action == SLO)
    assert answers[0].post is None or answers[0].post.action == f"{SLO}/done"
    assert [refusal.PARTIAL_LOGOUT in each.xml for each in answers] == [False, True, False]
    assert refusal.SUCCESS not in answers[2].xml


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_a_message_that_our_own_verifier_does_not_believe_stays_here(binding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sp = replace(logging_out(binding), slo_url=f"{SLO}?tenant=7")
    assert logout.request(identity_provider(), sp, signer(), "ada", ("_one",), NOW, "a state")
    wrong = replace(signer(), key=signer("stranger").key)
    with pytest.raises(Refusal, match="did not pass our own check"):
        logout.request(identity_provider(), sp, wrong, "ada", ("_one",), NOW, "a state")


def test_python3_saml_takes_our_request_and_our_answer() -> None:
    from onelogin.saml2.auth import OneLogin_Saml2_Auth

    sp, idp, now = logging_out(), identity_provider(), datetime.now(UTC)
    settings = python3_saml_settings(idp, sp, wantMessagesSigned=True, logoutRequestSigned=True, logoutResponseSigned=True)
    ours = logout.request(idp, sp, signer(), "ada@harbour.example", ("_one",), now, "state1")  # python3-saml encodes anew, and a space as +
    auth = OneLogin_Saml2_Auth(browser(str(ours.url)), old_settings=settings)
    back = auth.process_slo(keep_local_session=True)
    assert auth.get_errors() == [], auth.get_last_error_reason()
    found = logout.read_response(take(urlsplit(back).query.encode()), sp, idp, datetime.now(UTC), ours.id)
    assert found.success and found.relay_state == "state1"


def test_python3_saml_starts_and_is_answered() -> None:
    from onelogin.saml2.auth import OneLogin_Saml2_Auth

    sp, idp = logging_out(), identity_provider()
    settings = python3_saml_settings(idp, sp, wantMessagesSigned=True, logoutRequestSigned=True)
    auth = OneLogin_Saml2_Auth(browser("https://wiki.example/out"), old_settings=settings)
    url = auth.logout(return_to="https://wiki.example/bye", name_id="ada@harbour.example", session_index="_one")
    assert url.startswith(idp.slo_url)
    found = logout.read_request(take(urlsplit(url).query.encode()), sp, idp, datetime.now(UTC))
    assert (found.nameid, found.session_indexes) == ("ada@harbour.example", ("_one",))
    answer = logout.response(idp, sp, signer(), found.id, datetime.now(UTC), found.relay_state)
    judge = OneLogin_Saml2_Auth(browser(str(answer.url)), old_settings=settings)
    judge.process_slo(keep_local_session=True, request_id=found.id)
    assert judge.get_errors() == [], judge.get_last_error_reason()


def test_pysaml2_takes_our_request_by_post(tmp_path: Path) -> None:
    sp, idp, now = logging_out("post"), identity_provider(), datetime.now(UTC)
    ours = logout.request(idp, sp, signer(), "ada@harbour.example", ("_one",), now)
    assert ours.post
    client = pysaml2_client(idp, sp, tmp_path)
    found = client.parse_logout_request(dict(ours.post.fields)["SAMLRequest"], "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST")
    assert found.message.name_id.text == "ada@harbour.example" and base64.b64decode(dict(ours.post.fields)["SAMLRequest"]).decode() == ours.xml
    assert made("sp").pem
