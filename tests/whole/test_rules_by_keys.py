"""The rules of the domain, each met by key presses in a real terminal: what is refused, in which words, and that nothing was changed."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.proxy import FaultProxy
from tests.whole.servers import TOKEN, Server, free_port
from tests.whole.walking import ROOT, USHER, House, dozen, username

ANA, BEN = username("Ana Silva"), username("Ben Okoro")
NO_SEAT = json.dumps({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "403", "detail": "Your organization has no seats left."}).encode()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "house")
    yield made
    made.leave()


def app(house: House, label: str = "Calendly") -> dict[str, object]:
    found: dict[str, object] = house.read("apps", "show", label)
    return found


# 1. Adding an application


def test_1_a_label_is_required_and_unique_and_what_was_typed_stays(house: House) -> None:
    house.calendly()
    with house.console("apps") as console:
        console.add("calen", label="calendly")
        console.wait_for("✗ There is an application labelled 'Calendly' already. Choose another Display Label.")
        console.fill("Description", "the second")
        console.fill("Display Label", "")
        console.press("ctrl+s")
        console.wait_for("✗ The Display Label is required.")
        console.fill("Display Label", "Calendly Two")
        console.to_field("User Portal")
        console.press("space", "ctrl+s")
        console.wait_for("Calendly Two was added", "Configure Application", "esc Close")
        console.close_dialog()
        console.wait_for("Configured Applications", "Calendly Two")
    kept = app(house, "Calendly Two")
    assert (kept["description"], kept["hidden"], len(house.read("apps", "list"))) == ("the second", True, 2)


def test_1_a_bookmark_asks_for_its_url(house: House) -> None:
    with house.console("apps") as console:
        console.begin_adding("bookmark")
        console.fill("Display Label", "Wiki")
        console.press("ctrl+s")
        console.wait_for("✗ The Bookmark URL is empty.")
        console.fill("Bookmark URL", "ftp://wiki")
        console.press("ctrl+s")
        console.wait_for("✗ The Bookmark URL is no http or https address.")
        console.fill("Bookmark URL", "https://wiki.example.com/start")
        console.press("ctrl+s")
        console.wait_for("Wiki was added")
    assert app(house, "Wiki")["url"] == "https://wiki.example.com/start"


def test_1_an_image_that_cannot_be_is_refused_beside_its_field(house: House) -> None:
    with house.console("apps") as console:
        console.begin_adding("calendly")
        console.fill("Image file", house.file("big.png", "\x89PNG" + "x" * 120_000))
        console.press("ctrl+s")
        console.wait_for("✗", "100 KB", "Image file")
    assert house.read("apps", "list") == []


# 2. The SSO IdP URL


def test_2_the_sso_idp_url_is_chosen_once_and_never_edited_again(house: House) -> None:
    house.calendly()
    with house.console("apps") as console:
        console.begin_adding("calendly")
        console.fill("Display Label", "Second")
        console.to_part("Open/close")
        console.press("enter")
        console.wait_for(
            "It will be https://sso.harbour.example/saml2/second", "It can never be edited after the application is created", "delete the application"
        )
        console.fill("SSO IdP URL ends in", "calendly")
        console.wait_for("✗ The SSO IdP URL ending in calendly is that of 'Calendly'.")
        console.fill("SSO IdP URL ends in", "diary")
        console.press("ctrl+s")
        console.wait_for("Second was added", "https://sso.harbour.example/saml2/diary")
        console.close_dialog()
        console.go("2", "SSO Applications")
        console.open("Second")
        console.to_tab("General Info")
        console.press("pagedown", "pagedown")
        console.wait_for("SSO IdP URL https://sso.harbour.example/saml2/diary", "delete")
        with pytest.raises(AssertionError, match="no field"):
            console.to_field("SSO IdP URL", within=10)
    assert app(house, "Second")["idp_url"] == "https://sso.harbour.example/saml2/diary"


def test_2_the_base_url_stays_while_a_saml_application_exists(house: House) -> None:
    house.calendly()
    with house.console("settings") as console:
        console.to_row("https://sso.harbour.example")
        console.press("e")
        console.wait_for("Calendly", "base URL")
    assert {row["key"]: row["value"] for row in house.read("settings", "list")}["base_url"] == "https://sso.harbour.example"


# 3. The SSO tab


def test_3_sso_is_not_activated_while_a_placeholder_is_left(house: House) -> None:
    house.do("apps", "add", "calendly", "--label", "Calendly")
    with house.console("app", "Calendly", "sso") as console:
        console.to_field("Calendly ID")
        console.leave_field()
        console.press("A")
        console.wait_for("SSO cannot be activated while YOUR_ID is left in an SSO field")
        assert app(house)["sso"] == "inactive"
        console.fill("Calendly ID", "YOUR_ID")
        console.press("ctrl+s")
        console.wait_for("is the placeholder, not the value that replaces it")
        console.fill("Calendly ID", "https://calendly.com/42")
        console.press("ctrl+s")
        console.wait_for("is not the value alone")
        console.fill("Calendly ID", "42")
        console.leave_field()
        console.press("A")
        console.wait_for("SSO of Calendly was activated")
    assert app(house)["acs_urls"] == ["https://calendly.com/sso/saml/acs/42"]


def test_3_a_bad_value_is_refused_beside_its_field_and_an_entity_id_is_unique(house: House) -> None:
    house.calendly()
    house.calendly(label="Second")
    with house.console("app", "Second", "sso") as console:
        console.fill("ACS URL", "not-a-url")
        console.press("ctrl+s")
        console.wait_for("✗", "Write it whole")
        console.fill("ACS URL", "https://calendly.com/sso/saml/acs/77")
        taken = app(house)["idp_entity_id"]
        console.fill("IdP Entity ID", str(taken))
        console.press("ctrl+s")
        console.wait_for(f"✗ The IdP Entity ID '{taken}' is that of 'Calendly'. Each application needs one of its own.")
        console.fill("IdP Entity ID", "Harbour for Second")
        console.press("ctrl+s")
        console.wait_for("Saved Second")
        console.leave_field()
        console.press("a")
        console.answer_form("Add attribute", {"Attribute": "department"})
        console.wait_for("The attributes were saved")
    kept = app(house, "Second")
    assert (kept["idp_entity_id"], kept["acs_urls"]) == ("Harbour for Second", ["https://calendly.com/sso/saml/acs/77"])
    assert "department" in [each["name"] for each in kept["attributes"]]  # type: ignore[union-attr, index]


# 4. The certificate


def test_4_the_certificate_never_goes_over_another_file_and_can_be_copied(house: House) -> None:
    house.calendly()
    downloads = house.folder / "Downloads"
    downloads.mkdir()
    (downloads / "certificate.pem").write_text("somebody else's")
    with house.console("app", "Calendly", "sso") as console:
        console.press("c")
        console.wait_for("╭─ Download certificate", "Save as")
        console.press("ctrl+s")
        console.wait_for("already", "Nothing is written over: choose another name.")
        assert (downloads / "certificate.pem").read_text() == "somebody else's"
        console.fill("Save as", str(downloads / "calendly.pem"))
        console.press("ctrl+s")
        console.wait_for("The certificate was saved")
        pem = (downloads / "calendly.pem").read_text()
        assert pem.startswith("-----BEGIN CERTIFICATE-----")
        console.command("Copy certificate")
        console.wait_for("Copied the certificate as PEM")
    assert base64.b64encode(pem.encode()) in console.output, "OSC 52 hands it to the operator's own clipboard"


def test_4_a_confined_operator_has_the_exchange_folder_alone(house: House) -> None:
    house.calendly()
    with house.console("--confined", "app", "Calendly", "sso") as console:
        console.press("c")
        console.wait_for("╭─ Download certificate", "exchange folder")
        console.fill("Save as", "/tmp/certificate.pem")
        console.press("ctrl+s")
        console.wait_for("✗", "exchange folder alone", "Give a bare file name")
        console.fill("Save as", "mine.pem")
        console.press("ctrl+s")
        console.wait_for("The certificate was saved")
    assert (house.store.parent / "exchange" / "mine.pem").read_text().startswith("-----BEGIN CERTIFICATE-----")


# 5. Implicitly denied


def test_5_nobody_comes_in_without_a_group_and_a_group_can_be_made_from_the_application(house: House, scim2_server: Server) -> None:
    house.people(*dozen())
    house.calendly(scim2_server.base_url, TOKEN)
    with house.console("app", "Calendly", "groups") as console:
        console.press("P")
        console.wait_for("Nobody is to be sent", "No active person is in an authorised user group")
        console.press("esc")
        console.wait_until(lambda: console.tab == "User Groups", "to be back")
        console.press("n")
        console.answer_form("Create a user group", {"Name": "Pilots"})
        console.wait_for("Created Pilots. It has no members yet.")
        console.press("ctrl+s")
        console.wait_for("authorised Pilots")
        console.press("P")
        console.wait_for("Nobody is to be sent", "No active person is in an authorised user group")
    assert house.read("why", "Calendly", ANA)["entitled"] is False
    assert scim2_server.users() == []


def test_5_authorising_works_from_the_group_and_leaves_staged_people_out(house: House, scim2_server: Server) -> None:
    house.people(*dozen())
    house.calendly(scim2_server.base_url, TOKEN)
    with house.console("groups") as console:
        console.open("Sales")
        console.wait_for("Members", "Applications")
        console.press("l")
        console.wait_for("Calendly", "Authorise/revoke")
        console.press("t")
        console.answer("Authorise Sales for Calendly?", "y", "+ 9 create")
        console.wait_for("Sales is authorised for Calendly")
    assert house.read("apps", "list")[0]["groups"] == ["Sales"]
    assert house.read("why", "Calendly", username("Jo Lee"))["entitled"] is False


# 6. Sign-in: kept and checked, not issued yet


def test_6_the_sso_tab_says_that_assertions_are_not_issued_yet(house: House) -> None:
    house.calendly()
    with house.console("app", "Calendly", "sso") as console:
        console.wait_for("Nobody can sign in through Usher yet")


# 7. SSO is required


def test_7_identity_management_waits_for_sso_and_sso_for_it(house: House, scim2_server: Server) -> None:
    house.do("apps", "add", "calendly", "--label", "Calendly")
    house.do("apps", "fill", "Calendly", "YOUR_ID=42")
    house.do("idm", "configure", "Calendly", "--base-url", scim2_server.base_url, "--token-file", house.file("token", TOKEN))
    with house.console("app", "Calendly", "idm") as console:
        console.wait_for("SSO is required: activate it on the SSO tab")
        console.press("A")
        console.wait_for("Identity Management needs SSO to be active first. Activate SSO on the SSO tab.")
        assert (app(house)["sso"], app(house)["idm"]) == ("inactive", "inactive")
        house.do("apps", "sso", "Calendly", "activate")
        console.wait_for("SSO ● active")
        console.press("A")
        console.wait_for("has been successfully verified")
        console.close_dialog()
        console.to_tab("SSO")
        console.push_button("Deactivate SSO")
        console.wait_for("SSO cannot be deactivated while Identity Management is active: it requires SSO. Deactivate the IdM connection first.")
    assert (app(house)["sso"], app(house)["idm"]) == ("active", "active")


# 8. Activation asks the live service


REFUSALS = {
    "nobody": "refuses the connection. Check the host and port of the Base URL",
    "token": "The application refused the token (401 Unauthorized). Make a new token",
    "html": "answers with a web page (HTML)",
    "redirect": "Redirects are not followed, so that the token stays with its host",
    "404": "There is no SCIM service at this Base URL (404 Not Found)",
}


def test_8_a_service_that_is_none_is_refused_with_its_cause_and_nothing_is_changed(house: House, scim2_server: Server) -> None:
    house.calendly()
    with FaultProxy(scim2_server.base_url) as between, house.console("app", "Calendly", "idm") as console:
        console.press("c")
        console.wait_for("Leave field")
        for fault, said in REFUSALS.items():
            between.heal()
            if fault not in ("nobody", "token"):
                between.spoil(fault, times=None, location="https://elsewhere.example/scim", body=b'{"detail": "no such page"}')
            console.fill("Base URL", f"http://127.0.0.1:{free_port()}/v2" if fault == "nobody" else between.base_url)
            console.fill("Token Key", TOKEN[::-1] if fault == "token" else TOKEN)
            console.leave_field()
            console.press("A")
            console.wait_for(said, "Nothing was changed.")
            assert app(house)["idm"] == "inactive", fault
        between.heal()
        console.leave_field()
        console.press("A")  # Base URL and token are kept since they were entered
        console.wait_for("has been successfully verified")
    assert app(house)["idm"] == "active"
    assert TOKEN.encode() not in console.output and TOKEN[::-1].encode() not in console.output


def test_8_a_base_url_that_cannot_be_is_refused_beside_its_field(house: House) -> None:
    house.calendly()
    with house.console("app", "Calendly", "idm") as console:
        console.press("c")
        console.wait_for("Leave field")
        console.fill("Token Key", TOKEN)
        for address, said in (
            ("http://scim.example.com/v2", "https"),
            ("https://api.calendly.com/scim/YOUR_TENANT_ID/v2", "still has a placeholder in it (YOUR_TENANT_ID)"),
        ):
            console.fill("Base URL", address)
            console.press("ctrl+s")
            console.wait_for("✗", said)
        console.fill("Base URL", "https://api.calendly.com/scim/42/v2")
        console.fill("Token Key", "two words")
        console.press("ctrl+s")
        console.wait_for("✗ The Token Key has a blank")
    assert b"two words" not in console.output


# 9. Locked while active


def test_9_base_url_and_token_are_locked_while_active_and_another_base_url_is_another_provider(house: House, scim2_server: Server) -> None:
    house.people(*dozen())
    house.calendly(scim2_server.base_url, TOKEN, "Sales")
    with FaultProxy(scim2_server.base_url) as moved, house.console("app", "Calendly", "idm") as console:
        console.push_it("9 accounts are created")
        console.wait_for("✓ succeeded")
        console.press("esc")
        console.to_tab("Identity Management")
        console.wait_for("Locked while Identity Management is active: deactivate the IdM connection, change it, activate it again")
        with pytest.raises(AssertionError, match="no field"):
            console.to_field("Base URL", within=6)
        console.command("Deactivate IdM connection")
        console.answer("Deactivate IdM connection?", "y", "9 accounts")
        console.wait_for("IdM ○ inactive")
        console.fill("Base URL", moved.base_url)
        console.fill("Token Key", TOKEN)
        console.leave_field()
        console.press("A")
        console.wait_for("has been successfully verified")
        console.close_dialog()
        console.press("P")
        console.wait_for("Nothing was sent yet", "+ 9")
        console.press("p")
        console.answer("Push to", "y", "9 accounts are created")
        console.wait_for("✓ succeeded")
        assert moved.count("POST") == 0, "everybody was there: adopted, not doubled"
    assert len(scim2_server.users()) == 9
    assert house.read("pushes", "list")[0]["done"]["adopt"] == 9


# 10. Groups are not provisioned where they are not supported


def test_10_groups_are_never_called(house: House, scim2_server: Server) -> None:
    house.people(*dozen())
    with FaultProxy(scim2_server.base_url) as between:
        house.calendly(between.base_url, TOKEN, "Engineering", active=False)
        with house.console("app", "Calendly", "idm") as console:
            console.press("A")
            console.wait_for("has been successfully verified")
            console.close_dialog()
            console.push_it("1 account is created", "1 person cannot be sent")
            console.wait_until(lambda: house.read("pushes", "list")[0]["state"] == "failed", "its end")
        assert between.count(path="/Groups") == 0
        assert between.count("POST", path="/Users") == 1, "build-bot is no e-mail address"


# 11. The mapping


def test_11_a_required_row_stays_on_and_others_can_be_switched(house: House, scim2_server: Server) -> None:
    house.people(*dozen())
    house.calendly(scim2_server.base_url, TOKEN, "Sales")
    with house.console("app", "Calendly", "idm") as console:
        console.to_part("● on    userName")
        for row in ("userName", "active"):
            console.to_row(row)
            console.press("space")
            console.wait_for(f"{row} is required by the application and cannot be switched off")
        console.to_row("externalId")
        console.press("space")
        console.wait_for("not saved")
        console.press("ctrl+s")
        console.wait_for("Saved Calendly")
        console.push_it("9 accounts are created")
        console.wait_for("✓ succeeded")
    assert {row["path"]: row["on"] for row in house.read("idm", "mapping", "Calendly", "list")} == {
        "userName": True,
        "emails.value": True,
        "active": True,
        "displayName": True,
        "externalId": False,
    }
    assert not any(user.get("externalId") for user in scim2_server.users())


def test_11_a_username_that_is_no_e_mail_address_is_a_named_failure_with_the_way_out(house: House, scim2_server: Server) -> None:
    house.people(*dozen())
    house.calendly(scim2_server.base_url, TOKEN, "Engineering")
    with house.console("app", "Calendly") as console:
        console.press("P")
        console.wait_for("1 person cannot be sent")
        console.to_row("build-bot")
        console.wait_for("The userName build-bot is no e-mail address, and this application takes nothing else. Map userName to email.")
        console.press("p")
        console.answer("Push to Calendly?", "y", "1 person cannot be sent, and will be among the failures")
        console.wait_for("✗ failed", "1 failed")
        console.wait_until(lambda: len(scim2_server.users()) == 1, "the other one to be created")
    assert [user["userName"] for user in scim2_server.users()] == [username("Kai Falk")]


# 12. Leaving


def test_12_a_group_that_is_taken_out_deactivates_and_says_that_it_can_come_back(house: House, scim2_server: Server) -> None:
    house.people(*dozen())
    house.calendly(scim2_server.base_url, TOKEN, "Sales", "Engineering")
    house.usher("push", "Calendly")
    with house.console("app", "Calendly", "groups") as console:
        console.to_row("Engineering")
        console.press("space")
        console.wait_for("Impact", "○ 1 deactivate")
        console.press("ctrl+s")
        console.answer("Remove 1 user group?", "y", "Deactivated accounts can come back; nothing is deleted by this")
        console.wait_for("removed Engineering")
        console.push_it("1 account is deactivated; it can come back")
        console.wait_for("✓ succeeded")
    there = {user["userName"]: user["active"] for user in scim2_server.users()}
    assert (there[username("Kai Falk")], len(there)) == (False, 10)


def test_12_a_deletion_is_permanent_and_says_so_before(house: House, scim2_server: Server) -> None:
    house.people(*dozen())
    house.calendly(scim2_server.base_url, TOKEN, "Sales")
    house.usher("push", "Calendly")
    with house.console("users") as console:
        console.find(ANA)
        console.press("d")
        console.wait_for(f"╭─ Delete {ANA} PERMANENTLY?", "1 account is deleted PERMANENTLY by the next push; this cannot be undone")
        console.press("enter")  # the way out has the focus
        console.wait_for("PERMANENTLY?", gone=True)
    assert len(house.read("users", "list")) == 12


def test_12_what_is_left_behind_is_said_with_a_count_and_how_people_can_be_removed_there(house: House, scim2_server: Server) -> None:
    house.people(*dozen())
    house.calendly(scim2_server.base_url, TOKEN, "Sales")
    house.usher("push", "Calendly")
    with house.console("app", "Calendly") as console:
        console.command("Deactivate IdM connection")
        console.wait_for("╭─ Deactivate IdM connection?", "9 accounts", "identity provider")
        console.close_dialog()
        console.go("2", "SSO Applications")
        console.press("space", "d")
        console.wait_for("╭─ Delete Application", "9 accounts", "identity provider")
        console.close_dialog()
    assert app(house)["idm"] == "active"


# 13. No free seat


def test_13_no_free_seat_is_said_in_the_applications_own_words_and_the_rest_goes_on(house: House, scim2_server: Server) -> None:
    house.people(*dozen())
    with FaultProxy(scim2_server.base_url) as between:
        house.calendly(between.base_url, TOKEN, "Engineering")
        house.usher("push", "Calendly")
        house.do("apps", "authorize", "Calendly", "Sales")
        house.do("users", "suspend", username("Kai Falk"))
        between.spoil("403", method="POST", times=None, body=NO_SEAT)
        with house.console("app", "Calendly") as console:
            console.push_it("1 account is deactivated")
            console.wait_for("✗ failed", "100 %")
            console.to_row(ANA[:14])
            console.press("enter")
            console.wait_for("Your organization has no seats left.", "Free a seat in the application")
    there = {user["userName"]: user["active"] for user in scim2_server.users()}
    assert there == {username("Kai Falk"): False}, "the deactivation went on"


# 14. Taking down


def test_14_only_the_right_number_deletes_and_a_bookmark_is_deactivated_first_on_its_tab(house: House) -> None:
    house.calendly()
    house.do("apps", "add", "bookmark", "--label", "Wiki", "--url", "https://wiki.example.com")
    with house.console("app", "Wiki") as console:
        console.to_tab("Bookmark")
        console.push_button("Deactivate Bookmark")
        console.answer("Deactivate Bookmark?", "y")
        console.wait_for("○ inactive")
        assert app(house, "Wiki")["sso"] == "inactive"
        console.go("2", "SSO Applications")
        console.press("space", "j", "space", "d")
        console.wait_for("╭─ Delete", "Calendly", "Wiki", "to delete")
        console.type("1")
        console.press("enter")
        console.wait_for("✗ Type 2 to go on")
        assert len(house.read("apps", "list")) == 2
        console.press("backspace")
        console.type("2")
        console.press("enter")
        console.wait_for("No applications yet", "Deleted")
    assert house.read("apps", "list") == []


def test_14_a_push_under_way_is_cancelled_first(house: House, scim2_server: Server) -> None:
    house.people(*dozen())
    with FaultProxy(scim2_server.base_url) as between:
        house.calendly(between.base_url, TOKEN, "Sales")
        house.do("idm", "set", "Calendly", "concurrency=1")
        between.spoil("slow", method="POST", times=None, seconds=0.4)
        with house.console("app", "Calendly") as console:
            console.push_it("9 accounts are created")
            console.wait_for("of 9", "● running")
            console.press("esc")
            console.wait_until(lambda: bool(console.tab), "to be back")
            console.command("Deactivate IdM connection")
            console.answer("Deactivate IdM connection?", "y", "A push under way is cancelled")
            console.wait_for("The IdM connection of Calendly was deactivated")
    assert house.read("pushes", "list")[0]["state"] == "cancelled"
    assert len(scim2_server.users()) < 9


# 15. By itself, and on demand


def test_15_changes_go_out_by_themselves_until_it_is_set_to_on_demand_only(house: House, scim2_server: Server) -> None:
    house.people(*dozen())
    house.calendly(scim2_server.base_url, TOKEN, "Engineering")
    worker = subprocess.Popen([*USHER, "worker"], cwd=ROOT, env={**os.environ, **house.env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with house.console("app", "Calendly", "idm") as console:
            console.to_field("Push")
            console.wait_for("● on demand only")
            console.press("left", "ctrl+s")
            console.wait_for("Saved Calendly", "● automatic")
            console.wait_until(lambda: scim2_server.user(username("Kai Falk")) is not None, "the automatic push")
            console.to_field("Push")
            console.press("right", "ctrl+s")
            console.wait_for("● on demand only")
            console.wait_until(lambda: "'on-demand'" in str(app(house)), "it to be kept")
        house.do("users", "suspend", username("Kai Falk"))
        house.do("users", "add", "lea@harbour.example", "--email", "lea@harbour.example")
        house.do("apps", "authorize", "Calendly", "Sales")
        before = len(house.read("pushes", "list"))
        with house.console("pushes") as console:
            console.settle(2.5)
        assert len(house.read("pushes", "list")) == before
        assert scim2_server.user(username("Kai Falk"))["active"] is True  # type: ignore[index]
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(10)
