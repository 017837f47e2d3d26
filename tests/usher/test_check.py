"""Before an application goes live: whatever would go wrong at the first sign-in or push is named."""

from __future__ import annotations

import pytest

from tests.kit import SteppingClock
from usher.services import applications, authorizations, check, directory, sso
from usher.services.session import Session


@pytest.fixture
def calendly(session: Session) -> Session:
    """Calendly, ready but for its connection; two people in scope."""
    applications.add(session, "calendly", label="Calendly")
    sso.fill(session, "Calendly", {"YOUR_ID": "42"})
    sso.activate(session, "Calendly")
    directory.add_group(session, "Sales")
    for name in ("ann", "bob"):
        directory.add_user(session, f"{name}@harbour.example", f"{name}@harbour.example", displayname=name.title(), employee_identifier=name)
    directory.add_members(session, "Sales", ["ann@harbour.example", "bob@harbour.example"])
    authorizations.authorize(session, "Calendly", ["Sales"])
    return session


def broken(session: Session) -> dict[str, str]:
    return {each.check: each.detail for each in check.run(session, "Calendly", live=False).checks if not each.holds}


def test_what_is_ready_is_ready(calendly: Session) -> None:
    found = check.run(calendly, "Calendly", live=False)
    assert found.ready and found.people == 2


def test_a_nameid_that_is_not_the_provisioned_name_is_told_by_name(calendly: Session) -> None:
    directory.set_user(calendly, "ann@harbour.example", {"email": "ann.other@harbour.example"})
    told = broken(calendly)["NameID equals the provisioned identifier"]
    assert "ann@harbour.example: NameID ann.other@harbour.example, userName ann@harbour.example" in told and "bob" not in told


def test_two_people_with_one_nameid_are_told(calendly: Session) -> None:
    directory.set_user(calendly, "ann@harbour.example", {"email": "Bob@harbour.example"})
    assert "ann@harbour.example and bob@harbour.example share bob@harbour.example" in broken(calendly)["NameIDs are unique"]


def test_somebody_without_a_nameid_is_told(calendly: Session) -> None:
    sso.set_fields(calendly, "Calendly", {"nameid_source": "firstname"})
    assert "ann@harbour.example; bob@harbour.example" in broken(calendly)["everybody has a NameID"]


def test_placeholders_an_inactive_sso_and_an_empty_scope_are_told(session: Session) -> None:
    applications.add(session, "calendly", label="Calendly")
    assert {"placeholders are filled in", "SSO is active", "somebody is let in"} <= set(broken(session))


def test_a_certificate_near_its_end_is_told(calendly: Session, clock: SteppingClock) -> None:
    clock.forward(days=5 * 365 - 20)
    assert "expiring" in broken(calendly)["the certificate holds"]


def test_a_connection_that_is_not_there_is_told(calendly: Session) -> None:
    found = {each.check: each for each in check.run(calendly, "Calendly").checks}
    assert not found["the connection works"].holds


def test_a_suspended_person_is_out_of_scope(calendly: Session) -> None:
    directory.set_user(calendly, "ann@harbour.example", {"email": "bob@harbour.example"})
    directory.suspend(calendly, ["ann@harbour.example"])
    assert not broken(calendly)


@pytest.mark.parametrize(("source", "warned"), [("email", True), ("displayname", True), ("id", False)])
def test_a_persistent_nameid_that_may_pass_on_is_warned_of_and_stops_nothing(calendly: Session, source: str, warned: bool) -> None:
    assert not any(each.warns for each in check.run(calendly, "Calendly", live=False).checks), "another format promises nothing"
    sso.set_fields(calendly, "Calendly", {"nameid_format": "persistent", "nameid_source": source})
    found = [each for each in check.run(calendly, "Calendly", live=False).checks if "persistent" in each.check]
    assert [(each.holds, each.warns) for each in found] == [(True, warned)]
    assert ("given to somebody else" in found[0].detail) == warned
