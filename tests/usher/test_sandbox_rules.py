"""What the stand-in application accepts, on bodies alone."""

from __future__ import annotations

from typing import Any

import pytest

from usher.sandbox.rules import Refusal, Rules

GRACE = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "grace@example.com", "displayName": "Grace", "active": True}


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}


def refusal(rules: Rules, body: Any, *, is_patch: bool = False) -> Refusal:
    with pytest.raises(Refusal) as caught:
        (rules.check_patch if is_patch else rules.check_resource)(body)
    return caught.value


def test_the_five_attributes_of_the_article_are_accepted() -> None:
    Rules().check_resource({**GRACE, "emails": [{"value": "grace@example.com"}], "externalId": "E-1"})


def test_attribute_names_are_read_without_regard_to_case() -> None:
    Rules().check_resource({"USERNAME": "grace@example.com", "displayname": "Grace", "Active": False})


@pytest.mark.parametrize("extra", ["title", "name", "nickName", "groups", "password", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"])
def test_any_other_attribute_is_refused_by_its_name(extra: str) -> None:
    no = refusal(Rules(), {**GRACE, extra: "x"})
    assert no.status == 400
    assert f"The attribute {extra} is not supported" in no.detail
    assert "emails" in no.detail


def test_an_email_carries_its_value_alone() -> None:
    assert "emails.type" in refusal(Rules(), {**GRACE, "emails": [{"value": "grace@example.com", "type": "work"}]}).detail


def test_strict_knows_no_email_at_all() -> None:
    no = refusal(Rules(strict=True), {**GRACE, "emails": [{"value": "grace@example.com"}]})
    assert "The attribute emails is not supported" in no.detail
    Rules(strict=True).check_resource({**GRACE, "externalId": "E-1"})


@pytest.mark.parametrize("name", ["userName", "displayName", "active"])
def test_what_is_required_must_be_there(name: str) -> None:
    no = refusal(Rules(), {key: value for key, value in GRACE.items() if key != name})
    assert (no.status, no.scim_type, no.detail) == (400, "invalidValue", f"{name} is required.")


@pytest.mark.parametrize("username", ["build-bot", "a b@example.com", "a@b@example.com", "grace@localhost", "@example.com", "grace@.com", 7])
def test_a_username_that_is_no_email_address_is_refused(username: Any) -> None:
    no = refusal(Rules(), {**GRACE, "userName": username})
    assert (no.scim_type, no.detail) == ("invalidValue", "userName must be a valid email address.")


@pytest.mark.parametrize("username", ["grace+calendar@example.com", "o'neill@example.co.uk", "g@x.org"])
def test_an_email_address_is_taken_as_username(username: str) -> None:
    Rules().check_resource({**GRACE, "userName": username})


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "active", "value": False},
        {"op": "Replace", "value": {"active": False}},
        {"op": "replace", "path": "emails", "value": [{"value": "g@example.com"}]},
        {"op": "replace", "path": "emails.value", "value": "g@example.com"},
        {"op": "replace", "path": 'emails[value eq "a@example.com"].value', "value": "g@example.com"},
        {"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:displayName", "value": "G"},
        {"op": "remove", "path": "externalId"},
    ],
)
def test_patches_of_known_attributes_are_accepted(operation: dict[str, Any]) -> None:
    Rules().check_patch(patch(operation))


@pytest.mark.parametrize(
    ("operation", "named"),
    [
        ({"op": "replace", "path": "title", "value": "Dr"}, "title"),
        ({"op": "replace", "path": "name.familyName", "value": "X"}, "name"),
        ({"op": "replace", "value": {"active": False, "title": "Dr"}}, "title"),
        ({"op": "replace", "path": 'emails[type eq "work"].value', "value": "g@example.com"}, "emails.type"),
        ({"op": "add", "path": "emails", "value": [{"value": "g@example.com", "primary": True}]}, "emails.primary"),
    ],
)
def test_patches_of_anything_else_are_refused_by_name(operation: dict[str, Any], named: str) -> None:
    assert f"The attribute {named} is not supported" in refusal(Rules(), patch(operation), is_patch=True).detail


def test_a_patch_can_not_make_the_username_something_else_than_an_email_address() -> None:
    for operation in ({"op": "replace", "path": "userName", "value": "grace"}, {"op": "replace", "value": {"userName": "grace"}}):
        assert refusal(Rules(), patch(operation), is_patch=True).scim_type == "invalidValue"


@pytest.mark.parametrize("body", [None, [], "x", {"Operations": "x"}, {}, {"Operations": ["x"]}])
def test_a_patch_of_another_form_is_refused_in_words(body: Any) -> None:
    assert refusal(Rules(), body, is_patch=True).scim_type == "invalidSyntax"
