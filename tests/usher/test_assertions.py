"""From the store to the assertion: both parties, the key, and what is said of a person."""

from __future__ import annotations

import pytest

from store import applications as rows
from store import directory, service_providers
from store.errors import Refused, UsageError
from store.service_providers import ServiceProviderFacts
from tests.usher.saml.kit import made
from usher.saml import keys
from usher.saml.parties import Acs
from usher.services import applications, assertions, authorizations, groups, parties, rotation, sso, sso_tests
from usher.services import directory as people
from usher.services.session import Session

ACS = "https://wiki.example/acs"


@pytest.fixture(autouse=True)
def wiki(session: Session) -> None:
    applications.add(session, "custom-saml", label="Wiki")
    sso.set_fields(session, "Wiki", {"sp_entity_id": "urn:wiki", "acs_urls": f"{ACS},{ACS}/2,{ACS}/3"})
    people.add_user(session, "ada", "ada@harbour.example", firstname="Ada")
    for name in ("Engineering", "Sales", "Choir"):
        groups.add_group(session, name)
        groups.add_members(session, name, ["ada"])
    authorizations.authorize(session, "Wiki", ["Engineering", "Sales"])


def person(session: Session, username: str = "ada") -> assertions.Person:
    return assertions.person(session, rows.find(session.db, "Wiki"), directory.find_user(session.db, username))


def test_mapped_constant_and_group_attributes_are_said_and_empty_ones_are_not(session: Session) -> None:
    sso.set_attributes(session, "Wiki", {"first": "firstname", "last": "lastname", "key": "id", "on": "active"})
    sso.set_constants(session, "Wiki", {"plan": "team & co"})
    sso.set_fields(session, "Wiki", {"groups_attribute": "memberOf", "nameid_source": "email"})
    found = person(session)
    said = {each.name: each.values for each in found.attributes}
    assert found.nameid == "ada@harbour.example"
    assert {name: said.get(name) for name in ("first", "last", "plan", "on", "memberOf")} == {
        "first": ("Ada",), "last": None, "plan": ("team & co",), "on": ("true",), "memberOf": ("Engineering", "Sales"),
    }  # fmt: skip
    assert said["key"] == (directory.find_user(session.db, "ada").id,)


def test_a_constant_has_as_many_values_as_it_has_lines_and_odd_characters_stay(session: Session) -> None:
    odd = ["<a>&\"'", "日本語 🎉", "a, b; c|d", "https://x.example/?a=b&c=d"]
    sso.set_constants(session, "Wiki", {"urn:oid:1.2.3 <&\"'> é": "\n".join([*odd, odd[0], "", "  "])})
    assert {each.name: each.values for each in person(session).attributes}["urn:oid:1.2.3 <&\"'> é"] == tuple(odd)
    for bad in ("", "\n \n", "a\x07b", "\n".join(str(number) for number in range(65))):
        with pytest.raises(UsageError):
            sso.set_constants(session, "Wiki", {"role": bad})


def test_a_person_without_the_nameid_is_an_error_that_says_what_is_missing(session: Session) -> None:
    sso.set_fields(session, "Wiki", {"nameid_source": "lastname"})
    with pytest.raises(Refused, match="has no lastname") as found:
        person(session)
    assert found.value.hint


def test_acs_urls_keep_their_own_indexes_and_the_others_get_free_ones(session: Session) -> None:
    application = rows.find(session.db, "Wiki")
    assert parties.of(session, application).sp.acs == (Acs(ACS, 0), Acs(f"{ACS}/2", 1), Acs(f"{ACS}/3", 2))
    with session.change("administrator") as change:
        service_providers.put(change.db, application.id, ServiceProviderFacts(acs_indexes={f"{ACS}/3": 0, f"{ACS}/gone": 1}))
        change.record("sso.changed", "Wiki")
    assert parties.of(session, application).sp.acs == (Acs(ACS, 1), Acs(f"{ACS}/2", 2), Acs(f"{ACS}/3", 0))


def test_a_key_is_opened_once_and_a_rotation_brings_the_new_one(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    real = keys.open_own
    monkeypatch.setattr(keys, "open_own", lambda pem: opened.append(1) or real(pem))
    id_ = rows.find(session.db, "Wiki").id
    first = parties.signer(session, id_)
    assert parties.signer(session, id_).key is first.key and len(opened) == 1
    rotation.stage(session, "Wiki")
    rotation.activate(session, "Wiki")
    assert parties.signer(session, id_).key is not first.key and len(opened) == 2


def test_keys_least_used_are_forgotten_first_and_none_is_shown() -> None:
    ring = keys.KeyRing(most=2)
    opened = {name: ring.key(name, lambda name=name: made(name).private_key) for name in ("a", "b")}  # type: ignore[misc]
    assert ring.key("a", lambda: made("b").private_key) is opened["a"]
    ring.key("c", lambda: made("c").private_key)
    assert ring.key("a", lambda: made("b").private_key) is opened["a"] and ring.key("b", lambda: made("b").private_key) is not opened["b"]
    assert repr(ring) == "KeyRing(2 keys)"


def test_a_preview_is_the_whole_verified_response_and_sends_nothing(session: Session) -> None:
    shown = sso_tests.preview(session, "Wiki", "ada")
    assert (shown.username, shown.acs_url, shown.entitled) == ("ada", ACS, True)
    assert shown.nameid in shown.xml and shown.attributes == person(session).attributes
    assert sso_tests.judge(session, "Wiki", shown.xml).holds
    people.add_user(session, "bob", "bob@harbour.example")
    assert not sso_tests.preview(session, "Wiki", "bob").entitled
    assert not sso_tests.judge(session, "Wiki", "hello").holds


def test_a_preview_says_what_is_missing(session: Session) -> None:
    applications.add(session, "custom-saml", label="Empty")
    with pytest.raises(Refused, match="no SP Entity ID or no ACS"):
        sso_tests.preview(session, "Empty", "ada")
    applications.add(session, "bookmark", label="Menu", bookmark_url="https://menu.example")
    with pytest.raises(Refused, match="no SAML"):
        sso_tests.judge(session, "Menu", "x")
