"""What the schema itself refuses about sessions, passwords and the record of sign-ins, even if a caller forgot."""

from __future__ import annotations

import pytest

from store import passwords, portal_sessions, sign_ins
from store.errors import Refused
from store.portal_sessions import PortalSession
from store.sign_ins import SignIn
from tests.kit import fill_directory
from usher.services.session import Session

HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"


def signed_in(session: Session, user_id: str, token: str = "a") -> None:
    made = PortalSession(session.ids.new(), user_id, "full", False, session.now(), session.now(), "9999", "127.0.0.1", "")
    with session.store.transaction() as db:
        portal_sessions.insert(db, made, token * 64)


def sessions(session: Session) -> int:
    return int(session.db.execute("select count(*) from portal_session").fetchone()[0])


@pytest.mark.parametrize(
    "statement",
    [
        "update user set state = 'SUSPENDED'",
        "update user set state = 'STAGED'",
        "delete from user",
        "update password set changed_at = 'later'",
        "delete from password",
    ],
)
def test_a_session_ends_with_what_it_stands_on(session: Session, statement: str) -> None:
    person = fill_directory(session, 1)[0]
    with session.store.transaction() as db:
        passwords.put_password(db, person.id, HASH, session.now())
    signed_in(session, person.id)
    with session.store.transaction() as db:
        db.execute(statement)
    assert sessions(session) == 0


def test_only_active_people_have_sessions(session: Session) -> None:
    person = fill_directory(session, 1)[0]
    with session.store.transaction() as db:
        db.execute("update user set state = 'STAGED'")
    with pytest.raises(Refused, match="active"):
        signed_in(session, person.id)


def test_a_password_is_kept_as_a_hash_alone(session: Session) -> None:
    person = fill_directory(session, 1)[0]
    with pytest.raises(Exception, match=r"(?i)constraint|rule|refused"), session.store.transaction() as db:
        passwords.put_password(db, person.id, "a password in the clear", session.now())


@pytest.mark.parametrize("statement", ["update sign_in set reason = 'other'", "delete from sign_in", "insert or replace into sign_in select * from sign_in"])
def test_the_record_of_sign_ins_is_append_only(session: Session, statement: str) -> None:
    row = SignIn("ID1", session.now(), "", "", "", "", "portal", "refused", "reason", "", "", "127.0.0.1", "")
    with session.store.transaction() as db:
        sign_ins.add(db, [row])
    with pytest.raises(Refused, match="append-only"), session.store.transaction() as db:
        db.execute(statement)


def test_a_request_is_consumed_once(session: Session) -> None:
    from usher.services import applications

    app = applications.add(session, "calendly", label="Calendly")
    with session.store.transaction() as db:
        assert portal_sessions.consume(db, app.id, "_1", "9999") and not portal_sessions.consume(db, app.id, "_1", "9999")
