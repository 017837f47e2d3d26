"""What the answers of a service provider mean when they are not the wished-for one.

    ScimError                     code, message, hint, status, detail (the provider's own words)
    ├── Unreachable               no connection was made: nothing was sent, safe to send again (kind says why)
    ├── Unknown                   a write left and no clear answer came: look it up, never send it again blindly
    ├── Unavailable               500, 502, 503, 504, or no answer to a read, after the client's own tries
    ├── RateLimited               429, after the client's own tries
    ├── Unauthorized              401, 403: `repeated` from the second in a row on
    ├── NoSeat                    no free seat or licence: stop creating, carry on with the rest
    ├── Conflict                  409: somebody is there already; find the account and adopt it
    ├── NotFound                  404, 410
    ├── Redirected                3xx: never followed, the token stays with its host
    ├── NotScim                   HTML, or JSON that is no SCIM
    └── Rejected                  any other refusal of this one request, in the provider's own words

RFC 7644 §3.12 for the statuses. No error ever holds a request, a header or a token.
"""

from __future__ import annotations

from typing import Literal

from store.errors import UsherError

Reach = Literal["name-not-resolved", "refused", "tls", "timeout", "broken"]


class ScimError(UsherError):
    """Something a provider (or the way to it) said no to. `status` is the HTTP status, None when there was no
    answer; `detail` the provider's own words, at most 1 KB (ours where it had none); `scim_type` its scimType."""

    def __init__(self, code: str, message: str, hint: str = "", *, status: int | None = None, detail: str = "", scim_type: str = "") -> None:
        super().__init__(code, message, hint)
        self.status = status
        self.detail = detail or message
        self.scim_type = scim_type


class Unreachable(ScimError):
    """No connection could be made, so nothing was sent. `kind` says why."""

    def __init__(self, kind: Reach, message: str, hint: str = "") -> None:
        super().__init__(kind, message, hint)
        self.kind: Reach = kind


class Unknown(ScimError):
    """A write left and it is not known whether it took effect. To be settled by a look-up."""


class Unavailable(ScimError):
    """The provider is out of order: 5xx, or no answer to something that may be sent again."""


class RateLimited(ScimError):
    """Still 429 after every try. `retry_after` is what the provider asked for last, in seconds."""

    retry_after: float | None = None


class Unauthorized(ScimError):
    """401 or 403. `repeated` is true from the second in a row on, over all lanes: pause the run."""

    repeated = False


class NoSeat(ScimError):
    """The application has no free seat for this account."""


class Conflict(ScimError):
    """An account with this name is there already (409)."""


class NotFound(ScimError):
    """There is no such account (404, 410), or no SCIM service at this address."""


class Redirected(ScimError):
    """The provider sent us elsewhere. Not followed: the token belongs to the Base URL's host alone."""


class NotScim(ScimError):
    """What answered is not a SCIM service."""


class Rejected(ScimError):
    """This one request was refused; `detail` has the provider's own words."""
