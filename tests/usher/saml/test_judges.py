"""Service-provider libraries and the schemas accept what is sent, in every mode of signing and encryption, both flows."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.usher.saml.judges import assert_valid, pysaml2_reads, python3_saml_reads
from tests.usher.saml.kit import ACS, PERSON, identity_provider, login, made, service_provider, signer
from usher.saml import issue, metadata
from usher.saml.parties import ServiceProvider

SIGNED = {"assertion": (True, False), "response": (False, True), "both": (True, True)}
MODES = list(itertools.product(SIGNED, ["clear", "encrypted"], ["sp", "idp"]))
ODD = ("<&>\"' ]]> -->", "two\nlines\tand tabs", "日本語 🎉 e\u0301", "a\rb\x00c\ufffe")
SEEN = (ODD[0], ODD[1], ODD[2], "abc")


def mode(signed: str, encrypted: str, **changed: object) -> ServiceProvider:
    assertion, response = SIGNED[signed]
    return service_provider(
        sign_assertion=assertion, sign_response=response, encrypt_assertion=encrypted == "encrypted", encryption_certificate=made("sp").pem, **changed
    )


def issued(sp: ServiceProvider, flow: str, person: issue.Person = PERSON, algorithm: str = "RSA-SHA256") -> issue.Issued:
    now = datetime.now(UTC)
    return issue.asserted(identity_provider(), sp, signer("idp", algorithm), person, login(now), now, ACS, "_request1" if flow == "sp" else None)


WANTED = {"email": ["ada@harbour.example"], "groups": ["Engineering", "Sales"]}


@pytest.mark.parametrize(("signed", "encrypted", "flow"), MODES)
def test_python3_saml_accepts_every_mode(signed: str, encrypted: str, flow: str) -> None:
    sp = mode(signed, encrypted)
    assert python3_saml_reads(identity_provider(), sp, issued(sp, flow), "_request1" if flow == "sp" else None) == (PERSON.nameid, WANTED)


@pytest.mark.parametrize(("signed", "encrypted", "flow"), MODES)
def test_pysaml2_accepts_every_mode(signed: str, encrypted: str, flow: str, tmp_path: Path) -> None:
    sp = mode(signed, encrypted)
    assert pysaml2_reads(identity_provider(), sp, issued(sp, flow), "_request1" if flow == "sp" else None, tmp_path) == (PERSON.nameid, WANTED)


@pytest.mark.parametrize(("signed", "encrypted", "flow"), MODES)
def test_every_mode_is_valid_by_the_schema(signed: str, encrypted: str, flow: str) -> None:
    made_one = issued(mode(signed, encrypted), flow)
    assert_valid(made_one.xml)
    if made_one.plain:
        assert_valid(made_one.plain, "assertion")


@pytest.mark.parametrize("signed", SIGNED)
@pytest.mark.parametrize("encrypted", ["clear", "encrypted"])
@pytest.mark.parametrize("typed", [False, True])
def test_odd_characters_and_types_survive_every_mode(signed: str, encrypted: str, typed: bool) -> None:
    sp = mode(signed, encrypted, typed_values=typed)
    person = issue.Person("o'brien&<co>@harbour.example", (issue.Attribute('odd "name" <&>', ODD), issue.Attribute("none", ("", " "))))
    made_one = issued(sp, "sp", person)
    assert_valid(made_one.xml)
    nameid, attributes = python3_saml_reads(identity_provider(), sp, made_one, "_request1")
    assert (nameid, attributes) == (person.nameid, {'odd "name" <&>': list(SEEN)})


def test_pysaml2_reads_odd_characters_and_types(tmp_path: Path) -> None:
    sp = mode("both", "clear", typed_values=True)
    person = issue.Person("o'brien&<co>@harbour.example", (issue.Attribute("odd", ODD),))
    assert pysaml2_reads(identity_provider(), sp, issued(sp, "sp", person), "_request1", tmp_path) == (person.nameid, {"odd": list(SEEN)})


@pytest.mark.parametrize("algorithm", ["RSA-SHA256", "RSA-SHA384", "RSA-SHA512"])
def test_every_algorithm_is_accepted(algorithm: str, tmp_path: Path) -> None:
    sp = mode("both", "clear")
    made_one = issued(sp, "sp", algorithm=algorithm)
    assert python3_saml_reads(identity_provider(), sp, made_one, "_request1")[0] == PERSON.nameid
    assert pysaml2_reads(identity_provider(), sp, made_one, "_request1", tmp_path)[0] == PERSON.nameid


def test_an_application_that_knows_two_certificates_takes_either() -> None:
    idp = identity_provider(certificates=(made("idp").pem, made("next").pem))
    sp, now = mode("both", "clear"), datetime.now(UTC)
    for name in ("idp", "next"):
        one = issue.asserted(idp, sp, signer(name), PERSON, login(now), now, ACS, "_request1")
        assert python3_saml_reads(idp, sp, one, "_request1")[0] == PERSON.nameid


def test_metadata_is_valid_by_the_schema() -> None:
    assert_valid(metadata.document(identity_provider(), service_provider()), "metadata")
