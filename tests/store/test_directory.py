"""People and groups against plain SQL: what the schema itself refuses."""

from __future__ import annotations

import pytest

from store import bulk
from store.connection import Store
from store.directory import User, find_user, insert_user, match, update_user, users_page
from store.errors import Conflict, NotFound, Refused
from store.ids import fold


@pytest.fixture
def anna(store: Store) -> User:
    user = User("u1", "Anna", "anna", "anna@harbour.example", attributes={"site": "Pier 4"})
    with store.transaction() as db:
        insert_user(db, user)
        db.execute("insert into user_group (id, name, name_key, created_at) values ('g1', 'Pilots', 'pilots', '')")
        db.execute("insert into membership values ('g1', 'u1')")
    return user


@pytest.mark.parametrize(
    "attempt",
    [
        "update user set state = 'GONE'",
        "update user set state = 'activated'",
        "update user set username = '  '",
        "update user set attributes = 'no json'",
        "update user set version = 'many'",
        "insert into user (id, username, username_key, created_at) values ('u2', 'ANNA', 'anna', '')",
        "insert into user (id, username, username_key, created_at) values ('u1', 'bert', 'bert', '')",
        "insert into user_group (id, name, name_key, created_at) values ('g2', 'PILOTS', 'pilots', '')",
        "insert into user_group (id, name, name_key, created_at) values ('g2', ' ', 'x', '')",
        "insert into membership values ('g1', 'u1')",
        "insert into membership values ('g1', 'nobody')",
        "insert into membership values ('nothing', 'u1')",
    ],
)
def test_sql_cannot_break_the_directory(store: Store, anna: User, attempt: str) -> None:
    with pytest.raises(Refused), store.transaction() as db:
        db.execute(attempt)
    assert find_user(store.db, "anna") == anna


def test_who_is_deleted_leaves_every_group_and_the_search(store: Store, anna: User) -> None:
    with store.transaction() as db:
        db.execute("delete from user")
    assert store.db.execute("select count(*) from membership").fetchone()[0] == 0
    assert users_page(store.db, text="anna") == []
    with store.transaction() as db:
        db.execute("insert into user_fts (user_fts, rank) values ('integrity-check', 1)")


def test_a_person_is_found_by_name_before_id(store: Store, anna: User) -> None:
    with store.transaction() as db:
        insert_user(db, User("u2", "u1", "u1"))
    assert find_user(store.db, "U1").id == "u2"
    with pytest.raises(NotFound):
        find_user(store.db, "U9")


def test_an_update_of_another_version_is_a_conflict(store: Store, anna: User) -> None:
    with pytest.raises(Conflict), store.transaction() as db:
        update_user(db, anna, version=7)


def test_a_bulk_load_that_fails_brings_the_search_triggers_back(store: Store, anna: User) -> None:
    with pytest.raises(Refused), store.transaction() as db, bulk.bulk_load(db):
        bulk.add(db, [User("u2", "bert", "bert"), User("u3", "BERT", "bert")])
    with store.transaction() as db:
        insert_user(db, User("u2", "bert", "bert"))
    assert [user.username for user in users_page(store.db, text="bert")] == ["bert"]


@pytest.mark.parametrize(
    ("typed", "query"), [("zoe", '"zoe"*'), ("Zoë  v.d. Å", '"Zoë"* "v"* "d"* "Å"*'), ('a" OR b:*', '"a"* "OR"* "b"*'), (" @ ", ""), ("a_b", '"a_b"*')]
)  # fmt: skip
def test_typed_words_become_a_query_that_cannot_be_wrong(typed: str, query: str) -> None:
    assert match(typed) == query


@pytest.mark.parametrize(("one", "other"), [("Straße", "STRASSE"), ("Zoë", "ZOE\u0308"), (" Ann ", "ann"), ("ΣΊΣΥΦΟΣ", "σίσυφος")])
def test_two_spellings_of_a_name_meet(one: str, other: str) -> None:
    assert fold(one) == fold(other)
