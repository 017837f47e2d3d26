"""What an answer means: pure functions from status, headers and body to a value or an error of `usher.scim.errors`.

Expected statuses: RFC 7644 §3.3 (POST 201), §3.5.1 (PUT 200), §3.5.2 (PATCH 200 or 204), §3.6 (DELETE 204); any 2xx is
taken, since what counts is what a read shows afterwards.
"""

from __future__ import annotations

import email.utils
import html
import http
import json
import math
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from store.records import dataclass
from usher.scim.body import pick
from usher.scim.errors import Conflict, NoSeat, NotFound, NotScim, Redirected, Rejected, ScimError, Unauthorized, Unavailable

LONGEST_WAIT = 900.0
_SEAT_STATUSES = frozenset({400, 402, 403, 409, 422})
_SEAT = re.compile(r"\bseats?\b|\blicen[cs]es?\b|\blimits?\b", re.IGNORECASE)
_OTHER_LIMIT = re.compile(r"character|length|\bbytes?\b|too long|rate limit", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and body of an HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The body as JSON whatever its media type; None when it is none. Half a surrogate pair, which can be written in
        JSON and kept nowhere, becomes a question mark."""
        try:
            found = json.loads(self.body) if self.body else None
            if b"\\ud" in self.body.lower():
                found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return None
        return found

    @property
    def ok(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    @property
    def is_html(self) -> bool:
        """Whether a web page came."""
        return self.body.lstrip()[:1] == b"<" or (self.json is None and "html" in self.headers.get("content-type", ""))


def retry_after(headers: Mapping[str, str], wall: float) -> float | None:
    """Seconds the provider asks us to wait: Retry-After in seconds or as an HTTP date (RFC 9110 §10.2.3), or
    X-Retry-After; `wall` is Unix time. At most a quarter of an hour; None when it says nothing usable."""
    for name in ("retry-after", "x-retry-after"):
        text = headers.get(name, "").strip()
        if not text:
            continue
        try:
            wait = float(text)
        except ValueError:
            try:
                wait = email.utils.parsedate_to_datetime(text).timestamp() - wall
            except ValueError:
                continue
        if math.isfinite(wait):
            return min(max(0.0, wait), LONGEST_WAIT)
    return None


def words(answer: Answer) -> str:
    """The provider's own words for an error, at most 1 KB: SCIM's detail, its older spellings, or the reason phrase."""
    found = _said(answer.json)
    if not found and answer.is_html:
        title = re.search(r"<title[^>]*>(.*?)</title>", answer.body[:20_000].decode("utf-8", "replace"), re.IGNORECASE | re.DOTALL)
        found = html.unescape(title[1]) if title else ""
    elif not found and answer.json is None:
        found = answer.body[:1024].decode("utf-8", "replace")
    found = "".join(c if c.isprintable() else " " for c in found)
    return " ".join(found.split())[:1024] or reason(answer.status)


def _said(body: Any) -> str:
    """The first of detail, Errors[].description, message, error.message, title, error that has words."""
    errors = pick(body, "Errors")
    described = [pick(e, "description") for e in errors] if isinstance(errors, list) else []
    error = pick(body, "error")
    candidates = [pick(body, "detail"), *described, pick(body, "message"), pick(error, "message"), pick(body, "title"), error, pick(body, "error_description")]
    return next((c for c in candidates if isinstance(c, str) and c.strip()), "")


def reason(status: int) -> str:
    """The status with its standard phrase: `404 Not Found`."""
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP status {status}"


def is_no_seat(answer: Answer) -> bool:
    """Whether a refused create or reactivation says that no seat or licence is free (no provider documents how)."""
    if answer.status == 402:
        return True
    said = words(answer)
    taken = str(pick(answer.json, "scimType") or "").lower() == "uniqueness"
    return answer.status in _SEAT_STATUSES and not taken and bool(_SEAT.search(said)) and not _OTHER_LIMIT.search(said)


def ended(sentence: str) -> str:
    """A sentence that ends in somebody else's words, with a full stop where they have none."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def refusal(answer: Answer, *, seat: bool = False) -> ScimError:
    """The error for an answer that is not 2xx. `seat`: the request asked for a seat (create, reactivation)."""
    status, said = answer.status, words(answer)
    if 300 <= status < 400:
        return _redirected(answer)
    if seat and is_no_seat(answer):
        return NoSeat(
            "no-seat", ended(f"The application has no free seat: {said}"), "Free a seat in the application, or buy one, then retry.", status=status, detail=said
        )
    if status in (401, 403):
        return Unauthorized(
            "unauthorized",
            f"The application refused the token ({reason(status)}).",
            "Make a new token there, deactivate the IdM connection, enter it and activate again.",
            status=status,
            detail=said,
        )
    if status == 409:
        return Conflict(
            "exists", ended(f"The application has this account already: {said}"), "Another account there has this name.", status=status, detail=said
        )
    if status in (404, 410):
        return NotFound("not-there", ended(f"The application does not know this: {said}"), "", status=status, detail=said)
    if status >= 500 and status != 501:
        return Unavailable("unavailable", f"The application is out of order ({reason(status)}).", "Try again later.", status=status, detail=said)
    return Rejected("rejected", ended(f"The application refused it: {said}"), status=status, detail=said, scim_type=str(pick(answer.json, "scimType") or ""))


def _redirected(answer: Answer) -> Redirected:
    """Says where to, without the query (it may hold what is nobody's business)."""
    parts = urlsplit(answer.headers.get("location", ""))
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else parts.path or "nowhere"
    said = f"The application redirects to {place[:300]} ({reason(answer.status)})."
    return Redirected(
        "redirected",
        said,
        "Redirects are not followed, so that the token stays with its host. Enter the Base URL that it leads to, if you trust it.",
        status=answer.status,
        detail=said,
    )


def not_scim(answer: Answer) -> NotScim:
    """The error for a 2xx that is no SCIM."""
    what = "a web page (HTML)" if answer.is_html else "something that is not SCIM"
    said = f"The Base URL answers with {what}."
    return NotScim(
        "html" if answer.is_html else "not-scim",
        said,
        "Check the Base URL: it is the one of the SCIM service, not of the application's website.",
        status=answer.status,
        detail=said,
    )


def page(answer: Answer) -> tuple[list[Any], int | None]:
    """The resources and totalResults of a ListResponse (RFC 7644 §3.4.2); `NotScim` for anything else.

    `Resources` may be missing when there are none; a bare list of users is no ListResponse.
    """
    body = answer.json
    resources, total, schemas = pick(body, "Resources"), pick(body, "totalResults"), pick(body, "schemas")
    announced = any("listresponse" in str(s).lower() for s in schemas) if isinstance(schemas, list) else False
    if not isinstance(body, dict) or not (isinstance(resources, list) or total is not None or announced):
        raise not_scim(answer)
    if isinstance(resources, list) and resources and not any(isinstance(one, dict) for one in resources):
        raise not_scim(answer)
    try:
        number = None if total is None else int(total)
    except (TypeError, ValueError, OverflowError):
        number = None
    return (resources if isinstance(resources, list) else []), number
