"""Frames to and fro with zmq-anyio on trio."""

from __future__ import annotations

import sys
import time
from statistics import median
from typing import Any

import anyio
import zmq
import zmq_anyio

Curve = tuple[bytes, bytes, bytes]
"""The other side's public key, and ours: public and secret."""


async def echo(*keys: bytes) -> None:
    """Print where, then echo every frame; with a public and a secret key only CURVE gets in."""
    plain: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.ROUTER)
    if keys:
        plain.curve_publickey, plain.curve_secretkey, plain.curve_server = *keys, True
    port = plain.bind_to_random_port("tcp://127.0.0.1")
    async with zmq_anyio.Socket(plain) as socket:
        print(f"tcp://127.0.0.1:{port}", flush=True)
        while True:
            parts: list[Any] = await socket.arecv_multipart()
            await socket.asend_multipart(parts)


def measure(
    where: str, curve: Curve | None, message: bytes, round_trips: int, frames: int, window: int
) -> dict[str, float]:
    """Median round trip, and messages a second with one and with ten of them in a frame."""
    measured: dict[str, float] = anyio.run(
        _measure, where, curve, message, round_trips, frames, window, backend="trio"
    )
    return measured


async def _measure(
    where: str, curve: Curve | None, message: bytes, round_trips: int, frames: int, window: int
) -> dict[str, float]:
    with zmq.Context() as context, context.socket(zmq.DEALER) as plain:
        plain.linger = 0
        if curve is not None:
            plain.curve_serverkey, plain.curve_publickey, plain.curve_secretkey = curve
        plain.connect(where)
        async with zmq_anyio.Socket(plain) as socket:
            await socket.asend_multipart([b"gw-1", b"HWK1", message])
            await socket.arecv_multipart()
            times = []
            for _ in range(round_trips):
                began = time.perf_counter()
                await socket.asend_multipart([b"gw-1", b"HWK1", message])
                await socket.arecv_multipart()
                times.append(time.perf_counter() - began)
            return {
                "round_trip_us": median(times) * 1e6,
                "frames_of_1": await _rate(socket, message, frames, window),
                "frames_of_10": await _rate(socket, message * 10, frames, window) * 10,
            }


async def _rate(socket: zmq_anyio.Socket, frame: bytes, frames: int, window: int) -> float:
    sent = back = 0
    began = time.perf_counter()
    while back < frames:
        while sent < frames and sent - back < window:
            await socket.asend_multipart([b"gw-1", b"HWK1", frame])
            sent += 1
        await socket.arecv_multipart()
        back += 1
    return frames / (time.perf_counter() - began)


if __name__ == "__main__":
    anyio.run(echo, *(word.encode() for word in sys.argv[1:]), backend="trio")
