"""The rules of the domain, each met by key presses in a real terminal: what is refused, in which words, and that nothing was changed."""

from __future__ import annotations

import base64

import pytest

from tests.whole.house import House, app, dozen, house, username
from tests.whole.servers import TOKEN, Server

__all__ = ["house"]

ANA, BEN = username("Ana Silva"), username("Ben Okoro")


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
    assert "department" in [each["name"] for each in kept["attributes"]]


# 4. The certificate


def test_4_the_certificate_never_goes_over_another_file_and_can_be_copied(house: House) -> None:
    house.calendly()
    downloads = house.folder / "Downloads"
    downloads.mkdir()
    (downloads / "certificate.pem").write_text("somebody else's")
    with house.console("app", "Calendly", "sso") as console:
        console.press("c")
        console.wait_for("╭─ Download certificate", "Save as", "certificate-calendly.pem")
        console.fill("Save as", str(downloads / "certificate.pem"))
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
    house.do("operators", "add", "ada", "--role", "administrator")
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


# 6. Sign-in: what the application has to know of the identity provider (the flows themselves are walked in a browser)


def test_6_the_sso_tab_gives_what_the_application_has_to_know(house: House) -> None:
    house.calendly()
    with house.console("app", "Calendly", "sso") as console:
        console.wait_for("IdP Entity ID")
        console.wait_for("SSO IdP URL")


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
