"""Operators: who works with this store, in which role, and with which keys they come in over SSH."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from store import operators
from store.errors import NotFound, Refused, UsageError
from store.ids import fold
from store.operators import Operator, OperatorKey
from store.records import dataclass
from usher.services import meanwhile
from usher.services.session import Change, Session
from usher.services.ssh_keys import fingerprint_of, parse_key
from usher.services.words import clean

ROLES = ("viewer", "operator", "administrator")
WHAT_ROLES_DO = {
    "viewer": "reads everything",
    "operator": "people, groups and pushes",
    "administrator": "everything: applications, settings, keys",
}
_NAME = re.compile(r"[^\W_][\w .@+-]*")
_YES_NO = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class Launch:
    """How a console is started for an operator who comes in over SSH: the program's words, the store, and the master key
    where it is not in its usual place."""

    program: tuple[str, ...]
    store: Path
    key_file: Path | None = None


def list_(session: Session) -> list[Operator]:
    """Every operator in order of name, with their keys. Without any, who may write the store's file is administrator."""
    return operators.every(session.db)


def get(session: Session, operator: str) -> Operator:
    """The operator of that name (whatever the case) or id."""
    return operators.find(session.db, operator)


def by_fingerprint(session: Session, fingerprint: str) -> Operator | None:
    """The operator who may come in with the key of that fingerprint (`SHA256:…`) now; None: nobody may."""
    found = operators.holder(session.db, fingerprint)
    return found if found and found.enabled else None


def add(session: Session, name: str, role: str, key: str = "") -> Operator:
    """Adds an operator, with the line of their public key if there is one.

    Raises `UsageError` naming the field, `Refused` for a name or key that is taken.
    """
    name, role = _checked_name(name), _checked_role(role)
    parsed = parse_key(key) if key.strip() else None
    with session.change("administrator") as change:
        _refuse_taken_name(change, name)
        keys = (_fresh(change, parsed),) if parsed else ()
        new = Operator(session.ids.new(), name, role, created_at=change.at, keys=keys)
        operators.insert(change.db, new)
        change.record("operator.added", name, {"id": new.id, "role": role, "keys": _named(keys)})
        change.event("operator", new.id)
    return get(session, new.id)


def set_(session: Session, operator: str, values: Mapping[str, str], *, expected: Mapping[str, str] | None = None) -> Operator:
    """Changes name, role, enabled (true or false); `key` adds the line of a public key, `drop_key` takes the one of that
    fingerprint away. It bites at the operator's next write, in every console that is open.

    Raises `UsageError` naming the field, `Refused` for the last administrator, `Conflict` where a field is not what was
    `expected` any more.
    """
    checked = {field: _judged(field, value) for field, value in values.items()}
    parsed = parse_key(values["key"]) if values.get("key", "").strip() else None
    dropped = values.get("drop_key", "").strip()
    with session.change("administrator") as change:
        before = operators.find(change.db, operator)
        meanwhile.check(change.db, before.name, [before.id], meanwhile.about(values, expected), vars_of(before))
        wanted = {"name": before.name, "role": before.role, "enabled": before.enabled} | {k: v for k, v in checked.items() if k in ("name", "role", "enabled")}
        noted = {field: [getattr(before, field), value] for field, value in wanted.items() if value != getattr(before, field)}
        if "name" in noted:
            _refuse_taken_name(change, str(wanted["name"]), before.id)
        noted.update(_change_keys(change, before, parsed, dropped))
        if noted:
            operators.update(change.db, before, name=str(wanted["name"]), role=str(wanted["role"]), enabled=bool(wanted["enabled"]))
            change.record("operator.changed", before.name, {"id": before.id, **noted})
            change.event("operator", before.id)
    return get(session, before.id)


def remove(session: Session, operator: str) -> Operator:
    """Removes an operator and their keys, and returns what they were. `Refused` for the last administrator beside others."""
    with session.change("administrator") as change:
        found = operators.find(change.db, operator)
        operators.delete(change.db, found.id)
        change.record("operator.removed", found.name, {"id": found.id, "role": found.role, "keys": _named(found.keys)})
        change.event("operator", found.id)
    return found


def authorized_line(operator: Operator, key: OperatorKey, launch: Launch) -> str:
    """The line of an authorized_keys file that lets this key in, to a confined console of this operator and nothing else."""
    words = ["env", f"USHER_KEY_FILE={launch.key_file}"] if launch.key_file else []
    words += [*launch.program, "--store", str(launch.store), "--operator", operator.name, "--ssh-key", key.fingerprint, "--confined"]
    command = shlex.join(words)
    if not command.isprintable():
        raise UsageError("path-unfit", "A path with a control character cannot stand in an authorized_keys line.", "Move the store or the program.")
    quoted = command.replace('"', '\\"')
    return f'restrict,pty,command="{quoted}" {key.line} {operator.name}'


