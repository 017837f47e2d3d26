"""The provisioning log: found, paged, and both sides of each exchange."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

from store import accounts, journal, operations
from store.directory import find_user
from store.errors import NotFound
from store.ids import fold
from store.journal import Exchange, JournalRow, Wanted
from store.operations import Operation
from store.records import dataclass
from usher.services.session import Session


@dataclass(frozen=True)
class LogQuery:
    """What to look for; empty fields mean any. `app` and `user` by name or id (of some deleted since, too), times as
    the store keeps them (`until` itself left out), `text` words that all occur, each at least in its beginning, `push` an id or number."""

    app: str = ""
    user: str = ""
    action: str = ""
    result: str = ""
    since: str = ""
    until: str = ""
    text: str = ""
    push: str = ""


@dataclass(frozen=True)
class OperationDetail:
    """One operation: its outcomes in the log, and what went over the wire. `operation` is None once its push was forgotten."""

    operation: Operation | None
    rows: tuple[JournalRow, ...]
    exchanges: tuple[Exchange, ...]


def page(session: Session, query: LogQuery, *, before: int | None = None, after: int | None = None, limit: int = 100) -> list[JournalRow]:
    """A page by key: newest first from below `before`, or oldest first from above `after`."""
    return journal.page(session.db, wanted(session, query), before=before, after=after, limit=limit)


def count(session: Session, query: LogQuery, cap: int = 10_000) -> int:
    """How many rows match, counted up to `cap`."""
    return journal.count(session.db, wanted(session, query), cap)


def rows(session: Session, query: LogQuery) -> Iterator[JournalRow]:
    """Every row that matches, oldest first: for an export."""
    after = 0
    found = wanted(session, query)
    while part := journal.page(session.db, found, after=after, limit=1000):
        yield from part
        after = part[-1].seq


def detail(session: Session, operation_id: str) -> OperationDetail:
    """One operation with both sides of every exchange; `NotFound`."""
    operation, found = operations.get(session.db, operation_id), journal.of_operation(session.db, operation_id)
    if operation is None and not found:
        raise NotFound("no-such-operation", f"There is no operation {operation_id}.", "usher log prints their ids.")
    return OperationDetail(operation, tuple(found), tuple(journal.exchanges(session.db, operation_id)))


def curl(exchange: Exchange) -> str:
    """The request as a command for a shell, with the token as $TOKEN."""
    parts = ["curl", "-i", "-X", exchange.method, shlex.quote(exchange.url), "-H", '"Authorization: Bearer $TOKEN"']
    for line in exchange.request_headers.splitlines():
        name = line.split(":", 1)[0].strip().lower()
        if name in ("content-type", "accept"):
            parts += ["-H", shlex.quote(line)]
    if exchange.request_body:
        parts += ["--data-raw", shlex.quote(_compact(exchange.request_body))]
    return " ".join(parts)


def _compact(body: str) -> str:
    """JSON on one line; anything else as it is."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        return body


def wanted(session: Session, query: LogQuery) -> Wanted:
    """The query with names as ids; a name that nobody has, or had, is `NotFound`."""
    app = _application_id(session, query.app) if query.app else ""
    user = _user_id(session, query.user) if query.user else ""
    return Wanted(app, user, query.action, query.result, query.since, query.until, query.text, _push_id(session, query.push) if query.push else "")


def _application_id(session: Session, name: str) -> str:
    target = accounts.find_target(session.db, fold(name), name)
    found = target.id if target else journal.application_once_called(session.db, name)
    if found is None:
        raise NotFound("no-such-application", f"There is no application called {name}, and the log knows of none.", "usher apps list shows them.")
    return found


def _push_id(session: Session, name: str) -> str:
    from usher.services.push_views import find_push

    return find_push(session, name).id


def _user_id(session: Session, name: str) -> str:
    try:
        return find_user(session.db, name).id
    except NotFound:
        found = journal.user_once_called(session.db, name)
        if found is None:
            raise
        return found
