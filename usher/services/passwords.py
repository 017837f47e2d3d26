"""Passwords: set by an operator from a file, by the person through a one-time link, or changed by the person."""

from __future__ import annotations

from datetime import timedelta

from store import directory, passwords
from store.connection import Db
from store.directory import User
from store.errors import Refused, UsageError
from store.ids import fold, stamp
from store.records import dataclass
from usher.services import settings
from usher.services.hashing import digest, hash_password, new_token, verify_password
from usher.services.session import Session

LINK_LASTS = timedelta(hours=72)
SHORTEST, LONGEST = 8, 1024
_COMMON = frozenset(
    [
        "password",
        "password1",
        "password123",
        "passw0rd",
        "12345678",
        "123456789",
        "1234567890",
        "87654321",
        "qwertyui",
        "qwertyuiop",
        "qwerty123",
        "iloveyou",
        "11111111",
        "00000000",
        "abc12345",
        "letmein1",
        "welcome1",
        "sunshine",
        "princess",
        "football",
        "baseball",
        "trustno1",
        "changeme",
        "superman",
    ]
)  # the shortest list worth having (NIST SP 800-63B 5.1.1.2): what is tried first


@dataclass(frozen=True)
class Link:
    """A one-time link with which a person sets a password. Whoever has it can set it: it goes to the person alone."""

    user_id: str
    username: str
    url: str
    expires_at: str

    def __repr__(self) -> str:
        return f"Link(user_id={self.user_id!r}, expires_at={self.expires_at!r})"


def check_new(password: str, user: User | None = None) -> str:
    """The password, if it may be one: 8 to 1024 characters, none of the commonest, not the person's own name."""
    if len(password) < SHORTEST:
        raise UsageError("password-short", f"A password has at least {SHORTEST} characters.", "A few words in a row are easy to keep in mind.", "password")
    if len(password) > LONGEST or "\0" in password:
        raise UsageError("password-long", f"A password has at most {LONGEST} characters.", "", "password")
    names = {fold(name) for name in (user.username, user.email, user.username.split("@")[0]) if name} if user else set()
    if fold(password) in _COMMON or fold(password) in names or len(set(password)) == 1:
        raise UsageError("password-guessed", "That password is one of the first that anybody would try.", "Choose another one.", "password")
    return password


def make_link(session: Session, user: str) -> Link:
    """A one-time link for a person, in the place of an older one; it holds for 72 hours."""
    token = new_token()
    expires = stamp(session.clock.now() + LINK_LASTS)
    with session.change() as change:
        person = directory.find_user(change.db, user)
        _refuse_suspended(person)
        passwords.put_link(change.db, person.id, digest(token), change.at, expires)
        change.record("password.link-made", person.id, {"expires": expires}, {"username": person.username})
        change.event("user", person.id)
    return Link(person.id, person.username, f"{settings.base_url(session)}/password/{token}", expires)


def set_password(session: Session, user: str, password: str) -> User:
    """Sets a person's password for them; their sessions end."""
    person = directory.find_user(session.db, user)
    phc = hash_password(check_new(password, person))
    with session.change() as change:
        _keep(change.db, person.id, phc, change.at)
        change.record("password.set", person.id, {}, {"username": person.username})
        change.event("user", person.id)
    return person


def link_owner(session: Session, token: str) -> User | None:
    """Whose link that is; None for one that is unknown, used or over."""
    user_id = passwords.link_owner(session.db, digest(token), session.now())
    return directory.users_by_id(session.db, [user_id]).get(user_id) if user_id else None


def use_link(session: Session, token: str, password: str) -> User:
    """Sets the password of the link's owner and uses the link up. `Refused` when it does not hold (any more)."""
    person = link_owner(session, token)
    if person is None:
        raise _spent()
    phc = hash_password(check_new(password, person))
    with session.change("portal") as change:
        if passwords.link_owner(change.db, digest(token), change.at) != person.id:
            raise _spent()
        _keep(change.db, person.id, phc, change.at)
        change.record("password.set-by-link", person.id, {}, {"username": person.username})
        change.event("user", person.id)
    return person


def change_own(session: Session, user_id: str, current: str, password: str) -> None:
    """Changes a person's password, who proves the current one. Every session of theirs ends."""
    person = directory.find_user(session.db, user_id)
    if not verify_password(current, passwords.password_hash(session.db, person.id)):
        raise Refused("password-wrong", "The current password is not right.", "", "current")
    phc = hash_password(check_new(password, person))
    with session.change("portal") as change:
        _keep(change.db, person.id, phc, change.at)
        change.record("password.changed", person.id, {}, {"username": person.username})
        change.event("user", person.id)


def rehash(session: Session, user_id: str, password: str, old: str) -> None:
    """Keeps a password under today's parameters, unless it was changed meanwhile; sessions go on."""
    phc = hash_password(password)
    with session.store.transaction() as db:
        if passwords.password_hash(db, user_id) == old:
            passwords.replace_hash(db, user_id, phc)


def has_password(session: Session, user_id: str) -> bool:
    """Whether a person has a password."""
    return passwords.password_hash(session.db, user_id) is not None


def _keep(db: Db, user_id: str, phc: str, at: str) -> None:
    directory.find_user(db, user_id)
    passwords.put_password(db, user_id, phc, at)


def _refuse_suspended(person: User) -> None:
    if person.state == "SUSPENDED":
        raise Refused("user-suspended", f"{person.username} is suspended and cannot sign in.", "Activate this person first.")


def _spent() -> Refused:
    return Refused("link-spent", "This link was used already, or it is over.", "Ask whoever sent it for a new one.")
