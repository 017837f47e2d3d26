"""Wanted: what a person's account is to look like, by the application's mapping."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from store.accounts import Person, Rule
from store.records import dataclass

_BOOLEANS = {"true": True, "false": False}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class Wanted:
    """One account as it is wanted: `attributes` is `{path: value}` for every row that is on, None where the person has
    no value; `blocked` says why nothing can be sent for this person, empty when something can."""

    user_id: str
    username: str
    attributes: dict[str, Any]
    blocked: str = ""


def wanted(rules: Sequence[Rule], people: Iterable[Person], *, username_is_email: bool = False) -> Iterator[Wanted]:
    """The accounts wanted for these people, who are entitled, in their order."""
    for person in people:
        yield evaluate(rules, person, username_is_email=username_is_email)


def evaluate(rules: Sequence[Rule], person: Person, *, username_is_email: bool = False) -> Wanted:
    """One person's account as it is wanted."""
    attributes = {rule.path: value_of(rule, person) for rule in rules}
    return Wanted(person.user_id, person.username, attributes, _blocked(rules, attributes, username_is_email))


def value_of(rule: Rule, person: Person) -> Any:
    """What a row gives for a person: text, true or false, or None for no value."""
    if rule.path == "active" or rule.source == "active":
        return True
    if rule.constant is not None:
        return _BOOLEANS.get(rule.constant.strip().casefold(), rule.constant)
    return person.values.get(rule.source or "", "").strip() or None


def _blocked(rules: Sequence[Rule], attributes: dict[str, Any], username_is_email: bool) -> str:
    """The named failure of a person who cannot be sent, or an empty text."""
    missing = [rule for rule in rules if rule.required and attributes[rule.path] is None]
    if missing:
        names = ", ".join(f"{rule.label or rule.source} ({rule.path})" for rule in missing)
        return f"No value for {names}, which is required. Give the person one, or change the mapping."
    username = attributes.get("userName")
    if username is None:
        return "No value for userName, by which the application knows people. Map userName to an attribute that everybody has."
    if username_is_email and not _EMAIL.fullmatch(str(username)):
        by_email = any(rule.path == "userName" and rule.source == "email" for rule in rules)
        advice = "Correct the person's e-mail address." if by_email else "Map userName to email."
        return f"The userName {username} is no e-mail address, and this application takes nothing else. {advice}"
    return ""