def authorized_lines(session: Session, launch: Launch, fingerprint: str = "") -> list[str]:
    """The lines for every key of every enabled operator, or for the one key of that fingerprint alone."""
    return [
        authorized_line(operator, key, launch)
        for operator in list_(session)
        if operator.enabled
        for key in operator.keys
        if fingerprint in ("", key.fingerprint)
    ]


def offered_fingerprint(kind: str, body: str) -> str:
    """The fingerprint of the key that sshd names as `%t %k`; `UsageError` when that is none."""
    found = fingerprint_of(body)
    if not kind or not found:
        raise UsageError("key-unfit", "That is no key.", "sshd gives the key's type and body: %t %k.")
    return found


def launch_of(session: Session, program: str = "") -> Launch:
    """How this very store is opened over SSH, by absolute paths: with the program named, or the one that runs now."""
    words = (str(Path(program).absolute()) if os.sep in program else program,) if program else _this_program()
    named = session.key.absolute() if isinstance(session.key, Path) else None
    return Launch(words, session.store.path.absolute(), named)


def _this_program() -> tuple[str, ...]:
    called = Path(sys.argv[0])
    if called.name == "usher":
        return (shutil.which(str(called)) or str(called.absolute()),)
    return (sys.executable, "-m", "tui")


def vars_of(operator: Operator) -> dict[str, object]:
    """The fields of an operator that are changed by `set_`, by the names it takes them by."""
    return {"name": operator.name, "role": operator.role, "enabled": operator.enabled}


def _change_keys(change: Change, operator: Operator, parsed: OperatorKey | None, dropped: str) -> dict[str, list[Any]]:
    """Adds one key, drops another; what the record says of it."""
    before = [key.fingerprint for key in operator.keys]
    after = list(before)
    if dropped:
        if dropped not in before:
            raise NotFound("no-such-key", f"{operator.name} has no key {dropped}.", "usher operators list --json shows them.", "drop_key")
        operators.delete_key(change.db, operator.id, dropped)
        after.remove(dropped)
    if parsed:
        operators.insert_key(change.db, operator.id, _fresh(change, parsed))
        after.append(parsed.fingerprint)
    return {"keys": [" ".join(before), " ".join(after)]} if before != after else {}


def _named(keys: Sequence[OperatorKey]) -> str:
    """The keys as the record has them."""
    return " ".join(key.fingerprint for key in keys)


def _fresh(change: Change, parsed: OperatorKey) -> OperatorKey:
    """The key as it is kept; `Refused` when it is somebody's already."""
    holder = operators.holder(change.db, parsed.fingerprint)
    if holder:
        raise Refused("key-taken", f"This key is {holder.name}'s already.", "A key belongs to one operator: give each of them their own.", "key")
    return OperatorKey(parsed.fingerprint, parsed.kind, parsed.body, parsed.comment, change.at)


def _judged(field: str, value: str) -> object:
    """One value as it is kept."""
    if field == "name":
        return _checked_name(value)
    if field == "role":
        return _checked_role(value)
    if field == "enabled":
        found = _YES_NO.get(value.strip().lower())
        if found is None:
            raise UsageError("not-a-flag", f"enabled is true or false, not {value!r}.", "", field)
        return found
    if field in ("key", "drop_key"):
        return value
    raise UsageError("no-such-field", f"An operator has no field {field!r}.", "Its fields are: name, role, enabled, key, drop_key.", field)


def _checked_name(text: str) -> str:
    name = clean(text, "name", label="operator's name", required=True, longest=100)
    if not _NAME.fullmatch(name):
        raise UsageError("name-unfit", "An operator's name begins with a letter or digit and takes letters, digits, blanks and . _ @ + - only.", "", "name")
    return name


def _checked_role(text: str) -> str:
    role = text.strip().lower()
    if role not in ROLES:
        raise UsageError("role-unknown", f"There is no role {text.strip()!r}.", f"Roles are: {', '.join(ROLES)}.", "role")
    return role


def _refuse_taken_name(change: Change, name: str, own_id: str = "") -> None:
    for other in operators.every(change.db):
        if fold(other.name) == fold(name) and other.id != own_id:
            raise Refused("operator-taken", f"There is an operator {other.name} already.", "Choose another name.", "name")
