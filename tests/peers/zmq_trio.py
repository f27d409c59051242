"""Frames to and fro with pyzmq under trio and no layer of anybody's: what trio itself costs a message.

Not a library but a floor: receive what is there, else wait until the socket's descriptor is readable, with
the cheapest calls that pyzmq has.
"""

from __future__ import annotations

import sys
import time
from statistics import median

import trio
import zmq
from zmq.backend import Socket

Curve = tuple[bytes, bytes, bytes]
"""The other side's public key, and ours: public and secret."""


AT_ONCE, MORE_COMES = int(zmq.DONTWAIT), int(zmq.DONTWAIT | zmq.SNDMORE)
EVENTS, POLLIN = int(zmq.EVENTS), int(zmq.POLLIN)
send = Socket.send


async def _receive(socket: zmq.Socket[bytes]) -> list[bytes]:
    if not int(socket.getsockopt(EVENTS)) & POLLIN:
        await trio.lowlevel.wait_readable(socket.fileno())
    while True:
        try:
            frame = socket.recv(AT_ONCE, False)
        except zmq.Again:
            await trio.lowlevel.wait_readable(socket.fileno())
            continue
        parts = [frame.bytes]
        while frame.more:
            frame = socket.recv(AT_ONCE, False)
            parts.append(frame.bytes)
        return parts


def _send(socket: zmq.Socket[bytes], parts: list[bytes]) -> None:
    for part in parts[:-1]:
        send(socket, part, MORE_COMES)
    send(socket, parts[-1], AT_ONCE)


async def echo(*keys: bytes) -> None:
    """Print where, then echo every frame; with a public and a secret key only CURVE gets in."""
    socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.ROUTER)
    if keys:
        socket.curve_publickey, socket.curve_secretkey, socket.curve_server = *keys, True
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    print(f"tcp://127.0.0.1:{port}", flush=True)
    while True:
        _send(socket, await _receive(socket))


def measure(
    where: str, curve: Curve | None, message: bytes, round_trips: int, frames: int, window: int
) -> dict[str, float]:
    """Median round trip, and messages a second with one and with ten of them in a frame."""
    return trio.run(_measure, where, curve, message, round_trips, frames, window)


async def _measure(
    where: str, curve: Curve | None, message: bytes, round_trips: int, frames: int, window: int
) -> dict[str, float]:
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 0
        if curve is not None:
            socket.curve_serverkey, socket.curve_publickey, socket.curve_secretkey = curve
        socket.connect(where)
        _send(socket, [b"gw-1", b"HWK1", message])
        await _receive(socket)
        times = []
        for _ in range(round_trips):
            began = time.perf_counter()
            _send(socket, [b"gw-1", b"HWK1", message])
            await _receive(socket)
            times.append(time.perf_counter() - began)
        return {
            "round_trip_us": median(times) * 1e6,
            "frames_of_1": await _rate(socket, message, frames, window),
            "frames_of_10": await _rate(socket, message * 10, frames, window) * 10,
        }


async def _rate(socket: zmq.Socket[bytes], frame: bytes, frames: int, window: int) -> float:
    sent = back = 0
    began = time.perf_counter()
    while back < frames:
        while sent < frames and sent - back < window:
            _send(socket, [b"gw-1", b"HWK1", frame])
            sent += 1
        await _receive(socket)
        back += 1
    return frames / (time.perf_counter() - began)


if __name__ == "__main__":
    trio.run(echo, *(word.encode() for word in sys.argv[1:]))
