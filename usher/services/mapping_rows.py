"""The attribute mapping of an application: which of our attributes goes where, and which rows are sent at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from store import applications, connections
from store.applications import Application
from store.connection import Db
from store.connections import MappingRow
from store.errors import NotFound, Refused, UsageError
from usher.catalog.vocabulary import EXTRA_USER_ATTRIBUTES, USER_ATTRIBUTES
from usher.services import meanwhile
from usher.services.session import Change, Session
from usher.services.words import clean

_NEVER = {
    "id": "is given by the application",
    "schemas": "is made from the other rows",
    "meta": "is given by the application",
    "groups": "is read-only (RFC 7643 §4.1.2)",
    "password": "is never sent: people sign in here",
}


def mapping(session: Session, app: str) -> list[MappingRow]:
    """Every row, on or off, in order."""
    return list(connections.mapping(session.db, applications.find(session.db, app).id))


def map_source(session: Session, app: str, values: Mapping[str, str], *, expected: Mapping[str, str] | None = None) -> list[MappingRow]:
    """Gives each path (`{path: user attribute}`) its source; a new path becomes a new row, which is on.

    `expected` is where the rows were seen to come from (see `shown`); `Conflict` when somebody changed one since.
    Raises `UsageError` for a path or source that cannot be, `Refused` where there is no mapping or the attribute is turned away there.
    """

    def put(db: Db, application: Application, rows: Sequence[MappingRow]) -> dict[str, list[str]]:
        known = sources(db)
        _refuse_unwelcome(db, application, values)
        return dict(_put(db, application, rows, path, _source(path, source, known), None) for path, source in values.items())

    return _changed(session, app, put, expected)


def map_constant(session: Session, app: str, values: Mapping[str, str], *, expected: Mapping[str, str] | None = None) -> list[MappingRow]:
    """Gives each path (`{path: text}`) the same value for everybody; a new path becomes a new row, which is on."""

    def put(db: Db, application: Application, rows: Sequence[MappingRow]) -> dict[str, list[str]]:
        _refuse_unwelcome(db, application, values)
        return dict(_put(db, application, rows, path, None, _constant(path, text)) for path, text in values.items())

    return _changed(session, app, put, expected)


def switch(session: Session, app: str, paths: Sequence[str], on: bool, *, expected: Mapping[str, str] | None = None) -> list[MappingRow]:
    """Switches rows on or off. A required row cannot be switched off. `expected` is `on` or `off` by path, as in `map_source`."""

    def put(db: Db, application: Application, rows: Sequence[MappingRow]) -> dict[str, list[str]]:
        done = {}
        for path in paths:
            row = _row(rows, path)
            if row is None:
                raise NotFound("no-such-path", f"The mapping has no row {path!r}.", f"Its rows are: {', '.join(r.path for r in rows)}.", path)
            if row.required and not on:
                raise Refused(
                    "row-required", f"{row.path} is required by the application and cannot be switched off.", "Map it from another attribute instead.", path
                )
            if row.on != on:
                connections.switch_mapping_row(db, application.id, row.path, on)
                done[row.path] = ["on" if row.on else "off", "on" if on else "off"]
        return done

    return _changed(session, app, put, expected, lambda row: "on" if row.on else "off")


def sources(db: Db) -> list[str]:
    """The user attributes that a row may take."""
    return list(dict.fromkeys((*USER_ATTRIBUTES, *EXTRA_USER_ATTRIBUTES, *sorted(applications.user_attributes(db)))))


def shown(row: MappingRow | None) -> str:
    """Where a row comes from, as the record has it; empty for one that is not there."""
    return _shown(row.source, row.constant) if row else ""


def _changed(
    session: Session,
    app: str,
    put: Callable[[Db, Application, Sequence[MappingRow]], dict[str, list[str]]],
    expected: Mapping[str, str] | None,
    seen: Callable[[MappingRow], str] = shown,
) -> list[MappingRow]:
    """One change of the mapping with its record, all of it or nothing."""
    with session.change("administrator") as change:
        application = applications.find(change.db, app)
        if application.idm == "unsupported":
            raise Refused("idm-unsupported", f"{application.label} has no Identity Management, and so no mapping.", "")
        rows = connections.mapping(change.db, application.id)
        now = dict.fromkeys(expected or {}, "") | {row.path: seen(row) for row in rows}
        meanwhile.check(change.db, application.label, [application.id, application.label], expected or {}, now)
        done = put(change.db, application, rows)
        _record(change, application, {path: pair for path, pair in done.items() if pair[0] != pair[1]})
        return list(connections.mapping(change.db, application.id))


def _record(change: Change, application: Application, done: Mapping[str, list[str]]) -> None:
    if done:
        applications.touch(change.db, application.id)
        change.record("mapping.changed", application.label, dict(done))
        change.event("mapping", application.id)


def _put(db: Db, application: Application, rows: Sequence[MappingRow], path: str, source: str | None, constant: str | None) -> tuple[str, list[str]]:
    """Changes the row of that path, or adds one; returns the path and what was before and after."""
    path = path.strip()
    row = _row(rows, path)
    after = _shown(source, constant)
    if row is not None:
        before = _shown(row.source, row.constant)
        if before != after:
            connections.set_mapping_value(db, application.id, row.path, source, constant)
        return row.path, [before, after]
    _check_path(path)
    connections.insert_mapping_row(db, application.id, len(connections.mapping(db, application.id)), MappingRow(path, source, constant, True, False, ""))
    return path, ["", after]


def _refuse_unwelcome(db: Db, application: Application, paths: Iterable[str]) -> None:
    """Attributes that the application turns away, by what its connector said: a request with one would fail."""
    from usher.scim.behaviour import is_refused
    from usher.services import connectors

    refused = connectors.behaviour(db, application.id, application.connector).refuses
    for path in paths:
        if refused and is_refused(refused, path):
            raise Refused("attribute-refused", f"{application.label} turns {path.strip()} away: it is never sent there.", "Leave it out of the mapping.", path)


def _row(rows: Sequence[MappingRow], path: str) -> MappingRow | None:
    """The row of a path, whatever its case: SCIM's attribute names have none (RFC 7643 §2.1)."""
    return next((row for row in rows if row.path.lower() == path.strip().lower()), None)


def _check_path(path: str) -> None:
    """A new path: one that can be built and read, and that a client may set."""
    from usher.scim.body import parse_path

    parsed = parse_path(path)
    reason = _NEVER.get(parsed.name.lower()) if not parsed.schema else None
    if reason:
        raise UsageError("path-not-mapped", f"{parsed.name} cannot be mapped: it {reason}.", "", path)


def _source(path: str, source: str, known: Sequence[str]) -> str:
    """The attribute's own spelling; `active` goes to `active` and nowhere else, being the one that is true or false."""
    found = next((name for name in known if name.lower() == source.strip().lower()), None)
    if found is None:
        raise UsageError("no-such-source", f"People have no attribute {source!r}.", f"Sources are: {', '.join(known)}.", path)
    if (path.strip().lower() == "active") != (found == "active"):
        raise UsageError("active-is-active", "active is mapped from active, and from nothing else: it says whether a person is entitled.", "", path)
    return found


def _constant(path: str, text: str) -> str:
    """A value that everybody gets: no userName, which tells people apart, and no `active`."""
    if path.strip().lower() in ("username", "active", "externalid"):
        raise UsageError("not-constant", f"{path} cannot be the same for everybody.", "Map it from an attribute.", path)
    return clean(text, path, required=True, longest=1000)


def _shown(source: str | None, constant: str | None) -> str:
    return source if source is not None else f"“{constant}”"
