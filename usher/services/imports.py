"""People from a file: what it would change, and then exactly that, all of it or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from store import bulk
from store import directory as people
from store import groups as group_store
from store.connection import Db
from store.directory import Group, User
from store.errors import UsageError
from store.ids import fold
from usher.services.files import read_file
from usher.services.import_file import LARGEST, ImportFile, Row, RowError, parse
from usher.services.people import difference, edited, with_display_name
from usher.services.session import Change, Session

_BATCH = 2000
_SHOWN = 500  # so many changes are spelled out, in a preview and in the record

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RowChange:
    """What one row does: `create` with its values, or `update` with `{field: [before, after]}` (groups too)."""

    line: int
    username: str
    action: str
    changes: dict[str, list[str]]


@dataclass(frozen=True)
class ImportPreview:
    """What a file does to the directory: people by what happens to them, memberships, and the first changes in full."""

    create: int = 0
    update: int = 0
    unchanged: int = 0
    joined: int = 0
    left: int = 0
    groups_new: tuple[str, ...] = ()
    changes: tuple[RowChange, ...] = ()
    errors: tuple[RowError, ...] = ()


class BadImport(UsageError):
    """Rows of the file cannot be taken; nothing was kept. `errors` has every one of them."""

    def __init__(self, path: Path, errors: tuple[RowError, ...]) -> None:
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        super().__init__("import-bad-rows", f"{path}: {errors[0]}{more}.", "Nothing was imported. Mend the file and try again.")
        self.errors = errors


def preview(session: Session, path: Path) -> ImportPreview:
    """What importing the file would change; with `errors` it would change nothing. Raises `UsageError` for a file that is no text."""
    file = parse(read_file(session, path, LARGEST), path.name)
    if file.errors:
        return ImportPreview(errors=tuple(file.errors))
    with session.store.reading() as db:
        work = _Work(file, db, lambda key: f"new {key}", "")
        for batch in work.batches():
            work.compare(batch)
    return work.preview()


def run(session: Session, path: Path, progress: Progress | None = None) -> ImportPreview:
    """Imports the file in one change and returns what it did. `progress(done, total)` counts rows. Raises `BadImport`."""
    data = read_file(session, path, LARGEST)
    file = parse(data, path.name)
    if file.errors:
        raise BadImport(path, tuple(file.errors))
    with session.change() as change:
        work = _Work(file, change.db, lambda _: session.ids.new(), change.at)
        for group in work.new_groups:
            group_store.insert_group(change.db, group)
        done = 0
        with bulk.bulk_load(change.db):
            for batch in work.batches():
                _keep(change.db, work.compare(batch))
                done += len(batch)
                if progress:
                    progress(done, len(file.rows))
        found = work.preview()
        _record(change, path, hashlib.sha256(data).hexdigest(), found)
    return found


@dataclass
class _Difference:
    """What one batch of rows changes."""

    new: list[User] = field(default_factory=list)
    changed: list[User] = field(default_factory=list)
    join: set[tuple[str, str]] = field(default_factory=set)
    leave: set[tuple[str, str]] = field(default_factory=set)


class _Work:
    """One file against one state of the store: compares batch by batch and keeps the count."""

    def __init__(self, file: ImportFile, db: Db, new_id: Callable[[str], str], at: str) -> None:
        self._rows, self._db, self._new_id, self._at = file.rows, db, new_id, at
        keys = {name: fold(name) for row in file.rows for name in row.groups or ()}
        names = {key: name for name, key in keys.items()}
        known = group_store.groups_by_key(db, names)
        self.new_groups = [Group(new_id(key), name, key, "", at) for key, name in sorted(names.items()) if key not in known]
        groups = known | {group.key: group for group in self.new_groups}
        self._ids = {name: groups[key].id for name, key in keys.items()}
        self._names = {group.id: group.name for group in groups.values()}
        self._create = self._update = self._joined = self._left = 0
        self._changes: list[RowChange] = []

    def batches(self) -> Iterator[Sequence[Row]]:
        """The rows in handy numbers."""
        for start in range(0, len(self._rows), _BATCH):
            yield self._rows[start : start + _BATCH]

    def compare(self, batch: Sequence[Row]) -> _Difference:
        """What these rows change, given the people and memberships that are there."""
        found = _Difference()
        known = people.users_by_key(self._db, [row.key for row in batch])
        have: dict[str, set[str]] = {}
        for group_id, user_id in group_store.memberships_of(self._db, [user.id for user in known.values()]):
            have.setdefault(user_id, set()).add(group_id)
        for row in batch:
            before = known.get(row.key)
            after = self._after(row, before)
            join, leave = self._membership(row, have.get(after.id, set()))
            found.join |= {(group_id, after.id) for group_id in join}
            found.leave |= {(group_id, after.id) for group_id in leave}
            if before is None:
                found.new.append(after)
            elif after != before:
                found.changed.append(after)
            self._count(row, before, after, join, leave)
        return found

    def preview(self) -> ImportPreview:
        """The count so far."""
        unchanged = len(self._rows) - self._create - self._update
        names = tuple(group.name for group in self.new_groups)
        return ImportPreview(self._create, self._update, unchanged, self._joined, self._left, names, tuple(self._changes))

    def _after(self, row: Row, before: User | None) -> User:
        """The person as the row wants them: a column that is there sets its value. The username only finds them."""
        if before is None:
            return with_display_name(edited(User(self._new_id(row.key), "", "", created_at=self._at), row.values))
        after = edited(before, {name: value for name, value in row.values.items() if name != "username"})
        return with_display_name(after) if "displayname" in row.values else after

    def _membership(self, row: Row, have: set[str]) -> tuple[set[str], set[str]]:
        """The groups a person joins and leaves; without the column none."""
        if row.groups is None:
            return set(), set()
        want = {self._ids[name] for name in row.groups}
        return want - have, have - want

    def _count(self, row: Row, before: User | None, after: User, join: set[str], leave: set[str]) -> None:
        self._joined += len(join)
        self._left += len(leave)
        if after == before and not (join or leave):
            return
        self._create += before is None
        self._update += before is not None
        if len(self._changes) < _SHOWN:
            fields = difference(before or User("", "", ""), after)
            groups = {"groups": [self._named(leave), self._named(join)]} if join or leave else {}
            self._changes.append(RowChange(row.line, after.username, "create" if before is None else "update", fields | groups))

    def _named(self, ids: set[str]) -> str:
        """Names of groups in one line; those the file does not name are looked up."""
        return "; ".join(sorted(self._names.get(id_) or self._names.setdefault(id_, people.find_group(self._db, id_).name) for id_ in ids))


def _keep(db: Db, found: _Difference) -> None:
    """Writes what a batch changes."""
    bulk.add(db, found.new)
    bulk.change(db, found.changed)
    group_store.add_members(db, sorted(found.join))  # in the order of the table: far fewer pages touched
    group_store.remove_members(db, found.leave)


def _record(change: Change, path: Path, digest: str, found: ImportPreview) -> None:
    """The traces of an import that changed something: the numbers stay for ever, the first changes can be erased."""
    if not (found.create or found.update or found.groups_new):
        return
    numbers = {"created": found.create, "updated": found.update, "unchanged": found.unchanged, "joined": found.joined, "left": found.left}
    updates = {row.username: row.changes for row in found.changes if row.action == "update"}
    change.record("users.imported", path.name, {**numbers, "groups_new": list(found.groups_new), "sha256": digest}, {"updates": updates} if updates else None)
    for topic, moved in (("user", found.create + found.update), ("membership", found.joined + found.left), ("group", len(found.groups_new))):
        if moved:
            change.event(topic)
