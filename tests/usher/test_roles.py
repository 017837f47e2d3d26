"""Roles: every verb of the services that changes something, or reaches outside the store, asks for a role of its own."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from store.activity import Actor
from store.errors import Refused, UsherError
from store.secrets import Secret
from tests.usher.verbs import verbs
from usher.services import applications, directory, operators
from usher.services.session import MAY, Session

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def given(*words: Any, **named: Any) -> Arguments:
    """What a verb is called with, after the session."""
    return words, named


# What each verb needs, and something to call it with: what it says to that matters as little as whether such a thing is there.
OPERATOR: dict[str, Arguments] = {
    "anchors.of_file": given(Path("anchors.jsonl")),
    "certificates.save_certificate": given("Wiki", Path("wiki.pem")),
    "directory.add_user": given("bo@harbour.example", "bo@harbour.example"),
    "directory.set_user": given("ada@harbour.example", {"firstname": "Ada"}),
    "directory.suspend": given(["ada@harbour.example"]),
    "directory.activate": given(["ada@harbour.example"]),
    "directory.delete_users": given(["ada@harbour.example"]),
    "files.read_file": given(Path("people.csv"), 1000),
    "files.write_file": given(Path("notes.txt"), b""),
    "groups.add_group": given("Sales"),
    "groups.rename_group": given("Crew", "Staff"),
    "groups.delete_group": given("Crew"),
    "groups.add_members": given("Crew", ["ada@harbour.example"]),
    "groups.remove_members": given("Crew", ["ada@harbour.example"]),
    "idp_metadata.save": given("Wiki", Path("metadata.xml")),
    "identity.test": given("Calendly"),
    "images.read_image": given(Path("logo.png")),
    "imports.preview": given(Path("people.csv")),
    "imports.run": given(Path("people.csv")),
    "passwords.make_link": given("ada@harbour.example"),
    "passwords.set_password": given("ada@harbour.example", "a long enough password"),
    "portal_sessions.end_all": given("ada@harbour.example"),
    "pushes.plan": given("Calendly"),
    "pushes.start": given("01P", worker=False),
    "pushes.approve": given("01P", worker=False),
    "pushes.pause": given("01P"),
    "pushes.resume": given("01P", worker=False),
    "pushes.cancel": given("01P"),
    "pushes.retry": given("01P", worker=False),
    "second_factor.remove": given("ada@harbour.example"),
    "sp_metadata.read": given(Path("metadata.xml")),
}
ADMINISTRATOR: dict[str, Arguments] = {
    "applications.add": given("calendly", label="Calendly two"),
    "applications.set_general": given("Calendly", {"description": "x"}),
    "authorizations.authorize": given("Calendly", ["Crew"]),
    "authorizations.revoke": given("Calendly", ["Crew"]),
    "authorizations.replace": given("Calendly", ["Crew"]),
    "authorizations.replace_for_group": given("Crew", ["Calendly"]),
    "backup.backup": given(Path("copy.db")),
    "backup.make": given(Path("copy.db")),
    "identity.configure": given("Calendly", "http://127.0.0.1:9/scim", Secret("token")),
    "identity.activate": given("Calendly"),
    "identity.deactivate": given("Calendly"),
    "identity_options.set_options": given("Calendly", {"mode": "on-demand"}),
    "keys.rewrap": given(),
    "keys.rotate": given(),
    "keys.to_command": given(["false"]),
    "keys.to_file": given(),
    "keys.to_passphrase": given(Secret("a long enough passphrase")),
    "mapping_rows.map_source": given("Calendly", {"externalId": "username"}),
    "mapping_rows.map_constant": given("Calendly", {"title": "x"}),
    "mapping_rows.switch": given("Calendly", ["externalId"], False),
    "newer_connector.take_over": given("Calendly", "sso.nameid_format"),
    "operators.add": given("zoe", "viewer"),
    "operators.set_": given("zoe", {"role": "viewer"}),
    "operators.remove": given("zoe"),
    "removal.delete": given(["Calendly"], 1),
    "rotation.activate": given("Wiki"),
    "rotation.restore": given("Wiki"),
    "rotation.retire": given("Wiki"),
    "rotation.stage": given("Wiki"),
    "rotation.take_back": given("Wiki"),
    "rotation.unstage": given("Wiki"),
    "rotation.upload": given("Wiki", "certificate", Secret("key")),
    "scheduled.run_now": given("01W"),
    "settings.set_": given({"theme": "light"}),
    "sso.set_fields": given("Calendly", {"sp_entity_id": "x"}),
    "sso.fill": given("Calendly", {"YOUR_ID": "acme"}),
    "sso.set_attributes": given("Calendly", {"mail": "email"}),
    "sso.set_constants": given("Calendly", {"mail": "x"}),
    "sso.remove_attributes": given("Calendly", ["mail"]),
    "sp_metadata.take_over": given("Wiki", b"<xml/>"),
    "sso.activate": given("Calendly"),
    "sso.deactivate": given("Calendly"),
}
# The web side, at work for the person who signs in: no operator's business.
PORTAL: dict[str, Arguments] = {
    "passwords.use_link": given("token", "a long enough password"),
    "passwords.change_own": given("01U", "old", "a long enough password"),
    "second_factor.begin": given("01U"),
    "second_factor.confirm": given("01U", "123456"),
    "second_factor.verify": given("01U", "123456"),
}
# They keep no record of a change by anybody: what a sign-in leaves behind, and a wait that only looks on without the role.
UNASKED = {
    "check.run",
    "federation.answer",
    "federation.keep",
    "federation.launch",
    "federation.receive",
    "federation.waiting",
    "passwords.rehash",
    "portal_sessions.begin",
    "portal_sessions.end",
    "portal_sessions.end_others",
    "portal_sessions.find",
    "pushes.stop_live",
    "pushes.wait",
    "refusals.note",
    "refusals.tell",
    "removal.stop_push",
    "scheduled.run_if_due",
    "sign_in.authenticate",
    "sign_in.prove_again",
    "sign_in.show_code",
    "sign_ins.write",
}
NEEDS = dict.fromkeys(OPERATOR, "operator") | dict.fromkeys(ADMINISTRATOR, "administrator") | dict.fromkeys(PORTAL, "portal")
CALLS = OPERATOR | ADMINISTRATOR | PORTAL
ROLES = ("", "viewer", "portal", "operator", "worker", "administrator")


@pytest.fixture
def works(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """An application, a person and a group to try the verbs on."""
    monkeypatch.chdir(tmp_path)
    applications.add(session, "calendly", label="Calendly")
    applications.add(session, "custom-saml", label="Wiki")
    directory.add_user(session, "ada@harbour.example", "ada@harbour.example")
    directory.add_group(session, "Crew")
    return session


def verb(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(".")
    found: Callable[..., Any] = getattr(import_module(f"usher.services.{module}"), function)
    return found


def answer(session: Session, name: str) -> str:
    """The code of what the verb refused, or nothing."""
    words, named = CALLS[name]
    try:
        verb(name)(session, *words, **named)
    except UsherError as error:
        return error.code
    return ""


def test_every_verb_has_a_decision_on_the_role_it_needs() -> None:
    undecided = set(verbs()) - set(NEEDS) - UNASKED
    assert not undecided, f"say in tests/usher/test_roles.py which role these need: {sorted(undecided)}"


def test_no_decision_is_about_a_verb_that_is_gone() -> None:
    assert not [name for name in (*NEEDS, *UNASKED) if not callable(getattr(import_module(f"usher.services.{name.split('.')[0]}"), name.split(".")[1], None))]


@pytest.mark.parametrize("role", ROLES)
def test_who_has_not_the_role_is_refused_and_nothing_is_kept(works: Session, role: str) -> None:
    works.actor = Actor("bo", role, "terminal")
    before = works.store.db.execute("select max(seq) from activity").fetchone()[0]
    answers = {name: answer(works, name) for name, needs in NEEDS.items() if needs not in MAY.get(role, ())}
    assert {name: said for name, said in answers.items() if said != "not-allowed" and name not in PORTAL} == {}
    assert works.store.db.execute("select max(seq) from activity").fetchone()[0] == before


@pytest.mark.parametrize("role", [role for role in ROLES if role])
def test_who_has_the_role_is_let_in(works: Session, role: str) -> None:
    works.actor = Actor("bo", role, "terminal")
    refused = [name for name, needs in NEEDS.items() if needs in MAY[role] and answer(works, name) in ("not-allowed", "operator-gone")]
    assert not refused


def test_roles_are_what_the_documentation_says() -> None:
    assert MAY["viewer"] == {"viewer"} and MAY["operator"] == {"viewer", "operator"} and "administrator" in MAY["administrator"]
    assert not any("administrator" in needs for role, needs in MAY.items() if role != "administrator")
    assert not any("portal" in MAY[role] for role in ("viewer", "operator", "worker"))


@pytest.mark.parametrize("what", ["removed", "disabled", "demoted"])
def test_a_verb_of_somebody_who_lost_the_role_meanwhile_is_refused_at_once(works: Session, what: str) -> None:
    operators.add(works, "root", "administrator")
    bo = operators.add(works, "bo", "administrator")
    theirs = Session(works.store, Actor("bo", "administrator", "terminal"), works.key_file, works.clock, works.ids, operator=bo.id)
    directory.add_group(theirs, "Before")
    if what == "removed":
        operators.remove(works, "bo")
    else:
        operators.set_(works, "bo", {"role": "viewer"} if what == "demoted" else {"enabled": "false"})
    expected = {"demoted": "not-allowed"}.get(what, "operator-gone")
    assert not [name for name, needs in NEEDS.items() if needs != "portal" and answer(theirs, name) != expected]


def test_the_role_is_read_again_inside_the_transaction_of_the_write(works: Session) -> None:
    operators.add(works, "root", "administrator")
    bo = operators.add(works, "bo", "operator")
    theirs = Session(works.store, Actor("bo", "operator", "terminal"), works.key_file, works.clock, works.ids, operator=bo.id)
    look, looked = theirs._look, []

    def first_outside_then_inside(db: Any) -> None:
        if not looked:  # let in at the door; then somebody else is faster than the transaction
            looked.append(db.in_transaction)
            look(db)
            operators.remove(works, "bo")
        else:
            looked.append(db.in_transaction)
            look(db)

    theirs._look = first_outside_then_inside  # type: ignore[method-assign]
    with pytest.raises(Refused) as refused:
        directory.add_group(theirs, "Late")
    assert refused.value.code == "operator-gone" and looked == [False, True]
    assert not [group for group in directory.groups(works) if group.name == "Late"]
