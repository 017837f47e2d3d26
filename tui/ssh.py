"""The console over SSH where there is no sshd to use: public keys of operators alone, a process and a terminal a session.

Nothing but a console can be had: no command, no file transfer, no forwarding of ports, agents or X11. What asyncssh
asks that is not answered here it answers with no.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import asyncssh

from store.errors import Failed, UsherError
from store.operators import Operator
from tui.ssh_host_key import host_key
from tui.ssh_session import ConsoleSession
from usher.services import operators
from usher.services.session import Session

LOGIN_SECONDS = 20
KEEPALIVE_SECONDS = 15
_MOST_AT_THE_DOOR = 32
"""Connections that have not said who they are yet."""


@dataclass
class House:
    """The server: where it listens, whom it lets in, and who is inside. `note` gets a line for its log."""

    session: Session
    host: str
    port: int
    most: int
    note: Callable[[str], object]
    connections: set[asyncssh.SSHServerConnection] = field(default_factory=set)
    at_the_door: set[asyncssh.SSHServerConnection] = field(default_factory=set)
    inside: set[ConsoleSession] = field(default_factory=set)

    def words(self, operator: Operator, fingerprint: str) -> list[str]:
        """The command line of this operator's console."""
        return ["--store", str(self.session.store.path), "--operator", operator.name, "--ssh-key", fingerprint, "--confined"]

    def holder(self, fingerprint: str) -> Operator | None:
        """Who may come in with that key at this moment."""
        try:
            return operators.by_fingerprint(self.session, fingerprint)
        except UsherError as error:
            self.note(f"Nobody can come in: {error}")
            return None

    async def serve(self, ready: Callable[[int, str], object]) -> None:
        """Serves until SIGTERM or SIGINT; `ready` gets the port and the host key's fingerprint once it listens."""
        key = host_key(self.session.store.path.parent)
        over = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, over.set)
        try:
            acceptor = await self._listen(key)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise Failed("cannot-listen", f"{self.host} port {self.port} cannot be listened on: {reason}.", "Name others with --host and --port.") from None
        ready(acceptor.get_port(), key.get_fingerprint())
        await over.wait()
        acceptor.close()
        await asyncio.gather(*(console.end() for console in list(self.inside)))
        await self._gone(2)  # a client leaves once its console is over; told to disconnect, it would draw nothing more
        for connection in list(self.connections):
            connection.close()
        await self._gone(2)

    async def _gone(self, seconds: float) -> None:
        """Waits until every connection is closed, but not for ever."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(connection.wait_closed() for connection in list(self.connections)))

    async def _listen(self, key: asyncssh.SSHKey) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            self.host,
            self.port,
            config=None,
            server_factory=lambda: Door(self),
            server_host_keys=[key],
            encoding=None,
            line_editor=False,
            public_key_auth=True,
            password_auth=False,
            kbdint_auth=False,
            host_based_auth=False,
            gss_auth=False,
            gss_kex=False,
            allow_scp=False,
            sftp_factory=None,
            x11_forwarding=False,
            agent_forwarding=False,
            rdns_lookup=False,
            login_timeout=LOGIN_SECONDS,
            keepalive_interval=KEEPALIVE_SECONDS,
            keepalive_count_max=3,
            server_version="Usher",
        )


class Door(asyncssh.SSHServer):
    """One connection: who it is, by the key that signed."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._tried = self._fingerprint = ""
        self._consoles = 0

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Somebody is at the door."""
        self._connection = conn
        self._peer, self._own = conn.get_extra_info("peername"), conn.get_extra_info("sockname")
        if len(self._house.at_the_door) >= _MOST_AT_THE_DOOR:
            conn.abort()
        else:
            self._house.at_the_door.add(conn)
            self._house.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._house.at_the_door.discard(self._connection)
        self._house.connections.discard(self._connection)
        if self._tried and not self._fingerprint:
            self._house.note(f"refused {self._tried} from {self._address}")

    def begin_auth(self, username: str) -> bool:
        """Everybody has to show a key; the name they give themselves is of no account."""
        return True

    def public_key_auth_supported(self) -> bool:
        """By key."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether the key is an operator's. It is asked for a mere offer too, so nobody is let in here."""
        self._tried = key.get_fingerprint()
        return self._house.holder(self._tried) is not None

    def auth_completed(self) -> None:
        """The last key asked about is the one whose signature was found good."""
        self._fingerprint = self._tried
        self._house.at_the_door.discard(self._connection)
        self._wait_for_a_console()

    def _wait_for_a_console(self) -> None:
        """Who stays without one is shown out after a while: connections are limited by the consoles on them."""
        asyncio.get_running_loop().call_later(LOGIN_SECONDS, self._show_out)

    def _show_out(self) -> None:
        if not self._consoles:
            self._connection.close()

    def session_requested(self) -> ConsoleSession:
        """A console, if the key still holds and there is room."""
        house = self._house
        operator = house.holder(self._fingerprint) if self._fingerprint else None
        if operator is None:
            house.note(f"refused {self._fingerprint} from {self._address}")
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "This key may not come in any more.")
        if len(house.inside) >= house.most:
            house.note(f"no room for {operator.name} from {self._address}")
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_RESOURCE_SHORTAGE, f"All {house.most} places are taken. Try again later.")
        console = ConsoleSession(house.words(operator, self._fingerprint), self._peers, self._left(operator.name))
        house.inside.add(console)
        self._consoles += 1
        house.note(f"came in: {operator.name}, {self._fingerprint} from {self._address}")
        return console

    def _left(self, name: str) -> Callable[[ConsoleSession], object]:
        def left(console: ConsoleSession) -> None:
            if console in self._house.inside:
                self._house.inside.discard(console)
                self._consoles -= 1
                self._wait_for_a_console()
                self._house.note(f"left: {name} from {self._address}")

        return left

    @property
    def _address(self) -> str:
        return str(self._peer[0])

    @property
    def _peers(self) -> str:
        """Both ends, as sshd says them in SSH_CONNECTION."""
        return " ".join(str(part) for part in (*self._peer[:2], *self._own[:2]))


def serve(session: Session, host: str, port: int, most: int, ready: Callable[[int, str], object], note: Callable[[str], object]) -> None:
    """Serves consoles on the session's store until told to end."""
    asyncio.run(House(session, host, port, most, note).serve(ready))
