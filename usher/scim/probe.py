"""A read-only look at a service provider: whether it is one, and what it can do.

Only /Users must answer as SCIM (RFC 7644 §3.4.2); the discovery endpoints of §4 are asked and may be missing: what
they do not tell is learned by use. /Groups is never called. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from store.records import dataclass
from store.secrets import Secret
from usher.scim import answer as judge
from usher.scim import body
from usher.scim.behaviour import AS_THE_RFC_HAS_IT, Behaviour
from usher.scim.body import pick
from usher.scim.client import ScimClient
from usher.scim.dialect import Dialect
from usher.scim.errors import ScimError, Unreachable
from usher.scim.gate import Gate
from usher.scim.shapes import ExchangeRecord

CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
_NOBODY = "nobody.usher-probe@example.invalid"


@dataclass(frozen=True)
class Evidence:
    """One request of the probe: its status (None when no answer came) and what was learned from it."""

    request: str
    status: int | None
    learned: str


@dataclass(frozen=True)
class Finding:
    """What a probe found. `failure` is why this is no usable provider, None when it is one."""

    dialect: Dialect
    evidence: tuple[Evidence, ...]
    failure: ScimError | None = None


async def probe(base_url: str, token: Secret, *, groups: bool, paths: Sequence[str] = (), behaviour: Behaviour = AS_THE_RFC_HAS_IT) -> Finding:
    """Asks the provider at `base_url`; never raises a `ScimError`. `groups`: whether the connector knows groups there."""
    records: list[ExchangeRecord] = []
    look = _Look(base_url, records)
    lane = ScimClient(
        base_url,
        token,
        Dialect(),
        paths=paths,
        gate=Gate(),
        record=records.append,
        behaviour=behaviour,
        tries=1,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
    )
    async with lane:
        try:
            await _users(lane, look)
        except ScimError as failure:
            look.note(failure.message)
            return Finding(lane.dialect, tuple(look.evidence), failure)
        await _filter(lane, look)
        await _config(lane, look)
        await _types(lane, look, groups)
        await _schemas(lane, look)
    return Finding(lane.dialect, tuple(look.evidence))


class _Look:
    """Collects evidence: each note belongs to the newest exchange."""

    def __init__(self, base_url: str, records: list[ExchangeRecord]) -> None:
        self._base, self._records = base_url, records
        self.evidence: list[Evidence] = []

    def note(self, learned: str) -> None:
        """Adds what the last exchange taught."""
        last = self._records[-1]
        self.evidence.append(Evidence(f"{last.method} {last.url.removeprefix(self._base)}", last.status, learned))


async def _users(lane: ScimClient, look: _Look) -> None:
    """The one that must answer."""
    resources, total = judge.page(await lane.call("GET", body.page_path(1, 1)))
    count = f"{total} accounts there" if total is not None else "it does not say how many accounts there are"
    look.note(f"Answers as SCIM; {count}.")
    if resources and body.remote(resources[0], lane.paths) is None:
        look.note("The account it shows has no id, so it could not be addressed.")


async def _filter(lane: ScimClient, look: _Look) -> None:
    """Whether accounts can be looked up by userName: tried, whatever the provider announces."""
    try:
        resources, _ = judge.page(await lane.call("GET", body.filter_path(_NOBODY)))
    except ScimError as failure:
        lane.dialect.filter = failure.status == 404
        look.note(
            "Says 404 when a filter finds nobody."
            if lane.dialect.filter
            else f"Look-up by userName does not work ({failure.message}); the whole list is read instead."
        )
        return
    lane.dialect.filter = not resources
    look.note("Accounts can be looked up by userName." if not resources else "The filter is not heard: it shows others. The whole list is read instead.")


async def _config(lane: ScimClient, look: _Look) -> None:
    """RFC 7643 §5: what it announces."""
    config = await _discovered(lane, look, "/ServiceProviderConfig")
    if config is None:
        return
    said = {}
    for name, member in (("patch", "patch"), ("bulk", "bulk"), ("etag", "etag"), ("change_password", "changePassword")):
        supported = pick(pick(config, member), "supported")
        if supported is not None:
            said[member] = body.truth(supported)
            setattr(lane.dialect, name, said[member])
    announced = ", ".join(f"{name} {'yes' if holds else 'no'}" for name, holds in said.items())
    look.note(f"Announces {announced}." if announced else "Announces nothing that could be read.")


async def _types(lane: ScimClient, look: _Look, groups: bool) -> None:
    """RFC 7643 §6: whether there are groups; where the connector has none they stay off, whatever is announced."""
    lane.dialect.groups = None if groups else False
    found = await _discovered(lane, look, "/ResourceTypes")
    if found is None:
        return
    kinds = found if isinstance(found, list) else pick(found, "Resources") or []
    names = [str(pick(kind, "name") or pick(kind, "id") or "") for kind in kinds]
    if groups and names:
        lane.dialect.groups = any(name.lower() == "group" for name in names)
    look.note(f"Holds {', '.join(filter(None, names)) or 'nothing that could be read'}." + ("" if groups else " Groups are not used with this application."))


async def _schemas(lane: ScimClient, look: _Look) -> None:
    """RFC 7643 §7: which attributes a user has there."""
    found = await _discovered(lane, look, "/Schemas")
    if found is None:
        return
    schemas = found if isinstance(found, list) else pick(found, "Resources") or []
    user = next((s for s in schemas if str(pick(s, "id")).lower() == body.CORE.lower()), None)
    names = [str(pick(a, "name")) for a in pick(user, "attributes") or [] if pick(a, "name")]
    look.note(f"A user there has {', '.join(names)}." if names else "Tells no attributes of a user.")


async def _discovered(lane: ScimClient, look: _Look, path: str) -> Any:
    """A discovery document, None (and a note) where it is missing or is none."""
    try:
        shown = await lane.call("GET", path)
    except ScimError as failure:
        look.note("Not there; what it would tell is learned by use." if not isinstance(failure, Unreachable) else failure.message)
        return None
    if not isinstance(shown.json, (dict, list)):
        look.note("No SCIM; what it would tell is learned by use.")
        return None
    return shown.json
