"""What leaves: every line that the standard and the checklist ask of a response, and our own verifier that sees to it."""

from __future__ import annotations

import base64
import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from tests.usher.saml.judges import assert_valid, python3_saml_settings
from tests.usher.saml.kit import ACS, NOW, PERSON, PPT, SP_ID, authn_request, identity_provider, login, made, posted, read, service_provider, signer
from tests.usher.saml.test_judges import SIGNED
from usher.saml import issue, refusal, response, verify, xml
from usher.saml.names import BEARER, DS, SAML, SAMLP, SIGNATURES, XENC
from usher.saml.parties import ServiceProvider
from usher.saml.refusal import Refusal

NS = {"saml": SAML, "samlp": SAMLP, "ds": DS, "xenc": XENC}


def issued(
    sp: ServiceProvider | None = None, person: issue.Person = PERSON, now: datetime = NOW, in_response_to: str | None = "_request1", **of_login: Any
) -> issue.Issued:
    return issue.asserted(identity_provider(), sp or service_provider(), signer(), person, replace(login(now), **of_login), now, ACS, in_response_to)


def root_of(one: issue.Issued) -> Any:
    return etree.fromstring(one.xml.encode())


def at(root: Any, path: str) -> Any:
    """The one element at a path."""
    (found,) = root.xpath(path, namespaces=NS)
    return found


def test_the_response_says_what_it_answers_from_whom_and_to_where() -> None:
    root = root_of(one := issued())
    assert dict(root.attrib) == {"ID": one.id, "Version": "2.0", "IssueInstant": "2026-03-02T09:00:00Z", "Destination": ACS, "InResponseTo": "_request1"}
    assert at(root, "saml:Issuer").text == "Harbour Works wiki"
    assert at(root, "samlp:Status/samlp:StatusCode").get("Value") == refusal.SUCCESS


def test_a_response_that_was_started_here_answers_nothing_in_either_place() -> None:
    root = root_of(issued(in_response_to=None))
    assert "InResponseTo" not in etree.tostring(root).decode()


def test_the_assertion_is_for_this_application_for_five_minutes_at_this_address() -> None:
    assertion = at(root_of(issued()), "saml:Assertion")
    data = at(assertion, "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData")
    assert dict(data.attrib) == {"Recipient": ACS, "NotOnOrAfter": "2026-03-02T09:05:00Z", "InResponseTo": "_request1"}
    assert at(assertion, "saml:Subject/saml:SubjectConfirmation").get("Method") == BEARER
    conditions = at(assertion, "saml:Conditions")
    assert dict(conditions.attrib) == {"NotBefore": "2026-03-02T08:59:00Z", "NotOnOrAfter": "2026-03-02T09:05:00Z"}
    assert [each.text for each in assertion.iter(f"{{{SAML}}}Audience")] == [SP_ID]


def test_the_sign_in_is_the_real_one_with_its_session() -> None:
    statement = at(root_of(issued(at=NOW - timedelta(hours=2), until=NOW + timedelta(hours=6))), "saml:Assertion/saml:AuthnStatement")
    assert dict(statement.attrib) == {"AuthnInstant": "2026-03-02T07:00:00Z", "SessionIndex": "_session1", "SessionNotOnOrAfter": "2026-03-02T15:00:00Z"}
    assert at(statement, "saml:AuthnContext/saml:AuthnContextClassRef").text == PPT


def test_the_same_second_is_used_throughout_whatever_the_fraction() -> None:
    text = issued(now=NOW + timedelta(microseconds=999_999)).xml
    assert set(re.findall(r'IssueInstant="([^"]*)"', text)) == {"2026-03-02T09:00:00Z"}
    assert all(time.endswith("Z") and "." not in time for time in re.findall(r'"(2026-[^"]*)"', text))


def test_times_are_utc_whatever_zone_they_came_in() -> None:
    from datetime import timezone

    there = NOW.astimezone(timezone(timedelta(hours=9)))
    assert 'IssueInstant="2026-03-02T09:00:00Z"' in issued(now=there).xml


def test_ids_cannot_be_guessed_and_never_come_again() -> None:
    ids = [xml.new_id() for _ in range(200)] + [issued().assertion_id, issued().id]
    assert len(set(ids)) == 202 and all(re.fullmatch("_[0-9a-f]{40}", each) for each in ids)


