"""The plan as a pure function: what is wanted and known in, steps out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from store.accounts import Account, Person, Rule
from usher.provisioning import guard
from usher.provisioning.mapping import Wanted, evaluate
from usher.provisioning.plan import Plan, Step, Switches, make_plan
from usher.provisioning.prepare import provider_of

MAPPED = {"userName": "ada@x.example", "active": True, "displayName": "Ada", "externalId": None}
THERE = {"userName": "ada@x.example", "active": True, "displayName": "Ada"}


def want(user: str = "u1", blocked: str = "", **changed: Any) -> Wanted:
    return Wanted(user, user, {**MAPPED, **changed}, blocked)


def have(user: str = "u1", state: str = "active", **more: Any) -> Account:
    return Account(user, more.pop("remote_id", f"r-{user}"), user, state, more.pop("attributes", THERE), **more)


def only(wanted: Iterable[Wanted], known: Iterable[Account], switches: Switches | None = None) -> Step | None:
    steps = make_plan(wanted, known, switches or Switches()).steps
    assert len(steps) < 2
    return steps[0] if steps else None


def test_somebody_new_is_created_with_exactly_the_mapped_values_that_exist() -> None:
    step = only([want()], [])
    assert step is not None
    assert (step.action, step.remote_id, step.attributes) == ("create", "", THERE)
    assert step.changes == {path: [None, value] for path, value in THERE.items()}


def test_what_is_as_wanted_needs_nothing() -> None:
    plan = make_plan([want()], [have()])
    assert (plan.steps, plan.counts["unchanged"]) == ([], 1)


def test_an_update_names_each_attribute_from_old_to_new() -> None:
    step = only([want(displayName="Ada L.", externalId="E1")], [have()])
    assert step is not None
    assert (step.action, step.changes) == ("update", {"displayName": ["Ada", "Ada L."], "externalId": [None, "E1"]})


def test_a_value_that_was_emptied_is_taken_away() -> None:
    step = only([want()], [have(attributes={**THERE, "externalId": "E1"})])
    assert step is not None
    assert (step.changes, "externalId" in step.attributes) == ({"externalId": ["E1", None]}, False)


def test_what_is_no_longer_mapped_is_left_alone() -> None:
    assert only([want()], [have(attributes={**THERE, "title": "Countess"})]) is None


def test_somebody_out_of_scope_is_deactivated_and_nothing_more() -> None:
    step = only([], [have()])
    assert step is not None
    assert (step.action, step.changes) == ("deactivate", {"active": [True, False]})


def test_somebody_deleted_from_the_directory_is_deleted_active_or_not() -> None:
    assert [only([], [have(state=state, in_directory=False)]).action for state in ("active", "inactive")] == ["delete", "delete"]  # type: ignore[union-attr]


def test_an_inactive_account_of_somebody_out_of_scope_stays_as_it_is() -> None:
    assert only([], [have(state="inactive")]) is None


def test_somebody_back_in_scope_is_reactivated_with_what_changed_meanwhile() -> None:
    step = only([want(displayName="Ada L.")], [have(state="inactive", attributes={**THERE, "active": False})])
    assert step is not None
    assert (step.action, next(iter(step.changes.items()))) == ("reactivate", ("active", [False, True]))
    assert step.changes["displayName"] == ["Ada", "Ada L."]


def test_an_account_that_is_not_ours_is_adopted_when_wanted_and_left_alone_when_not() -> None:
    plan = make_plan([want()], [have(managed=False, attributes={"userName": "ada@x.example"})])
    assert (plan.steps[0].action, plan.steps[0].adopt, plan.counts["adopt"], plan.counts["create"]) == ("create", True, 1, 0)
    assert only([], [have(managed=False)]) is None
    assert only([], [have(managed=False, in_directory=False)]) is None


def test_a_doubtful_account_is_looked_up_even_where_nothing_seems_to_differ() -> None:
    step = only([want()], [have(doubtful=True)])
    assert step is not None
    assert (step.action, step.changes) == ("update", {})


def test_a_create_that_was_cut_off_is_taken_away_when_the_person_left() -> None:
    step = only([], [have(remote_id="", doubtful=True)])
    assert step is not None
    assert (step.action, step.remote_id) == ("deactivate", "")


def test_a_blocked_person_is_in_the_plan_with_the_reason_and_counts_as_neither_create_nor_update() -> None:
    plan = make_plan([want(blocked="No value for userName."), want("u2", blocked="The same.")], [have("u2")])
    assert [(step.action, step.blocked) for step in plan.steps] == [("create", "No value for userName."), ("update", "The same.")]
    assert (plan.blocked, sum(plan.counts.values())) == (2, 0)


@pytest.mark.parametrize(
    ("off", "wanted", "known"),
    [
        ("create", [want()], []),
        ("update", [want(displayName="New")], [have()]),
        ("update", [want()], [have(state="inactive")]),
        ("deactivate", [], [have()]),
    ],
)
def test_an_action_that_is_switched_off_is_not_planned(off: str, wanted: list[Wanted], known: list[Account]) -> None:
    assert only(wanted, known) is not None
    assert only(wanted, known, Switches(**{off: False})) is None


def test_where_deleting_is_off_somebody_deleted_is_deactivated_instead() -> None:
    step = only([], [have(in_directory=False)], Switches(delete=False))
    assert step is not None
    assert step.action == "deactivate"


def test_the_digest_stands_for_what_is_done() -> None:
    one, same, other = (make_plan([want(displayName=name)], []).digest for name in ("Ada", "Ada", "Eve"))
    assert one == same != other


people = some.integers(0, 30).map(lambda number: f"u{number:02}")
values = some.fixed_dictionaries({"displayName": some.sampled_from([None, "A", "B"]), "externalId": some.sampled_from([None, "1", "2"])})
wants = some.dictionaries(people, values).map(lambda found: [want(user, **found[user]) for user in sorted(found)])
haves = some.dictionaries(people, some.tuples(values, some.sampled_from(["active", "inactive"]), some.booleans(), some.booleans(), some.booleans())).map(
    lambda found: [account(user, *found[user]) for user in sorted(found)]
)


def account(user: str, attributes: dict[str, Any], state: str, managed: bool, here: bool, doubtful: bool) -> Account:
    held = {"userName": "ada@x.example", "active": state == "active", **{path: value for path, value in attributes.items() if value is not None}}
    return have(user, state, attributes=held, managed=managed, in_directory=here, doubtful=doubtful)


def apply(plan: Plan, known: list[Account]) -> list[Account]:
    """What is known once every step went right."""
    after = {one.user_id: one for one in known}
    for step in plan.steps:
        if step.action == "delete":
            del after[step.user_id]
        elif step.action == "deactivate":
            after[step.user_id] = replace(after[step.user_id], state="inactive", doubtful=False)
        else:
            assert step.attributes.get("active") is True
            after[step.user_id] = Account(step.user_id, step.remote_id or f"new-{step.user_id}", step.username, "active", step.attributes)
    return [after[user] for user in sorted(after)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no finding
@given(wants, haves)
def test_applying_the_plan_gives_what_is_wanted(wanted: list[Wanted], known: list[Account]) -> None:
    known = [replace(one, in_directory=True) if one.user_id in {w.user_id for w in wanted} else one for one in known]
    plan = make_plan(wanted, known)
    after = {one.user_id: one for one in apply(plan, known)}
    for want in wanted:
        there = after[want.user_id]
        assert (there.state, there.managed) == ("active", True)
        assert {path: value for path, value in want.attributes.items() if value is not None}.items() <= there.attributes.items()
    entitled = {want.user_id for want in wanted}
    for one in after.values():
        if one.user_id not in entitled and one.managed:
            assert one.state == "inactive"
    before = {one.user_id: one for one in known}
    assert all(step.remote_id == before[step.user_id].remote_id for step in plan.steps if step.user_id in before)
    assert make_plan(wanted, list(after.values())).removals == 0
    assert make_plan(wanted, list(after.values())).steps == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no finding
@given(wants, haves)
def test_the_counts_are_those_of_the_steps(wanted: list[Wanted], known: list[Account]) -> None:
    plan = make_plan(wanted, known)
    assert sum(plan.counts.values()) - plan.counts["unchanged"] + plan.blocked == len(plan.steps)


RULES = [
    Rule("userName", "username", None, True, "Email address"),
    Rule("active", "active", None, True, "Active"),
    Rule("displayName", "displayname", None, True, "Name"),
    Rule("title", None, "Pilot", False, "Title"),
    Rule("externalId", "employeeIdentifier", None, False, "External ID"),
]


def somebody(**values: str) -> Person:
    return Person("u1", "ada", {"username": "ada@x.example", "displayname": "Ada", "employeeIdentifier": "", **values})


def test_the_mapping_gives_values_constants_and_nothing_for_what_is_empty() -> None:
    assert evaluate(RULES, somebody()).attributes == {"userName": "ada@x.example", "active": True, "displayName": "Ada", "title": "Pilot", "externalId": None}


def test_a_missing_required_value_is_a_named_failure_and_not_an_empty_text() -> None:
    found = evaluate(RULES, somebody(displayname="  "))
    assert found.blocked.startswith("No value for Name (displayName)")
    assert found.attributes["displayName"] is None


def test_a_username_that_is_no_email_is_blocked_where_the_application_takes_nothing_else() -> None:
    ada = somebody(username="ada")
    assert evaluate(RULES, ada).blocked == ""
    assert "Map userName to email" in evaluate(RULES, ada, username_is_email=True).blocked
    assert evaluate(RULES, somebody(), username_is_email=True).blocked == ""


@pytest.mark.parametrize(("removals", "managed", "held"), [(5, 6, False), (6, 6, True), (10, 100, False), (11, 100, True), (0, 0, False)])
def test_the_guard_holds_more_than_five_or_a_tenth(removals: int, managed: int, held: bool) -> None:
    assert bool(guard.reason(removals, managed)) == held


def test_many_small_removals_are_a_big_one() -> None:
    assert not guard.reason(3, 50)
    assert "after 4 in the last day" in guard.reason(3, 50, recent=4)


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://API.Example.com:443/scim/v2/", "https://api.example.com/scim/v2"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://[::1]:8443/x", "https://[::1]:8443/x"),
    ],
)
def test_a_provider_is_known_by_one_spelling_of_its_base_url(url: str, provider: str) -> None:
    assert provider_of(url) == provider
