"""Stores in which people are pushed to Calendly, frozen at one moment each: planned, held, under way, paused, over."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from store import accounts, journal, operations
from store import pushes as push_rows
from store.accounts import Account
from store.ids import stamp
from store.journal import Exchange
from store.operations import Operation
from store.pushes import Push
from store.secrets import Secret
from tests.kit import MORNING
from usher.provisioning.presence import Presence
from usher.provisioning.recorder import Outcome, keep_outcome
from usher.sandbox.people import import_file
from usher.scim import body
from usher.services import applications, authorizations, directory, identity, imports, pushes, sso
from usher.services.session import Session

BASE = "https://provider.example/scim/example/v2"
APP, WORKER = "Calendly", "01SCENEWORKER"
SEATS = "Your organization has no seats left. Free a seat or buy more."
FINGERPRINT = "3f9a17c2d0be"
"""Of the Token Key: it is keyed by the store, so another one each time unless it is fixed."""
ADVICE = "Free a seat in the application; updates and deactivations go on."

_present: list[Presence] = []
"""The locks of workers that scenes show as alive; given back when the process ends."""


def connected(session: Session) -> None:
    """Sixty people, and Calendly with Identity Management active; nobody was pushed yet."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.csv"
        file.write_text(import_file(), "utf-8")
        imports.run(session, file)
    applications.add(session, "calendly", label=APP, description="Meetings with customers", colour="blue")
    applications.add(session, "custom-saml", label="Travel desk", colour="teal")
    sso.fill(session, APP, {"YOUR_ID": "harbour-works"})
    sso.activate(session, APP)
    identity.configure(session, APP, BASE, Secret("not-a-real-token-0000"))
    fixed_fingerprint(session)
    verified(session, APP)
    identity.set_options(session, APP, {"mode": "on-demand"})
    authorizations.authorize(session, APP, ["All Staff", "Engineering"])


def fixed_fingerprint(session: Session) -> None:
    """The Token Key's fingerprint is the same in every picture."""
    with session.store.transaction() as db:
        db.execute("update connection set token_fingerprint = ? where token_fingerprint <> ''", (FINGERPRINT,))


def verified(session: Session, app: str) -> None:
    """Identity Management active as after a probe; no provider is there to be probed."""
    found = pushes.find_application(session, app)
    with session.change() as change:
        change.db.execute(
            "update connection set verified_at = ?, verified_for = base_url || ' ' || token_fingerprint where application_id = ?", (change.at, found.id)
        )
        change.db.execute("update application set idm = 'active' where id = ?", (found.id,))
        change.record("idm.activated", app)
        change.event("connection", found.id)


def settled(session: Session) -> None:
    """Most people have their account; since then somebody married, somebody left, two were suspended, some came."""
    connected(session)
    app = pushes.find_application(session, APP)
    view = pushes.plan(session, APP)
    steps = [one for one in operations.every(session.db, view.id) if one.state == "planned"]
    with session.change() as change:
        for number, one in enumerate(steps[:38], 1):
            state = "inactive" if number == 30 else "active"
            attributes = {**one.attributes, "active": state == "active"}
            if number in (3, 17):
                attributes["displayName"] = f"{one.attributes['displayName']} (old)"
            accounts.keep(change.db, app.id, BASE, Account(one.user_id, f"5f3a{number:04x}", one.username, state, attributes), change.at)
        change.db.execute("delete from push")
        change.record("fixture", APP)
    names = [one.username for one in steps]
    directory.suspend(session, names[5:7])
    directory.delete_users(session, [names[9]])


def planned(session: Session) -> None:
    """A plan with every kind of step, nothing sent. It is push 2: push 1 was only looked at."""
    settled(session)
    pushes.plan(session, APP)


def held(session: Session) -> None:
    """So many were suspended that the guard holds the plan."""
    settled(session)
    app = pushes.find_application(session, APP)
    known = [account.username for account in accounts.known(session.db, app.id, BASE)]
    directory.suspend(session, known[12:24])
    pushes.plan(session, APP)