@pytest.mark.parametrize("signed", SIGNED)
def test_each_signature_stands_after_the_issuer_and_covers_its_own_element(signed: str) -> None:
    assertion, whole = SIGNED[signed]
    root = root_of(issued(service_provider(sign_assertion=assertion, sign_response=whole)))
    places = {"saml:Assertion": assertion, ".": whole}
    for place, is_signed in places.items():
        element = at(root, place)
        assert (element[1].tag == f"{{{DS}}}Signature") is is_signed
        if is_signed:
            assert at(element[1], "ds:SignedInfo/ds:Reference").get("URI") == f"#{element.get('ID')}"
            assert at(element[1], "ds:SignedInfo/ds:SignatureMethod").get("Algorithm") == SIGNATURES["RSA-SHA256"]
    assert len(root.xpath("//ds:Signature", namespaces=NS)) == sum(places.values())


def test_a_response_without_any_signature_is_not_made() -> None:
    with pytest.raises(Refusal, match="Neither"):
        issued(service_provider(sign_assertion=False, sign_response=False))


@pytest.mark.parametrize(("assertion", "whole", "typed"), list(itertools.product([True, False], [True, False], [False, True]))[:6])
def test_the_text_is_its_own_canonical_form(assertion: bool, whole: bool, typed: bool) -> None:
    person = issue.Person("a<b>&\"'c", (issue.Attribute('q"<>&', ("x\ty\nz ]]> <!-- -->", "日本 🎉")),))
    one = issued(service_provider(sign_assertion=assertion, sign_response=whole, typed_values=typed), person)
    text = one.xml.replace(' xmlns:xs="http://www.w3.org/2001/XMLSchema"', "", 1)
    assert xml.canonical(etree.fromstring(one.xml.encode())).decode() == text
    assert xml.canonical(at(root_of(one), "saml:Assertion")).decode() in text


def test_no_prefix_list_is_ever_sent() -> None:
    assert "InclusiveNamespaces" not in issued(service_provider(typed_values=True, sign_response=True)).xml


def test_values_are_escaped_and_no_comment_can_arise() -> None:
    nasty = "admin@harbour.example<!---->.evil.example"
    one = issued(person=issue.Person(nasty, (issue.Attribute("x", (nasty, "</saml:AttributeValue>")),)))
    root = root_of(one)
    assert "<!--" not in one.xml and at(root, "saml:Assertion/saml:Subject/saml:NameID").text == nasty
    assert [each.text for each in root.iter(f"{{{SAML}}}AttributeValue")] == [nasty, "</saml:AttributeValue>"]


def test_attributes_keep_their_names_and_their_values_and_empty_ones_are_left_out() -> None:
    uri = "urn:oid:0.9.2342.19200300.100.1.3"
    person = issue.Person(
        "ada",
        (issue.Attribute(uri, ("a",)), issue.Attribute("groups", ("A", "B;C", "D,E")), issue.Attribute("none", ()), issue.Attribute("empty", ("", " \r"))),
    )
    found = {each.get("Name"): each for each in root_of(issued(person=person)).iter(f"{{{SAML}}}Attribute")}
    assert list(found) == [uri, "groups"] and [value.text for value in found["groups"]] == ["A", "B;C", "D,E"]
    assert found[uri].get("NameFormat").endswith("uri") and found["groups"].get("NameFormat").endswith("basic")
    assert "AttributeStatement" not in issued(person=issue.Person("ada")).xml


@pytest.mark.parametrize("nameid", ["", " ", "\x00", "\r\n", "\ufffe"])
def test_an_empty_nameid_is_an_error_and_not_an_empty_element(nameid: str) -> None:
    with pytest.raises(Refusal, match="no value for the NameID"):
        issued(person=issue.Person(nameid))


def test_the_nameid_has_the_applications_format() -> None:
    persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    assert at(root_of(issued(service_provider(nameid_format=persistent))), "//saml:NameID").get("Format") == persistent


def encrypted(**changed: Any) -> ServiceProvider:
    return service_provider(encrypt_assertion=True, encryption_certificate=made("sp").pem, **changed)


def test_an_encrypted_assertion_is_gcm_under_oaep_and_the_response_is_signed_too() -> None:
    one = issued(encrypted())
    root = root_of(one)
    methods = [each.get("Algorithm") for each in root.iter(f"{{{XENC}}}EncryptionMethod")]
    assert methods == ["http://www.w3.org/2009/xmlenc11#aes256-gcm", "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"]
    assert root[1].tag == f"{{{DS}}}Signature" and PERSON.nameid not in one.xml and not list(root.iter(f"{{{SAML}}}Assertion"))
    assert PERSON.nameid in one.plain and one.plain.startswith(f'<saml:Assertion xmlns:saml="{SAML}" ID=')


def test_each_encryption_has_a_key_and_nonce_of_its_own() -> None:
    values = [value.text for _ in range(2) for value in root_of(issued(encrypted())).iter(f"{{{XENC}}}CipherValue")]
    assert len(set(values)) == 4


