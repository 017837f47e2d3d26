"""People and groups as an operator works with them."""

from __future__ import annotations

import json

import pytest

from store import activity, events
from store.connection import Store
from store.directory import UserState
from store.errors import Conflict, NotFound, Refused, UsageError
from tests.kit import VIEWER, fill_directory
from usher.services import directory
from usher.services.session import Session


def newest(session: Session) -> activity.Entry:
    return activity.page(session.db, limit=1)[0]


def test_a_person_is_added_found_recorded_and_announced(session: Session) -> None:
    last = events.last(session.db)
    added = directory.add_user(session, " Zoë@harbour.example ", "zoe@harbour.example", firstname="Zoë", lastname="van der Ångström")
    assert directory.get_user(session, "ZOË@HARBOUR.EXAMPLE") == added == directory.get_user(session, added.id)
    assert (added.username, added.displayname, added.state, added.version) == ("Zoë@harbour.example", "Zoë van der Ångström", UserState.ACTIVATED, 1)
    assert (newest(session).action, newest(session).target) == ("user.added", added.id)
    assert [(e.topic, e.key) for e in events.since(session.db, last)] == [("user", added.id)]


def test_a_display_name_that_was_typed_is_kept(session: Session) -> None:
    assert directory.add_user(session, "kit", firstname="Christopher", lastname="Sand", displayname="Kit").displayname == "Kit"
    assert directory.add_user(session, "nameless").displayname == ""


def test_what_a_person_is_called_stands_outside_the_chain(session: Session) -> None:
    directory.add_user(session, "zoe@harbour.example", "private@home.example", firstname="Zoë")
    directory.set_user(session, "zoe@harbour.example", {"firstname": "Zora", "lastname": "Quill"})
    directory.suspend(session, ["zoe@harbour.example"])
    directory.delete_users(session, ["zoe@harbour.example"])
    chained = json.dumps([tuple(row) for row in session.db.execute("select target, detail from activity").fetchall()], ensure_ascii=False)
    assert not [word for word in ("zoe@", "private@", "Zoë", "Zora", "Quill") if word in chained]
    assert newest(session).detail["username"] == "zoe@harbour.example"
    assert activity.verify(session.db) is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "  "}, "username"),
        ({"username": "x" * 301}, "username"),
        ({"username": "bell\x07"}, "username"),
        ({"username": "two\nlines"}, "username"),
        ({"username": "lone\ud800"}, "username"),
        ({"username": "a", "email": "not an address"}, "email"),
        ({"username": "a", "email": "@harbour.example"}, "email"),
        ({"username": "a", "firstname": "\x1b[31mred"}, "firstname"),
        ({"username": "a", "state": "GONE"}, "state"),
    ],
)
def test_a_value_that_cannot_be_taken_is_refused_at_its_field(session: Session, values: dict[str, str], field: str) -> None:
    with pytest.raises(UsageError) as caught:
        directory.add_user(session, **values)
    assert caught.value.field == field
    assert "\x1b" not in str(caught.value)
    assert directory.people_count(session) == 0


@pytest.mark.parametrize("name", ["Łukasz", "🦆", "👩‍🚀 Valentina", "نور", "דנה", "Ünal O'Brien-Strauß", "x" * 300])
def test_names_of_every_script_are_fine(session: Session, name: str) -> None:
    assert directory.add_user(session, f"u-{name[:200]}", firstname=name).firstname == name
    assert directory.add_group(session, name).name == name


def test_a_username_is_taken_in_whatever_case(session: Session, store: Store) -> None:
    directory.add_user(session, "Strauß@harbour.example")
    with pytest.raises(Refused, match="already") as caught:
        directory.add_user(session, "STRAUSS@harbour.example")
    assert caught.value.field == "username"
    other = directory.add_user(session, "other@harbour.example")
    with pytest.raises(Refused, match="already"):
        directory.set_user(session, other.id, {"username": "strauss@harbour.example"})
    with pytest.raises(Refused, match="username_key"), store.transaction() as db:
        db.execute("update user set username_key = 'strauss@harbour.example' where id = ?", (other.id,))


def test_only_the_spelling_of_a_username_may_change_too(session: Session) -> None:
    directory.add_user(session, "ANNA")
    assert directory.set_user(session, "anna", {"username": "Anna"}).username == "Anna"


def test_setting_fields_keeps_the_rest_and_says_before_and_after(session: Session) -> None:
    directory.add_user(session, "anna", "anna@harbour.example", firstname="Anna", attributes={"costCenter": "7", "site": "Pier 4"})
    now = directory.set_user(session, "anna", {"lastName": "Olt", "employee-id": "E7", "site": "", "department": "Tugs", "state": "staged"})
    assert (now.firstname, now.lastname, now.employee_identifier, dict(now.attributes), now.state) == (
        "Anna",
        "Olt",
        "E7",
        {"costCenter": "7", "department": "Tugs"},
        "STAGED",
    )
    assert now == directory.get_user(session, "anna")
    detail = newest(session).detail
    assert (detail["lastname"], detail["site"], detail["state"]) == (["", "Olt"], ["Pier 4", ""], ["ACTIVATED", "STAGED"])


