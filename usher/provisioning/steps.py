"""Carries out one operation against one provider: looks first, writes once, believes what a read shows.

Nothing here touches the store: an operation goes in, what came of it comes out. Errors of the client that concern
the whole push (no way in, no way there) are raised; those about this person are an outcome.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from store.accounts import Account
from store.operations import Operation
from usher.provisioning.roster import Roster
from usher.scim import errors
from usher.scim.body import same
from usher.scim.client import Remote, ScimClient

SETTLE = 1.5
"""Seconds that a write which was cut off is given to show, before its absence is believed."""


class Failure(Exception):
    """This operation cannot be carried out; says why in a person's words."""

    def __init__(self, detail: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.detail, self.status = detail, status


@dataclass
class Done:
    """What came of it. `account` is what is known of the account now, also when the operation failed half-way; `settled`
    once the provider has shown what an attempt that was cut off has done."""

    account: Account | None = None
    adopted: bool = False
    anew: bool = False
    settled: bool = False
    detail: str = ""
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """For the log."""
        return " ".join([self.detail, *self.notes]).strip()


@dataclass
class Hand:
    """One lane at work. `owner` tells whose account a remote id is, `shared_with` which other application needs it; `before_create` keeps that a create is about to be
    sent, and refuses it where the person is not entitled any more."""

    lane: ScimClient
    roster: Roster
    owner: Callable[[str], Awaitable[str | None]]
    shared_with: Callable[[str], Awaitable[str | None]]
    before_create: Callable[[Operation], Awaitable[None]]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def carry_out(self, operation: Operation, done: Done, *, resumed: bool, sent: bool = False) -> None:
        """Does it; `done` is filled as things become known, so that what was learned before a failure is kept.

        `resumed`: what is known of the account may not hold, so it is looked up before anything is sent; `sent`: this
        very create was cut off after it may have been sent, so what is found was made by it.
        """
        match operation.action:
            case "create" if not operation.remote_id:
                await self._create(operation, done, fresh=resumed, sent=sent)
            case "create" | "update" | "reactivate":
                await self._bring_in_step(operation, done, resumed)
            case _:
                await self._take_away(operation, done, resumed)

    async def _create(self, operation: Operation, done: Done, *, fresh: bool, sent: bool) -> None:
        """Looks, then creates. `fresh` asks the provider whatever was read before; after a create that was `sent` it
        looks twice, because that may still be on its way."""
        name = str(operation.attributes["userName"])
        found = await self.roster.find(self.lane, name, fresh=fresh)
        if sent and not found:
            await self.sleep(SETTLE)
            found = await self.roster.find(self.lane, name, fresh=True)
        done.settled = True
        if not found:
            await self.before_create(operation)
            try:
                made = await self.lane.create(operation.attributes)
                self.roster.add(made)
                done.account = _ours(operation, made.remote_id, active=made.active)
                return
            except errors.Conflict as conflict:
                found = await self.lane.find_after_conflict(name)
                if not found:
                    raise Failure(conflict.detail, conflict.status) from conflict
        await self._adopt(operation, self._only(found, name), done, sent=sent)

    @staticmethod
    def _only(found: list[Remote], name: str) -> Remote:
        """The one account; two need a person."""
        if len(found) > 1:
            ids = " and ".join(remote.remote_id for remote in found)
            raise Failure(
                f"There are {len(found)} accounts named {name} there, with the ids {ids}. Remove or rename all but one at the application, then push again."
            )
        return found[0]

    async def _adopt(self, operation: Operation, remote: Remote, done: Done, *, sent: bool) -> None:
        """Takes over an account that is there, and sets it to what is wanted."""
        other = await self.owner(remote.remote_id)
        if other not in (None, operation.user_id):
            raise Failure(
                f"The account {remote.username} there (id {remote.remote_id}) belongs to another person here. Give this person a username of their own."
            )
        done.adopted = not sent
        done.account = _seen(operation, remote)
        done.detail = "The account was there already and was adopted." if done.adopted else "It had been made before the interruption."
        await self._set(operation, remote.remote_id, difference(operation.attributes, remote), done)

    async def _bring_in_step(self, operation: Operation, done: Done, resumed: bool) -> None:
        changes = operation.changes
        if resumed:
            remote = await self.lane.get(operation.remote_id)
            done.settled = True
            if remote is None:
                return await self._gone(operation, done)
            done.detail = "Looked up after an interruption."
            changes = difference(operation.attributes, remote) | {path: [None, None] for path, (_, new) in changes.items() if new is None}
        try:
            done.adopted = operation.action == "create"
            await self._set(operation, operation.remote_id, changes, done)
        except errors.NotFound as missing:
            if await self.lane.get(operation.remote_id) is not None:
                raise Failure(missing.detail, missing.status) from missing
            await self._gone(operation, done)

    async def _set(self, operation: Operation, remote_id: str, changes: dict[str, list[Any]], done: Done) -> None:
        """`active` first and alone, then the attributes."""
        wanted = operation.attributes
        if "active" in changes:
            shown = await self.lane.set_active(remote_id, True, wanted)
            if shown is None:
                return await self._gone(operation, done)
            if not shown.active:
                raise Failure("The application took the reactivation, but still shows the account as inactive.")
            done.account = _half_way(operation, remote_id, done.account)
        rest = {path: change for path, change in changes.items() if path != "active"}
        account = _ours(operation, remote_id, active=True)
        if rest:
            written = await self.lane.update(remote_id, rest, wanted)
            if written.remote is None:
                return await self._gone(operation, done)
            account = _ours(operation, remote_id, active=written.remote.active, without=written.unsupported)
            done.notes += _remarks(rest, wanted, written.remote, written.unsupported)
        done.account = account

    async def _gone(self, operation: Operation, done: Done) -> None:
        """Somebody took the account away there: it is looked for by name, and made anew when it is nowhere."""
        if done.anew:
            raise Failure("The account is gone there again, just after it was made or found.")
        done.anew, done.detail = True, ""
        done.account = Account(operation.user_id, operation.remote_id, operation.username, "gone", {})
        await self._create(operation, done, fresh=True, sent=False)
        done.detail = f"The account was gone there (id {operation.remote_id}). {done.detail or 'It was made anew.'}"

    async def _take_away(self, operation: Operation, done: Done, resumed: bool) -> None:
        """Deactivates or deletes. What was cut off before its id was known is looked for by name."""
        remote_id = operation.remote_id
        if not remote_id:
            name = str(operation.attributes.get("userName") or operation.username)
            found = await self.roster.find(self.lane, name, fresh=True)
            if not found:
                done.account, done.detail = self._nothing(operation), "There is no such account there: the create that was cut off made none."
                return
            remote_id = self._only(found, name).remote_id
            other = await self.owner(remote_id)
            if other not in (None, operation.user_id):
                raise Failure(f"The account {name} there (id {remote_id}) belongs to another person here: it was left as it is.")
        if (other_application := await self.shared_with(remote_id)) is not None:
            raise Failure(f"{other_application} has this account there too, and the person is let in to it: the account was left as it is.")
        await (self._delete if operation.action == "delete" else self._deactivate)(operation, remote_id, done, resumed)

    @staticmethod
    def _nothing(operation: Operation) -> Account | None:
        """There is nothing there."""
        return Account(operation.user_id, operation.remote_id, operation.username, "gone", {}) if operation.remote_id else None

    async def _deactivate(self, operation: Operation, remote_id: str, done: Done, resumed: bool) -> None:
        attributes = {**operation.attributes, "active": False}
        remote = await self.lane.get(remote_id) if resumed else None
        if resumed and (remote is None or not remote.active):
            shown = remote
        else:
            shown = await self.lane.set_active(remote_id, False, attributes)
        if shown is None:
            done.account = Account(operation.user_id, remote_id, operation.username, "gone", {})
            deleted = self.lane.behaviour.deactivating_deletes
            done.detail = "Deactivating deletes the account there: it is gone." if deleted else "The account was gone there already."
        elif shown.active:
            raise Failure("The application took the deactivation, but still shows the account as active.")
        else:
            done.account = Account(operation.user_id, remote_id, operation.username, "inactive", attributes)

    async def _delete(self, operation: Operation, remote_id: str, done: Done, _: bool) -> None:
        removal = await self.lane.delete(remote_id)
        done.account = Account(operation.user_id, remote_id, operation.username, "gone", {})
        if removal.outcome == "inactive":
            done.detail = "The application does not delete: it keeps the account, deactivated."


def difference(attributes: dict[str, Any], remote: Remote) -> dict[str, list[Any]]:
    """What differs there from what is wanted, old to new."""
    shown = {**remote.attributes, "active": remote.active}
    wanted = {"active": True, **attributes}
    return {path: [shown.get(path), value] for path, value in wanted.items() if not same(path, value, shown.get(path))}


def _ours(operation: Operation, remote_id: str, *, active: bool, without: tuple[str, ...] = ()) -> Account:
    """The account as it was set."""
    attributes = {path: value for path, value in operation.attributes.items() if path not in without}
    return Account(operation.user_id, remote_id, operation.username, "active" if active else "inactive", attributes)


def _half_way(operation: Operation, remote_id: str, found: Account | None) -> Account:
    """The account after it was reactivated, before its attributes are set."""
    if found is not None:
        return replace(found, state="active")
    before = {path: old for path, (old, _) in operation.changes.items() if old is not None}
    attributes = {path: before.get(path, value) for path, value in operation.attributes.items() if path in before or path not in operation.changes}
    return Account(operation.user_id, remote_id, operation.username, "active", {**attributes, "active": True}, managed=operation.action != "create")


def _seen(operation: Operation, remote: Remote) -> Account:
    """The account as it was found: not ours until it is set to what is wanted."""
    attributes = {path: remote.attributes[path] for path in operation.attributes if path in remote.attributes}
    return Account(operation.user_id, remote.remote_id, remote.username, "active" if remote.active else "inactive", attributes, managed=False)


def _remarks(changes: dict[str, list[Any]], wanted: dict[str, Any], remote: Remote, unsupported: tuple[str, ...]) -> list[str]:
    """What a person should know of an update that was taken."""
    remarks = [f"The application does not take {', '.join(unsupported)}."] if unsupported else []
    waiting = [
        path
        for path in changes
        if path in wanted and path not in unsupported and path in remote.attributes and not same(path, wanted[path], remote.attributes[path])
    ]
    return remarks + ([f"The application still shows the old {', '.join(waiting)}: it may wait for a confirmation there."] if waiting else [])
