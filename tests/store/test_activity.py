"""The record: append-only, chained, and honest about what was erased."""

from __future__ import annotations

import json

import pytest

from store import activity
from store.activity import store_id
from store.connection import Store
from store.errors import Refused
from store.verify_activity import entry_hash, genesis
from tests.kit import ADMINISTRATOR
from usher.services import activity as service
from usher.services import directory
from usher.services.session import Session


@pytest.fixture
def ten(session: Session) -> Session:
    """A record of ten entries; every second one is about somebody's own values."""
    for number in range(9):
        with session.change() as change:
            change.db.execute("insert into setting values (?, 'x')", (f"key{number}",))
            change.record("setting.changed", f"key{number}", {"value": ["", "x"]}, {"name": f"Person {number}"} if number % 2 else None)
    return session


def test_entries_come_by_pages_in_both_directions(ten: Session) -> None:
    newest = service.page(ten, limit=4)
    assert [entry.seq for entry in newest] == [10, 9, 8, 7]
    assert [entry.seq for entry in service.page(ten, before=7, limit=4)] == [6, 5, 4, 3]
    assert [entry.seq for entry in service.page(ten, after=7)] == [8, 9, 10]
    assert [entry.seq for entry in service.page(ten, since=newest[1].at)] == [10, 9]
    assert service.count(ten) == 10


def test_an_untouched_record_holds(ten: Session) -> None:
    assert (service.verify(ten).entries, service.verify(ten).intact, service.verify(ten).first_bad) == (10, True, None)


@pytest.mark.parametrize(
    "attempt",
    [
        "update activity set actor = 'nobody' where seq = 5",
        "delete from activity where seq = 10",
        "insert or replace into activity select seq, at, 'nobody', role, via, action, target, detail, prev, hash from activity where seq = 5",
        "insert into activity select 5000, at, actor, role, via, action, target, detail, prev, hash from activity where seq = 5",
        "insert into activity select 11, at, actor, role, via, action, target, detail, 'made up', hash from activity where seq = 5",
        "update activity_personal set detail = '{}'",
    ],
)
def test_sql_cannot_change_the_record(ten: Session, store: Store, attempt: str) -> None:
    with pytest.raises(Refused), store.transaction() as db:
        db.execute(attempt)
    assert service.verify(ten).intact


@pytest.mark.parametrize(
    ("attempt", "first_bad"),
    [
        ("update activity set actor = 'nobody' where seq = 5", 5),
        ("update activity set at = '2020-01-01T00:00:00.000Z' where seq = 1", 1),
        ("update activity set detail = '{}' where seq = 4", 4),
        ("delete from activity_personal where seq = 7; delete from activity where seq = 7", 7),
        ("delete from activity where seq = 1", 1),
        ('update activity_personal set detail = \'{"name":"Somebody else"}\' where seq = 7', 7),
        ("update setting set value = 'ANOTHER' where key = 'store_id'", 1),
    ],
)
def test_who_drops_the_triggers_is_found_out(ten: Session, store: Store, attempt: str, first_bad: int) -> None:
    unlock(store)
    with store.transaction() as db:
        for statement in attempt.split("; "):
            db.execute(statement)
    assert service.verify(ten).first_bad == first_bad


def test_an_entry_rehashed_alone_breaks_the_one_after_it(ten: Session, store: Store) -> None:
    unlock(store)
    with store.transaction() as db:
        row = db.execute("select * from activity where seq = 5").fetchone()
        forged = entry_hash(row["prev"], [5, row["at"], "nobody", row["role"], row["via"], row["action"], row["target"], row["detail"]])
        db.execute("update activity set actor = 'nobody', hash = ? where seq = 5", (forged,))
    assert service.verify(ten).first_bad == 6


def test_personal_values_can_be_erased_without_breaking_the_chain(ten: Session, store: Store) -> None:
    assert service.page(ten, after=2, limit=1)[0].detail == {"value": ["", "x"], "name": "Person 1"}
    with store.transaction() as db:
        db.execute("delete from activity_personal where seq = 3")
    assert service.page(ten, after=2, limit=1)[0].detail == {"value": ["", "x"], "personal values": "erased"}
    assert service.verify(ten).intact


def test_the_chain_begins_with_the_stores_id(session: Session) -> None:
    first = session.db.execute("select prev from activity where seq = 1").fetchone()[0]
    assert first == genesis(store_id(session.db)) != genesis("another")


def test_an_entry_is_about_a_person_by_name_as_long_as_the_name_is_there(session: Session, store: Store) -> None:
    anna = directory.add_user(session, "anna")
    directory.add_group(session, "Pilots")
    assert [service.about(entry) for entry in service.page(session, limit=2)] == ["Pilots", "anna"]
    with store.transaction() as db:
        db.execute("delete from activity_personal")
    assert service.about(service.page(session, limit=2)[1]) == anna.id


def test_the_entry_and_the_change_are_kept_together_or_not_at_all(session: Session) -> None:
    with pytest.raises(ZeroDivisionError), session.change() as change:
        change.record("setting.changed", "x")
        1 / 0  # noqa: B018
    assert service.count(session) == 1


def test_the_words_personal_values_are_kept_under_cannot_be_taken(store: Store) -> None:
    with pytest.raises(ValueError, match="taken"), store.transaction() as db:
        activity.append(db, ADMINISTRATOR, "", "x", "y", {"personal": "z"})


def test_the_detail_is_canonical_json(session: Session) -> None:
    with session.change() as change:
        change.record("setting.changed", "x", {"b": "ö", "a": 1})
    assert session.db.execute("select detail from activity where seq = 2").fetchone()[0] == '{"a":1,"b":"ö"}'
    assert json.loads(activity.canonical({"b": [True, None], "a": "\u2028"})) == {"b": [True, None], "a": "\u2028"}


def unlock(store: Store) -> None:
    """What somebody with the file and a SQLite shell would do first."""
    with store.transaction() as db:
        for row in db.execute("select name from sqlite_master where type = 'trigger' and name like 'activity%'").fetchall():
            db.execute(f"drop trigger {row[0]}")
    store.db.execute("pragma foreign_keys = off")
