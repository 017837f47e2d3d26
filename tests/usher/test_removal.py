"""Deleting applications by typing their number; accounts at the provider stay as they are (rules 12 and 14)."""

from __future__ import annotations

import pytest

from store import activity
from store.errors import NotFound, Refused, UsageError
from usher.provisioning.presence import Presence
from usher.services import applications, pushes, sso
from usher.services.session import Session

AT = "2026-03-02T09:00:00.000Z"


def sql(session: Session, statement: str, *values: object) -> None:
    """A way past the services: plain SQL in a transaction."""
    with session.store.transaction() as db:
        db.execute(statement, values)


@pytest.fixture(autouse=True)
def three(session: Session) -> None:
    """Calendly with an active connection and two accounts, a wiki, and a tile."""
    app = applications.add(session, "calendly", label="Calendly")
    applications.add(session, "custom-saml", label="Wiki")
    applications.add(session, "bookmark", label="Menu", bookmark_url="https://menu.example")
    sso.fill(session, "Calendly", {"YOUR_ID": "a"})
    sso.activate(session, "Calendly")
    sql(
        session,
        "update connection set base_url = 'https://a.example', token = x'00', token_fingerprint = 'f', verified_at = ?, verified_for = 'https://a.example f'",
        AT,
    )
    sql(session, "update application set idm = 'active' where id = ?", app.id)
    for number, state in enumerate(("active", "inactive", "gone")):
        values = (app.id, f"u{number}", f"r{number}", f"u{number}@a.example", state, AT)
        sql(
            session,
            "insert into account (application_id, provider, user_id, remote_id, username, state, attributes, confirmed_at) values (?, 'https://a.example', ?, ?, ?, ?, '{}', ?)",
            *values,
        )


def push(session: Session, state: str, lease_until: str | None = None) -> None:
    """A push of Calendly's in a state that needs no engine."""
    app = applications.get(session, "Calendly")
    sql(
        session,
        "insert into push (id, application_id, app_label, provider, kind, state, planned, digest, basis, requested_by, requested_at)"
        " values ('p', ?, 'Calendly', 'https://a.example', 'manual', ?, '{}', '', 0, 'ada', ?)",
        app.id, "held" if state == "held" else "planned", AT,
    )  # fmt: skip
    for step in ("queued", "running", "paused"):
        if state in ("queued", "running", "paused") and ("queued", "running", "paused").index(step) <= ("queued", "running", "paused").index(state):
            sql(
                session,
                "update push set state = ?, worker = ?, lease_until = ?",
                step,
                "w" if step == "running" else None,
                lease_until if step == "running" else None,
            )


def state_of_push(session: Session) -> str:
    return str(session.db.execute("select state from push where id = 'p'").fetchone()[0])


@pytest.mark.parametrize("count", [0, 1, 3, -2])
def test_another_number_than_those_named_deletes_nothing(session: Session, count: int) -> None:
    with pytest.raises(UsageError, match=f"2 applications are named, but the number typed is {count}") as refused:
        applications.delete(session, ["Calendly", "Wiki"], count)
    assert refused.value.field == "count"
    assert len(applications.list_(session)) == 3


def test_the_right_number_deletes_those_named_and_says_what_stays(session: Session) -> None:
    result = applications.delete(session, ["calendly", "Menu"], 2)
    assert (result.deleted, result.accounts_left) == (("Calendly", "Menu"), 2)
    assert [app.label for app in applications.list_(session)] == ["Wiki"]
    menu, calendly = activity.page(session.db, limit=2)
    assert (calendly.action, calendly.target, calendly.detail["accounts left"]) == ("application.deleted", "Calendly", 2)
    assert (menu.target, menu.detail["accounts left"]) == ("Menu", 0)
    for table in ("saml_setting", "saml_attribute", "placeholder", "certificate", "connection", "mapping_row"):
        assert session.db.execute(f"select count(*) from {table} where application_id not in (select id from application)").fetchone()[0] == 0


def test_a_deleted_application_can_be_added_again_under_its_name(session: Session) -> None:
    applications.delete(session, ["Calendly"], 1)
    assert applications.add(session, "calendly", label="Calendly").slug == "calendly"


def test_wrong_names_delete_nothing(session: Session) -> None:
    with pytest.raises(NotFound):
        applications.delete(session, ["Calendly", "Nothing"], 2)
    with pytest.raises(UsageError, match="named twice"):
        applications.delete(session, ["Calendly", "CALENDLY"], 2)
    with pytest.raises(UsageError, match="No application is named"):
        applications.delete(session, [], 0)
    assert len(applications.list_(session)) == 3


def test_the_preview_counts_what_stays_and_says_who_can_take_it_away(session: Session) -> None:
    calendly, wiki, menu = applications.deletion_preview(session, ["Calendly", "Wiki", "Menu"])
    assert (calendly.accounts, calendly.running_push) == (2, False)
    assert "2 accounts stay there exactly as they are; nothing is sent." in calendly.sentence
    assert "Calendly removes people only through the identity provider" in calendly.sentence
    assert "manages no accounts" in wiki.sentence and "manages no accounts" in menu.sentence


@pytest.mark.parametrize("state", ["planned", "held"])
def test_a_plan_that_waits_ends_with_its_application(session: Session, state: str) -> None:
    push(session, state)
    applications.delete(session, ["Calendly"], 1)
    assert state_of_push(session) == "cancelled"


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_the_store_refuses_to_forget_an_application_while_a_push_is_under_way(session: Session, state: str) -> None:
    push(session, state)
    with pytest.raises(Refused) as by_sql:
        sql(session, "delete from application where label = 'Calendly'")
    assert by_sql.value.code == "push-running"


@pytest.mark.parametrize("state", ["queued", "paused"])
def test_a_push_that_waits_is_cancelled_first(session: Session, state: str) -> None:
    push(session, state)
    assert applications.deletion_preview(session, ["Calendly"])[0].running_push
    assert applications.delete(session, ["Calendly"], 1).deleted == ("Calendly",)
    assert state_of_push(session) == "cancelled"


def test_a_push_whose_worker_is_gone_is_cancelled_first(session: Session) -> None:
    push(session, "running", lease_until="2026-03-02T08:00:00.000Z")
    assert applications.delete(session, ["Calendly"], 1).deleted == ("Calendly",)
    assert state_of_push(session) == "cancelled"


def test_a_push_that_does_not_stop_keeps_every_application(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushes, "GIVE_UP", 0.1)
    push(session, "running", lease_until="2099-01-01T00:00:00.000Z")
    worker = Presence(session.store.path, "w")
    try:
        with pytest.raises(Refused) as refused:
            applications.delete(session, ["Wiki", "Calendly"], 2)
    finally:
        worker.close()
    assert refused.value.code == "push-running"
    assert len(applications.list_(session)) == 3
    assert session.db.execute("select wish from push").fetchone()[0] == "cancel"
