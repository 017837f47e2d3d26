"""A person's fields: what they are called, what they may hold, and what follows from an edit. Knows no session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from store.directory import COLUMNS, User, UserState
from store.errors import UsageError
from store.ids import fold
from usher.services.words import unfit, unfit_email

# Every spelling of a field's name meets its public name: first_name, First-Name and firstname are one.
_NAMES = {name.lower(): name for name in COLUMNS} | {"employeeid": "employeeIdentifier", "state": "state", "groups": "groups"}
_RESERVED = {"active", "id", "password", "seq", "version", "key", "createdat"}
_ATTRIBUTE = re.compile(r"[^\W\d_][\w.:-]{0,63}", re.UNICODE)


def field_name(text: str) -> str:
    """The public name of a field, or of a further attribute. Raises `UsageError` for one that cannot be."""
    name = text.strip()
    squeezed = re.sub(r"[\s_.-]", "", name).lower()
    if squeezed in _NAMES:
        return _NAMES[squeezed]
    if squeezed in _RESERVED:
        raise UsageError("field-reserved", f"{name} cannot be set as an attribute.", f"Fields are: {', '.join(COLUMNS)}, state, and further attributes.", name)
    if not _ATTRIBUTE.fullmatch(name):
        raise UsageError("field-unfit", f"{name!r} is no name for an attribute.", "A letter first, then letters, digits, '_', '.', ':' or '-', up to 64.", name)
    return name


def check(name: str, value: str) -> str:
    """Why a trimmed value cannot stand in the field of that public name, as the rest of a sentence; empty when it can."""
    if reason := unfit(value, required=name == "username"):
        return reason
    if name == "email" and value:
        return unfit_email(value)
    if name == "state" and value.upper() not in UserState.__members__:
        return f"must be {', '.join(UserState)}"
    return ""


def edited(user: User, values: Mapping[str, str]) -> User:
    """The person with those checked values by public name; an attribute set to nothing is dropped."""
    columns: dict[str, str] = {}
    attributes = dict(user.attributes)
    for name, value in values.items():
        if name in COLUMNS:
            columns[COLUMNS[name]] = value
        elif name == "state":
            columns["state"] = UserState(value.upper())
        elif value:
            attributes[name] = value
        else:
            attributes.pop(name, None)
    if "username" in columns:
        columns["key"] = fold(columns["username"])
    return replace(user, attributes=attributes, **columns)  # type: ignore[arg-type]


def with_display_name(user: User) -> User:
    """The person with first and last name as display name, when none was given."""
    return user if user.displayname else replace(user, displayname=f"{user.firstname} {user.lastname}".strip())


def difference(before: User, after: User) -> dict[str, list[str]]:
    """`{public name: [before, after]}` of the fields that differ."""
    if before == after:
        return {}
    names = [*COLUMNS, *sorted(before.attributes.keys() | after.attributes.keys())]
    found = {name: [before.value(name), after.value(name)] for name in names if before.value(name) != after.value(name)}
    if before.state != after.state:
        found["state"] = [before.state, after.state]
    return found
