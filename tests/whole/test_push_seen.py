"""What a push leaves to be read: the log, the Users tab, why, and the dashboard."""

from __future__ import annotations

import pytest

from store import operations
from store.errors import NotFound
from tests.whole.engine import APP, GROUP, connect, live, person, push
from tests.whole.servers import Server, _running_servers, scim2_server
from usher.provisioning import standing
from usher.services import directory, log, pushes, why
from usher.services.day import day
from usher.services.log import LogQuery
from usher.services.session import Session

__all__ = ["_running_servers", "live", "scim2_server"]


@pytest.fixture
def app(live: Session, scim2_server: Server) -> str:
    """Amelia is in step, Bessie suspended after a push, Charles new, Dorothy blocked, Emil deleted since."""
    app = connect(live, scim2_server.base_url)
    for name in ("amelia", "bessie", "emil"):
        person(live, name)
    push(live)
    directory.suspend(live, ["bessie"])
    push(live)
    person(live, "charles")
    directory.delete_users(live, ["emil"])
    return app


def test_the_users_tab_shows_everyone_in_scope_and_everyone_with_an_account(live: Session, app: str) -> None:
    found = {one.username: (one.wanted, one.there, one.status, one.due) for one in standing.page(live, app)}
    assert found == {
        "amelia": ("an account", "active", "in step", ""),
        "bessie": ("no account", "inactive", "deactivated", ""),
        "charles": ("an account", "none", "pending", "create"),
        "emil": ("deletion", "active", "pending", "delete"),
    }
    assert standing.total(live, app) == 4


def test_the_users_tab_is_paged_by_key_both_ways(live: Session, app: str) -> None:
    everyone = standing.page(live, app)
    assert [one.username for one in standing.page(live, app, after_key=everyone[0].key, limit=2)] == ["bessie", "charles"]
    assert [one.username for one in standing.page(live, app, before_key=everyone[3].key, limit=2)] == ["bessie", "charles"]
    assert standing.position(live, app, everyone[2].key) == 2


def test_the_counts_agree_with_the_tab(live: Session, app: str) -> None:
    counts = standing.counts(live, app)
    assert (counts.in_step, counts.pending, counts.failed, counts.deactivated) == (1, 2, 0, 1)
    directory.set_user(live, "amelia", {"displayname": "Amelia E."})
    counts = standing.counts(live, app)
    assert (counts.in_step, counts.pending) == (0, 3)


def test_why_tells_the_whole_chain(live: Session, app: str) -> None:
    found = why.explain(live, APP, "amelia")
    assert found.entitled
    assert all(step.holds for step in found.chain if step.step != "SSO is active"), found.chain
    gone = why.explain(live, APP, "bessie")
    assert not gone.entitled
    assert "suspended" in gone.chain[0].detail
    new = why.explain(live, APP, "charles")
    assert new.chain[-1].detail == "No account is known there. The next push creates it."


def test_why_names_the_group_that_is_missing(live: Session, app: str) -> None:
    person(live, "frida", group=None)
    step = why.explain(live, APP, "frida").chain[1]
    assert not step.holds
    assert step.detail == f"frida is in no group; {APP} is open to {GROUP}."


def test_the_log_is_found_by_words_and_by_facets(live: Session, app: str) -> None:
    assert [row.username for row in log.page(live, LogQuery(text="bess deact"))] == ["bessie"]
    assert {row.username for row in log.page(live, LogQuery(app=APP.lower(), action="create"))} == {"amelia", "bessie", "emil"}
    assert log.page(live, LogQuery(result="failed")) == []
    assert log.count(live, LogQuery(user="bessie")) == 2
    assert log.page(live, LogQuery(text='"(*^ NOT')) == []
    with pytest.raises(NotFound):
        log.page(live, LogQuery(app="nonesuch"))


def test_the_log_is_paged_by_key_both_ways(live: Session, app: str) -> None:
    newest = log.page(live, LogQuery())
    assert [row.seq for row in newest] == sorted((row.seq for row in newest), reverse=True)
    assert log.page(live, LogQuery(), before=newest[0].seq, limit=2) == newest[1:3]
    assert log.page(live, LogQuery(), after=newest[-1].seq, limit=2) == newest[:-1][::-1][:2]
    assert log.page(live, LogQuery(text="diary"), after=newest[-1].seq, limit=2) == newest[:-1][::-1][:2]
    assert list(log.rows(live, LogQuery())) == newest[::-1]


def test_the_log_is_found_by_time(live: Session, app: str) -> None:
    newest = log.page(live, LogQuery())
    assert [row.seq for row in log.page(live, LogQuery(since=newest[0].at))] == [newest[0].seq]
    assert len(log.page(live, LogQuery(until=newest[0].at))) == len(newest) - 1
    assert log.page(live, LogQuery(since="2999-01-01T00:00:00.000Z")) == []


def test_a_person_deleted_since_is_still_found_in_the_log(live: Session, app: str) -> None:
    assert [row.action for row in log.page(live, LogQuery(user="emil"))] == ["create"]


def test_an_operation_shows_both_sides_without_the_token(live: Session, app: str) -> None:
    row = log.page(live, LogQuery(user="amelia"))[0]
    detail = log.detail(live, row.operation_id)
    post = next(one for one in detail.exchanges if one.method == "POST")
    assert '"userName"' in post.request_body and post.status == 201
    assert "canary" not in str(detail)
    command = log.curl(post)
    assert '-H "Authorization: Bearer $TOKEN"' in command
    assert command.startswith("curl -i -X POST http://127.0.0.1:")


def test_the_day_counts_what_was_sent_hour_by_hour(live: Session, app: str) -> None:
    hours = day(live).operations
    assert len(hours) == 24
    assert (hours[-1].at, hours[-1].good) == (live.now()[:13], 4) or hours[-2].good + hours[-1].good == 4, "the hour may have turned"
    assert sum(hour.all for hour in hours) == 4


def test_every_operation_that_was_sent_is_in_the_log(live: Session, app: str) -> None:
    for view in pushes.list_(live):
        for one in operations.every(live.db, view.id):
            if one.state not in ("planned", "blocked"):
                assert log.detail(live, one.id).rows
