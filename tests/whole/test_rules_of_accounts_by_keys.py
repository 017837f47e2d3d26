"""The rules about accounts at an application, each met by key presses in a real terminal: what is refused, what is said before, what is sent."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

from tests.whole.house import ROOT, USHER, House, app, dozen, house, username
from tests.whole.proxy import FaultProxy
from tests.whole.servers import TOKEN, Server, free_port

__all__ = ["house"]

ANA = username("Ana Silva")
NO_SEAT = json.dumps({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "403", "detail": "Your organization has no seats left."}).encode()


# 8. Activation asks the live service


REFUSALS = {
    "nobody": "refuses the connection. Check the host and port of the Base URL",
    "token": "The application refused the token (401 Unauthorized). Make a new token",
    "html": "answers with a web page (HTML)",
    "redirect": "Redirects are not followed, so that the token stays with its host",
    "404": "There is no SCIM service at this Base URL (404 Not Found)",
}


def test_8_a_service_that_is_none_is_refused_with_its_cause_and_nothing_is_active(house: House, scim2_server: Server) -> None:
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
            console.wait_for(said, "it is not active")
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
