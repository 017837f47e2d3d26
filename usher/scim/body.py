"""Requests as they are built and accounts as they are read: pure functions between mapping paths and JSON.

A mapping path is a SCIM attribute path (RFC 7644 §3.10): `userName`, `name.givenName`, `emails.value`,
`phoneNumbers[type eq "work"].value`, `urn:…:2.0:User:department`. What is sent is exactly what is mapped:
`emails.value` becomes `[{"value": …}]` and nothing beside it. Who needs more says so in the path, since the terms of
its filter are sent with the value: `emails[type eq "work" and primary eq true].value`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from store.errors import UsageError
from store.records import dataclass
from usher.scim.shapes import Attributes, Remote

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MULTI_VALUED = frozenset({"emails", "phonenumbers", "ims", "photos", "addresses", "groups", "entitlements", "roles", "x509certificates"})

_PATH = re.compile(r"(?:(urn:[^\[\]\"\s]+):)?([A-Za-z$][\w$-]*)(?:\[(.+)\])?(?:\.([A-Za-z$][\w$-]*))?")
_TERM = re.compile(r'\s*([A-Za-z$][\w$-]*)\s+eq\s+("(?:[^"\\]|\\.)*"|true|false|-?\d+)\s*', re.IGNORECASE)
_AND = re.compile(r"and\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Path:
    """A parsed mapping path. `schema` is an extension's URN or empty, `where` the terms of its filter."""

    text: str
    schema: str
    name: str
    where: tuple[tuple[str, Any], ...]
    sub: str

    @property
    def multi(self) -> bool:
        """Whether the attribute is a list."""
        return bool(self.where) or self.name.lower() in MULTI_VALUED

    @property
    def owner(self) -> str:
        """The path of the whole attribute: `emails` of `emails.value`."""
        return f"{self.schema}:{self.name}" if self.schema else self.name


@lru_cache(maxsize=1024)
def parse_path(text: str) -> Path:
    """Reads a mapping path; `UsageError` says what is wrong with it."""
    found = _PATH.fullmatch(text)
    if not found:
        raise UsageError(
            "bad-path",
            f"“{text}” is not a SCIM attribute path.",
            'Write one such as displayName, name.givenName, emails.value or phoneNumbers[type eq "work"].value.',
        )
    schema, name, where, sub = found.groups()
    if schema and schema.lower() == CORE.lower():
        schema = None
    return Path(text, schema or "", name, _terms(text, where) if where else (), sub or "")


def _terms(text: str, where: str) -> tuple[tuple[str, Any], ...]:
    """The `attribute eq value` terms of a filter, joined by `and`."""
    terms, place = [], 0
    while found := _TERM.match(where, place):
        value = found[2]
        terms.append((found[1], json.loads(value if value.startswith('"') else value.lower())))
        if found.end() == len(where):
            return tuple(terms)
        joined = _AND.match(where, found.end())
        if not joined:
            break
        place = joined.end()
    raise UsageError("bad-path", f"The filter in “{text}” cannot be used.", 'Only terms such as type eq "work", joined by and, can be built.')


def user_body(attributes: Attributes, remote_id: str = "") -> dict[str, Any]:
    """A User resource of exactly these attributes; None and empty text are left out. `remote_id` for PUT."""
    body: dict[str, Any] = {"schemas": [CORE]}
    if remote_id:
        body["id"] = remote_id
    for text, value in attributes.items():
        if value is None or value == "":
            continue
        path = parse_path(text)
        target = body
        if path.schema:
            if path.schema not in body:
                body["schemas"].append(path.schema)
            target = body.setdefault(path.schema, {})
        _place(target, path, typed(path, value))
    return body


def _place(target: dict[str, Any], path: Path, value: Any) -> None:
    """Puts a value where its path says."""
    if path.multi and not isinstance(value, list):
        elements = target.setdefault(path.name, [])
        terms = dict(path.where)
        element = next((e for e in elements if all(e.get(k) == v for k, v in terms.items())), None) if terms else (elements[0] if elements else None)
        if element is None:
            elements.append(element := terms)
        element[path.sub or "value"] = value
    elif path.sub and not path.multi:
        target.setdefault(path.name, {})[path.sub] = value
    else:
        target[path.name] = value


def typed(path: Path, value: Any) -> Any:
    """A value in the type its attribute has: `active` and `primary` are JSON booleans (RFC 7643 §4.1)."""
    leaf = (path.sub or path.name).lower()
    return truth(value) if leaf in ("active", "primary") else value


def truth(value: Any) -> bool:
    """A boolean as providers spell them: true, "True", "false", 1."""
    return value.strip().lower() not in ("false", "0", "no", "") if isinstance(value, str) else bool(value)


