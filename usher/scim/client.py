"""One service provider, spoken to over one connection (a lane). A push uses up to sixteen of them.

    gate, dialect = Gate(rate), Dialect.from_json(connection.capabilities)
    context = ssl_context()                                   # once: tens of milliseconds
    async with ScimClient(base_url, token, dialect, paths=paths, gate=gate, record=record, ssl_context=context) as lane:
        found = await lane.find_by_username("a@b.example")
        remote = await lane.create({"userName": "a@b.example", "active": True})

Every method raises `usher.scim.errors`. The client itself waits and tries again where that is safe
(`tries` in all): 429 and a connection that could not be made for any method, 5xx and lost answers
for GET, PUT and DELETE; a lost PATCH is settled by a GET; a lost POST raises `Unknown`. Cancelling a task
while `in_flight` is true leaves the outcome of that request unknown; at any other time nothing was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from store.secrets import Secret
from usher.scim.dialect import Dialect
from usher.scim.gate import Gate
from usher.scim.shapes import Attributes, Changes, ExchangeRecord, Listing, Remote, Removal, Written

if TYPE_CHECKING:
    import ssl

__all__ = ["Attributes", "Changes", "ExchangeRecord", "Listing", "Remote", "Removal", "ScimClient", "Written"]

Record = Callable[[ExchangeRecord], None]


def ssl_context() -> ssl.SSLContext:
    """The trust of this machine, to be made once and shared by all lanes."""
    raise NotImplementedError


class ScimClient:
    """A lane to one provider. Not for two tasks at once.

    `paths` are the mapping's paths, read back into `Remote.attributes`; `record` is called after each HTTP
    exchange, in the lane's own task (set `lane.record` to point it at another operation); `requests` counts them.
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
        tries: int = 6,
        connect_timeout: float = 10,
        read_timeout: float = 60,
    ) -> None:
        self.dialect, self.gate, self.record = dialect, gate, record
        self.requests = 0
        raise NotImplementedError

    @property
    def in_flight(self) -> bool:
        """Whether a request is on its way right now."""
        raise NotImplementedError

    async def find_by_username(self, name: str) -> list[Remote]:
        """The accounts whose userName equals `name`, whatever the case. Two need a person.

        By filter; where the provider's filter does not work (or shows others), by paging the whole list.
        """
        raise NotImplementedError

    async def find_after_conflict(self, name: str) -> list[Remote]:
        """As `find_by_username`, but when the filter finds none (some match case) the whole list is paged.
        For after a 409. An incomplete list that shows none raises `Unavailable`."""
        raise NotImplementedError

    async def list_all(self, progress: Callable[[int, int | None], None] | None = None) -> Listing:
        """Everyone, page by page; `progress(read so far, total or None)` after each page."""
        raise NotImplementedError

    async def get(self, remote_id: str) -> Remote | None:
        """The account, or None when the provider says it is not there."""
        raise NotImplementedError

    async def create(self, attributes: Attributes) -> Remote:
        """POST. Values that are None or empty are left out. The id is taken from any 2xx that has one; an odd 2xx is looked up.

        Raises `Conflict` (then `find_after_conflict`), `NoSeat`, `Unknown` (then look up before anything else).
        """
        raise NotImplementedError

    async def update(self, remote_id: str, changes: Changes, attributes: Attributes) -> Written:
        """Sets `changes` (never `active`: see `set_active`) by PATCH, one operation an attribute, or by PUT
        carrying id, active and all of `attributes` where PATCH cannot. `attributes` is the whole wanted set."""
        raise NotImplementedError

    async def set_active(self, remote_id: str, active: bool, attributes: Attributes | None = None) -> Remote | None:
        """(De)activates by a PATCH of its own and says what a read shows; None when the account is gone.

        `attributes` (all managed ones) are for a provider that only has PUT; without them they are read first.
        """
        raise NotImplementedError

    async def delete(self, remote_id: str) -> Removal:
        """DELETE, then what a read shows. Raises `Rejected` when the account is still there and active."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Closes the connection."""
        raise NotImplementedError

    async def __aenter__(self) -> ScimClient:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()
