"""An application's wish that somebody signs in, once it was found good."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from store.ids import moment, stamp
from store.records import dataclass
from usher.saml import contexts
from usher.saml.refusal import Answerable

SKEW = timedelta(minutes=5)
"""How far an application's clock may be off, either way."""

LOGIN_LASTS = timedelta(hours=1)
"""How long a person may take to sign in before the request is stale."""


@dataclass(frozen=True)
class AuthnRequest:
    """A request that passed every check. `acs_url` is registered; `subject` the NameID it wants to be about; `contexts` and
    `comparison` how the person is to prove themselves; `nameid_format` what it asked for; `xml` the message as it came."""

    id: str
    issuer: str
    issue_instant: datetime
    acs_url: str
    relay_state: str | None
    force_authn: bool
    is_passive: bool
    subject: str | None
    contexts: tuple[str, ...]
    comparison: str
    nameid_format: str | None
    signed: bool
    binding: str
    xml: str

    @property
    def keep_until(self) -> datetime:
        """Until when its ID must be remembered: longer than it could be sent again, or a sign-in for it be under way."""
        return self.issue_instant + 2 * SKEW + LOGIN_LASTS

    def context(self, second_factor: bool) -> str | None:
        """The AuthnContextClassRef to assert for a sign-in with or without a second factor; None: not what it asked for."""
        return contexts.choose(self.contexts, self.comparison, second_factor)

    def deny(self, status: str, code: str, message: str) -> Answerable:
        """What to raise (or answer with) when it cannot be met: `status` from `usher.saml.refusal`."""
        return Answerable(self, status, code, message)

    def as_json(self) -> str:
        """The request as text, for keeping it while the person signs in."""
        return json.dumps({**vars(self), "issue_instant": stamp(self.issue_instant)})

    @classmethod
    def from_json(cls, text: str) -> AuthnRequest:
        """The reverse of `as_json`."""
        kept = json.loads(text)
        return cls(**{**kept, "issue_instant": moment(kept["issue_instant"]), "contexts": tuple(kept["contexts"])})
