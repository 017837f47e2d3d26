"""What an answer means: the provider's own words, its waiting times, and which error it is."""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import Any

import pytest

from usher.scim import answer as judge
from usher.scim.answer import Answer
from usher.scim.errors import Conflict, NoSeat, NotFound, NotScim, Redirected, Rejected, ScimError, Unauthorized, Unavailable

NOW = 1_772_442_000.0


def answer(status: int, body: Any = b"", **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": formatdate(NOW + 30, usegmt=True)}, 30.0),
        ({"retry-after": formatdate(NOW - 30, usegmt=True)}, 0.0),
        ({"x-retry-after": "9"}, 9.0),
        ({"retry-after": "soon", "x-retry-after": "3"}, 3.0),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "86400"}, judge.LONGEST_WAIT),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert judge.retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"detail": "No such user"}, "No such user"),
        ({"Detail": "No such user"}, "No such user"),
        ({"Errors": [{"description": "Bad name", "code": "400"}]}, "Bad name"),
        ({"message": "Slow down"}, "Slow down"),
        ({"error": {"message": "Nested"}}, "Nested"),
        ({"title": "Problem"}, "Problem"),
        ({"error": "invalid_token"}, "invalid_token"),
        (b"<html><head><title>Not&nbsp;here</title></head>", "Not here"),
        (b"Too many requests", "Too many requests"),
        (b"", "400 Bad Request"),
        ({}, "400 Bad Request"),
        ({"detail": "two\nlines\x1b[31m"}, "two lines [31m"),
    ],
)
def test_the_words_are_the_providers_own(body: Any, said: str) -> None:
    assert judge.words(answer(400, body)) == said


def test_words_are_at_most_a_kilobyte() -> None:
    assert len(judge.words(answer(400, {"detail": "x" * 5000}))) == 1024


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"", Unauthorized),
        (403, b"<html>", Unauthorized),
        (404, b"<html>", NotFound),
        (410, b"", NotFound),
        (409, {"detail": "userName is taken", "scimType": "uniqueness"}, Conflict),
        (409, {"detail": "A user with this license already exists", "scimType": "uniqueness"}, Conflict),
        (402, b"", NoSeat),
        (403, {"detail": "No seats left"}, NoSeat),
        (400, {"detail": "User limit reached"}, NoSeat),
        (422, {"message": "You are out of licences"}, NoSeat),
        (409, {"detail": "License limit exceeded"}, NoSeat),
        (400, {"detail": "displayName exceeds the limit of 64 characters"}, Rejected),
        (400, {"detail": "userName is not an e-mail address"}, Rejected),
        (501, b"", Rejected),
        (500, b"", Unavailable),
        (302, b"", Redirected),
    ],
)
def test_a_refused_create_is_the_error_it_means(status: int, body: Any, kind: type[ScimError]) -> None:
    refusal = judge.refusal(answer(status, body), seat=True)
    assert type(refusal) is kind
    assert refusal.status == status


def test_seats_are_only_spoken_of_where_a_seat_was_asked_for() -> None:
    assert isinstance(judge.refusal(answer(400, {"detail": "No seats left"})), Rejected)


def test_a_redirect_is_named_without_its_query_or_credentials() -> None:
    said = judge.refusal(answer(302, location="https://me:pw@elsewhere.example/login?next=secret")).message
    assert "https://elsewhere.example/login" in said
    assert "secret" not in said and "pw" not in said


@pytest.mark.parametrize("body", [b"<html>", b"", {}, [], {"users": []}, "text", {"error": "x"}])
def test_a_list_that_is_no_list_response_is_no_scim(body: Any) -> None:
    with pytest.raises(NotScim):
        judge.page(answer(200, body))


@pytest.mark.parametrize(
    ("body", "count", "total"),
    [
        ({"Resources": [{}], "totalResults": 4}, 1, 4),
        ({"resources": [{}], "TotalResults": "4"}, 1, 4),
        ({"totalResults": 0}, 0, 0),
        ({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]}, 0, None),
    ],
)
def test_lists_are_read_as_they_are_spelt(body: Any, count: int, total: int | None) -> None:
    resources, stated = judge.page(answer(200, body))
    assert (len(resources), stated) == (count, total)


@pytest.mark.parametrize("total", [b"1e999", b"-1e999", b'"\\u0661"', b'"nan"', b"9" * 5000, b"{}"])
def test_a_total_that_is_no_number_breaks_nothing(total: bytes) -> None:
    body = b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "Resources": [], "totalResults": ' + total + b"}"
    try:
        assert judge.page(answer(200, body))[0] == []
    except NotScim:
        assert answer(200, body).json is None


def test_half_a_character_is_read_as_one_that_can_be_kept() -> None:
    shown = answer(200, rb'{"id": "\ud800x", "\udfff": ["\ud83d\ude00 \uD800", 1, null, true], "detail": "no \ud800"}')
    assert shown.json == {"id": "?x", "?": ["\U0001f600 ?", 1, None, True], "detail": "no ?"}
    assert judge.words(shown) == "no ?"
