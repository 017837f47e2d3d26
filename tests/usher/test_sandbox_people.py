"""The demo's people: what variety there is, and that their directory takes them."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from usher.sandbox.people import groups, import_file, people
from usher.sandbox.provider import DEFAULT_SEATS
from usher.sandbox.rules import Refusal, check_username
from usher.services import directory, imports
from usher.services.session import Session

EVERYONE = people()
BIDI = {"R", "AL"}


def is_email(text: str) -> bool:
    try:
        check_username(text)
    except Refusal:
        return False
    return True


def test_sixty_people_in_five_groups_each_with_a_name_of_their_own() -> None:
    assert len(EVERYONE) == 60
    assert len(groups()) == 5
    assert len({each.username.casefold() for each in EVERYONE}) == 60
    assert all(any(group in each.groups for each in EVERYONE) for group in groups())


def test_everybody_lives_in_the_domains_for_examples() -> None:
    assert {each.email.rsplit("@", 1)[1] for each in EVERYONE} == {"example.com", "example.org"}


@pytest.mark.parametrize(
    ("what", "at_least", "holds"),
    [
        ("accents", 15, lambda p: any(unicodedata.combining(c) for c in unicodedata.normalize("NFD", p.displayname))),
        ("several words", 5, lambda p: len(p.displayname.split()) > 2),
        ("apostrophes", 3, lambda p: "'" in p.lastname or "’" in p.lastname),
        ("right to left", 3, lambda p: any(unicodedata.bidirectional(c) in BIDI for c in p.displayname)),
        ("Chinese, Japanese, Korean", 3, lambda p: any(unicodedata.east_asian_width(c) == "W" and c.isalpha() for c in p.displayname)),
        ("no employee ID", 4, lambda p: not p.employee_identifier),
        ("plus-addresses", 2, lambda p: "+" in p.email),
        ("an e-mail that is not the username", 3, lambda p: p.email != p.username),
        ("staged", 2, lambda p: p.state == "STAGED"),
        ("suspended", 2, lambda p: p.state == "SUSPENDED"),
        ("in no group", 1, lambda p: not p.groups),
        ("in several groups", 20, lambda p: len(p.groups) > 1),
    ],
)
def test_the_variety_of_real_directories_is_there(what: str, at_least: int, holds: object) -> None:
    assert callable(holds)
    assert sum(map(bool, map(holds, EVERYONE))) >= at_least, what


def test_one_username_is_no_email_address_so_that_its_failure_can_be_met() -> None:
    assert [each.username for each in EVERYONE if not is_email(each.username)] == ["build-bot"]


def test_each_group_fits_the_seats_alone_and_all_together_do_not() -> None:
    wanted = {name: {p.username for p in EVERYONE if name in p.groups and p.state == "ACTIVATED" and is_email(p.username)} for name in groups()}
    assert all(0 < len(members) <= DEFAULT_SEATS for members in wanted.values())
    assert len(set().union(*wanted.values())) > DEFAULT_SEATS


def test_the_import_takes_all_of_them_and_a_second_time_changes_nothing(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(import_file(), encoding="utf-8")
    first = imports.run(session, file)
    assert (first.create, first.errors, sorted(first.groups_new)) == (60, (), sorted(groups()))
    assert imports.run(session, file).unchanged == 60
    assert directory.get_user(session, "sofia.d.angelo@example.com").displayname == "Sofia D'Angelo"