def test_without_a_certificate_to_encrypt_for_nothing_leaves_in_clear() -> None:
    with pytest.raises(Refusal, match="is to be encrypted"):
        issued(service_provider(encrypt_assertion=True))


def test_a_refused_request_gets_a_signed_answer_that_asserts_nothing() -> None:
    from onelogin.saml2.response import OneLogin_Saml2_Response

    now = datetime.now(UTC)
    asked = read(posted(authn_request(IssueInstant=xml.instant(now), IsPassive="true")), "post", now=now)
    one = issue.refused(identity_provider(), service_provider(), signer(), asked.deny(refusal.NO_PASSIVE, "no-passive", "Nobody <is> signed in."), now)
    assert_valid(one.xml)
    codes = [code.get("Value") for code in root_of(one).iter(f"{{{SAMLP}}}StatusCode")]
    assert codes == [refusal.RESPONDER, refusal.NO_PASSIVE] and "Assertion" not in one.xml.replace("urn:oasis:names:tc:SAML:2.0:assertion", "")
    judged = OneLogin_Saml2_Response(python3_saml_settings(identity_provider(), service_provider()), base64.b64encode(one.xml.encode()))
    with pytest.raises(Exception, match=r"Nobody <is> signed in"):
        judged.check_status()
    assert one.post("state").fields[1] == ("RelayState", "state") and one.acs_url == ACS


def test_it_is_posted_to_the_acs_with_relay_state_as_it_came() -> None:
    form = issued().post("a&b\"'<é")
    assert form.action == ACS and form.origin == "https://wiki.example" and dict(form.fields)["RelayState"] == "a&b\"'<é"
    assert base64.b64decode(dict(form.fields)["SAMLResponse"]).decode().startswith("<samlp:Response ")


def test_nothing_goes_to_an_address_that_is_none() -> None:
    with pytest.raises(Refusal, match="no https address"):
        issue.asserted(identity_provider(), service_provider(), signer(), PERSON, login(), NOW, "javascript:alert(1)", None)


FORGERIES = [
    ("ada@harbour.example<", "eve@harbour.example<", "signature"), (f"<saml:Audience>{SP_ID}", "<saml:Audience>urn:other", "signature"),
    ("<saml:AttributeValue>Sales", "<saml:AttributeValue>Admins", "signature"), (' Version="2.0"><saml:Issuer xmlns', ' Version="2.1"><saml:Issuer xmlns', "head"),
    ("status:Success", "status:Responder", "status"), ('InResponseTo="_request1" IssueInstant', 'InResponseTo="_request2" IssueInstant', "head"),
    ("</samlp:Response>", "<saml:Assertion xmlns:saml='urn:oasis:names:tc:SAML:2.0:assertion'/></samlp:Response>", "exactly one"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "why"), FORGERIES)
def test_a_document_that_was_changed_does_not_leave(old: str, new: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    success = response.success

    def spoilt(*given: Any) -> response.Draft:
        draft = success(*given)
        assert old in draft.document
        return replace(draft, document=draft.document.replace(old, new, 1))

    monkeypatch.setattr(response, "success", spoilt)
    with pytest.raises(Refusal, match=why) as found:
        issued()
    assert found.value.code == "not-issued"


WRONG: list[tuple[str, Any]] = [
    ("nameid", {"person": replace(PERSON, nameid="eve")}), ("attributes", {"person": replace(PERSON, attributes=PERSON.attributes[:1])}),
    ("audience", {"sp": service_provider(entity_id="urn:other")}), ("format", {"sp": service_provider(nameid_format="urn:x")}),
    ("key", {"signer": signer("stranger")}), ("issuer", {"idp": identity_provider(entity_id="urn:other")}), ("session", {"login": replace(login(), session_index="_other")}),
    ("signed where it should be", {"sp": service_provider(sign_response=True)}), ("encrypted", {"sp": service_provider(encrypt_assertion=True)}), ("context", {"login": replace(login(), context="urn:x")}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "changed"), WRONG)
def test_our_own_verifier_sees_what_was_not_asked_for(what: str, changed: dict[str, Any]) -> None:
    good: dict[str, Any] = {"idp": identity_provider(), "sp": service_provider(), "signer": signer(), "person": PERSON, "login": login()}
    draft = response.success(good["idp"], good["sp"], good["signer"], PERSON, good["login"], NOW, ACS, "_request1")
    verify.asserted(draft, **good)
    with pytest.raises(Refusal, match="own check"):
        verify.asserted(draft, **{**good, **changed})


def test_a_sign_in_of_the_future_or_one_that_is_over_is_not_vouched_for() -> None:
    for of_login in ({"at": NOW + timedelta(minutes=1)}, {"until": NOW}, {"session_index": ""}):
        with pytest.raises(Refusal, match="own check"):
            issued(**of_login)
