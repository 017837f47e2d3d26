"""Users are implicitly denied: who is let in, from both sides (rule 5)."""

from __future__ import annotations

import pytest

from store import activity, events
from store import authorizations as rows
from store.errors import NotFound, Refused
from tests.kit import fill_directory
from usher.services import applications, authorizations, directory
from usher.services.session import Session


@pytest.fixture(autouse=True)
def wiki_and_groups(session: Session) -> None:
    fill_directory(session, 4, group="Pilots")
    for name in ("Sailors", "Cooks"):
        directory.add_group(session, name)
    applications.add(session, "custom-saml", label="Wiki")
    applications.add(session, "custom-saml", label="Chat")


def entitled(session: Session, app: str) -> int:
    return rows.entitled_count(session.db, applications.get(session, app).id)


def test_nobody_is_let_in_by_default(session: Session) -> None:
    assert entitled(session, "Wiki") == 0
    assert applications.get(session, "Wiki").people == 0
    assert not any(group.authorized for group in authorizations.for_application(session, "Wiki"))


def test_the_members_of_an_authorised_group_are_let_in_and_out_again(session: Session) -> None:
    assert authorizations.authorize(session, "wiki", ["PILOTS"]).added == ("Pilots",)
    assert (entitled(session, "Wiki"), entitled(session, "Chat")) == (4, 0)
    assert authorizations.revoke(session, "Wiki", ["Pilots"]).removed == ("Pilots",)
    assert entitled(session, "Wiki") == 0


def test_only_activated_people_are_let_in(session: Session) -> None:
    authorizations.authorize(session, "Wiki", ["Pilots"])
    with session.store.transaction() as db:
        db.execute("update user set state = 'STAGED' where username like 'person0001%'")
        db.execute("update user set state = 'SUSPENDED' where username like 'person0002%'")
    assert entitled(session, "Wiki") == 2
    pilots = next(group for group in authorizations.for_application(session, "Wiki") if group.name == "Pilots")
    assert (pilots.members, pilots.activated, pilots.authorized) == (4, 2, True)


def test_the_record_names_the_groups_before_and_after(session: Session) -> None:
    authorizations.authorize(session, "Wiki", ["Pilots", "Cooks"])
    authorizations.replace(session, "Wiki", ["Cooks", "Sailors"])
    revoked, granted, first = activity.page(session.db, limit=3)
    assert (first.action, first.target, first.detail["groups"]) == ("group.authorized", "Wiki", [[], ["Cooks", "Pilots"]])
    assert (granted.action, granted.detail["groups"]) == ("group.authorized", [["Cooks", "Pilots"], ["Cooks", "Pilots", "Sailors"]])
    assert (revoked.action, revoked.detail["groups"]) == ("group.revoked", [["Cooks", "Pilots", "Sailors"], ["Cooks", "Sailors"]])
    assert applications.get(session, "Wiki").groups == ("Cooks", "Sailors")
    assert ("authorization", applications.get(session, "Wiki").id) in {(event.topic, event.key) for event in events.since(session.db, 0)}


def test_what_is_so_already_leaves_no_trace(session: Session) -> None:
    authorizations.authorize(session, "Wiki", ["Pilots"])
    before = (activity.count(session.db), events.last(session.db))
    assert authorizations.authorize(session, "Wiki", ["Pilots"]).added == ()
    assert authorizations.revoke(session, "Wiki", ["Cooks"]).removed == ()
    assert authorizations.replace(session, "Wiki", ["Pilots"]).groups == ("Pilots",)
    assert (activity.count(session.db), events.last(session.db)) == before


def test_a_group_can_be_let_into_applications_from_its_own_side(session: Session) -> None:
    authorizations.authorize(session, "Wiki", ["Pilots"])
    changed = authorizations.replace_for_group(session, "Pilots", ["Chat"])
    assert {label: (each.added, each.removed) for label, each in changed.items()} == {"Chat": (("Pilots",), ()), "Wiki": ((), ("Pilots",))}
    assert [(access.label, access.authorized) for access in authorizations.for_group(session, "pilots")] == [("Chat", True), ("Wiki", False)]


def test_one_wrong_name_and_nothing_is_changed(session: Session) -> None:
    with pytest.raises(NotFound, match="Nobody"):
        authorizations.authorize(session, "Wiki", ["Pilots", "Nobody"])
    with pytest.raises(NotFound):
        authorizations.authorize(session, "Nothing", ["Pilots"])
    assert entitled(session, "Wiki") == 0


def test_a_group_that_is_not_there_cannot_be_authorised_by_sql(session: Session) -> None:
    with pytest.raises(Refused, match="FOREIGN KEY"), session.store.transaction() as db:
        db.execute("insert into authorization (application_id, group_id, granted_at) values (?, 'nobody', '')", (applications.get(session, "Wiki").id,))
