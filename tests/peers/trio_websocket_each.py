"""trio-websocket as its users write it: the same message to every client, by ``send_message`` to each.

``python trio_websocket_each.py CLIENTS SECONDS BYTES`` prints its port, waits for so many clients, sends ten
messages a second to each, and prints what a message cost as JSON.
"""

from __future__ import annotations

import json
import sys
import time

import trio
import trio_websocket

WARM_TICKS = 10
TICK_SECONDS = 0.1


async def fan(clients: int, seconds: float, size: int) -> dict[str, float]:
    """Send for so long; returns messages and processor time a message."""
    open_now: list[trio_websocket.WebSocketConnection] = []
    message = bytes(size)

    async def held(request: trio_websocket.WebSocketRequest) -> None:
        connection = await request.accept()
        open_now.append(connection)
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        server = await nursery.start(trio_websocket.serve_websocket, held, "127.0.0.1", 0, None)
        print(server.port, flush=True)
        while len(open_now) < clients:  # noqa: ASYNC110 - they come from another process
            await trio.sleep(TICK_SECONDS)
        ticks = round(seconds / TICK_SECONDS)
        cpu, began = 0.0, trio.current_time()
        for tick in range(WARM_TICKS + ticks):
            if tick == WARM_TICKS:
                cpu = time.process_time()
            for connection in open_now:
                await connection.send_message(message)
            await trio.sleep_until(began + (tick + 1) * TICK_SECONDS)
        cpu = time.process_time() - cpu
        nursery.cancel_scope.cancel()
    return {"clients": clients, "messages": clients * ticks, "us_a_message": cpu / (clients * ticks) * 1e6}


if __name__ == "__main__":
    print(json.dumps(trio.run(fan, int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))), flush=True)