def in_step(session: Session) -> None:
    """Everybody has the account they should have."""
    connected(session)
    app = pushes.find_application(session, APP)
    directory.set_user(session, "build-bot", {"username": "build.bot@example.com"})
    view = pushes.plan(session, APP)
    with session.change() as change:
        for number, one in enumerate(operations.every(session.db, view.id), 1):
            accounts.keep(
                change.db, app.id, BASE, Account(one.user_id, f"5f3a{number:04x}", one.username, "active", {**one.attributes, "active": True}), change.at
            )
        change.record("fixture", APP)
    pushes.plan(session, APP)


def running(session: Session) -> None:
    """Half of the push is done; three could not be created."""
    planned(session)
    _carry_out(session, 14, state="running")


def pausing(session: Session) -> None:
    """It was asked to pause."""
    running(session)
    with session.store.transaction() as db:
        push_rows.wish(db, _last(session).id, "pause")


def paused(session: Session) -> None:
    """The provider refused the token twice."""
    planned(session)
    _carry_out(session, 6, state="paused", reason="The application refused the Token Key (401). Check the token: it may have been revoked or have expired.")


def interrupted(session: Session) -> None:
    """Its worker is no more."""
    planned(session)
    _carry_out(session, 9, state="interrupted")


def failed(session: Session) -> None:
    """It is over; seats ran out in the middle."""
    planned(session)
    _carry_out(session, 1000, state="failed")


def succeeded(session: Session) -> None:
    """It is over, and everybody is in step."""
    settled(session)
    directory.set_user(session, "build-bot", {"username": "build.bot@example.com"})
    pushes.plan(session, APP)
    _carry_out(session, 1000, state="succeeded", seats=1000)


def busy_week(session: Session) -> None:
    """Pushes in every state, and what they left in the log."""
    failed(session)
    session.clock.forward(hours=30)  # type: ignore[attr-defined]
    directory.add_user(session, "newcomer@example.com", "newcomer@example.com", displayname="New Comer", employee_identifier="E-9001")
    directory.add_members(session, "All Staff", ["newcomer@example.com"])
    pushes.plan(session, APP, ["newcomer@example.com"])
    _carry_out(session, 1000, state="succeeded", seats=1000)
    session.clock.forward(hours=2)  # type: ignore[attr-defined]
    pushes.plan(session, APP)
    _carry_out(session, 3, state="interrupted")


def _last(session: Session) -> Push:
    return push_rows.page(session.db, limit=1)[0]


def _carry_out(session: Session, number: int, *, state: str, reason: str = "", seats: int = 6) -> None:
    """Plays `number` operations of the newest push, and leaves it in that state. `seats` creates find a seat."""
    push = _last(session)
    began = session.clock.now()
    with session.store.transaction() as db:
        push_rows.move(db, push.id, "queued", ["planned"], stamp(began))
        push_rows.claim(db, WORKER, stamp(began), stamp(began + timedelta(hours=1)))
        db.execute("update push set started_at = ? where id = ?", (stamp(began - timedelta(seconds=12)), push.id))
        steps = sorted(operations.every(db, push.id), key=lambda one: one.state != "blocked")
    created = 0
    for at, one in enumerate(steps[:number]):
        moment = stamp(began - timedelta(seconds=12) + timedelta(milliseconds=311 * (at + 1)))
        created += one.action == "create"
        _outcome(session, push, one, moment, no_seat=one.action == "create" and created > seats)
    if number < len(steps) and state == "running":
        for one in steps[number : number + 2]:
            with session.store.transaction() as db:
                operations.intend(db, replace(one, attempt=1, phase="write"), WORKER, stamp(began))
    _leave(session, push, state, reason, number)


def _leave(session: Session, push: Push, state: str, reason: str, number: int) -> None:
    with session.store.transaction() as db:
        db.execute("update push set requests = ? where id = ?", (min(number, 60) * 2 + 3, push.id))
        if state == "running":
            _present.append(Presence(session.store.path, WORKER))
        elif state == "interrupted":
            push_rows.release(db, [])
        else:
            push_rows.move(db, push.id, state, ["running"], session.now(), reason=reason)


