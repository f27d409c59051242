"""Many clients of a WebSocket feed in one process: they connect and read, and throw away what they read."""

from __future__ import annotations

import selectors
import socket
import sys

HANDSHAKE = (
    "GET /feed?ticket=bench HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
READ_BYTES = 1 << 18


def connected(port: int) -> socket.socket:
    """One client past its handshake."""
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    client.sendall(HANDSHAKE.format(port=port).encode())
    head = b""
    while b"\r\n\r\n" not in head:
        if not (part := client.recv(4096)):
            raise ConnectionError(f"feed: must accept, not {head[:80]!r}")
        head += part
    if b" 101 " not in head.split(b"\r\n", 1)[0]:
        raise ConnectionError(f"feed: must accept, not {head[:80]!r}")
    client.setblocking(False)
    return client


def read_until_closed(port: int, clients: int) -> None:
    """Connect and read until the server ends every connection."""
    selector = selectors.DefaultSelector()
    for _ in range(clients):
        selector.register(connected(port), selectors.EVENT_READ)
    while selector.get_map():
        for key, _ in selector.select():
            client = key.fileobj
            assert isinstance(client, socket.socket)
            try:
                alive = client.recv(READ_BYTES) != b""
            except ConnectionError:
                alive = False
            if not alive:
                selector.unregister(client)
                client.close()


if __name__ == "__main__":
    read_until_closed(int(sys.argv[1]), int(sys.argv[2]))
