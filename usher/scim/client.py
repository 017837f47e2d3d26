"""One service provider, spoken to over one connection (a lane). A push uses up to sixteen of them.

    gate, dialect = Gate(rate), Dialect.from_json(connection.capabilities)
    context = ssl_context()                                   # once: tens of milliseconds
    async with ScimClient(base_url, token, dialect, paths=paths, gate=gate, record=record, ssl_context=context) as lane:
        found = await lane.find_by_username("a@b.example")
        remote = await lane.create({"userName": "a@b.example", "active": True})

Every method raises `usher.scim.errors`. The client itself waits and tries again where that is safe (`tries` in
all): 429, 503 with Retry-After and a connection that could not be made for any method, 5xx and lost answers for GET, PUT and
DELETE; a lost PATCH is settled by a GET; a lost POST raises `Unknown`. Cancelling a task while `in_flight` is true
leaves the outcome of that request unknown; at any other time nothing was sent.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from store.ids import fold_case
from store.secrets import Secret
from usher.scim import answer as judge
from usher.scim import body, writing
from usher.scim.answer import Answer
from usher.scim.behaviour import AS_THE_RFC_HAS_IT, Behaviour
from usher.scim.dialect import Dialect
from usher.scim.errors import Conflict, NotFound, RateLimited, Rejected, ScimError, Unauthorized, Unavailable, Unknown, Unreachable
from usher.scim.gate import Gate
from usher.scim.shapes import Attributes, Changes, ExchangeRecord, Listing, Remote, Removal, Written
from usher.scim.transport import NoAnswer, Transport, ssl_context

if TYPE_CHECKING:
    import ssl

__all__ = ["Attributes", "Changes", "ExchangeRecord", "Listing", "Remote", "Removal", "ScimClient", "Written", "ssl_context"]

Record = Callable[[ExchangeRecord], None]
PAGE = 100
_FILTER_FAILS = frozenset({400, 405, 422, 500, 501})
_BUSY = frozenset({500, 502, 503, 504})


class ScimClient:
    """A lane to one provider. Not for two tasks at once.

    `paths` are the mapping's paths, read back into `Remote.attributes`; `record` is called after each HTTP
    exchange, in the lane's own task (set `lane.record` to point it at another operation); `requests` counts them;
    `behaviour` is what the connector knows of this application.
    """

    def __init__(
        self,
        base_url: str,
        token: Secret,
        dialect: Dialect,
        *,
        paths: Sequence[str],
        gate: Gate,
        record: Record,
        ssl_context: ssl.SSLContext | None = None,
        behaviour: Behaviour = AS_THE_RFC_HAS_IT,
        tries: int = 6,
        connect_timeout: float = 10,
        read_timeout: float = 60,
    ) -> None:
        self.dialect, self.gate, self.record, self.behaviour = dialect, gate, record, behaviour
        self.paths, self.tries, self.requests = tuple(paths), tries, 0
        self._transport = Transport(base_url, token, ssl_context, connect_timeout, read_timeout, behaviour.authorization)

    @property
    def in_flight(self) -> bool:
        """Whether a request is on its way right now."""
        return self._transport.in_flight

    async def find_by_username(self, name: str) -> list[Remote]:
        """The accounts whose userName equals `name`, whatever the case. Two need a person.

        By filter; where the provider's filter does not work (or shows others), by paging the whole list.
        """
        if self.dialect.filter is False:
            return await self._search_all(name)
        try:
            resources, total = judge.page(await self.call("GET", body.filter_path(name), tries=2))
        except NotFound:
            return []
        except (Rejected, Unavailable) as failure:
            if failure.status not in _FILTER_FAILS:
                raise
            self.dialect.filter = False
            return await self._search_all(name)
        hits = _named(name, [found for r in resources if (found := body.remote(r, self.paths))])
        if len(hits) < len(resources) < (total or 0):  # it shows others, and not all: the filter was not heard
            self.dialect.filter = False
            return await self._search_all(name)
        self.dialect.filter = True
        return hits

    async def find_after_conflict(self, name: str) -> list[Remote]:
        """As `find_by_username`, but when the filter finds none (some match case) the whole list is paged.
        For after a 409. An incomplete list that shows none raises `Unavailable`."""
        return await self.find_by_username(name) or (await self._search_all(name) if self.dialect.filter else [])

    async def _search_all(self, name: str) -> list[Remote]:
        listing = await self.list_all()
        hits = _named(name, listing.users)
        if not hits and not listing.complete:
            raise Unavailable(
                "list-incomplete",
                f"Whether {name} has an account cannot be told: {listing.reason}",
                "Ask the application's support why its list of users is incomplete.",
            )
        return hits

    async def list_all(self, progress: Callable[[int, int | None], None] | None = None) -> Listing:
        """Everyone, page by page; `progress(read so far, total or None)` after each page.

        Ends at totalResults, or with a page that brings nobody new (startIndex may be ignored).
        """
        users: dict[str, Remote] = {}
        start, total = 1, None
        while True:
            resources, stated = judge.page(await self.call("GET", body.page_path(start, PAGE)))
            total = total if stated is None else stated
            before = len(users)
            for resource in resources:
                if found := body.remote(resource, self.paths):
                    users.setdefault(found.remote_id, found)
            if progress:
                progress(len(users), total)
            start += len(resources)
            if len(users) == before or (total is not None and len(users) >= total):
                break
        complete = len(users) >= total if total is not None else not resources
        missing = (
            f"the application speaks of {total} accounts and shows {len(users)}."
            if total is not None
            else "the application repeats its first page and does not say how many there are."
        )
        return Listing(complete, tuple(users.values()), total, "" if complete else missing)

    async def get(self, remote_id: str) -> Remote | None:
        """The account, or None when the provider says it is not there."""
        try:
            shown = await self.call("GET", body.user_path(remote_id))
        except NotFound:
            return None
        found = body.remote(shown.json, self.paths)
        if found is None:
            raise judge.not_scim(shown)
        return found

    async def create(self, attributes: Attributes) -> Remote:
        """POST. Values that are None or empty are left out. The id is taken from any 2xx that has one; an odd 2xx is looked up.

        Raises `Conflict` (then `find_after_conflict`), `NoSeat`, `Unknown` (then look up before anything else).
        """
        shown = await self.call("POST", "/Users", body.dump(body.user_body(attributes)), seat=True)
        made, name = body.remote(shown.json, self.paths), str(attributes.get("userName", ""))
        if made and fold_case(made.username) == fold_case(name):
            return made
        hits = [found for found in [await self.get(made.remote_id)] if found] if made else await self.find_by_username(name)
        if len(hits) == 1:
            return hits[0]
        said = f"The application answered {judge.reason(shown.status)}, but "
        if hits:
            raise Conflict("two-accounts", said + f"has {len(hits)} accounts named {name}.", "Remove one of them there.", status=shown.status)
        raise Rejected("not-made", said + "no account was made.", "Ask the application's support; its user limit may be reached.", status=shown.status)

    async def update(self, remote_id: str, changes: Changes, attributes: Attributes) -> Written:
        """Sets `changes` (`active` aside: see `set_active`) by PATCH, one operation an attribute, or by PUT carrying id,
        active and all of `attributes` where PATCH cannot. `attributes` is the whole wanted set."""
        return await writing.update(self, remote_id, {path: pair[1] for path, pair in changes.items() if path != "active"}, attributes)

    async def set_active(self, remote_id: str, active: bool, attributes: Attributes | None = None) -> Remote | None:
        """(De)activates by a PATCH of its own and says what a read shows; None when the account is gone.

        `attributes` (all managed ones) are for a provider that only has PUT; without them they are read first.
        """
        return await writing.set_active(self, remote_id, active, attributes)

    async def delete(self, remote_id: str) -> Removal:
        """DELETE, then what a read shows. Raises `Rejected` when the account is still there and active."""
        status = 404
        with contextlib.suppress(NotFound):
            status = (await self.call("DELETE", body.user_path(remote_id))).status
        shown = await self.get(remote_id)
        if shown is None:
            return Removal("gone")
        if not shown.active:
            return Removal("inactive", shown)
        said = f"The application answered {judge.reason(status)} to the deletion, but the account is still there and active."
        raise Rejected("not-deleted", said, "Delete it in the application, or ask its support.", status=status)

    async def call(self, method: str, path: str, content: bytes | None = None, *, seat: bool = False, tries: int = 0) -> Answer:
        """One request below the base URL, through the gate, sent again where that is safe; the answer is 2xx.

        For the parts of this client; `seat` says that the request asks for a free seat.
        """
        tries, attempt = min(tries, self.tries) or self.tries, 0
        while True:
            attempt += 1
            await self.gate.turn(method != "GET")
            self.requests += 1
            try:
                shown = await self._transport.exchange(method, path, content, self.record)
            except Unreachable as failure:
                if attempt >= tries or failure.kind == "tls":
                    raise
                self.gate.back_off({}, attempt)
                continue
            except NoAnswer as failure:
                self.gate.back_off({}, attempt)
                if method in ("POST", "PATCH"):
                    raise unknown(str(failure)) from None
                if attempt >= tries:
                    raise Unavailable("no-answer", str(failure), "Try again later.") from None
                continue
            if shown.ok:
                self.gate.clean()
                return shown
            refusal = self._judge(method, shown, seat, attempt)
            if refusal is not None or attempt >= tries:
                raise refusal or self._given_up(shown)

    def _judge(self, method: str, shown: Answer, seat: bool, attempt: int) -> ScimError | None:
        """The error that an answer other than 2xx is; None when the request may be sent again after the wait."""
        if shown.status == 429:
            self.gate.limited(shown.headers, attempt)
            return None
        if shown.status in _BUSY:
            asked = self.gate.back_off(shown.headers, attempt)
            if method in ("POST", "PATCH") and not (shown.status == 503 and asked is not None):
                return unknown(f"The application answered {judge.reason(shown.status)}.", shown)
            return None
        failure = judge.refusal(shown, seat=seat)
        if isinstance(failure, Unauthorized):
            failure.repeated = self.gate.refused()
        else:
            self.gate.clean()
        return failure

    def _given_up(self, shown: Answer) -> ScimError:
        """The error after the last try of a 429 or 5xx."""
        if shown.status != 429:
            return judge.refusal(shown)
        said = judge.words(shown)
        failure = RateLimited(
            "rate-limited",
            judge.ended(f"The application asks to slow down: {said}"),
            "Set a lower rate for this connection, or try again later.",
            status=429,
            detail=said,
        )
        failure.retry_after = judge.retry_after(shown.headers, self.gate.wall())
        return failure

    async def aclose(self) -> None:
        """Closes the connection."""
        await self._transport.aclose()

    async def __aenter__(self) -> ScimClient:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()


def unknown(said: str, shown: Answer | None = None) -> Unknown:
    """The error for a write whose outcome cannot be told."""
    hint = "Whether it took effect is looked up before anything is sent again."
    return Unknown("unknown", said, hint, status=shown.status if shown else None, detail=judge.words(shown) if shown else said)


def _named(name: str, users: Sequence[Remote]) -> list[Remote]:
    """Those with this userName, whatever its case."""
    folded = fold_case(name)
    return [user for user in users if fold_case(user.username) == folded]