def _outcome(session: Session, push: Push, one: Operation, at: str, *, no_seat: bool) -> None:
    """One operation as it would have gone, with what would have been on the wire."""
    if one.state == "blocked":
        done = replace(one, state="failed", finished_at=at, duration_ms=0)
        parts: tuple[Exchange, ...] = ()
    elif no_seat:
        parts = (
            _find(one, at, 0),
            _exchange(
                one,
                at,
                "POST",
                "/Users",
                body.user_body(one.attributes),
                403,
                {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "403", "detail": SEATS},
            ),
        )
        done = replace(one, state="failed", attempt=1, status=403, detail=f"{SEATS} {ADVICE}", finished_at=at, duration_ms=118)
    else:
        parts, done = _went_right(one, at)
    with session.store.transaction() as db:
        db.execute("update operation set attempt = ? where id = ?", (done.attempt, one.id))
        row = keep_outcome(db, push, Outcome(done, None, parts), at)
        journal.add_exchanges(db, list(parts))
        journal.add(db, [row] if row else [])


def _went_right(one: Operation, at: str) -> tuple[tuple[Exchange, ...], Operation]:
    remote = one.remote_id or f"9c41{one.seq:04x}"
    sent = body.user_body(one.attributes)
    user = {
        **body.user_body(one.attributes, remote),
        "meta": {"resourceType": "User", "location": f"{BASE}/Users/{remote}"},
    }
    parts: tuple[Exchange, ...]
    if one.action == "create":
        parts = (_find(one, at, 0), _exchange(one, at, "POST", "/Users", sent, 201, user))
    elif one.action == "delete":
        parts = (_exchange(one, at, "DELETE", f"/Users/{remote}", None, 204, None),)
    else:
        patch = body.patch([body.operation(path, new) for path, (_, new) in one.changes.items()])
        parts = (_exchange(one, at, "PATCH", f"/Users/{remote}", patch, 200, user),)
    status = parts[-1].status
    return parts, replace(
        one, state="succeeded", remote_id=remote, attempt=1, status=status, finished_at=at, duration_ms=sum(part.duration_ms for part in parts)
    )


def _find(one: Operation, at: str, found: int) -> Exchange:
    path = f"/Users?filter=userName%20eq%20%22{one.username}%22"
    answer = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": found, "itemsPerPage": found, "startIndex": 1, "Resources": []}
    return _exchange(one, at, "GET", path, None, 200, answer, took=35)


def _exchange(one: Operation, at: str, method: str, path: str, request: object, status: int, answer: object, took: int = 83) -> Exchange:
    sent = "accept: application/scim+json\nuser-agent: usher/0.1\nauthorization: [redacted]" + (
        "\ncontent-type: application/scim+json" if request is not None else ""
    )
    got = "content-type: application/scim+json\ndate: Mon, 02 Mar 2026 09:00:00 GMT\nserver: provider"
    text: Callable[[object], str] = lambda value: "" if value is None else json.dumps(value, ensure_ascii=False)  # noqa: E731
    return Exchange(0, one.id, 1, at, method, f"{BASE}{path}", sent, text(request), status, got, text(answer), "", took)


def long_log(session: Session, rows: int = 20_000) -> None:
    """A log of many rows; every seventh failed."""
    connected(session)
    app = pushes.find_application(session, APP)
    people = [(user.id, user.username) for user in directory.people_page(session, limit=60)]
    made = []
    for number in range(rows):
        user_id, name = people[number % len(people)]
        good = number % 7 != 6
        head = (
            0,
            f"OP{number:08}",
            "PUSH1",
            stamp(MORNING - timedelta(seconds=rows - number)),
            app.id,
            APP,
            user_id,
            name,
            ("create", "update", "deactivate")[number % 3],
        )
        made.append(
            journal.JournalRow(
                *head, "succeeded" if good else "failed", 200 if good else 409, 1, 40 + number % 60, "" if good else "The seat is taken by somebody else."
            )
        )
    with session.store.transaction() as db:
        journal.add(db, made)
