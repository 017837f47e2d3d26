"""The article from its first step to its last, by keys alone, in a real terminal, against a SCIM server that nobody here wrote."""

from __future__ import annotations

import pytest
from cryptography import x509

from tests.whole.house import House, dozen, house, username
from tests.whole.servers import TOKEN, Server
from tests.whole.walking import NARROW, WIDE, Console

__all__ = ["house"]

ANA, BEN = username("Ana Silva"), username("Ben Okoro")
SALES = 9
"""Those of the group who are active: the tenth is staged."""


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
def test_the_article_by_keys_alone(house: House, scim2_server: Server, size: tuple[int, int]) -> None:
    house.people(*dozen())
    with house.console("apps", size=size) as console:
        console.wait_for("No applications yet", "to add one from the catalog")
        adds_calendly(console, house)
        sets_up_single_sign_on(console, house)
        downloads_the_certificate(console, house)
        connects_identity_management(console, house, scim2_server)
        lets_sales_in(console, house)
        pushes_them(console, house, scim2_server)
        reads_both_sides_of_an_exchange(console, house)
        suspends_one_and_deletes_another(console, house, scim2_server)
        takes_it_down(console, house, scim2_server)
        assert console.leave() == 0
    assert TOKEN.encode() not in console.output, "the token was drawn"
    assert TOKEN not in house.do("log", "--format", "jsonl") + house.do("activity", "--format", "jsonl")
    assert house.read("activity", "verify")["intact"] is True


def adds_calendly(console: Console, house: House) -> None:
    console.press("a")
    console.wait_for("Add New Application", "Search", "enter Next")
    console.type("calen")
    console.wait_for("1 connector", "PREREQUISITES")
    console.press("enter")
    console.wait_for("Display Label *", "Show in User Portal", "Save Application")
    console.fill("Display Label", "Calendly at work")
    console.fill("Description", "Meetings with customers")
    console.press("ctrl+s")
    console.wait_for("Calendly at work was added", "of 11 done", "Fill in Calendly ID", "Configure Application", "esc Close")
    console.push_button("Configure Application")
    console.wait_until(lambda: console.tab == "SSO", "the SSO tab, where the next thing is to be done")
    (app,) = house.read("apps", "list")
    assert (app["label"], app["sso"], app["idm"]) == ("Calendly at work", "inactive", "inactive")
    assert app["idp_url"] == "https://sso.harbour.example/saml2/calendly-at-work"


def sets_up_single_sign_on(console: Console, house: House) -> None:
    console.wait_for("Fill in Calendly ID (YOUR_ID)", "Replaces YOUR_ID")
    console.fill("Calendly ID", "harbour-42")
    console.press("ctrl+s")
    console.wait_for("Saved Calendly at work")
    console.leave_field()
    console.press("A")
    console.wait_for("SSO of Calendly at work was activated", "SSO ● active")
    shown = house.read("apps", "show", "Calendly at work")
    assert shown["sso"] == "active"
    assert shown["acs_urls"] == ["https://calendly.com/sso/saml/acs/harbour-42"]


def downloads_the_certificate(console: Console, house: House) -> None:
    console.press("c")
    console.wait_for("Download certificate", "Save as", "Downloads/certificate.pem")  # a long path is seen from its end
    console.press("ctrl+s")
    console.wait_for("The certificate was saved", "certificate.pem")
    kept = (house.folder / "Downloads" / "certificate.pem").read_bytes()
    assert x509.load_pem_x509_certificate(kept).fingerprint
    assert b"PRIVATE" not in kept
    assert house.read("apps", "show", "Calendly at work")["certificate"]["state"] == "valid"


def connects_identity_management(console: Console, house: House, server: Server) -> None:
    console.to_tab("Identity Management")
    console.wait_for("Identity Management ○ inactive", "Configure")
    console.press("c")
    console.wait_for("Base URL *", "Token Key")
    console.fill("Base URL", server.base_url)
    console.fill("Token Key", TOKEN)
    console.leave_field()
    console.press("t")
    console.wait_for("The service answers as SCIM")
    assert house.read("apps", "show", "Calendly at work")["idm"] == "inactive", "a test activates nothing"
    console.press("A")
    console.wait_for("The Identity Management integration has been successfully verified", "connect user groups")
    assert house.read("apps", "show", "Calendly at work")["idm"] == "active"
    assert server.users() == [], "activation sends nobody"
    console.push_button("User Groups")


