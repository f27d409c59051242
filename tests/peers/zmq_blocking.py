"""Frames to and fro with plain pyzmq: DEALER and ROUTER, blocking calls, one thread a process."""

from __future__ import annotations

import sys
import time
from statistics import median

import zmq

Curve = tuple[bytes, bytes, bytes]
"""The other side's public key, and ours: public and secret."""


def echo(*keys: bytes) -> None:
    """Print where, then echo every frame; with a public and a secret key only CURVE gets in."""
    socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.ROUTER)
    if keys:
        socket.curve_publickey, socket.curve_secretkey, socket.curve_server = *keys, True
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    print(f"tcp://127.0.0.1:{port}", flush=True)
    while True:
        socket.send_multipart(socket.recv_multipart())


def measure(
    where: str, curve: Curve | None, message: bytes, round_trips: int, frames: int, window: int
) -> dict[str, float]:
    """Median round trip, and messages a second with one and with ten of them in a frame."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 0
        if curve is not None:
            socket.curve_serverkey, socket.curve_publickey, socket.curve_secretkey = curve
        socket.connect(where)
        socket.send_multipart([b"gw-1", b"HWK1", message])
        socket.recv_multipart()
        times = []
        for _ in range(round_trips):
            began = time.perf_counter()
            socket.send_multipart([b"gw-1", b"HWK1", message])
            socket.recv_multipart()
            times.append(time.perf_counter() - began)
        return {
            "round_trip_us": median(times) * 1e6,
            "frames_of_1": _rate(socket, message, frames, window),
            "frames_of_10": _rate(socket, message * 10, frames, window) * 10,
        }


def _rate(socket: zmq.Socket[bytes], frame: bytes, frames: int, window: int) -> float:
    sent = back = 0
    began = time.perf_counter()
    while back < frames:
        while sent < frames and sent - back < window:
            socket.send_multipart([b"gw-1", b"HWK1", frame])
            sent += 1
        socket.recv_multipart()
        back += 1
    return frames / (time.perf_counter() - began)


if __name__ == "__main__":
    echo(*(word.encode() for word in sys.argv[1:]))
