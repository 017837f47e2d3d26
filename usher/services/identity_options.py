"""The options of a connection: when it pushes, how fast, what it may do, and when its guard waits for a person."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from store import applications, connections
from store.connections import ConnectionView
from store.errors import Refused, UsageError
from usher.services import meanwhile
from usher.services.session import Session

MODES = ("automatic", "on-demand")
_SWITCH = {"on": True, "off": False, "true": True, "false": False}
_UNSET = ("", "unset", "default")


def set_options(session: Session, app: str, values: Mapping[str, Any], *, expected: Mapping[str, Any] | None = None) -> ConnectionView:
    """Sets mode, rate (writes a second; 0: no pacing; `unset`: the connector's), concurrency, create, update, deactivate, delete
    (on or off), guard_percent, guard_minimum: all or none. They may change while active; a running push keeps those it began with.

    Raises `UsageError` naming the option, `Refused` where there is no Identity Management, `Conflict` where an option is
    not what was `expected` any more.
    """
    checked = {_COLUMNS.get(key, key): _judged(key, value) for key, value in values.items()}
    with session.change("administrator") as change:
        application = applications.find(change.db, app)
        before = connections.view(change.db, application.id)
        if before is None or application.idm == "unsupported":
            raise Refused("idm-unsupported", f"{application.label} has no Identity Management.", "")
        seen = {key: _said(_judged(key, value)) for key, value in meanwhile.about(values, expected).items()}
        now = {key: _said(getattr(before, _COLUMNS.get(key, key))) for key in seen}
        meanwhile.check(change.db, application.label, [application.id, application.label], seen, now)
        changed = {column: value for column, value in checked.items() if getattr(before, column) != value}
        if changed:
            connections.set_options(change.db, application.id, changed)
            change.record("idm.changed", application.label, {column.removeprefix("do_"): [getattr(before, column), value] for column, value in changed.items()})
            change.event("connection", application.id)
    after = connections.view(session.db, application.id)
    return after or before


def _said(value: Any) -> str:
    """An option as a person reads it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return "unset" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _judged(key: str, value: Any) -> Any:
    """The value as it is kept."""
    if key not in _CHECKS:
        raise UsageError("no-such-option", f"There is no option {key!r}.", f"Options are: {', '.join(_CHECKS)}.", key)
    return _CHECKS[key](key, value.strip().lower() if isinstance(value, str) else value)


def _mode(key: str, value: Any) -> str:
    if value not in MODES:
        raise UsageError("option-unfit", f"The mode is automatic or on-demand, not {value!r}.", "", key)
    return str(value)


def _switch(key: str, value: Any) -> bool:
    found = value if isinstance(value, bool) else _SWITCH.get(str(value))
    if found is None:
        raise UsageError("option-unfit", f"{key} is on or off, not {value!r}.", "", key)
    return found


def _rate(key: str, value: Any) -> float | None:
    if value is None or value in _UNSET:
        return None
    return _number(key, value, 0, 10_000, "writes a second")


def _number(key: str, value: Any, least: float, most: float, unit: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not least <= number <= most:
        raise UsageError("option-unfit", f"{key} is a number of {unit} from {least:g} to {most:g}, not {value!r}.", "", key)
    return number


def _whole(least: int, most: int, unit: str) -> Callable[[str, Any], int]:
    def check(key: str, value: Any) -> int:
        number = _number(key, value, least, most, unit)
        if number != int(number):
            raise UsageError("option-unfit", f"{key} is a whole number of {unit}, not {value!r}.", "", key)
        return int(number)

    return check


_COLUMNS = {name: f"do_{name}" for name in ("create", "update", "deactivate", "delete")}
_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "mode": _mode,
    "rate": _rate,
    "concurrency": _whole(1, 16, "requests at a time"),
    "create": _switch,
    "update": _switch,
    "deactivate": _switch,
    "delete": _switch,
    "guard_percent": lambda key, value: _number(key, value, 0, 100, "percent"),
    "guard_minimum": _whole(0, 1_000_000, "accounts"),
}
