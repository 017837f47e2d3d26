"""An application by keys: general info, SSO, user groups, users, log; what is refused, and what is asked before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenes import settled
from tests.stages import build, harbour
from tests.stages_application import active, nobody, with_sso
from tests.stages_push import failed
from tests.tui.kit import console, focused, place, press, run, screen, text, until
from usher.services import applications, authorizations, sso
from usher.services.session import Session


@pytest.fixture
def works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.delenv("TMUX", raising=False)
    session = build(harbour, tmp_path / "works")
    session.downloads = tmp_path / "Downloads"
    return session


def words(seen: str) -> str:
    """What stands there, as one line: a sentence may be wrapped, in a dialog or a toast."""
    return " ".join(seen.translate({ord("│"): " ", ord("▌"): " "}).split())


# Tabs and panel


def test_tabs_are_gone_through_by_brackets_and_by_arrows_on_their_line(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly", size=(80, 24)) as pilot:
            for tab in ("sso", "idm", "groups", "users", "log", "general"):
                await press(pilot, "right")
                assert screen(pilot).current_tab == tab
            await press(pilot, "left", "left")
            assert screen(pilot).current_tab == "users"
            await press(pilot, "right_square_bracket")
            assert "Nothing was pushed yet." in text(pilot)
            await press(pilot, "left_square_bracket")
            assert "person0001@harbour.example" in text(pilot)

    run(walk())


def test_a_tab_is_shown_by_a_click(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly", size=(80, 24)) as pilot:
            await pilot.click("TabLine", offset=(45, 0))
            await settled(pilot)
            assert "Authorised user groups" in text(pilot)

    run(walk())


def test_an_application_has_only_the_tabs_that_belong_to_it(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Staff handbook", size=(80, 24)) as pilot:
            assert [tab.title for tab in screen(pilot).tabs] == ["General Info", "Bookmark", "User Groups"]

    run(walk())


def test_the_panel_says_what_is_not_yet_done_and_leads_there(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly", size=(120, 40)) as pilot:
            assert "NOT YET DONE" in text(pilot) and "Fill in Calendly ID" in text(pilot)
            assert screen(pilot).current_tab != "sso"
            await press(pilot, "i", "enter")
            assert screen(pilot).current_tab == "sso"

    run(walk())


def test_an_application_deleted_meanwhile_is_said_to_be_gone(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Travel desk") as pilot:
            applications.delete(works, ["Travel desk"], 1)
            await until(pilot, "Travel desk was deleted.")

    run(walk())


def test_coming_back_finds_the_same_tab(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps") as pilot:
            await press(pilot, "enter", "right", "right", "right", "enter", "enter")
            assert place(pilot) == "group"
            await press(pilot, "escape")
            assert screen(pilot).current_tab == "groups"

    run(walk())


def test_the_way_to_deactivate_stands_last_and_never_under_the_cursor_that_comes(tmp_path: Path) -> None:
    works = build(active, tmp_path / "w")

    async def walk() -> None:
        for size in ((80, 24), (120, 40)):
            async with console(works, "app Calendly", size=size) as pilot:
                seen = await press(pilot, "i")
                assert focused(pilot).target.to == "users", "the first thing to do"
                assert seen.index("Push 1") < seen.index("Deactivate IdM connection")
                await press(pilot, "G")
                assert focused(pilot).target.to == "idm-off"

    run(walk())


def test_a_long_value_shows_its_beginning_and_while_it_is_typed_its_end(works: Session) -> None:
    works.downloads = Path("/a-folder-with-a-long-name/and-another-folder-with-a-long-name")
    url = "https://calendly.com/sso/saml/acs/a-rather-long-identifier-0123456789"

    async def walk() -> None:
        async with console(works, "app Calendly sso", size=(80, 24)) as pilot:
            fields = screen(pilot).query_one("#fields").fields
            fields["acs_urls"].field.value = url
            await settled(pilot)
            fields["acs_urls"].scroll_visible(animate=False)
            await settled(pilot)
            assert "https://calendly.com/sso" in text(pilot) and "0123456789" not in text(pilot)
            fields["acs_urls"].field.focus()
            assert "0123456789" in await press(pilot, "end")
            await press(pilot, "escape")
            assert "https://calendly.com/sso" in text(pilot) and "0123456789" not in text(pilot)
            assert "/certificate.pem" in await press(pilot, "c")

    run(walk())


# General Info


def test_general_info_is_edited_and_saved(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly") as pilot:
            assert "General Info •" in await press(pilot, "down", *" at sea")
            seen = await press(pilot, "ctrl+s")
            assert "✓ Saved Calendly at sea." in seen and "General Info •" not in seen
            assert applications.get(works, "Calendly at sea").slug == "calendly"

    run(walk())


def test_the_sso_idp_url_cannot_be_typed_in_and_says_why(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly", size=(80, 40)) as pilot:
            seen = words(text(pilot))
            assert "Cannot be changed after the application is created." in seen and "delete the application and add it again" in seen
            await press(pilot, *["down"] * 7)
            assert "ctrl+s Save" in text(pilot) and focused(pilot).id == "button-save", "the field is passed over"

    run(walk())


def test_a_taken_label_is_refused_beside_its_field_and_stays_typed(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly", size=(80, 24)) as pilot:
            seen = await press(pilot, "down", "ctrl+u", *"travel desk", "ctrl+s")
            assert "✗ There is an application labelled 'Travel desk' already." in words(seen) and "travel desk" in seen

    run(walk())


def test_leaving_with_something_typed_asks_first(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps") as pilot:
            await press(pilot, "enter", "down", *"!", "escape", "escape")
            assert "What you changed under General Info is not saved." in text(pilot)
            await press(pilot, "enter")
            assert place(pilot) == "app", "Cancel is what enter does"
            await press(pilot, "escape", "y")
            assert place(pilot) == "apps"
            seen = await press(pilot, "enter")
            assert "General Info •" not in seen and "Calendly!" not in seen, "what was typed is not there any more"

    run(walk())


@pytest.mark.parametrize(("way", "label"), [("enter", "Mine"), ("tab,enter", "Theirs")])
def test_a_field_changed_by_both_is_shown_with_what_it_was_is_and_would_be(works: Session, way: str, label: str) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly", size=(80, 24)) as pilot:
            await press(pilot, "down", "ctrl+u", *"Mine")
            applications.set_general(replace(works), "Calendly", {"label": "Theirs", "description": "Theirs too"})
            await until(pilot, "Theirs too")
            assert "Mine" in text(pilot), "what is being typed stays"
            seen = await press(pilot, "ctrl+s")
            assert "Changed by ada meanwhile" in seen, "at another terminal, under the same name"
            assert "was    Calendly" in seen and "now    Theirs" in seen and "yours  Mine" in seen
            await press(pilot, *way.split(","))
            kept = applications.list_(works)
            assert label in [app.label for app in kept]
            assert applications.get(works, label).description == "Theirs too"

    run(walk())


def test_changes_of_different_fields_do_not_meet(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly", size=(80, 24)) as pilot:
            await press(pilot, "down", *" mine")
            applications.set_general(replace(works), "Calendly", {"description": "Theirs"})
            await until(pilot, "Theirs")
            await press(pilot, "ctrl+s")
            assert applications.get(works, "Calendly mine").description == "Theirs"

    run(walk())


# SSO


def test_placeholders_are_filled_in_and_sso_activated(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly sso", size=(80, 24)) as pilot:
            seen = text(pilot)
            assert "▲ Fill in Calendly ID (YOUR_ID), then activate." in seen
            await press(pilot, *"abc-1", "escape")
            seen = await press(pilot, "A")
            assert "SSO of Calendly was activated." in seen and "SSO  ● active" in seen
            saml = applications.get(works, "Calendly").saml
            assert saml is not None and saml.sp_entity_id.endswith("/abc-1")

    run(walk())


def test_sso_is_not_activated_while_a_placeholder_is_left(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly sso", size=(80, 24)) as pilot:
            seen = await press(pilot, "escape", "A")
            assert "✗ SSO cannot be activated while YOUR_ID is left in an SSO field." in words(seen)
            assert applications.get(works, "Calendly").sso == "inactive"

    run(walk())


def test_a_bad_address_is_refused_beside_its_field(works: Session) -> None:
    sso.fill(works, "Calendly", {"YOUR_ID": "abc"})

    async def walk() -> None:
        async with console(works, "app Calendly sso", size=(80, 40)) as pilot:
            screen(pilot).query_one("#fields").fields["acs_urls"].field.focus()
            seen = words(await press(pilot, "ctrl+u", *"http://app.example/acs", "ctrl+s"))
            assert "is not encrypted" in seen and "http://app.example/acs" in seen
            assert applications.get(works, "Calendly").saml.acs_urls == ("https://calendly.com/sso/saml/acs/abc",)  # type: ignore[union-attr]

    run(walk())


def test_the_values_are_copied_with_one_key_each(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly sso") as pilot:
            pilot.app.screen.query_one("#values").focus()
            assert "Copied the IdP Entity ID." in await press(pilot, "y")
            assert pilot.app.clipboard == "Harbour Works"
            await press(pilot, "j", "y")
            assert pilot.app.clipboard == "https://sso.harbour.example/saml2/calendly"
            await press(pilot, "j", "y")
            assert pilot.app.clipboard.startswith("-----BEGIN CERTIFICATE-----")
            await press(pilot, "j", "y")
            assert pilot.app.clipboard == "https://sso.harbour.example/saml2/calendly/metadata"

    run(walk())


def test_the_certificate_goes_to_downloads_and_never_over_another_file(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly sso", size=(80, 24)) as pilot:
            seen = await press(pilot, "escape", "c")
            assert "Download certificate" in seen
            seen = await press(pilot, "enter")
            target = works.downloads / "certificate.pem"
            assert "The certificate was saved." in seen and target.read_text().startswith("-----BEGIN CERTIFICATE-----")
            target.write_text("something else")
            assert "certificate-calendly.pem" in await press(pilot, "c"), "a name that is free"
            seen = await press(pilot, "ctrl+u", *str(target), "enter")
            assert "✗ There is a file of that name" in seen and "Download certificate" in seen, seen
            assert target.read_text() == "something else"

    run(walk())


def test_attributes_are_added_changed_and_removed(works: Session) -> None:
    def attributes() -> dict[str, str]:
        return {each.name: each.source or f"={each.constant}" for each in applications.get(works, "Calendly").attributes}

    async def walk() -> None:
        async with console(works, "app Calendly sso", size=(120, 40)) as pilot:
            await press(pilot, "escape", "a", *"staffId", "down", "ctrl+s")
            assert attributes()["staffId"] == "username"
            pilot.app.screen.query_one("#attributes").focus()
            await press(pilot, "G", "enter", "left", "tab", *"Harbour", "ctrl+s")
            assert attributes()["staffId"] == "=Harbour"
            assert "Remove 1 attribute?" in await press(pilot, "x")
            await press(pilot, "enter")
            assert "staffId" in attributes(), "Cancel is what enter does"
            await press(pilot, "x", "y")
            assert "staffId" not in attributes()
            assert "The application requires this attribute" in words(await press(pilot, "g", "x"))

    run(walk())


def test_deactivating_sso_names_how_many_it_concerns_and_cancel_comes_first(tmp_path: Path) -> None:
    works = build(with_sso, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly sso", size=(80, 24)) as pilot:
            seen = await press(pilot, "colon", *"deactivate sso", "enter")
            assert "11 people are entitled to Calendly; none of" in words(seen)
            await press(pilot, "enter")
            assert applications.get(works, "Calendly").sso == "active"
            seen = await press(pilot, "colon", *"deactivate sso", "enter", "y")
            assert "SSO of Calendly was deactivated." in seen and applications.get(works, "Calendly").sso == "inactive"

    run(walk())


def test_sso_stays_while_identity_management_needs_it_and_says_what_to_do(tmp_path: Path) -> None:
    works = build(active, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly sso", size=(120, 40)) as pilot:
            pilot.app.screen.query_one("#button-deactivate").focus()
            seen = words(await press(pilot, "enter"))
            assert "it requires SSO. Deactivate the IdM connection first." in seen
            assert applications.get(works, "Calendly").sso == "active"

    run(walk())


def test_a_bookmark_is_deactivated_and_activated(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Staff handbook sso") as pilot:
            pilot.app.screen.query_one("#button-deactivate").focus()
            assert "12 people lose its tile in the portal." in await press(pilot, "enter")
            await press(pilot, "y")
            assert applications.get(works, "Staff handbook").sso == "inactive"
            pilot.app.screen.query_one("#button-activate").focus()
            assert "was activated" in await press(pilot, "enter")

    run(walk())


# User Groups


def test_ticks_say_what_they_would_bring_and_save_keeps_them(tmp_path: Path) -> None:
    works = build(nobody, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly groups", size=(80, 24)) as pilot:
            seen = await press(pilot, "G", "space")
            assert "Impact  + 11 create" in seen and "11 people come in" in seen and "+ to add" in seen
            assert applications.get(works, "Calendly").groups == ()
            assert "Calendly: authorised Staff." in await press(pilot, "ctrl+s")
            assert applications.get(works, "Calendly").groups == ("Staff",)

    run(walk())


def test_taking_a_group_out_asks_with_the_number_of_people(tmp_path: Path) -> None:
    works = build(failed, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly groups", size=(80, 24)) as pilot:
            seen = await press(pilot, "g", "space", "ctrl+s")
            assert "Remove 1 user group?" in seen and "lose access to Calendly." in words(seen) and "deactivate" in seen
            await press(pilot, "enter")
            assert "All Staff" in applications.get(works, "Calendly").groups, "Cancel is what enter does"
            await press(pilot, "ctrl+s", "y")
            assert "All Staff" not in applications.get(works, "Calendly").groups

    run(walk())


def test_a_group_is_made_from_there(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly groups") as pilot:
            seen = await press(pilot, "n", *"Pilots", "enter")
            assert "Pilots" in seen and "+ to add" in seen
            await press(pilot, "ctrl+s")
            assert applications.get(works, "Calendly").groups == ("Pilots", "Staff")
            assert "✗ There is a group Pilots already." in await press(pilot, "n", *"pilots", "enter")

    run(walk())


def test_ticks_stay_over_what_somebody_else_changes_meanwhile(tmp_path: Path) -> None:
    works = build(with_sso, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly groups", size=(80, 24)) as pilot:
            await press(pilot, "g", "space")
            authorizations.authorize(replace(works), "Calendly", ["Office"])
            await until(pilot, "3 ticked")
            await press(pilot, "ctrl+s")
            assert applications.get(works, "Calendly").groups == ("Crane drivers", "Office", "Staff")

    run(walk())


def test_a_reader_cannot_tick(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly groups", read_only=True) as pilot:
            seen = await press(pilot, "space")
            assert "This console is for reading only." in seen and "1 ticked" in seen

    run(walk())


# Users and Log


def test_everyone_in_scope_or_with_an_account_is_listed_with_how_they_stand(tmp_path: Path) -> None:
    works = build(failed, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly users", size=(120, 40)) as pilot:
            seen = text(pilot)
            assert "52 people" in seen and "✗ 9 failed" in seen and "deletion" in seen and "✗ blocked" in seen
            seen = await press(pilot, "j", "j", "j")
            assert "✗ Your organization has no seats left." in seen

    run(walk())


def test_why_shows_the_chain_and_one_person_can_be_pushed(tmp_path: Path) -> None:
    works = build(active, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly users", size=(80, 24)) as pilot:
            seen = await press(pilot, "w") + await press(pilot, "G")
            assert "✓ Let in." in seen and "✓ In an authorised user group" in seen and "The next push creates it." in words(seen)
            await press(pilot, "escape", "p")
            assert place(pilot) == "push" and "1 person" in text(pilot)

    run(walk())


def test_nothing_is_pushed_before_identity_management_is_active(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly users") as pilot:
            assert "Nothing can be pushed: Identity Management is not active." in words(await press(pilot, "p"))

    run(walk())


def test_the_log_is_this_application_s_alone(tmp_path: Path) -> None:
    works = build(failed, tmp_path / "w")

    async def walk() -> None:
        async with console(works, "app Calendly log", size=(120, 40)) as pilot:
            assert "✗ failed" in text(pilot) and "build-bot" in text(pilot)
            await press(pilot, "enter")
            assert place(pilot) == "operation"
        async with console(works, "app Travel desk", size=(80, 24)) as pilot:
            assert "Log" not in text(pilot).split("General Info")[1].split("\n")[0]

    run(walk())


def test_who_leaves_may_save_first(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "apps") as pilot:
            await press(pilot, "enter", "down", *" two", "escape", "escape")
            assert "Leave without saving?" in text(pilot)
            await press(pilot, "s")
            await until(pilot, "Configured Applications", 20)
            await press(pilot)
            assert len(pilot.app.screen_stack) == 1 and place(pilot) == "apps"
            assert any(app.label.endswith(" two") for app in applications.list_(works))

    run(walk())


def test_a_refused_save_keeps_who_wanted_to_leave(works: Session) -> None:
    async def walk() -> None:
        async with console(works, "app Calendly") as pilot:
            await press(pilot, "down", "home", "ctrl+k", "escape", "3", "s")
            await until(pilot, "✗", 20)
            assert place(pilot) == "app"

    run(walk())
