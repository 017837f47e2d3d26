"""Who is at the provider already: looked up before anybody is created, so that nobody is there twice.

A big push reads the whole list once; a small one asks for each person. An incomplete list proves nobody's absence, and
neither does a filter that minds upper and lower case, unless it was seen not to.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from store.accounts import Account
from store.ids import fold_case
from store.operations import Operation
from usher.scim.client import Remote, ScimClient

BIG = 50
SHARE = 0.25


def read_all_first(creates: int, known: int) -> bool:
    """Whether one reading of the whole list is worth it: many to create, or few of them known."""
    return creates > 0 and (creates >= BIG or creates / (creates + known) > SHARE)


class Roster:
    """The accounts at one provider, as far as this push has seen them. Shared by its lanes."""

    def __init__(self, sample: str | None = None) -> None:
        self._index: dict[str, list[Remote]] | None = None
        self._by_id: dict[str, Remote] = {}
        self._moved: set[str] = set()
        self._sample = sample if sample and sample.swapcase() != sample else None
        self._tried = False
        self._lock = asyncio.Lock()

    async def read(self, lane: ScimClient) -> bool:
        """Reads the whole list; False when it was not complete, and is not used then."""
        listing = await lane.list_all()
        if not listing.complete:
            return False
        self._index = {}
        for remote in listing.users:
            self.add(remote)
        return True

    def add(self, remote: Remote) -> None:
        """An account that was seen or made."""
        if self._index is not None:
            self._index.setdefault(fold_case(remote.username), []).append(remote)
            self._by_id[remote.remote_id] = remote

    def follow(self, account: Account) -> None:
        """This push has changed an account that was read before: what was read of it, and who has its name, does not hold any more."""
        before = self._by_id.pop(account.remote_id, None)
        if self._index is None or before is None:
            return
        self._index[fold_case(before.username)].remove(before)
        self._moved.add(fold_case(before.username))
        if account.state != "gone":
            name = str(account.attributes.get("userName") or before.username)
            self._moved.add(fold_case(name))
            self.add(replace(before, username=name, active=account.state == "active", attributes={**before.attributes, **account.attributes}))

    def shows_nobody(self, operation: Operation) -> bool:
        """Whether the whole list was read and does not have the account that is to be made."""
        name = fold_case(str(operation.attributes.get("userName", "")))
        return self._index is not None and name not in self._moved and not self._index.get(name)

    async def find(self, lane: ScimClient, name: str, *, fresh: bool = False) -> list[Remote]:
        """The accounts with that name in any case. `fresh` asks the provider whatever was read before."""
        if self._index is None or fresh or fold_case(name) in self._moved:
            found = await lane.find_by_username(name)
            if found:
                return found
            await self._mistrust(lane)
        return _once(self._index.get(fold_case(name), [])) if self._index is not None else []

    async def _mistrust(self, lane: ScimClient) -> None:
        """The filter found nobody. Tries it once on a name that is there, written in the other case; when it minds the
        case (or no name is known to try), reads the whole list."""
        async with self._lock:
            if self._tried or self._index is not None:
                return
            self._tried = True
            if not (self._sample and await lane.find_by_username(self._sample.swapcase())):
                await self.read(lane)


def _once(found: list[Remote]) -> list[Remote]:
    """Without the same account twice."""
    return list({remote.remote_id: remote for remote in found}.values())
