"""How a change reaches a provider whose PATCH takes some things and not others (RFC 7644 §3.5.1, §3.5.2).

An update is tried in one PATCH; what refuses it is found by sending its operations one by one; what PATCH
cannot set goes by PUT; what neither sets is unsupported there, which is no fault of the person's. What was learned
stays in the dialect, so that the next person costs one request. (De)activation always travels alone: bundled with
an attribute that a provider refuses, a person who left would stay active.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from usher.scim import body
from usher.scim.answer import Answer
from usher.scim.body import pick, same
from usher.scim.errors import Conflict, NotFound, Rejected, ScimError, Unknown
from usher.scim.shapes import Attributes, Remote, Written

if TYPE_CHECKING:
    from usher.scim.client import ScimClient

Refused = dict[str, ScimError]
FORMS = ("path", "pathless", "put")
_ESSENTIAL = frozenset({"username", "active"})
_OF_THE_VALUE = frozenset({"invalidvalue", "uniqueness", "toomany", "sensitive"})
_SPEAKS_OF_THE_VALUE = re.compile(
    r"invalid [\w ]*value|not a valid|must be|must have|format|too long|too short|already|in use|taken|duplicate|unique", re.IGNORECASE
)


async def update(lane: ScimClient, remote_id: str, wanted: Attributes, attributes: Attributes) -> Written:
    """Sets `wanted` (`{path: value or None}`) and says what a read shows."""
    dialect = lane.dialect
    asked = {path: value for path, value in wanted.items() if path not in dialect.unsupported}
    by_put = {path for path in asked if path in dialect.by_put or dialect.patch is False}
    shown: Remote | None = None
    refused: Refused = {}
    if by_patch := {path: value for path, value in asked.items() if path not in by_put}:
        shown, refused = await _patch_all(lane, remote_id, by_patch)
    if by_put or refused:
        shown = await _put_rest(lane, remote_id, by_put, refused, asked, attributes)
    taken = {path: value for path, value in asked.items() if path not in dialect.unsupported}
    if shown is None or not _shows(shown, taken):
        shown = await lane.get(remote_id)
    return Written(shown, tuple(path for path in wanted if path in dialect.unsupported))


async def _patch_all(lane: ScimClient, remote_id: str, wanted: Attributes) -> tuple[Remote | None, Refused]:
    """One PATCH of all, or one each where that is refused; returns what PATCH does not take."""
    try:
        shown = await _patch(lane, remote_id, [body.operation(p, v) for p, v in wanted.items()], lambda r: _shows(r, wanted))
        lane.dialect.patch = True
        return shown, {}
    except Rejected as failure:
        if failure.status == 405:
            lane.dialect.patch = False
            return None, dict.fromkeys(wanted, failure)
        if failure.status not in (400, 422, 501):
            raise
        if len(wanted) == 1:
            return await _patch_otherwise(lane, remote_id, *next(iter(wanted.items())), failure)
    refused: Refused = {}
    for path, value in wanted.items():
        refused |= (await _patch_all(lane, remote_id, {path: value}))[1]
    return None, refused


async def _patch_otherwise(lane: ScimClient, remote_id: str, path: str, value: Any, failure: Rejected) -> tuple[Remote | None, Refused]:
    """A refused operation in its other form: an element that is not there yet is added (400 noTarget)."""
    addition = body.addition(path, value)
    if addition is not None:
        try:
            return await _patch(lane, remote_id, [addition], lambda r: _shows(r, {path: value})), {}
        except Rejected as second:
            failure = second
    if _is_about_the_value(path, failure):
        raise failure
    return None, {path: failure}


def _is_about_the_value(path: str, failure: ScimError) -> bool:
    """Whether a refusal says that this value is wrong, and not that the attribute is unknown."""
    if failure.status == 501:
        return False
    return failure.scim_type.lower() in _OF_THE_VALUE or bool(_SPEAKS_OF_THE_VALUE.search(failure.detail))


async def _put_rest(lane: ScimClient, remote_id: str, by_put: set[str], refused: Refused, asked: Attributes, attributes: Attributes) -> Remote | None:
    """What PATCH cannot set, by PUT; what a read then does not show is unsupported."""
    dialect = lane.dialect
    if lane.behaviour.update_method == "patch" and not by_put:  # documented to have no PUT: none is tried
        if _has_essential(refused):
            raise next(refusal for path, refusal in refused.items() if path.lower() in _ESSENTIAL)
        dialect.unsupported |= refused.keys()
        return None
    try:
        shown = await put(lane, remote_id, attributes)
    except Rejected as failure:
        if failure.status in (405, 501):
            dialect.put = False
        if not refused or by_put or _has_essential(refused):
            raise
        dialect.unsupported |= refused.keys()
        return None
    for path, refusal in refused.items():
        if shown is not None and same(path, asked[path], shown.attributes.get(path)):
            dialect.by_put.add(path)
        elif path.lower() in _ESSENTIAL:
            raise refusal
        elif refusal.status != 405:
            dialect.unsupported.add(path)
    return shown


def _has_essential(refused: Refused) -> bool:
    return any(path.lower() in _ESSENTIAL for path in refused)


async def put(lane: ScimClient, remote_id: str, attributes: Attributes) -> Remote | None:
    """PUT with id, active and all managed attributes, and what a read shows.

    `active` is read first when it is not among them: left out, some providers would reactivate.
    """
    kept = {path: value for path, value in attributes.items() if path not in lane.dialect.unsupported}
    if not any(path.lower() == "active" for path in kept):
        now = await lane.get(remote_id)
        if now is None:
            raise NotFound("not-there", "The application does not know this account any more.", status=404)
        kept["active"] = now.active
    shown = await lane.call(
        "PUT", body.user_path(remote_id), body.dump(body.user_body(kept, remote_id)), seat=body.truth(kept["active"]) if "active" in kept else False
    )
    lane.dialect.put = True
    found = body.remote(shown.json, lane.paths)
    return found if found and _shows(found, kept) else await lane.get(remote_id)


async def set_active(lane: ScimClient, remote_id: str, active: bool, attributes: Attributes | None) -> Remote | None:
    """(De)activates in the form this provider is known to take, else in each, until a read shows it."""
    known = lane.dialect.active_form
    failure: ScimError = Rejected(
        "not-taken", f"The application said yes, but still shows the account as {'inactive' if active else 'active'}.", "Ask the application's support."
    )
    for form in _forms(known, lane.behaviour.update_method):
        try:
            shown = await _activate(lane, form, remote_id, active, attributes)
        except Conflict:
            raise
        except (Rejected, NotFound) as refusal:
            if isinstance(refusal, NotFound) and await lane.get(remote_id) is None:
                return None
            failure = refusal
            continue
        if shown is None or shown.active == active:
            lane.dialect.active_form = form
            return shown
    raise failure


def _forms(known: str, method: str) -> tuple[str, ...]:
    """The forms to try, the known one first; where the method is documented, no other."""
    possible = {"put": ("put",), "patch": ("path", "pathless")}.get(method, FORMS)
    return tuple(sorted(possible, key=lambda form: form != known))


async def _activate(lane: ScimClient, form: str, remote_id: str, active: bool, attributes: Attributes | None) -> Remote | None:
    """One form of it: `path`, `pathless` or `put`. Success is what a read shows; a provider that shows no `active`
    is taken at its word. Where deactivating removes, a read settles whether there is still an account."""
    if form == "put":
        if attributes is None:
            now = await lane.get(remote_id)
            if now is None:
                return None
            attributes = now.attributes
        shown = await put(lane, remote_id, {**attributes, "active": active})
    else:
        step = {"op": "replace", "path": "active", "value": active} if form == "path" else {"op": "replace", "value": {"active": active}}
        shown = await _patch(lane, remote_id, [step], lambda r: r.active == active, seat=active)
        if shown is None or shown.active != active:
            shown = await lane.get(remote_id)
    if shown is not None and not active and lane.behaviour.deactivating_removes:
        shown = await lane.get(remote_id)
    if shown is not None and pick(shown.raw, "active") is None:
        shown = dataclasses.replace(shown, active=active)
    return shown


async def _patch(lane: ScimClient, remote_id: str, operations: list[dict[str, Any]], holds: Callable[[Remote], bool], *, seat: bool = False) -> Remote | None:
    """PATCH; a lost answer is settled by a read, and only what the read does not show is sent again.

    Returns the account when the answer (or that read) showed it whole, else None.
    """
    content = body.dump(body.patch(operations))
    for attempt in range(1, lane.tries + 1):
        try:
            answer: Answer = await lane.call("PATCH", body.user_path(remote_id), content, seat=seat)
            return body.remote(answer.json, lane.paths)
        except Unknown:
            shown = await lane.get(remote_id)
            if shown is not None and holds(shown):
                return shown
            if attempt == lane.tries:
                raise
    return None


def _shows(shown: Remote, wanted: Attributes) -> bool:
    """Whether an account shows every one of these."""
    return all(
        same(path, value, shown.attributes.get(path)) if path.lower() != "active" else shown.active == body.truth(value) for path, value in wanted.items()
    )
