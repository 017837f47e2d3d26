"""The operator table keeps its own rules, whoever writes to it."""

from __future__ import annotations

import pytest

from store import operators
from store.errors import Conflict, NotFound, Refused
from store.operators import Operator, OperatorKey
from usher.services.session import Session

KEY = OperatorKey("SHA256:" + "a" * 43, "ssh-ed25519", "AAAA", "desk", "2026-03-02T09:00:00.000Z")


def put(session: Session, *found: Operator) -> None:
    with session.store.transaction() as db:
        for one in found:
            operators.insert(db, one)


def test_an_operator_is_found_by_name_in_any_case_by_id_and_by_key(session: Session) -> None:
    put(session, Operator("01A", "Grace", "operator", created_at="2026", keys=(KEY,)))
    db = session.db
    assert operators.find(db, "gRACE") == operators.find(db, "01A") == operators.holder(db, KEY.fingerprint)
    assert operators.find(db, "grace").keys == (KEY,)
    assert operators.any_there(db) and operators.has_key(db, "01A", KEY.fingerprint) and not operators.has_key(db, "01B", KEY.fingerprint)
    assert operators.role_now(db, "01A") == ("Grace", "operator", True) and operators.role_now(db, "01B") is None
    with pytest.raises(NotFound):
        operators.find(db, "bo")


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("update operator set role = 'viewer' where id = '01A'", "last-administrator"),
        ("update operator set enabled = 0 where id = '01A'", "last-administrator"),
        ("delete from operator where id = '01A'", "last-administrator"),
        ("insert into operator (id, name, name_key, role, created_at) values ('01C', 'GRACE', 'grace', 'viewer', '2026')", "operator-taken"),
        ("insert or replace into operator (id, name, name_key, role, created_at) values ('01A', 'x', 'x', 'viewer', '2026')", "operator-taken"),
        ("insert into operator (id, name, name_key, role, created_at) values ('01C', 'x', 'x', 'root', '2026')", "constraint"),
        ("update operator set id = '01X' where id = '01B'", "operator-fixed"),
        ("update operator_key set operator_id = '01B'", "key-fixed"),
        ("insert or replace into operator_key (fingerprint, operator_id, kind, body, added_at) select fingerprint, '01B', kind, body, added_at from operator_key", "key-taken"),
        ("insert into operator_key (fingerprint, operator_id, kind, body, added_at) values ('MD5:00', '01B', 'ssh-rsa', 'x', '2026')", "constraint"),
    ],
)  # fmt: skip
def test_no_sql_gets_past_the_rules(session: Session, sql: str, code: str) -> None:
    put(session, Operator("01A", "Grace", "administrator", created_at="2026", keys=(KEY,)), Operator("01B", "bo", "operator", created_at="2026"))
    before = operators.every(session.db)
    with pytest.raises(Refused) as refused, session.store.transaction() as db:
        db.execute(sql)
    assert refused.value.code == code
    assert operators.every(session.db) == before


def test_the_last_administrator_may_leave_when_nobody_else_is_left(session: Session) -> None:
    put(session, Operator("01A", "Grace", "administrator", created_at="2026", keys=(KEY,)))
    with session.store.transaction() as db:
        operators.delete(db, "01A")
    assert operators.every(session.db) == [] and operators.holder(session.db, KEY.fingerprint) is None


def test_an_update_on_an_older_state_is_a_conflict(session: Session) -> None:
    first = Operator("01A", "Grace", "operator", created_at="2026")
    put(session, first)
    with session.store.transaction() as db:
        operators.update(db, first, name="Grace", role="viewer", enabled=True)
    with pytest.raises(Conflict), session.store.transaction() as db:
        operators.update(db, first, name="Grace", role="operator", enabled=True)
    assert operators.find(session.db, "Grace").role == "viewer"