def lets_sales_in(console: Console, house: House) -> None:
    console.wait_until(lambda: console.tab == "User Groups", "the User Groups tab")
    console.wait_for("0 ticked", "Sales")
    console.authorise("Sales")
    console.wait_for("Impact", f"+ {SALES} create")
    assert house.read("apps", "list")[0]["groups"] == [], "nothing is kept before Save"
    console.press("ctrl+s")
    console.wait_for("authorised Sales", "● authorised")
    assert house.read("apps", "list")[0]["groups"] == ["Sales"]


def pushes_them(console: Console, house: House, server: Server) -> None:
    console.press("P")
    console.wait_for("Push to Calendly at work", "Nothing was sent yet", f"+ {SALES}", ANA[:20])
    assert server.users() == [], "a plan sends nothing"
    console.press("p")
    console.answer("Push to Calendly at work?", "y", f"{SALES} accounts are created")
    console.wait_for("✓ succeeded", f"{SALES} of {SALES}", "100 %")
    there = {user["userName"]: user for user in server.users()}
    assert len(there) == SALES
    assert there[ANA]["active"] is True
    assert (there[ANA]["displayName"], there[ANA]["externalId"], there[ANA]["emails"][0]["value"]) == ("Ana Silva", "E001", ANA)
    assert username("Jo Lee") not in there, "staged people are not provisioned"
    assert house.read("pushes", "list")[0]["done"]["create"] == SALES
    assert house.read("apps", "list")[0]["accounts"]["in_step"] == SALES


def reads_both_sides_of_an_exchange(console: Console, house: House) -> None:
    console.go("6", "Provisioning Log")
    console.wait_for("+ create", "✓ succeeded")
    console.open(ANA)
    console.wait_for("REQUEST", "POST", "authorization: [redacted]")
    console.press("G")
    console.wait_for('"id":', '"userName":', '"location":')
    console.press("g", "pagedown")
    console.wait_for("RESPONSE")
    (row,) = house.do("log", "--user", ANA, "--format", "jsonl").splitlines()
    assert '"status": 201' in row


def suspends_one_and_deletes_another(console: Console, house: House, server: Server) -> None:
    console.go("3", "Users")
    console.find(ANA)
    console.press("s")
    console.answer(f"Suspend {ANA}?", "y", "It is reversible", "○ 1 deactivate")
    console.wait_for(f"Suspended {ANA}", "▲ suspended")
    console.find(BEN)
    console.press("d")
    console.answer(f"Delete {BEN} PERMANENTLY?", "y", "this cannot be undone", "✗ 1 at Calendly at work", "Delete permanently")
    console.wait_for(f"Deleted {BEN}")
    assert {user["userName"]: user["active"] for user in server.users()}[ANA] is True, "nothing was sent yet"
    console.go("2", "SSO Applications")
    console.press("enter", "P")
    console.wait_for("deactivate", "delete for good", "1 account is deleted for good: that cannot be undone")
    console.press("p")
    console.answer("Push to Calendly at work?", "y", "1 account is deactivated; it can come back", "1 account is deleted for good")
    console.wait_for("✓ succeeded", "2 of 2")
    there = {user["userName"]: user["active"] for user in server.users()}
    assert (there[ANA], BEN in there, len(there)) == (False, False, SALES - 1)
    assert house.read("why", "Calendly at work", ANA)["entitled"] is False


def takes_it_down(console: Console, house: House, server: Server) -> None:
    before = server.users()
    console.go("2", "SSO Applications")
    console.press("enter")
    console.to_tab("SSO")
    console.leave_field()
    console.press("i")
    console.wait_for("enter Open")
    console.to_row("Deactivate IdM connection")
    console.press("enter")
    console.answer("Deactivate IdM connection?", "y", f"{SALES - 1} accounts", "Confirm")
    console.wait_for("The IdM connection of Calendly at work was deactivated", "accounts stay there as they are")
    assert house.read("apps", "list")[0]["idm"] == "inactive"
    console.to_tab("General Info")
    console.to_tab("SSO")
    console.push_button("Deactivate SSO")
    console.answer("Deactivate SSO?", "y", "Deactivate SSO")
    console.wait_for("SSO of Calendly at work was deactivated")
    assert house.read("apps", "list")[0]["sso"] == "inactive"
    console.go("2", "SSO Applications")
    console.press("space", "d")
    console.wait_for("╭─ Delete Application", f"{SALES - 1} accounts", "to delete")
    console.type("1")
    console.press("enter")
    console.wait_for("No applications yet", "Deleted Calendly at work", f"{SALES - 1} accounts left as they are")
    assert house.read("apps", "list") == []
    assert server.users() == before, "the accounts stay as they are"
