"""A SCIM provider for measuring against: takes creates and lists nobody, as fast as asyncio can. Its own process.

python tests/bench/stub.py        prints the port it listens on
"""

from __future__ import annotations

import asyncio
import itertools
import json

EMPTY = json.dumps(
    {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []}
).encode()
numbers = itertools.count(1)


class Provider(asyncio.Protocol):
    """One connection: whole requests in, whole answers out."""

    def __init__(self) -> None:
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].decode("latin-1").lower()
            length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
            if len(self.buffer) < end + 4 + length:
                return
            body, self.buffer = self.buffer[end + 4 : end + 4 + length], self.buffer[end + 4 + length :]
            self.transport.write(self.answer(head, body))

    @staticmethod
    def answer(head: str, body: bytes) -> bytes:
        status, content = "200 OK", EMPTY
        if head.startswith("post"):
            status, content = "201 Created", json.dumps({**json.loads(body), "id": str(next(numbers))}).encode()
        return b"HTTP/1.1 %s\r\nContent-Type: application/scim+json\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(content), content)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
