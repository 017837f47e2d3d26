"""What is still to be done at an application: ticked as the store shows it done."""

from __future__ import annotations

from pathlib import Path

from store import sign_ins
from store.secrets import Secret
from store.sign_ins import SignIn
from usher.services import applications, authorizations, directory, identity, sso, still_to_do
from usher.services.session import Session


def left(session: Session, app: str) -> list[str]:
    return [task.key for task in still_to_do.tasks(session, app) if not task.done]


def test_each_step_is_ticked_as_the_store_shows_it_done(session: Session, tmp_path: Path) -> None:
    made = applications.add(session, "calendly", label="Calendly")
    steps = ["fill-YOUR_ID", "relay-state", "certificate", "enter-sso", "sso", "group", "sign-in", "token", "configure", "idm", "push"]
    assert left(session, "Calendly") == steps
    sso.fill(session, "Calendly", {"YOUR_ID": "abc"})
    sso.set_fields(session, "Calendly", {"default_relay_state": "token"})
    assert left(session, "Calendly") == steps[2:]
    sso.save_certificate(session, "Calendly", tmp_path / "certificate.pem")
    sso.activate(session, "Calendly")
    assert left(session, "Calendly") == ["enter-sso", *steps[5:]]
    with session.store.transaction() as db:
        sign_ins.add(db, [SignIn("s1", "2026-03-02T09:00:00Z", made.id, "Calendly", "", "", "idp", "asserted", "", "", "", "", "")])
    assert left(session, "Calendly") == ["group", *steps[7:]]
    identity.configure(session, "Calendly", "https://api.calendly.com/scim/acme/v2", Secret("token"))
    directory.add_group(session, "Sales")
    authorizations.authorize(session, "Calendly", ["Sales"])
    assert left(session, "Calendly") == ["idm", "push"]


def test_the_other_side_is_named_in_its_own_words_with_the_values_to_enter_there(session: Session) -> None:
    applications.add(session, "calendly", label="Calendly")
    task = next(task for task in still_to_do.tasks(session, "Calendly") if task.key == "enter-sso")
    assert task.place == "there" and task.how[0].startswith("Calendly: Admin center > Login")
    assert [(value.key, value.title) for value in task.values] == [
        ("entity_id", "Entity ID"),
        ("sso_url", "Identity provider's SAML HTTP Request URL"),
        ("certificate", "X.509 certificate for SAML authentication"),
    ]
    assert task.values[1].text == "https://sso.harbour.example/saml2/calendly"


def test_an_application_that_shows_its_own_values_is_asked_for_them_and_a_fingerprint_is_given(session: Session) -> None:
    applications.add(session, "gitlab", label="GitLab")
    found = {task.key: task for task in still_to_do.tasks(session, "GitLab")}
    assert not found["sp-values"].done and "relay-state" not in found
    fingerprint = next(value for value in found["enter-sso"].values if value.key == "fingerprint")
    assert len(fingerprint.text) >= 64


def test_a_bookmark_needs_a_group_and_provisioning_alone_needs_no_sign_in(session: Session) -> None:
    applications.add(session, "bookmark", label="Wiki", bookmark_url="https://wiki.example")
    assert left(session, "Wiki") == ["group"]
    applications.add(session, "databricks", label="Data")
    assert left(session, "Data") == ["group", "token", "configure", "idm", "push"]
    assert "groups too, which Usher does not push yet" in " ".join(next(t for t in still_to_do.tasks(session, "Data") if t.key == "idm").how)
