"""The plan: the difference between what is wanted and what is known. A pure function over two sorted streams.

Who is wanted and has no account is created (or adopted: that shows when it is looked for); whose account differs is
updated; whose account is inactive is reactivated. Whose account is active without being wanted any more is
deactivated, and deleted for good only once the person was deleted from the directory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from typing import Any

from store.accounts import Account
from store.ids import fold_case
from store.records import dataclass
from usher.provisioning.mapping import Wanted

COUNTED = ("create", "update", "reactivate", "deactivate", "delete", "adopt", "unchanged")
REMOVALS = ("deactivate", "delete")
Changes = dict[str, list[Any]]


@dataclass(frozen=True)
class Switches:
    """What a push to this application may do. Reactivations go with updates. Where deleting is off, the account of
    somebody deleted here is deactivated instead."""

    create: bool = True
    update: bool = True
    deactivate: bool = True
    delete: bool = True


EVERYTHING = Switches()


@dataclass(frozen=True)
class Step:
    """What is to be done for one person. `changes` is `{attribute: [old, new]}`, `attributes` the whole wanted set;
    `blocked` is the named failure of somebody for whom nothing can be sent; `adopt`: the account was known before."""

    user_id: str
    username: str
    action: str
    remote_id: str
    changes: Changes
    attributes: dict[str, Any]
    blocked: str = ""
    adopt: bool = False

    @property
    def kind(self) -> str:
        """What it counts as: its action, or `adopt`; nothing where nothing can be sent."""
        return "" if self.blocked else "adopt" if self.adopt else self.action

    @property
    def digest(self) -> str:
        """Stands for exactly this step: two plans with the same digests do the same."""
        parts = [self.user_id, self.action, self.remote_id, self.changes, self.attributes, self.blocked]
        return _sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False))


@dataclass
class Plan:
    """Every step, and how many there are of which kind; those for whom nothing can be sent are counted apart."""

    steps: list[Step] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))

    @property
    def digest(self) -> str:
        """Of all steps in their order."""
        return _sha256("".join(step.digest for step in self.steps))

    @property
    def blocked(self) -> int:
        """For how many people nothing can be sent."""
        return sum(bool(step.blocked) for step in self.steps)

    @property
    def removals(self) -> int:
        """How many accounts it would take away."""
        return sum(self.counts[action] for action in REMOVALS)


def make_plan(wanted: Iterable[Wanted], known: Iterable[Account], switches: Switches = EVERYTHING) -> Plan:
    """The plan that turns `known` into `wanted`. Both come in the order of user ids; gone accounts are not among the known."""
    plan, names = Plan(), _Names()
    for want, have in _merge(wanted, known):
        if want is not None:
            names.add(want)
        step = _step(want, have, switches)
        if step is not None:
            plan.steps.append(step)
        elif want is not None and have is not None and have.state == "active" and have.managed:
            plan.counts["unchanged"] += 1
    plan.steps = [replace(step, blocked=reason) if (reason := names.reason(step)) else step for step in plan.steps]
    for step in plan.steps:
        if step.kind:
            plan.counts[step.kind] += 1
    return plan


class _Names:
    """Who is to have which userName: two people with one would be one account, of whoever came last."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._shared: dict[str, list[str]] = {}

    def add(self, want: Wanted) -> None:
        """Notes the name wanted for a person."""
        name = want.attributes.get("userName")
        if isinstance(name, str) and (first := self._first.setdefault(fold_case(name), want.username)) is not want.username:
            self._shared.setdefault(fold_case(name), [first]).append(want.username)

    def reason(self, step: Step) -> str:
        """Why this step would give its person a name that somebody else is to have too; empty when it would not."""
        if not self._shared or step.blocked or step.action in REMOVALS or (step.remote_id and "userName" not in step.changes):
            return ""
        name = str(step.attributes.get("userName", ""))
        others = [other for other in self._shared.get(fold_case(name), ()) if other != step.username]
        if not others:
            return ""
        return f"{others[0]} is to have the userName {name} too, and it can be only one account there. Give each a value of their own, or change the mapping."


def _merge(wanted: Iterable[Wanted], known: Iterable[Account]) -> Iterator[tuple[Wanted | None, Account | None]]:
    """Pairs the two streams by user id."""
    left, right = iter(wanted), iter(known)
    want, have = next(left, None), next(right, None)
    while want is not None or have is not None:
        if have is None or (want is not None and want.user_id < have.user_id):
            yield want, None
            want = next(left, None)
        elif want is None or have.user_id < want.user_id:
            yield None, have
            have = next(right, None)
        else:
            yield want, have
            want, have = next(left, None), next(right, None)


def _step(want: Wanted | None, have: Account | None, switches: Switches) -> Step | None:
    """What is to be done for one person; None for nothing."""
    if want is None:
        return _leave(have, switches) if have is not None else None
    if have is None or not have.managed or not have.remote_id:
        return _enter(want, have) if switches.create else None
    return _adjust(want, have) if switches.update else None


def _enter(want: Wanted, have: Account | None) -> Step:
    """A new account, or one that was found there and is not ours yet."""
    attributes = _present(want.attributes)
    if have is None or not have.remote_id:
        return Step(want.user_id, want.username, "create", "", {path: [None, value] for path, value in attributes.items()}, attributes, want.blocked)
    changes = _changes(want.attributes, have.attributes)
    if have.state == "inactive":
        changes["active"] = [False, True]
    return Step(want.user_id, want.username, "create", have.remote_id, changes, attributes, want.blocked, adopt=True)


def _adjust(want: Wanted, have: Account) -> Step | None:
    """The account is ours: is it as it should be? A doubtful one is looked up, even where nothing seems to differ."""
    changes = _changes(want.attributes, have.attributes)
    changes.pop("active", None)
    action = "update"
    if have.state == "inactive":
        action, changes = "reactivate", {"active": [False, True], **changes}
    if not changes and not want.blocked and not have.doubtful:
        return None
    return Step(want.user_id, want.username, action, have.remote_id, changes, _present(want.attributes), want.blocked)


def _leave(have: Account, switches: Switches) -> Step | None:
    """Nobody wants this account any more. What was found there and never became ours stays as it is."""
    if not have.managed:
        return None
    if not have.in_directory and switches.delete:
        return Step(have.user_id, have.username, "delete", have.remote_id, {}, {})
    if have.state == "active" and switches.deactivate:
        return Step(have.user_id, have.username, "deactivate", have.remote_id, {"active": [True, False]}, {**have.attributes, "active": False})
    return None


def _changes(wanted: dict[str, Any], known: dict[str, Any]) -> Changes:
    """Attribute by attribute, old to new. What is not mapped any more is left alone."""
    return {path: [known.get(path), value] for path, value in wanted.items() if known.get(path) != value}


def _present(attributes: dict[str, Any]) -> dict[str, Any]:
    """Without the values that a person does not have."""
    return {path: value for path, value in attributes.items() if value is not None}


def _sha256(text: str) -> str:
    """Hex digest; the library loads when a plan is made, not when pushes are only listed."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()
