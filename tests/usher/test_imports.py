"""Importing people: what is said before, that nothing is kept unless every row is good, and what is kept then."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from store import activity, events
from store.errors import Refused, UsageError
from usher.services import directory, imports
from usher.services.imports import BadImport
from usher.services.session import Session

HEADER = "username,email,firstname,lastname,displayname,employeeIdentifier,state,groups"


@pytest.fixture
def people_csv(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def write(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    return path


def test_new_people_and_groups_come_in_with_everything_the_file_says(session: Session, people_csv: Path) -> None:
    write(
        people_csv,
        HEADER + ",costCenter",
        'zoe@harbour.example,zoe@harbour.example,Zoë,"van der Ångström, Dr.",,E1,,Pilots; Night Watch,CC-7',
        "bo@harbour.example,bo@harbour.example,Bo,Berg,Bosse,E2,staged,,",
    )
    ahead = imports.preview(session, people_csv)
    assert directory.people_count(session) == 0
    assert imports.run(session, people_csv) == ahead
    assert (ahead.create, ahead.update, ahead.unchanged, ahead.joined, set(ahead.groups_new), ahead.errors) == (2, 0, 0, 2, {"Pilots", "Night Watch"}, ())
    zoe, bo = directory.get_user(session, "zoe@harbour.example"), directory.get_user(session, "bo@harbour.example")
    assert (zoe.displayname, zoe.state, dict(zoe.attributes)) == ("Zoë van der Ångström, Dr.", "ACTIVATED", {"costCenter": "CC-7"})
    assert (bo.displayname, bo.state, dict(bo.attributes)) == ("Bosse", "STAGED", {})
    assert directory.group_names(session, [zoe, bo]) == {zoe.id: ("Night Watch", "Pilots")}


def test_the_same_file_again_changes_nothing_and_leaves_no_trace(session: Session, people_csv: Path) -> None:
    write(people_csv, HEADER, "zoe,z@h.example,Zoë,Ångström,,E1,SUSPENDED,Pilots")
    imports.run(session, people_csv)
    count, last = activity.count(session.db), events.last(session.db)
    again = imports.run(session, people_csv)
    assert (again.create, again.update, again.unchanged) == (0, 0, 1)
    assert (activity.count(session.db), events.last(session.db)) == (count, last)


def test_a_column_that_is_there_sets_its_value_and_an_absent_one_changes_nothing(session: Session, people_csv: Path) -> None:
    anna = directory.add_user(session, "Anna", "anna@harbour.example", firstname="Anna", employee_identifier="E7", attributes={"site": "Pier 4", "desk": "9"})
    directory.suspend(session, ["Anna"])
    for group in ("Pilots", "Tugs"):
        directory.add_group(session, group)
        directory.add_members(session, group, ["Anna"])
    write(people_csv, "lastname,USERNAME,employee_id,site", "Olt,ANNA,,")
    assert imports.preview(session, people_csv).changes[0].changes == {"lastname": ["", "Olt"], "employeeIdentifier": ["E7", ""], "site": ["Pier 4", ""]}
    imports.run(session, people_csv)
    now = directory.get_user(session, anna.id)
    assert (now.username, now.email, now.lastname, now.employee_identifier, now.state, dict(now.attributes)) == (
        "Anna",
        "anna@harbour.example",
        "Olt",
        "",
        "SUSPENDED",
        {"desk": "9"},
    )
    assert directory.group_names(session, [now])[now.id] == ("Pilots", "Tugs")
    write(people_csv, "username,groups,state", "anna,tugs;Divers,")
    ahead = imports.run(session, people_csv)
    assert (ahead.joined, ahead.left, ahead.groups_new) == (1, 1, ("Divers",))
    assert ahead.changes[0].changes == {"groups": ["Pilots", "Divers"]}
    assert directory.group_names(session, [now])[now.id] == ("Divers", "Tugs")
    assert directory.get_user(session, "anna").state == "SUSPENDED"


def test_every_bad_row_is_named_and_nothing_of_the_file_is_kept(session: Session, people_csv: Path) -> None:
    write(
        people_csv,
        HEADER,
        "good@harbour.example,good@harbour.example,Good,One,,,,Pilots",
        ",nobody@harbour.example,,,,,,",
        "",
        '"two\nlines",,,,,,,',
        "Good@HARBOUR.example,,,,,,,",
        "state@harbour.example,,,,,,GONE,",
        "mail@harbour.example,not an address,,,,,,",
        "short@harbour.example,",
        f"long@harbour.example,,{'x' * 301},,,,,",
    )
    errors = imports.preview(session, people_csv).errors
    assert [(error.line, error.column) for error in errors] == [
        (3, "username"),
        (5, "username"),
        (7, "username"),
        (8, "state"),
        (9, "email"),
        (10, ""),
        (11, "firstname"),
    ]
    assert "line 2" in errors[2].reason
    with pytest.raises(BadImport, match=r"line 3, username: is required, and 6 more\. Nothing was imported") as caught:
        imports.run(session, people_csv)
    assert (caught.value.errors, caught.value.exit_status) == (errors, 2)
    assert directory.people_count(session) == 0 and directory.groups(session) == []


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("email,firstname", "header row must have this column"),
        ("username;email", "separated by commas"),
        ("username,email,E-Mail", "twice"),
        ("username,password", "cannot be set"),
        ("username,", "no name for an attribute"),
    ],
)
def test_a_header_that_cannot_be_used_is_an_error_of_line_1(session: Session, people_csv: Path, header: str, reason: str) -> None:
    errors = imports.preview(session, write(people_csv, header, "a,b")).errors
    assert [error.line for error in errors] == [1]
    assert reason in errors[0].reason


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not a text file"),
        (f"{HEADER}\r\nzoe".encode("utf-16"), "not a text file"),
        ("username\nanna\nZoë\n".encode("latin-1"), r"not UTF-8 text \(first on line 3\)"),
    ],
)
def test_a_file_that_is_no_utf_8_text_is_refused_in_one_sentence(session: Session, people_csv: Path, content: bytes, sentence: str) -> None:
    people_csv.write_bytes(content)
    for attempt in (imports.preview, imports.run):
        with pytest.raises(UsageError, match=sentence) as caught:
            attempt(session, people_csv)
        assert "\n" not in caught.value.message


def test_a_byte_order_mark_quotes_and_old_line_ends_are_tolerated(session: Session, people_csv: Path) -> None:
    people_csv.write_bytes('username,lastname\r"anna","O""Neil, Jr"\rbert,\r'.encode("utf-8-sig"))
    assert imports.run(session, people_csv).create == 2
    assert directory.get_user(session, "anna").lastname == 'O"Neil, Jr'


def test_broken_quoting_is_reported_where_it_begins(session: Session, people_csv: Path) -> None:
    write(people_csv, "username,lastname", "anna,Olt", '"bert,Berg', "cleo,Crane")
    assert [error.line for error in imports.preview(session, people_csv).errors] == [3]


def test_a_missing_file_and_a_folder_are_refused(session: Session, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(UsageError):
            imports.preview(session, path)


def test_a_confined_operator_reads_the_exchange_folder_alone(session: Session, people_csv: Path) -> None:
    write(people_csv, "username", "anna")
    session.confined = True
    assert session.exchange
    session.exchange.mkdir(mode=0o700)
    with pytest.raises(Refused, match="exchange folder"):
        imports.run(session, people_csv)
    (session.exchange / "link.csv").symlink_to(people_csv)
    with pytest.raises(UsageError):
        imports.run(session, Path("link.csv"))
    shutil.copy(people_csv, session.exchange / "people.csv")
    assert imports.run(session, Path("people.csv")).create == 1


def test_an_import_is_one_entry_and_one_event_a_topic_with_the_changes_apart_from_the_chain(session: Session, people_csv: Path) -> None:
    directory.add_user(session, "anna", firstname="Anna")
    last, count = events.last(session.db), activity.count(session.db)
    imports.run(session, write(people_csv, "username,firstname,groups", "anna,Änne,Pilots", "bert,,Pilots"))
    entry = activity.page(session.db, limit=1)[0]
    assert (activity.count(session.db), entry.action, entry.target) == (count + 1, "users.imported", "people.csv")
    assert (entry.detail["created"], entry.detail["updated"], entry.detail["joined"], entry.detail["groups_new"]) == (1, 1, 2, ["Pilots"])
    assert entry.detail["updates"]["anna"]["firstname"] == ["Anna", "Änne"]
    assert "anna" not in session.db.execute("select detail from activity order by seq desc").fetchone()[0]
    assert [(e.topic, e.key) for e in events.since(session.db, last)] == [("user", "*"), ("membership", "*"), ("group", "*")]


def test_a_file_of_several_batches_reports_its_progress_and_is_searchable(session: Session, people_csv: Path) -> None:
    write(people_csv, "username,firstname,groups", *(f"person{n}@harbour.example,Pat{n},Everyone;Shift {n % 3}" for n in range(4500)))
    seen: list[tuple[int, int]] = []
    imports.run(session, people_csv, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2000, 4500), (4000, 4500), (4500, 4500)]
    assert (directory.get_group(session, "everyone").members, directory.get_group(session, "shift 2").members) == (4500, 1500)
    assert [user.firstname for user in directory.people_page(session, text="pat4499")] == ["Pat4499"]


def test_the_search_follows_people_an_import_changed_and_later_changes_too(session: Session, people_csv: Path) -> None:
    directory.add_user(session, "anna", firstname="Before", displayname="x")
    imports.run(session, write(people_csv, "username,firstname", "anna,Between", "bert,Berthold"))
    assert [directory.people_count(session, text=word) for word in ("before", "between", "berthold")] == [0, 1, 1]
    directory.set_user(session, "anna", {"firstname": "Behind"})
    directory.set_user(session, "bert", {"firstname": "Bertram", "displayname": ""})
    assert [directory.people_count(session, text=word) for word in ("between", "berthold", "behind", "bertram")] == [0, 0, 1, 1]
    with session.store.transaction() as db:
        db.execute("insert into user_fts (user_fts, rank) values ('integrity-check', 1)")


def test_an_import_broken_off_half_way_keeps_nothing(session: Session, people_csv: Path) -> None:
    write(people_csv, "username,groups", *(f"person{n},Everyone" for n in range(3000)))

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imports.run(session, people_csv, progress=interrupt)
    assert directory.people_count(session) == 0 and directory.groups(session) == []
    assert imports.run(session, people_csv).create == 3000
