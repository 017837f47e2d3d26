"""What passes between a service provider's client and the rest: accounts as read, lists, and the exchange itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Attributes = Mapping[str, Any]
"""`{mapping path: value}`, as `{"userName": "a@b.example", "active": True, "emails.value": "a@b.example"}`."""

Changes = Mapping[str, Any]
"""`{mapping path: [old, new]}`; a `new` of None takes the attribute away."""


@dataclass(frozen=True)
class Remote:
    """An account as the provider showed it.

    `attributes` holds those of the mapping's paths that it has; `active` is True where the provider shows
    none (RFC 7643 §4.1.1 leaves its meaning to the provider, and an account without it can be used).
    """

    remote_id: str
    username: str
    active: bool
    attributes: dict[str, Any]
    raw: dict[str, Any] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class Listing:
    """Everyone at the provider. An incomplete list (`reason` says why) must never lead to deactivations."""

    complete: bool
    users: tuple[Remote, ...]
    total: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Written:
    """What a read showed after an update.

    `remote` is None when the account is gone. `unsupported` are the paths this provider refuses to take (400
    or 501 on that attribute alone): they stay as they are there, and the person has not failed.
    """

    remote: Remote | None
    unsupported: tuple[str, ...] = ()


@dataclass(frozen=True)
class Removal:
    """What a read showed after a DELETE: `gone`, or `inactive` where the provider only deactivates."""

    outcome: Literal["gone", "inactive"]
    remote: Remote | None = None


@dataclass(frozen=True, slots=True)
class ExchangeRecord:
    """Both sides of one HTTP exchange, safe to keep: Authorization redacted, bodies cut at 4 KB.

    Headers are lines of `Name: value`. `status` is None and `error` filled when no answer came. `at` is Unix
    time in seconds of the start.
    """

    at: float
    method: str
    url: str
    request_headers: str
    request_body: str
    status: int | None
    response_headers: str
    response_body: str
    error: str
    duration_ms: int