def dump(body: Any) -> bytes:
    """JSON as it is sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


# --- PATCH (RFC 7644 §3.5.2) -----------------------------------------------------------------------------------------


def patch(operations: list[dict[str, Any]]) -> dict[str, Any]:
    """The PATCH body of these operations."""
    return {"schemas": [PATCH_OP], "Operations": operations}


def operation(text: str, value: Any) -> dict[str, Any]:
    """The operation that sets one mapping path, or takes it away when `value` is None or empty.

    A list without a filter in its path is replaced whole (`emails` := `[{"value": …}]`): the one form that every
    server tried takes, and the same that a PUT does.
    """
    path = parse_path(text)
    whole = path.multi and not path.where
    target = path.owner if whole else text
    if value is None or value == "":
        return {"op": "remove", "path": target}
    value = typed(path, value)
    if whole and not isinstance(value, list):
        value = [{path.sub or "value": value}]
    return {"op": "replace", "path": target, "value": value}


def addition(text: str, value: Any) -> dict[str, Any] | None:
    """For a path with a filter that matches nothing yet (400 noTarget): the operation that adds the element."""
    path = parse_path(text)
    if not path.where or value is None or value == "":
        return None
    return {"op": "add", "path": path.owner, "value": [{**dict(path.where), path.sub or "value": typed(path, value)}]}


# --- reading ---------------------------------------------------------------------------------------------------------


def pick(resource: Any, name: str) -> Any:
    """An attribute by name, whatever its case (RFC 7643 §2.1); None when it is not there."""
    if not isinstance(resource, dict):
        return None
    if name in resource:
        return resource[name]
    folded = name.lower()
    return next((value for key, value in resource.items() if key.lower() == folded), None)


def read(resource: Any, text: str) -> Any:
    """The value at a mapping path: a boolean for `active`, text for any other single value; None when absent."""
    path = parse_path(text)
    value = pick(pick(resource, path.schema) if path.schema else resource, path.name)
    if path.multi and (path.sub or path.where):
        value = pick_value(_element(value, path), path.sub or "value")
    elif path.sub:
        value = pick_value(value, path.sub)
    if value is None or value == "" or value == []:
        return None
    if (path.sub or path.name).lower() in ("active", "primary"):
        return truth(value)
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def pick_value(element: Any, sub: str) -> Any:
    """A sub-attribute; a bare text where an object was due stands for its `value`."""
    return element if isinstance(element, str) and sub.lower() == "value" else pick(element, sub)


def _element(value: Any, path: Path) -> Any:
    """The element of a list that a path means: the one its filter matches, else the primary, else the first."""
    elements = value if isinstance(value, list) else [] if value is None else [value]
    if path.where:
        return next((e for e in elements if all(_term_holds(pick(e, key), wanted) for key, wanted in path.where)), None)
    primary = next((e for e in elements if isinstance(e, dict) and truth(pick(e, "primary") or False)), None)
    return primary if primary is not None else elements[0] if elements else None


def _term_holds(shown: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool):
        return shown is not None and truth(shown) == wanted
    return str(shown).casefold() == str(wanted).casefold()


def remote(resource: Any, paths: Iterable[str]) -> Remote | None:
    """An account as a User resource shows it; None when it has no id (then it cannot be addressed)."""
    number = pick(resource, "id")
    if isinstance(number, bool) or not isinstance(number, (str, int)) or number == "":
        return None
    attributes = {path: value for path in paths if (value := read(resource, path)) is not None}
    active = pick(resource, "active")
    username = pick(resource, "userName")
    return Remote(str(number), "" if username is None else str(username), active is None or truth(active), attributes, resource)


def same(path: str, wanted: Any, shown: Any) -> bool:
    """Whether a provider shows what is wanted: absent and empty are one; userName and e-mail addresses whatever
    the case (RFC 7643 §4.1.1); `active` as a boolean."""
    name = path.lower()
    if name == "active":
        return truth(wanted) == (True if shown is None else truth(shown))
    if wanted in (None, "") or shown in (None, ""):
        return wanted in (None, "") and shown in (None, "")
    if name == "username" or name.startswith("emails"):
        return str(wanted).casefold() == str(shown).casefold()
    return bool(wanted == shown) or (not isinstance(wanted, (dict, list)) and str(wanted) == str(shown))


# --- addresses -------------------------------------------------------------------------------------------------------


def user_path(remote_id: str) -> str:
    """The path of one account: never meta.location, always our own base and the quoted id (an id of dots would name a folder)."""
    return "/Users/" + ("%2E" * len(remote_id) if remote_id in (".", "..") else quote(remote_id, safe=""))


def filter_path(name: str) -> str:
    """A look-up by userName (RFC 7644 §3.4.2.2); everything is quoted, `+` as %2B."""
    return "/Users?filter=" + quote(f"userName eq {json.dumps(name, ensure_ascii=False)}", safe="")


def page_path(start: int, count: int) -> str:
    """A page of the list, 1-based (RFC 7644 §3.4.2.4)."""
    return f"/Users?startIndex={start}&count={count}"