def test_a_person_gives_every_source_of_a_mapping(session: Session) -> None:
    user = directory.add_user(session, "anna", "a@b.example", firstname="A", lastname="O", employee_identifier="E7", attributes={"site": "Pier 4"})
    sources = ["username", "email", "firstname", "lastname", "displayname", "employeeIdentifier", "active", "site", "nothing"]
    assert [user.value(source) for source in sources] == ["anna", "a@b.example", "A", "O", "A O", "E7", "true", "Pier 4", ""]
    assert directory.suspend(session, ["anna"])[0].value("active") == "false"


@pytest.mark.parametrize("name", ["password", "id", "active", "created_at", "9lives", "", "a b", "x" * 65])
def test_a_name_no_attribute_can_have_is_refused(session: Session, name: str) -> None:
    directory.add_user(session, "anna")
    with pytest.raises(UsageError):
        directory.set_user(session, "anna", {name: "x"})


def test_setting_what_is_already_so_leaves_no_trace(session: Session) -> None:
    anna = directory.add_user(session, "anna", firstname="Anna")
    count = activity.count(session.db)
    assert directory.set_user(session, "anna", {"firstname": "Anna"}) == anna
    assert directory.activate(session, ["anna"]) == []
    assert activity.count(session.db) == count


def test_an_edit_of_a_person_somebody_else_changed_is_a_conflict(session: Session) -> None:
    anna = directory.add_user(session, "anna")
    directory.set_user(session, "anna", {"lastname": "Olt"}, expected_version=anna.version)
    with pytest.raises(Conflict):
        directory.set_user(session, "anna", {"lastname": "Ott"}, expected_version=anna.version)
    assert directory.get_user(session, "anna").lastname == "Olt"


def test_suspending_and_activating_several_is_all_or_nothing(session: Session) -> None:
    for name in ("anna", "bert", "cleo"):
        directory.add_user(session, name)
    with pytest.raises(NotFound):
        directory.suspend(session, ["anna", "nobody"])
    assert directory.people_count(session, state="SUSPENDED") == 0
    assert [user.username for user in directory.suspend(session, ["ANNA", "bert", "anna"])] == ["anna", "bert"]
    assert [user.username for user in directory.people_page(session, state="SUSPENDED")] == ["anna", "bert"]
    assert [user.username for user in directory.activate(session, ["bert", "cleo"])] == ["bert"]


def test_a_viewer_changes_nothing(session: Session) -> None:
    directory.add_user(session, "anna")
    session.actor = VIEWER
    for attempt in (lambda: directory.add_user(session, "bert"), lambda: directory.suspend(session, ["anna"]), lambda: directory.add_group(session, "Tugs")):
        with pytest.raises(Refused, match="you are viewer"):
            attempt()


def test_pages_run_both_ways_by_key(session: Session) -> None:
    everyone = [user.username for user in fill_directory(session, 25)]
    first = directory.people_page(session, limit=10)
    second = directory.people_page(session, after_key=first[-1].key, limit=10)
    last = directory.people_page(session, before_key="\U0010ffff", limit=10)
    assert [user.username for user in first + second] == everyone[:20]
    assert [user.username for user in last] == everyone[15:]
    assert directory.people_page(session, before_key=second[0].key, limit=10) == first
    assert directory.people_count(session) == 25
    assert directory.people_count(session, below_key=second[0].key) == 10


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("zoe", ["zoe.angstrom@harbour.example"]),
        ("ångström zoë", ["zoe.angstrom@harbour.example"]),
        ("ANGS", ["zoe.angstrom@harbour.example"]),
        ("harbour.example", ["bo_berg@harbour.example", "zoe.angstrom@harbour.example"]),
        ("bo_b", ["bo_berg@harbour.example"]),
        ("E-77", ["bo_berg@harbour.example"]),
        ('" OR username:*', []),
        ("zoe bo", []),
        ("  ", ["bo_berg@harbour.example", "zoe.angstrom@harbour.example"]),
    ],
)
def test_words_find_what_begins_with_them(session: Session, typed: str, found: list[str]) -> None:
    directory.add_user(session, "zoe.angstrom@harbour.example", firstname="Zoë", lastname="Ångström")
    directory.add_user(session, "bo_berg@harbour.example", employee_identifier="E-77")
    assert [user.username for user in directory.people_page(session, text=typed)] == found
    assert directory.people_count(session, text=typed) == len(found)


def test_the_search_follows_changes_and_deletions(session: Session) -> None:
    directory.add_user(session, "anna", lastname="Before", displayname="Anna")
    directory.set_user(session, "anna", {"lastname": "After"})
    assert (directory.people_count(session, text="before"), directory.people_count(session, text="after")) == (0, 1)
    directory.delete_users(session, ["anna"])
    assert directory.people_count(session, text="after") == 0


