"""How one application differs from a service provider as the RFC has it: the switches that the engine honours.

They come from the connector's file and stay with the application that was added from it.
"""

from __future__ import annotations

from collections.abc import Iterable

from store.records import dataclass


@dataclass(frozen=True)
class Behaviour:
    """`authorization` is the Authorization header with `{token}` in it; `update_method` learn, patch or put; `rate` the
    published writes a second; `refuses` attributes never to be sent.

    `deactivating_removes`: after active=false the account may be gone; `deactivating_deletes`: it is, and cannot come back; `deletes`: false where there is no DELETE.
    """

    authorization: str = "Bearer {token}"
    update_method: str = "learn"
    rate: float | None = None
    refuses: tuple[str, ...] = ()
    username_is_email: bool = False
    deactivating_removes: bool = False
    deactivating_deletes: bool = False
    deletes: bool = True


AS_THE_RFC_HAS_IT = Behaviour()


def is_refused(refuses: Iterable[str], path: str) -> bool:
    """Whether a mapping path is one of these attributes, or lies in one: `emails` refuses `emails[type eq "work"].value`."""
    folded = path.lower()
    return any(folded == name or folded.startswith((f"{name}.", f"{name}[", f"{name}:")) for name in map(str.lower, refuses))
