"""Sessions of the portal: begun, found again at every request, ended. A browser holds a token, the store its hash.

A session counts only as long as its person is active, neither limit is passed, and the second factor that is required
was shown: all of it is read at each request, so that suspension, a new password or a revocation bite at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from store import directory, portal_sessions
from store.directory import User, UserState
from store.errors import NotFound
from store.ids import moment, stamp
from store.portal_sessions import PortalSession
from store.records import dataclass
from usher.services import second_factor, settings
from usher.services.hashing import digest, new_token
from usher.services.session import Session

HALF_LASTS = timedelta(minutes=10)
_TOUCH = timedelta(minutes=1)
_LONGEST_AGENT = 300


@dataclass(frozen=True)
class Visitor:
    """Who is at the door: a person with a session. `lacks` is empty when the session opens everything, `code` when a
    code of the second factor is still to be shown, `second-factor` when one must be set up first."""

    user: User
    session: PortalSession
    lacks: str

    @property
    def signed_in_at(self) -> datetime:
        """When the password was typed."""
        return moment(self.session.signed_in_at)

    @property
    def until(self) -> datetime:
        """When the session ends at the latest."""
        return moment(self.session.expires_at)


def begin(session: Session, user_id: str, *, address: str, agent: str, shown: bool = False, replaces: PortalSession | None = None) -> str:
    """A new session after a password (and, when `shown`, a second factor) was proved; its token. `replaces` ends, and
    when it was of the same person's sign-in just now (`shown`), the time of the password is kept."""
    token, now = new_token(), session.clock.now()
    full = shown or not (second_factor.is_set_up(session, user_id) or second_factor.is_required(session))
    signed_in_at = replaces.signed_in_at if replaces and shown else stamp(now)
    lasts = settings.session_lifetime(session) if full else HALF_LASTS
    made = PortalSession(
        session.ids.new(), user_id, "full" if full else "password", shown, signed_in_at, stamp(now), stamp(now + lasts), address, agent[:_LONGEST_AGENT]
    )
    with session.store.transaction() as db:
        if replaces is not None:
            portal_sessions.end(db, replaces.id)
        portal_sessions.prune(db, stamp(now), stamp(now - settings.session_idle(session)))
        portal_sessions.insert(db, made, digest(token))
    return token


def find(session: Session, token: str) -> Visitor | None:
    """Who holds that token, if the session still counts."""
    if not token or len(token) > 100:
        return None
    found = portal_sessions.by_token(session.db, digest(token))
    now = session.clock.now()
    if found is None or found.expires_at <= stamp(now) or now - moment(found.seen_at) > settings.session_idle(session):
        return None
    user = directory.user_with_id(session.db, found.user_id)
    if user is None or user.state is not UserState.ACTIVATED:
        return None
    if now - moment(found.seen_at) > _TOUCH:
        with session.store.transaction() as db:
            portal_sessions.touch(db, found.id, stamp(now))
    return Visitor(user, found, _lacks(session, found))


def of_user(session: Session, user_id: str) -> list[PortalSession]:
    """The sessions of a person that still count, newest first."""
    now, idle = session.clock.now(), settings.session_idle(session)
    return [each for each in portal_sessions.of_user(session.db, user_id) if each.expires_at > stamp(now) and now - moment(each.seen_at) <= idle]


def end(session: Session, session_id: str, user_id: str) -> None:
    """Ends one session of a person; `NotFound` when it is not theirs."""
    with session.store.transaction() as db:
        found = portal_sessions.by_id(db, session_id)
        if found is None or found.user_id != user_id:
            raise NotFound("no-such-session", "There is no such session.", "It may have ended already.")
        portal_sessions.end(db, session_id)


def end_others(session: Session, user_id: str, but: str) -> int:
    """Ends all sessions of a person but one; how many."""
    with session.store.transaction() as db:
        return portal_sessions.end_of_user(db, user_id, but)


def end_all(session: Session, user: str) -> int:
    """An operator ends every session of a person; how many there were."""
    with session.change() as change:
        person = directory.find_user(change.db, user)
        ended = portal_sessions.end_of_user(change.db, person.id)
        if ended:
            change.record("sessions.ended", person.id, {"sessions": ended}, {"username": person.username})
            change.event("user", person.id)
    return ended


def _lacks(session: Session, found: PortalSession) -> str:
    """What a session still has to show before it opens anything."""
    if found.second_factor:
        return ""
    if found.stage == "full" and not second_factor.is_required(session):
        return ""
    return "code" if second_factor.is_set_up(session, found.user_id) else "second-factor"
