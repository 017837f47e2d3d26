"""Slips of a newcomer's hand: what was pasted, pressed or cleared by mistake changes nothing and nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from store.groups import GroupSummary
from tests.kit import fill_directory
from tests.scenes import settled
from tests.stages import build, empty
from tests.stages_directory import staff
from tests.tui.kit import console, focused, press, run, screen, text, until
from tui.screens.application_trying import preview, take_over
from tui.screens.message import Message
from tui.widgets.choice import Choice
from tui.widgets.fields import Field, Note
from tui.widgets.table import VirtualTable
from usher.catalog.vocabulary import USER_ATTRIBUTES
from usher.services import applications, directory, sso, sso_fields
from usher.services.session import Session


@pytest.fixture
def works(tmp_path: Path) -> Session:
    return build(staff, tmp_path / "works")


def said(pilot: Pilot[Any]) -> str:
    """What stands beside the fields, before it is wrapped."""
    return " ".join(note.error for note in pilot.app.screen.query(Note))


def test_several_lines_pasted_into_a_field_of_one_line_are_refused_whole(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            await press(pilot, "a")
            pilot.app.post_message(events.Paste("line one\nline two\nline three\n"))
            await settled(pilot)
            assert focused(pilot).value == ""
            assert "3 lines were pasted; this field" in text(pilot)
            assert "lines were pasted" not in await press(pilot, "x")  # what was said of the field goes when it is changed
            pilot.app.post_message(events.Paste("yz\n"))
            await settled(pilot)
            assert focused(pilot).value == "xyz"
            await press(pilot, "escape", "y", "slash")
            pilot.app.post_message(events.Paste("secret one\r\nsecret two"))
            await settled(pilot)
            assert focused(pilot).value == "" and "2 lines were pasted" in text(pilot) and "secret" not in text(pilot)

    run(walk())


def test_clearing_the_filter_leaves_the_cursor_on_its_row(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            await press(pilot, "slash", *"kenji", "enter")
            found = screen(pilot).table.row.user.username
            assert "kenji" in found
            await press(pilot, "escape")
            assert screen(pilot).table.row.user.username == found
            await press(pilot, "G", "slash", *"kenji", "escape")
            assert screen(pilot).table.row.user.username == found

    run(walk())


def test_the_row_is_found_far_down_a_long_list(tmp_path: Path) -> None:
    session = build(empty, tmp_path / "crowd")
    fill_directory(session, 1500)

    async def walk() -> None:
        async with console(session, "users") as pilot:
            await press(pilot, "slash", *"person1234", "enter", "escape")
            assert screen(pilot).table.row.user.username == "person1234@harbour.example"
            assert "person1234" in text(pilot)

    run(walk())


def test_the_cursor_stands_on_who_was_added(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            await press(pilot, "a", *"mia.new@example.com", "tab", *"mia.new@example.com", "ctrl+s")
            await press(pilot, "escape")
            assert screen(pilot).table.row.user.username == "mia.new@example.com"

    run(walk())


def test_a_row_that_is_gone_from_a_list_in_memory_leaves_its_place_to_the_next(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "groups") as pilot:
            table: VirtualTable[GroupSummary] = screen(pilot).table
            rows = directory.groups(works)
            table.move(1)
            table.show([rows[0], *rows[2:]], lambda group: group.id)
            assert table.row == rows[2]
            table.show(rows[:1], lambda group: group.id)
            assert table.row == rows[0]

    run(walk())


def test_nameid_is_offered_from_attributes_that_people_have(works: Session) -> None:
    application = applications.add(works, "custom-saml", label="Harbour Wiki")
    offered = sso_fields.sources(works.db)
    assert set(USER_ATTRIBUTES) <= set(offered)
    for name in offered:
        assert sso_fields.check(works.db, application.id, "nameid_source", name) == name

    async def walk() -> None:
        async with console(works, f"app {application.id} sso") as pilot:
            options = next(each for each in pilot.app.screen.query(Choice) if ("email", "email") in each.options)
            assert [name for name, _ in options.options] == offered

    run(walk())


def test_no_letter_changes_a_choice(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            await press(pilot, "a")
            choice = pilot.app.screen.query(Choice).first()
            choice.focus()
            before = choice.value
            await press(pilot, *"hlaj")
            assert choice.value == before
            await press(pilot, "right")
            assert choice.value != before

    run(walk())


def test_the_help_shows_the_command_of_the_row_the_cursor_stands_on(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            await press(pilot, "question_mark")
            for _ in range(6):
                shown = await press(pilot, "down")
                current = screen(pilot).choices.current
                assert f"$ {current.cli}" in shown if current.cli else "$ usher" not in shown

    run(walk())


def test_the_list_of_places_is_closed_by_going_somewhere(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users", size=(80, 24)) as pilot:
            await press(pilot, "0", "4")
            await press(pilot, "3")
            assert not screen(pilot).has_class("-places")
            assert focused(pilot) is screen(pilot).table
            await press(pilot, "0", "3")
            assert not screen(pilot).has_class("-places")

    run(walk())


def test_a_step_of_the_card_leads_to_its_field_or_does_what_it_says(works: Session) -> None:
    applications.add(works, "custom-saml", label="Harbour Wiki")

    async def walk() -> None:
        async with console(works, "app Harbour Wiki general", size=(120, 40)) as pilot:
            await press(pilot, "s", "enter")
            fields = {field.spec.name: field.field for field in pilot.app.screen.query(Field)}
            assert focused(pilot) is fields["sp_entity_id"]
            await press(pilot, *"https://wiki")
            assert fields["sp_entity_id"].value == "https://wiki"
            await press(pilot, "ctrl+s", "escape", "s")
            card = screen(pilot)
            at = next(at for at, line in enumerate(card.sheet.lines) if getattr(line.target, "key", "") == "certificate")
            card.sheet.go(at)
            assert "Save as" in await press(pilot, "enter")

    run(walk())


def test_the_certificate_of_a_second_application_is_offered_another_name(works: Session, tmp_path: Path) -> None:
    works.downloads = tmp_path / "Downloads"
    works.downloads.mkdir()
    (works.downloads / "certificate.pem").write_text("of another one")
    applications.add(works, "custom-saml", label="Harbour Wiki", slug="wiki")

    async def walk() -> None:
        async with console(works, "app Harbour Wiki sso", size=(120, 40)) as pilot:
            await press(pilot, "escape", "c", "enter")
            assert (works.downloads / "certificate-wiki.pem").read_text().startswith("-----BEGIN CERTIFICATE-----")
            assert str(works.downloads / "certificate-wiki.pem") in str(pilot.app.said[-1])  # type: ignore[attr-defined]
            assert "No file is named." in await press(pilot, "c", "ctrl+u", "enter")

    run(walk())


def test_a_dialog_that_adds_asks_before_it_drops_what_was_typed(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "groups") as pilot:
            assert "User Groups" in await press(pilot, "a", "escape"), "nothing was typed: it closes"
            assert "Add a user group" not in text(pilot)
            assert "What you typed is not saved." in await press(pilot, "a", *"Riggers", "escape")
            assert "Riggers" in await press(pilot, "escape"), "and stays"
            assert "Add a user group" not in await press(pilot, "escape", "y")
            assert not any(group.name == "Riggers" for group in directory.groups(works))

    run(walk())


def test_the_footer_of_a_dialog_says_what_its_buttons_say_and_what_enter_does_now(works: Session) -> None:
    def foot(shown: str) -> str:
        return shown.splitlines()[-2]

    async def walk() -> None:
        async with console(works, "groups") as pilot:
            assert "enter Cancel" not in foot(await press(pilot, "a"))
            assert "enter Cancel" in foot(await press(pilot, "tab", "tab"))
            assert "enter Cancel" not in foot(await press(pilot, "shift+tab"))
            await press(pilot, "escape")
            pilot.app.push_screen(Message("Read this", ["Some lines."]))
            await settled(pilot)
            assert "esc Close" in foot(text(pilot)) and "Cancel" not in foot(text(pilot))

    run(walk())


def test_the_caret_stays_where_it_was_when_news_come_while_something_is_typed(works: Session) -> None:
    applications.add(works, "custom-saml", label="A rather long label of an application")

    async def walk() -> None:
        async with console(works, "app A rather long label of an application general") as pilot:
            field = next(each.field for each in pilot.app.screen.query(Field) if each.spec.name == "label")
            field.focus()
            await press(pilot, "end", *" here")
            applications.set_general(works, "A rather long label of an application", {"label": "Short"})
            await until(pilot, "Short", 20)
            assert field.value.endswith("application here") and field.cursor_position == len(field.value)  # type: ignore[union-attr]

    run(walk())


def test_a_toast_about_a_very_long_name_leaves_the_screen_to_be_read(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "users") as pilot:
            pilot.app.say(f"Saved {'x' * 300}.")  # type: ignore[attr-defined]
            await settled(pilot)
            shown = text(pilot)
            assert shown.count("x" * 10) * 10 + shown.count("x") > 100 and shown.count("x") < 200
            assert "x" * 300 in str(pilot.app.said[-1])  # type: ignore[attr-defined]

    run(walk())


def test_an_assertion_is_previewed_for_whoever_a_search_would_find(works: Session) -> None:
    applications.add(works, "custom-saml", label="Harbour Wiki")
    sso.set_fields(works, "Harbour Wiki", {"sp_entity_id": "https://wiki.example", "acs_urls": "https://wiki.example/acs"})

    async def walk() -> None:
        async with console(works, "app Harbour Wiki sso", size=(120, 40)) as pilot:
            preview(pilot.app.screen.pane_of("sso"))  # type: ignore[attr-defined]
            await settled(pilot)
            await press(pilot, *"zzzzz", "enter")
            assert "Nobody goes by 'zzzzz'." in said(pilot) and "usher users" not in said(pilot)
            await press(pilot, "ctrl+u", "e", "enter")
            assert "Write one of:" in said(pilot) and "and others" in said(pilot)
            assert "What would be asserted" in await press(pilot, "ctrl+u", *"kenji", "enter")

    run(walk())


def test_a_path_where_the_document_was_asked_for_is_told_from_xml(works: Session) -> None:
    applications.add(works, "custom-saml", label="Harbour Wiki")

    async def walk() -> None:
        async with console(works, "app Harbour Wiki sso", size=(120, 40)) as pilot:
            take_over(pilot.app.screen.pane_of("sso"))  # type: ignore[attr-defined]
            await settled(pilot)
            await press(pilot, *"/tmp/sp.xml", "ctrl+s")
            assert "looks like the name of a file" in said(pilot) and "“Or a file”" in said(pilot)

    run(walk())