def test_a_group_is_made_renamed_and_deleted_with_its_traces(session: Session) -> None:
    directory.add_group(session, "Pilots", "Bring ships in")
    with pytest.raises(Refused, match="already"):
        directory.add_group(session, " PILOTS ")
    directory.rename_group(session, "pilots", "Harbour Pilots")
    assert [group.name for group in directory.groups(session)] == ["Harbour Pilots"]
    assert newest(session).detail["name"] == ["Pilots", "Harbour Pilots"]
    directory.delete_group(session, "harbour pilots")
    assert directory.groups(session) == []
    with pytest.raises(NotFound):
        directory.get_group(session, "Pilots")


def test_members_join_and_leave_and_are_counted(session: Session) -> None:
    fill_directory(session, 3)
    directory.add_group(session, "Pilots")
    names = [user.username for user in directory.people_page(session)]
    assert directory.add_members(session, "Pilots", [*names, names[0]]) == 3
    assert directory.add_members(session, "Pilots", names) == 0
    assert directory.remove_members(session, "Pilots", names[:1]) == 1
    assert directory.get_group(session, "PILOTS").members == 2
    assert [user.username for user in directory.people_page(session, group="Pilots")] == names[1:]
    assert directory.group_names(session, directory.people_page(session)) == {user.id: ("Pilots",) for user in directory.people_page(session, group="Pilots")}
    entry = newest(session)
    assert (entry.action, entry.target, entry.detail["removed people"]) == ("group.members", "Pilots", names[:1])


def test_one_name_that_does_not_exist_keeps_everybody_out(session: Session) -> None:
    directory.add_group(session, "Pilots")
    directory.add_user(session, "anna")
    with pytest.raises(NotFound):
        directory.add_members(session, "Pilots", ["anna", "nobody"])
    assert directory.get_group(session, "Pilots").members == 0


def test_deleting_a_group_keeps_its_people_and_closes_its_applications(session: Session) -> None:
    fill_directory(session, 2, group="Pilots")
    group = directory.get_group(session, "Pilots")
    application(session, "a1", "Calendly")
    with session.store.transaction() as db:
        db.execute("insert into authorization values ('a1', ?, '')", (group.id,))
    assert directory.get_group(session, "Pilots").applications == ("Calendly",)
    last = events.last(session.db)
    directory.delete_group(session, "Pilots")
    assert directory.people_count(session) == 2
    assert session.db.execute("select count(*) from entitled").fetchone()[0] == 0
    assert ("authorization", "a1") in [(e.topic, e.key) for e in events.since(session.db, last)]


def test_deleting_a_person_says_first_which_accounts_go_for_good_and_keeps_them_for_the_plan(session: Session) -> None:
    fill_directory(session, 3, group="Pilots")
    names = [user.username for user in directory.people_page(session)]
    application(session, "a1", "Calendly", idm="active")
    application(session, "a2", "Tide Tables")
    for app, users in (("a1", names[:2]), ("a2", names[:1])):
        for name in users:
            account(session, app, directory.get_user(session, name).id, name)
    preview = directory.deletion_preview(session, names)
    assert (preview.people, preview.accounts) == (3, 2)
    assert [(one.label, one.accounts, one.deleted) for one in preview.applications] == [("Calendly", 2, True), ("Tide Tables", 1, False)]
    assert "2 at Calendly" in preview.sentence and "cannot be undone" in preview.sentence and "1 at Tide Tables" in preview.sentence
    directory.delete_users(session, names)
    assert directory.people_count(session) == 0
    assert session.db.execute("select count(*) from membership").fetchone()[0] == 0
    assert session.db.execute("select count(*) from account").fetchone()[0] == 3


def test_a_change_of_many_is_announced_as_one(session: Session) -> None:
    people = fill_directory(session, 60)
    last = events.last(session.db)
    directory.suspend(session, [user.username for user in people])
    assert [(e.topic, e.key) for e in events.since(session.db, last)] == [("user", "*")]


def application(session: Session, id_: str, label: str, idm: str = "inactive") -> None:
    with session.store.transaction() as db:
        db.execute(
            "insert into application (id, label, label_key, connector, kind, sso, idm, created_at) values (?,?,?,'custom','scim','unsupported','inactive','')",
            (id_, label, label.lower()),
        )
        db.execute(
            "insert into connection (application_id, base_url, token, token_fingerprint, verified_at, verified_for) "
            "values (?, 'https://scim.example', x'00', 'f', '2026-03-02T09:00:00.000Z', 'https://scim.example f')",
            (id_,),
        )
        db.execute("update application set idm = ? where id = ?", (idm, id_))


def account(session: Session, app: str, user_id: str, name: str) -> None:
    with session.store.transaction() as db:
        db.execute(
            "insert into account (application_id, provider, user_id, remote_id, username, state, attributes, confirmed_at) values (?,?,?,?,?,'active','{}','')",
            (app, "https://scim.example", user_id, f"r-{name}", name),
        )
