"""Operators in the console: the place in Settings, what a role cannot do, being shut out, and two who edit the same thing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from store.activity import Actor
from store.connection import Store
from store.secrets import Secret
from tests.tui.kit import console, focused, press, run, screen, text, until
from usher.services import applications, directory, identity, mapping_rows, operators, settings, sso
from usher.services.session import Session

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBgr5vskyfeNthX9sucmktvWeU/kw5Fj4sRMBxY3MrkJ grace@desk"


@contextmanager
def at_work(session: Session, name: str, role: str) -> Iterator[Session]:
    """That operator, with a connection of their own to the same store."""
    made = operators.add(session, name, role)
    store = Store(session.store.path)
    yield replace(session, store=store, actor=Actor(made.name, role, "ssh SHA256:… from 192.0.2.7"), operator=made.id)
    store.close()


def test_operators_are_reached_from_the_settings_and_say_what_holds_without_any(session: Session) -> None:
    async def walk() -> None:
        async with console(session, "settings") as pilot:
            assert "who may write the store's file is administrator" in text(pilot)
            shown = await press(pilot, "o")
            assert "Settings › Operators" in shown and "No operators yet." in shown

    run(walk())


def test_an_operator_is_added_with_a_pasted_key_changed_and_removed(session: Session) -> None:
    async def walk() -> None:
        async with console(session, "operators", size=(120, 30)) as pilot:
            await press(pilot, "a", *"grace", "tab", "space", "tab")
            focused(pilot).value = KEY
            await press(pilot, "enter")
            await until(pilot, "Added grace, administrator.")
            await until(pilot, "1  grace@desk")
            await press(pilot, "a", *"bo", "ctrl+s")
            await until(pilot, "Added bo, operator.")
            await press(pilot, "g", "e", "tab", "tab", "space", "ctrl+s")
            await until(pilot, "bo is operator, disabled.")
            await press(pilot, "y")
            await until(pilot, "bo is disabled.")
            await press(pilot, "j", "d", "y")
            await until(pilot, "The last administrator cannot be removed")
            await press(pilot, "k", "d", "y")
            await until(pilot, "Removed bo.")

    run(walk())
    assert [(one.name, one.role) for one in operators.list_(session)] == [("grace", "administrator")]


def test_the_line_for_sshd_is_copied_whole(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    operators.add(session, "grace", "operator", KEY)
    copied: list[str] = []

    async def walk() -> None:
        async with console(session, "operators") as pilot:
            monkeypatch.setattr(pilot.app, "copy_to_clipboard", copied.append)
            await press(pilot, "y")
            await until(pilot, "Copied the line for grace.")

    run(walk())
    assert copied[0].startswith('restrict,pty,command="') and "--operator grace" in copied[0] and copied[0].rstrip().endswith(" grace")


def test_a_key_that_is_none_is_refused_beside_its_field_and_nothing_typed_is_lost(session: Session) -> None:
    async def walk() -> None:
        async with console(session, "operators") as pilot:
            await press(pilot, "a", *"grace", "tab", "tab", *"no key", "enter")
            await until(pilot, "A public key begins with its type")
            assert "grace" in text(pilot)

    run(walk())
    assert operators.list_(session) == []


@pytest.mark.parametrize(("place", "key", "reason"), [
    ("apps", "a", "This needs the role administrator; you are operator."),
    ("operators", "a", "This needs the role administrator; you are operator."),
    ("settings", "t", "This needs the role administrator; you are operator."),
    ("app Calendly", "ctrl+s", "This needs the role administrator; you are operator."),
    ("app Calendly idm", "t", ""),
])  # fmt: skip
def test_what_the_role_cannot_do_says_so_before_anything_is_typed(session: Session, place: str, key: str, reason: str) -> None:
    applications.add(session, "calendly", label="Calendly")
    session.actor = Actor("bo", "operator", "terminal")

    async def walk() -> None:
        async with console(session, place) as pilot:
            await press(pilot, key)
            if reason:
                await until(pilot, reason[:40])
            else:
                assert "This needs the role" not in text(pilot)
            assert len(pilot.app.screen_stack) == 1

    run(walk())


def test_a_removed_operator_is_told_so_in_the_open_console_and_changes_nothing_any_more(session: Session) -> None:
    operators.add(session, "root", "administrator")
    with at_work(session, "bo", "operator") as theirs:

        async def walk() -> None:
            async with console(theirs, "groups") as pilot:
                assert "bo operator" in text(pilot)
                operators.remove(session, "bo")
                await until(pilot, "you were removed from the operators", 20)
                assert "shut out" in text(pilot) and "read-only" in text(pilot)
                await press(pilot, "a")
                assert len(pilot.app.screen_stack) == 1

        run(walk())


def test_a_dialog_that_was_open_before_the_removal_is_refused_and_keeps_what_was_typed(session: Session) -> None:
    operators.add(session, "root", "administrator")
    with at_work(session, "bo", "operator") as theirs:

        async def walk() -> None:
            async with console(theirs, "groups") as pilot:
                await press(pilot, "a", *"Night shift")
                operators.set_(session, "bo", {"enabled": "false"})
                await press(pilot, "ctrl+s")
                await until(pilot, "you are disabled as an operator", 20)
                assert "Night shift" in text(pilot)

        run(walk())
    assert directory.groups(session) == []


def test_a_promotion_bites_at_once_too(session: Session) -> None:
    operators.add(session, "root", "administrator")
    with at_work(session, "vera", "viewer") as theirs:

        async def walk() -> None:
            async with console(theirs, "groups") as pilot:
                await press(pilot, "a")
                await until(pilot, "This needs the role operator; you are viewer.")
                operators.set_(session, "vera", {"role": "operator"})
                await until(pilot, "Your role is operator now; it was viewer.", 20)
                await press(pilot, "a")
                assert len(pilot.app.screen_stack) == 2

        run(walk())


# Two who edit the same thing


def test_two_consoles_rename_one_group_and_the_second_keeps_what_was_typed(session: Session) -> None:
    directory.add_group(session, "Crew")
    with at_work(session, "grace", "administrator") as grace, at_work(session, "bo", "operator") as bo:

        async def walk() -> None:
            async with console(grace, "groups") as first, console(bo, "groups") as second:
                await press(second, "e", "end", *" of the day")
                await press(first, "e", "end", *" two", "enter")
                await until(first, "Crew is called Crew two now.", 20)
                await press(second, "enter")
                await until(second, "Changed by grace meanwhile", 20)
                shown = text(second)
                assert "Crew two   grace" in shown and "Crew of the day" in shown
                await press(second, "enter")  # Save what I typed
                await until(second, "is called Crew of the day now.", 20)

        run(walk())
    assert [group.name for group in directory.groups(session)] == ["Crew of the day"]


def test_the_second_may_take_what_the_first_saved(session: Session) -> None:
    async def walk() -> None:
        async with console(session, "settings") as pilot:
            await press(pilot, "enter", "end", *" GmbH")
            with at_work(session, "grace", "administrator") as grace:
                settings.set_(grace, {"organization": "Harbour Works Ltd"})
            await press(pilot, "enter")
            await until(pilot, "Changed by grace meanwhile", 20)
            await press(pilot, "tab", "enter")  # Take theirs
            assert "Harbour Works Ltd" in text(pilot)
            await press(pilot, "escape")

    run(walk())
    assert settings.organization(session) == "Harbour Works Ltd"


def test_an_application_s_field_changed_by_two_says_by_whom(session: Session) -> None:
    applications.add(session, "calendly", label="Calendly")
    with at_work(session, "grace", "administrator") as grace:

        async def walk() -> None:
            async with console(session, "app Calendly", size=(120, 40)) as pilot:
                await press(pilot, "down", *" mine")
                applications.set_general(grace, "Calendly", {"label": "Calendly theirs"})
                await until(pilot, "Calendly theirs", 20)
                await press(pilot, "ctrl+s")
                await until(pilot, "Changed by grace meanwhile", 20)
                assert "Calendly mine" in text(pilot)

        run(walk())


def test_a_mapping_row_and_an_option_changed_by_two_are_told_and_kept_as_chosen(session: Session) -> None:
    applications.add(session, "calendly", label="Calendly")
    identity.configure(session, "Calendly", "http://127.0.0.1:9/scim", Secret("token-one"))
    with at_work(session, "grace", "administrator") as grace:

        async def walk() -> None:
            async with console(session, "app Calendly idm", size=(120, 50)) as pilot:
                table, options = screen(pilot).query_one("#mapping"), screen(pilot).query_one("#options")
                row = table.kept["externalId"]
                table.put(replace(row, source="jobTitle"))
                options.fields["mode"].field.value = "on-demand"
                mapping_rows.map_source(grace, "Calendly", {"externalId": "alias"})
                identity.set_options(grace, "Calendly", {"concurrency": 2})
                await press(pilot, "ctrl+s")
                await until(pilot, "Changed by grace meanwhile", 20)
                assert "alias   grace" in text(pilot) and "jobTitle" in text(pilot)
                await press(pilot, "enter")  # Save what I typed
                await until(pilot, "Saved Calendly.", 20)

        run(walk())
    kept = next(one for one in identity.mapping(session, "Calendly") if one.path == "externalId")
    view = applications.get(session, "Calendly").connection
    assert view and (kept.source, view.mode, view.concurrency) == ("jobTitle", "on-demand", 2)


@pytest.mark.parametrize("answer", ["mine", "theirs"])
def test_a_placeholder_filled_in_by_two_is_asked_about(session: Session, answer: str) -> None:
    applications.add(session, "calendly", label="Calendly")
    with at_work(session, "grace", "administrator") as grace:

        async def walk() -> None:
            async with console(session, "app Calendly sso", size=(120, 50)) as pilot:
                asked = screen(pilot).query_one("#placeholders").fields["YOUR_ID"].field
                asked.value = "mine"
                sso.fill(grace, "Calendly", {"YOUR_ID": "theirs"})
                await press(pilot, "ctrl+s")
                await until(pilot, "Changed by grace meanwhile", 20)
                await press(pilot, *(() if answer == "mine" else ("tab",)), "enter")
                if answer == "mine":
                    await until(pilot, "Saved Calendly.", 20)
                assert asked.value == answer

        run(walk())
    assert [each.value for each in applications.get(session, "Calendly").placeholders] == [answer]


@pytest.mark.parametrize("answer", ["mine", "theirs"])
def test_an_attribute_changed_by_two_is_asked_about(session: Session, answer: str) -> None:
    applications.add(session, "custom-saml", label="Wiki")
    sso.set_attributes(session, "Wiki", {"mail": "email"})
    with at_work(session, "grace", "administrator") as grace:

        async def walk() -> None:
            async with console(session, "app Wiki sso", size=(120, 50)) as pilot:
                pane = screen(pilot).query_one("SsoPane")
                pane.edit_attribute(next(each for each in pane.detail.attributes if each.name == "mail"))
                await press(pilot)
                screen(pilot).query_one("Form").fields["source"].field.value = "username"
                sso.set_attributes(grace, "Wiki", {"mail": "displayname"})
                await press(pilot, "ctrl+s")
                await until(pilot, "Changed by grace meanwhile", 20)
                await press(pilot, *(() if answer == "mine" else ("tab",)), "enter")
                assert len(pilot.app.screen_stack) == 1

        run(walk())
    (mail,) = [each for each in applications.get(session, "Wiki").attributes if each.name == "mail"]
    assert mail.source == ("username" if answer == "mine" else "displayname")


@pytest.mark.parametrize("answer", ["mine", "theirs"])
def test_a_connection_entered_by_two_is_asked_about_and_the_token_typed_is_not_lost(session: Session, answer: str) -> None:
    applications.add(session, "calendly", label="Calendly")
    identity.configure(session, "Calendly", "http://127.0.0.1:9/scim", Secret("token-one"))
    with at_work(session, "grace", "administrator") as grace:

        async def walk() -> None:
            async with console(session, "app Calendly idm", size=(120, 50)) as pilot:
                fields = screen(pilot).query_one("#connection").fields
                fields["base_url"].field.value, fields["token"].field.value = "http://127.0.0.1:9/mine", "token-mine"
                identity.configure(grace, "Calendly", "http://127.0.0.1:9/theirs", Secret("token-theirs"))
                await press(pilot, "ctrl+s")
                await until(pilot, "Changed by grace meanwhile", 20)
                assert "token-mine" not in text(pilot) and "token-theirs" not in text(pilot)
                await press(pilot, *(() if answer == "mine" else ("tab",)), "enter")
                await until(pilot, "Saved Calendly." if answer == "mine" else "http://127.0.0.1:9/theirs", 20)

        run(walk())
    view = applications.get(session, "Calendly").connection
    assert view and view.base_url == f"http://127.0.0.1:9/{answer}"


def test_a_person_changed_by_two_says_by_whom_and_takes_theirs_at_a_key(session: Session) -> None:
    directory.add_user(session, "ada@harbour.example", "ada@harbour.example", firstname="Ada", lastname="Byron")
    with at_work(session, "grace", "administrator") as grace:

        async def walk() -> None:
            async with console(session, "user ada@harbour.example", size=(120, 40)) as pilot:
                await press(pilot, "e")
                form = screen(pilot).query_one("#person-form")
                form.fields["lastname"].field.value = "King"
                directory.set_user(grace, "ada@harbour.example", {"lastname": "Lovelace"})
                await until(pilot, "Grace changed this person meanwhile", 20)
                assert form.fields["lastname"].field.value == "King" and "Byron → Lovelace" in text(pilot)
                screen(pilot).query_one("#button-theirs").press()
                await press(pilot)
                assert form.fields["lastname"].field.value == "Lovelace"

        run(walk())
