"""Frames to and fro with pyzmq's asyncio sockets."""

from __future__ import annotations

import asyncio
import sys
import time
from statistics import median

import zmq
import zmq.asyncio

Curve = tuple[bytes, bytes, bytes]
"""The other side's public key, and ours: public and secret."""


async def echo(*keys: bytes) -> None:
    """Print where, then echo every frame; with a public and a secret key only CURVE gets in."""
    socket = zmq.asyncio.Context.instance().socket(zmq.ROUTER)
    if keys:
        socket.curve_publickey, socket.curve_secretkey, socket.curve_server = *keys, True
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    print(f"tcp://127.0.0.1:{port}", flush=True)
    while True:
        await socket.send_multipart(await socket.recv_multipart())


def measure(
    where: str, curve: Curve | None, message: bytes, round_trips: int, frames: int, window: int
) -> dict[str, float]:
    """Median round trip, and messages a second with one and with ten of them in a frame."""
    return asyncio.run(_measure(where, curve, message, round_trips, frames, window))


async def _measure(
    where: str, curve: Curve | None, message: bytes, round_trips: int, frames: int, window: int
) -> dict[str, float]:
    with zmq.asyncio.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 0
        if curve is not None:
            socket.curve_serverkey, socket.curve_publickey, socket.curve_secretkey = curve
        socket.connect(where)
        await socket.send_multipart([b"gw-1", b"HWK1", message])
        await socket.recv_multipart()
        times = []
        for _ in range(round_trips):
            began = time.perf_counter()
            await socket.send_multipart([b"gw-1", b"HWK1", message])
            await socket.recv_multipart()
            times.append(time.perf_counter() - began)
        return {
            "round_trip_us": median(times) * 1e6,
            "frames_of_1": await _rate(socket, message, frames, window),
            "frames_of_10": await _rate(socket, message * 10, frames, window) * 10,
        }


async def _rate(socket: zmq.asyncio.Socket, frame: bytes, frames: int, window: int) -> float:
    sent = back = 0
    began = time.perf_counter()
    while back < frames:
        while sent < frames and sent - back < window:
            await socket.send_multipart([b"gw-1", b"HWK1", frame])
            sent += 1
        await socket.recv_multipart()
        back += 1
    return frames / (time.perf_counter() - began)


if __name__ == "__main__":
    asyncio.run(echo(*(word.encode() for word in sys.argv[1:])))
