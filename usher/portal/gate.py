"""Where a request comes from, and whether it may come in at all: address, scheme, host, origin.

Nothing a client writes is believed here: forwarded headers count from a named proxy alone, `Host` must be one of ours,
and no address of ours is ever made from it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from store.errors import UsageError
from store.records import dataclass
from usher.saml.refusal import Refusal
from usher.services.settings import is_loopback

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Headers = dict[bytes, list[bytes]]


class Misdirected(Refusal):
    """The request is for another host, or came by a way that is not open (421)."""


class Foreign(Refusal):
    """A form that was not sent from a page of ours (403)."""


@dataclass(frozen=True)
class Arrival:
    """How a request came: the client's address, whether it is encrypted on the way, the host it asked for, and whether it
    came from this machine."""

    address: str
    secure: bool
    host: str
    local: bool = False

    @property
    def origin(self) -> str:
        """The origin of our own pages as this client sees them."""
        return f"{'https' if self.secure else 'http'}://{_bare(self.host, self.secure)}"


def networks(names: Iterable[str]) -> tuple[Network, ...]:
    """The proxies that are trusted, named by address or network. `UsageError` for what is neither."""
    found = []
    for name in names:
        try:
            found.append(ipaddress.ip_network(name.strip(), strict=False))
        except ValueError:
            raise UsageError("proxy-unfit", f"{name!r} is no address or network.", "Name the proxy as 10.0.0.7 or 10.0.0.0/24.") from None
    return tuple(found)


def headers(scope: dict[str, Any]) -> Headers:
    """The headers by lower-case name, every occurrence."""
    found: Headers = {}
    for name, value in scope["headers"]:
        found.setdefault(name, []).append(value)
    return found


def arrival(scope: dict[str, Any], given: Headers, trusted: tuple[Network, ...]) -> Arrival:
    """How a request came. `Misdirected` without one `Host`."""
    hosts = given.get(b"host", [])
    if len(hosts) != 1:
        raise Misdirected("host-missing", "The request does not say for whom it is.")
    peer = str((scope.get("client") or ("",))[0])
    secure, address = scope["scheme"] == "https", peer
    if _is_trusted(peer, trusted):
        secure = secure or _last(given.get(b"x-forwarded-proto", [])) == "https"
        address = _client(given.get(b"x-forwarded-for", []), peer, trusted)
    return Arrival(address, secure, hosts[0].decode("latin-1").lower(), bool(peer) and is_loopback(peer))


def refuse_unless_ours(came: Arrival, base_url: str) -> None:
    """`Misdirected` for a host that is not ours, and for plain http from anywhere but this machine."""
    name = _name(came.host)
    loopback = came.local and bool(name) and is_loopback(name)
    parts = urlsplit(base_url)
    if not loopback and _bare(came.host, came.secure) != _bare(parts.netloc, parts.scheme == "https"):
        raise Misdirected("host-unknown", "There is nothing at this address.")
    if not loopback and not came.secure:
        raise Misdirected("not-encrypted", "This portal is reached by https.")


def refuse_foreign_form(came: Arrival, given: Headers, base_url: str) -> None:
    """`Foreign` when the browser says that a form was sent from elsewhere."""
    parts = urlsplit(base_url)
    ours = {came.origin, f"{parts.scheme}://{_bare(parts.netloc, parts.scheme == 'https')}"}
    origins = [value.decode("latin-1").lower() for value in given.get(b"origin", [])]
    sites = [value.decode("latin-1").lower() for value in given.get(b"sec-fetch-site", [])]
    if any(origin not in ours for origin in origins) or any(site not in ("same-origin", "none") for site in sites):
        raise Foreign("form-foreign", "This form was not sent from a page of this portal.")


def _is_trusted(peer: str, trusted: tuple[Network, ...]) -> bool:
    if not trusted:
        return False
    address = _address(peer)
    return address is not None and any(address in network for network in trusted)


def _client(forwarded: list[bytes], peer: str, trusted: tuple[Network, ...]) -> str:
    """The rightmost address that no trusted proxy wrote about itself."""
    hops = [hop.strip() for value in forwarded for hop in value.decode("latin-1").split(",")]
    client = peer
    for hop in reversed(hops):
        found = _address(hop)
        if found is None:
            break
        client = str(found)
        if not _is_trusted(client, trusted):
            break
    return client


@lru_cache(1024)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


def _last(values: list[bytes]) -> str:
    return values[-1].decode("latin-1").split(",")[-1].strip().lower() if values else ""


def _name(host: str) -> str:
    """The name in a `Host` header; empty when it is none."""
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018 - raises for a port that is none
        return parts.hostname or "" if parts.netloc == host and "@" not in host else ""
    except ValueError:
        return ""


def _bare(host: str, secure: bool) -> str:
    """A host without the port that goes without saying."""
    return host.lower().removesuffix(":443" if secure else ":80")
