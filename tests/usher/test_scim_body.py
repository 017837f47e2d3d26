"""Mapping paths become exactly the JSON that is mapped, and are read back from whatever a provider shows."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from scim2_models import PatchOp, User

from store.errors import UsageError
from usher.scim import body

CALENDLY = {"userName": "ann@harbour.example", "emails.value": "ann@harbour.example", "active": True, "displayName": "Ann Ö", "externalId": "7"}


def test_nothing_outside_the_mapping_is_sent() -> None:
    assert body.user_body(CALENDLY) == {
        "schemas": [body.CORE],
        "userName": "ann@harbour.example",
        "emails": [{"value": "ann@harbour.example"}],
        "active": True,
        "displayName": "Ann Ö",
        "externalId": "7",
    }


def test_a_value_that_is_missing_is_left_out_and_not_sent_empty() -> None:
    assert body.user_body({"userName": "a", "displayName": "", "externalId": None, "name.givenName": None}) == {"schemas": [body.CORE], "userName": "a"}


def test_paths_with_sub_attributes_filters_and_extensions_are_built_into_nested_json() -> None:
    extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    built = body.user_body(
        {
            "name.givenName": "Ann",
            "name.familyName": "Lee",
            'phoneNumbers[type eq "work"].value': "12",
            'phoneNumbers[type eq "home"].value': "34",
            'emails[type eq "work" and primary eq true].value': "a@b.example",
            f"{extension}:department": "Quay",
            f"{extension}:manager.value": "26",
            f"{body.CORE}:title": "Pilot",
        }
    )
    assert built == {
        "schemas": [body.CORE, extension],
        "name": {"givenName": "Ann", "familyName": "Lee"},
        "phoneNumbers": [{"type": "work", "value": "12"}, {"type": "home", "value": "34"}],
        "emails": [{"type": "work", "primary": True, "value": "a@b.example"}],
        extension: {"department": "Quay", "manager": {"value": "26"}},
        "title": "Pilot",
    }


def test_two_sub_attributes_of_one_list_meet_in_one_element() -> None:
    assert body.user_body({"emails.value": "a@b.example", "emails.primary": "true"})["emails"] == [{"value": "a@b.example", "primary": True}]


@pytest.mark.parametrize(
    "path", ["userName", "emails.value", 'phoneNumbers[type eq "work"].value', "name.givenName", "urn:x:y:2.0:User:cost-center", "displayName"]
)
def test_what_is_built_is_read_back(path: str) -> None:
    assert body.read(body.user_body({path: "value"}), path) == "value"


@pytest.mark.parametrize(
    "path", ["", "user name", "a.b.c", "emails[", "emails[type].value", 'emails[type sw "w"].value', "emails[type eq work].value", "1a", "urn:x", "a\nb"]
)
def test_a_path_that_is_none_is_refused_in_words(path: str) -> None:
    with pytest.raises(UsageError, match=r"path|filter"):
        body.parse_path(path)


@pytest.mark.parametrize(
    ("resource", "path", "value"),
    [
        ({"USERNAME": "a"}, "userName", "a"),
        ({"Active": "True"}, "active", True),
        ({"active": "False"}, "active", False),
        ({"externalId": 7}, "externalId", "7"),
        ({"Emails": [{"Value": "x"}, {"value": "y", "primary": "True"}]}, "emails.value", "y"),
        ({"emails": {"value": "x"}}, "emails.value", "x"),
        ({"emails": ["x"]}, "emails.value", "x"),
        ({"emails": []}, "emails.value", None),
        ({"emails": None}, "emails.value", None),
        ({"name": "Ann"}, "name.givenName", None),
        ({"phoneNumbers": [{"type": "Work", "value": "1"}]}, 'phoneNumbers[type eq "work"].value', "1"),
        ({"phoneNumbers": [{"type": "home", "value": "1"}]}, 'phoneNumbers[type eq "work"].value', None),
        ({"displayName": ""}, "displayName", None),
        ([], "displayName", None),
    ],
)
def test_odd_spellings_are_read(resource: Any, path: str, value: Any) -> None:
    assert body.read(resource, path) == value


def test_an_account_may_have_a_number_for_an_id_but_not_none() -> None:
    found = body.remote({"ID": 12, "username": "a", "active": "False", "title": "x"}, ["userName", "title", "displayName"])
    assert found is not None
    assert (found.remote_id, found.username, found.active, found.attributes) == ("12", "a", False, {"userName": "a", "title": "x"})
    assert body.remote({"userName": "a"}, []) is None
    assert body.remote({"id": True}, []) is None
    assert body.remote({"id": ""}, []) is None
    assert body.remote(["id"], []) is None


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("displayName", "Ann", {"op": "replace", "path": "displayName", "value": "Ann"}),
        ("displayName", None, {"op": "remove", "path": "displayName"}),
        ("emails.value", "a@b.example", {"op": "replace", "path": "emails", "value": [{"value": "a@b.example"}]}),
        ("emails.value", "", {"op": "remove", "path": "emails"}),
        ('emails[type eq "work"].value', "a@b.example", {"op": "replace", "path": 'emails[type eq "work"].value', "value": "a@b.example"}),
        ("active", "false", {"op": "replace", "path": "active", "value": False}),
    ],
)
def test_one_operation_an_attribute_and_each_is_well_formed(path: str, value: Any, expected: dict[str, Any]) -> None:
    operation = body.operation(path, value)
    assert operation == expected
    PatchOp[User].model_validate(body.patch([operation]))


def test_an_element_that_is_not_there_yet_is_added_with_the_terms_of_its_filter() -> None:
    assert body.addition('phoneNumbers[type eq "work"].value', "1") == {"op": "add", "path": "phoneNumbers", "value": [{"type": "work", "value": "1"}]}
    assert body.addition("displayName", "1") is None


def test_a_look_up_is_quoted_whole_and_a_plus_is_no_blank() -> None:
    assert body.filter_path('a+b "x"@ö.example') == "/Users?filter=userName%20eq%20%22a%2Bb%20%5C%22x%5C%22%40%C3%B6.example%22"


def test_an_id_cannot_lead_out_of_users() -> None:
    assert body.user_path("../Groups/1?x#y") == "/Users/..%2FGroups%2F1%3Fx%23y"
    for dots in (".", ".."):
        assert httpx.URL("https://x.example/scim" + body.user_path(dots)).raw_path == b"/scim/Users/" + b"%2E" * len(dots)


@pytest.mark.parametrize(
    ("path", "wanted", "shown", "alike"),
    [
        ("userName", "Ann@X.example", "ann@x.example", True),
        ("emails.value", "Ann@X.example", "ann@x.example", True),
        ("displayName", "Ann", "ann", False),
        ("displayName", None, "", True),
        ("displayName", None, "Ann", False),
        ("externalId", "7", 7, True),
        ("active", True, None, True),
        ("active", False, "False", True),
        ("active", False, None, False),
    ],
)
def test_wanted_and_shown_are_compared_as_the_rfc_says(path: str, wanted: Any, shown: Any, alike: bool) -> None:
    assert body.same(path, wanted, shown) is alike
