"""What the stand-in application accepts: five attributes (four when strict), and an e-mail address as userName.

Pure functions over parsed JSON. Sources: the article (Attribute Mappings) for the five; Calendly's help for the
four, and for "any other attribute makes the request fail".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

ARTICLE = ("userName", "emails", "active", "displayName", "externalId")
STRICT = ("userName", "active", "displayName", "externalId")
REQUIRED = ("userName", "displayName", "active")
_ENVELOPE = {"schemas", "id", "meta"}
_USER_URN = "urn:ietf:params:scim:schemas:core:2.0:user:"
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class Refusal(Exception):
    """The application says no: HTTP status, scimType (may be empty) and a sentence."""

    def __init__(self, status: int, detail: str, scim_type: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type


@dataclass(frozen=True)
class Rules:
    """The rules of one stand-in. Attribute names compare without regard to case (RFC 7643 §2.1).

    Without `accepts` they are the demo's; with it the stand-in wears another application's: those attributes less `refuses`,
    userName alone required, and any part of them.
    """

    strict: bool = False
    accepts: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    username_is_email: bool = True

    @property
    def accepted(self) -> tuple[str, ...]:
        """The attributes this application has."""
        return self.accepts or (STRICT if self.strict else ARTICLE)

    @property
    def required(self) -> tuple[str, ...]:
        """The attributes without which nobody is made."""
        return ("userName",) if self.accepts else REQUIRED

    def check_resource(self, body: Any) -> None:
        """The body of a POST or PUT."""
        values = _object(body)
        self._check_names(values)
        for name in self.required:
            if _get(values, name) in (None, ""):
                raise Refusal(400, f"{name} is required.", "invalidValue")
        self._check_username(_get(values, "userName"))

    def check_patch(self, body: Any) -> None:
        """The body of a PATCH: every operation with a path, or with the attributes in its value (RFC 7644 §3.5.2)."""
        operations = _get(_object(body), "Operations")
        if not isinstance(operations, list):
            raise Refusal(400, "A PATCH needs a list of Operations.", "invalidSyntax")
        for operation in operations:
            self._check_operation(_object(operation))

    def _check_operation(self, operation: dict[str, Any]) -> None:
        path, value = _get(operation, "path"), _get(operation, "value")
        if not path:
            self._check_names(_object(value))
            if username := _get(_object(value), "userName"):
                self._check_username(username)
            return
        name, rest = _split(str(path))
        self._check_name(name, str(path) if self.accepts else "")
        if name == "emails" and not self.accepts:
            _check_email_parts(_named_parts(rest, value))
        if name == "username" and str(_get(operation, "op")).lower() != "remove":
            self._check_username(value)

    def _check_names(self, values: dict[str, Any]) -> None:
        for key, value in values.items():
            name, rest = _split(key)
            if name in _ENVELOPE and not rest:
                continue
            self._check_name(name, key)
            self._check_parts(name, value)
            if name == "emails" and not self.accepts:
                _check_email_parts(_named_parts(rest, value))

    def _check_name(self, name: str, shown: str = "") -> None:
        if name not in {known.lower() for known in self.accepted}:
            listed = f"{', '.join(self.accepted[:-1])} and {self.accepted[-1]}"
            raise Refusal(400, f"The attribute {shown or name} is not supported. Supported attributes are {listed}.", "invalidSyntax")
        if (shown or name).lower() in {refused.lower() for refused in self.refuses}:
            raise Refusal(400, f"The attribute {shown or name} is not supported.", "invalidSyntax")

    def _check_parts(self, name: str, value: Any) -> None:
        """The parts of a complex attribute that are refused by their own name, such as name.givenName."""
        for part in value if isinstance(value, dict) else ():
            self._check_name(name, f"{name}.{part}")

    def _check_username(self, value: Any) -> None:
        if self.username_is_email:
            check_username(value)


def check_username(value: Any) -> None:
    """The userName is the e-mail address people log in with."""
    if not isinstance(value, str) or not _EMAIL.fullmatch(value):
        raise Refusal(400, "userName must be a valid email address.", "invalidValue")


def _check_email_parts(parts: set[str]) -> None:
    if unknown := sorted(parts - {"value"}):
        raise Refusal(400, f"The attribute emails.{unknown[0]} is not supported. Only emails.value is.", "invalidSyntax")


def _named_parts(rest: str, value: Any) -> set[str]:
    """The sub-attributes of emails that a path and its value name: `[type eq "work"].value` names type and value."""
    filtered = re.findall(r"(\w+)\s+(?:eq|ne|co|sw|ew|pr)\b", rest.lower())
    after = rest.rsplit("]", 1)[-1].lstrip(".").lower()
    items = value if isinstance(value, list) else [value]
    return {*filtered, *([after] if after else []), *(key.lower() for item in items if isinstance(item, dict) for key in item)}


def _split(path: str) -> tuple[str, str]:
    """The attribute a path begins with, in lower case, and the rest of the path."""
    plain = path[len(_USER_URN) :] if path.lower().startswith(_USER_URN) else path
    if plain.lower().startswith("urn:"):
        return plain.lower(), ""
    name = re.split(r"[.\[]", plain, maxsplit=1)[0]
    return name.lower(), plain[len(name) :]


def _get(values: dict[str, Any], name: str) -> Any:
    return next((value for key, value in values.items() if _split(key)[0] == name.lower()), None)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal(400, "The request body is not a JSON object of the expected form.", "invalidSyntax")
    return value
