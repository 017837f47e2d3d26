"""The fields of a person as a form."""

from __future__ import annotations

from store.directory import User
from tui.screens.people import STATES
from tui.widgets.fields import FieldSpec

LABELS = {
    "username": "Username",
    "email": "E-mail",
    "firstname": "First name",
    "lastname": "Last name",
    "displayname": "Display name",
    "employeeIdentifier": "Employee ID",
    "state": "State",
}
_HINTS = {"displayname": "Left empty, it is made of first and last name.", "state": "Staged people are not provisioned and cannot sign in yet."}


def specs_of(user: User) -> list[FieldSpec]:
    """A field each, further attributes last."""
    specs = [_spec(user, name, label) for name, label in LABELS.items()]
    return [*specs, *(FieldSpec(name, name, value) for name, value in sorted(user.attributes.items()))]


def _spec(user: User, name: str, label: str) -> FieldSpec:
    if name == "state":
        return FieldSpec(name, label, str(user.state), _HINTS[name], options=tuple((state, state.lower()) for state in STATES))
    hint = _HINTS.get(name, "") if not user.id else ""
    return FieldSpec(name, label, user.value(name), hint, required=name == "username")


def label_of(name: str) -> str:
    """What a field is called on the screen."""
    return LABELS.get(name, name)
