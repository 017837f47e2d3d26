"""Sign-ins read, narrowed, followed and opened, and the link that sets a password, by key presses over a real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stages import build, empty
from tests.stages_sign_ins import sign_in_day
from tests.tui.kit import console, press, run, text, until
from usher.services import directory, passwords, sign_ins
from usher.services.session import Session
from usher.services.sign_ins import Attempt


@pytest.fixture
def works(tmp_path: Path) -> Session:
    return build(sign_in_day, tmp_path / "works")


def test_every_attempt_stands_there_newest_first_with_its_reason(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "sign-ins", size=(150, 30)) as pilot:
            shown = text(pilot)
            assert "asserted" in shown and "refused" in shown and "The password is" in shown
            assert shown.index("The request's") < shown.index("Signed in with a")
            assert "not registered for Calendly." in shown, "the reason stands under the list in full"

    run(walk())


def test_they_are_narrowed_by_words_and_by_the_row_under_the_cursor(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "sign-ins", size=(150, 30)) as pilot:
            shown = await press(pilot, "x")
            assert "result=refused" in shown and "Signed in with" not in shown
            assert "Signed in with" in await press(pilot, "x")
            assert "The password is wrong" not in await press(pilot, "slash", *"app=Calendly result=asserted", "enter")
            assert "There is no result" in await press(pilot, "slash", "ctrl+k", "home", "ctrl+k", *"result=none", "enter")

    run(walk())


def test_an_attempt_is_read_with_both_documents(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "sign-ins", size=(120, 40)) as pilot:
            shown = await press(pilot, "slash", *"result=asserted", "enter", "j", "enter")
            assert "begun at the application" in shown and "AuthnRequest" in shown
            assert "InResponseTo" in await press(pilot, "G")

    run(walk())


def test_a_new_attempt_appears_by_itself(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "sign-ins", size=(150, 30)) as pilot:
            sign_ins.write(works, Attempt("192.0.2.1"), "refused", "A new reason.")
            await until(pilot, "A new reason.")

    run(walk())


def test_before_the_first_it_says_how_people_come_in(tmp_path: Path) -> None:
    session = build(empty, tmp_path / "new")

    async def walk() -> None:
        async with console(session, "sign-ins") as pilot:
            assert "usher serve" in text(pilot) and "Nobody has signed in yet." in text(pilot)

    run(walk())


@pytest.mark.parametrize("place", ["users", "user"])
def test_a_link_to_set_a_password_is_made_from_the_directory(works: Session, place: str) -> None:
    person = directory.people_page(works, limit=1)[0]

    async def walk() -> None:
        async with console(works, "users" if place == "users" else f"user {person.id}", size=(120, 40)) as pilot:
            await press(pilot, "p")
            await until(pilot, "It is shown only now.")
            shown = text(pilot).replace("\n", "")
            assert "/password/" in shown

    run(walk())
    assert not passwords.has_password(works, person.id)
    assert works.db.execute("select count(*) from password_link where user_id = ?", (person.id,)).fetchone()[0] == 1
