"""Rows from one SQLite file to another over plain pyzmq with CURVE: durable at both ends, each once."""

from __future__ import annotations

import pickle
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import zmq

_FACTS = (
    "CREATE TABLE facts (seq INTEGER PRIMARY KEY, source TEXT NOT NULL, at_us INTEGER NOT NULL, "
    "body BLOB NOT NULL, chain BLOB NOT NULL)"
)
_LINES = "CREATE TABLE lines (id INTEGER PRIMARY KEY, fact INTEGER, account INTEGER, amount INTEGER)"
_INSERT_FACT = "INSERT INTO facts VALUES (?, ?, ?, ?, ?)"
_INSERT_LINE = "INSERT INTO lines VALUES (NULL, ?, ?, ?)"

Batch = tuple[list[Any], list[Any]]
"""Facts, and their ledger lines, made beforehand."""


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(_FACTS)
    db.execute(_LINES)
    return db


def _commit(db: sqlite3.Connection, facts: list[Any], lines: list[Any]) -> None:
    db.execute("BEGIN IMMEDIATE")
    db.executemany(_INSERT_FACT, facts)
    db.executemany(_INSERT_LINE, lines)
    db.execute("COMMIT")


def store(path: Path, public: bytes, secret: bytes) -> None:
    """Print where, then store what comes, all that waits in one transaction, and say which was the last."""
    socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.ROUTER)
    socket.curve_publickey, socket.curve_secretkey, socket.curve_server = public, secret, True
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    db = _opened(path)
    print(f"tcp://127.0.0.1:{port}", flush=True)
    last = 0
    while True:
        who, frame = socket.recv_multipart()
        frames = [frame]
        while int(socket.get(zmq.EVENTS)) & zmq.POLLIN:
            frames.append(socket.recv_multipart()[1])
        facts: list[Any] = []
        lines: list[Any] = []
        for some_facts, some_lines in map(pickle.loads, frames):
            if some_facts[0][0] == last + 1:
                facts += some_facts
                lines += some_lines
                last = some_facts[-1][0]
        _commit(db, facts, lines)
        socket.send_multipart([who, str(last).encode()])


def measure(
    where: str, curve: tuple[bytes, bytes, bytes], path: Path, batches: list[Batch], window: int
) -> float:
    """Commit and send every batch; return the seconds until the other side has stored all.

    Args:
        where: the other side's endpoint.
        curve: its public key, and ours: public and secret.
        path: our file.
        batches: what each commit holds; the ledger lines are only for the other side.
        window: commits that may be on the way.
    """
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 0
        socket.curve_serverkey, socket.curve_publickey, socket.curve_secretkey = curve
        socket.connect(where)
        db, stored, last = _opened(path), 0, batches[-1][0][-1][0]
        began = time.perf_counter()
        for number, batch in enumerate(batches):
            _commit(db, batch[0], [])
            while number >= window and stored < batches[number - window][0][-1][0]:
                stored = int(socket.recv_multipart()[0])
            socket.send_multipart([pickle.dumps(batch)])
        while stored < last:
            stored = int(socket.recv_multipart()[0])
        seconds = time.perf_counter() - began
        db.close()
        return seconds


if __name__ == "__main__":
    store(Path(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode())
