"""The office's door for nodes that have no key on the roster yet, and how such a node knocks.

Two ports: a greeting, in the clear, tells the office's public key to anybody; people compare its fingerprint.
The door itself is CURVE and takes any key, and does nothing but ask the pairing desk. A node that has a key
announces its next one there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias, get_args

import msgspec
import trio
import zmq

from runtime import log
from runtime.bus.doorkeeper import OPEN_DOMAIN, Doorkeeper
from runtime.bus.keys import KeyPair, fingerprint
from runtime.bus.office import Guard
from runtime.bus.wire import HEADER, DoorEndpoints, Security, Wire, Wires
from runtime.errors import ConfigError, DeviceUnavailable, ProtocolError, Refused
from runtime.pairing import PairingDesk, State

KNOCK_BYTES_MAX = 1000
ANSWER_SECONDS = 5.0
KNOCK_AGAIN_SECONDS = 1.0


class _Knock(msgspec.Struct, forbid_unknown_fields=True, tag="knock"):
    node: str
    serial: str
    code: str


class _Announced(msgspec.Struct, forbid_unknown_fields=True, tag="announced"):
    next_key: str


Said: TypeAlias = _Knock | _Announced
"""What may be said at the door, as JSON."""
ANSWERS = (*get_args(State), "noted")
"""To a knock, or to a key that was announced: noted or refused."""


class Door:
    """The office's side. Made by ``open_door``.

    Attributes:
        endpoints: where it listens.
        garbage: messages that were no knock.
    """

    def __init__(self, wires: Wires, bind: DoorEndpoints, guard: Guard, desk: PairingDesk) -> None:
        self.garbage = 0
        self._trouble = ""
        self._guard = guard
        self._desk = desk
        self._greeting = wires.open(zmq.ROUTER)
        self._door = wires.open(zmq.ROUTER, Security(guard.keys, domain=OPEN_DOMAIN))
        self.endpoints = DoorEndpoints(
            greeting=self._greeting.bind(bind.greeting), door=self._door.bind(bind.door)
        )

    async def greet(self) -> None:
        """Tell the office's public key to whoever asks."""
        while True:
            for _, parts in await self._greeting.receive():
                if parts[1:] == [HEADER]:
                    self._greeting.send([parts[0], HEADER, self._guard.keys.public])
                else:
                    self.garbage += 1

    async def keep_key(self) -> None:
        """Follow the office to another key."""
        while True:
            await self._guard.taken()
            self._door.renew(Security(self._guard.keys, domain=OPEN_DOMAIN))
            await self._door.bind_again(self.endpoints.door)

    async def answer(self) -> None:
        """Hand knocks to the desk."""
        while True:
            for key, parts in await self._door.receive():
                try:
                    self._door.send([parts[0], HEADER, self._answered(key, parts[1:]).encode()])
                except ProtocolError:
                    self.garbage += 1

    def _answered(self, key: str, parts: list[bytes]) -> str:
        if len(parts) != 2 or parts[0] != HEADER or len(parts[1]) > KNOCK_BYTES_MAX or not key:
            raise ProtocolError("a knock must have a key, the header and one part")
        try:
            said = msgspec.json.decode(parts[1], type=Said)
            answer = self._asked(key, said)
        except (msgspec.DecodeError, Refused) as error:
            raise ProtocolError(f"no knock: {error}") from error
        except (ConfigError, OSError) as error:
            if (trouble := str(error)) != self._trouble:  # said once, however many knock
                log.get(node="office").error("nobody can be let in", error=trouble)
            self._trouble = trouble
            return "refused"
        self._trouble = ""
        return answer

    def _asked(self, key: str, said: Said) -> str:
        if isinstance(said, _Announced):
            return "noted" if self._desk.announce(key, said.next_key) else "refused"
        return self._desk.knock(said.node, said.serial, said.code, key)


@asynccontextmanager
async def open_door(
    guard: Guard, desk: PairingDesk, bind: DoorEndpoints | None = None
) -> AsyncIterator[Door]:
    """Let new nodes knock for the length of a block; raises ConfigError if a port cannot be had."""
    wires = Wires()
    try:
        doorkeeper = Doorkeeper(wires, guard.roster)
        door = Door(wires, bind or DoorEndpoints(), guard, desk)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(doorkeeper.serve)
            nursery.start_soon(door.greet)
            nursery.start_soon(door.keep_key)
            nursery.start_soon(door.answer)
            yield door
            nursery.cancel_scope.cancel()
    finally:
        await wires.end()


async def knock(
    door: DoorEndpoints, expected_fingerprint: str, keys: KeyPair, *, node: str, serial: str, code: str
) -> bytes:
    """Knock until the office has said yes; return the office's public key.

    Raises:
        Refused: the office has another fingerprint, or said no.
        DeviceUnavailable: nobody answers.
    """
    wires = Wires()
    try:
        office = await _office_key(wires, door.greeting)
        if (seen := fingerprint(office)) != expected_fingerprint.strip().upper():
            raise Refused(f"pairing: the office's fingerprint must be {expected_fingerprint}, it is {seen}")
        wire = wires.open(zmq.DEALER, Security(keys, office))
        wire.connect(door.door)
        said = msgspec.json.encode(_Knock(node, serial, code))
        while True:
            answer = await _asked(wire, [HEADER, said], door.door)
            if answer == b"admitted":
                return office
            if answer != b"waiting":
                raise Refused(
                    f"pairing: the office refused {node}: is the code right, and not older than 10 min?"
                )
            await trio.sleep(KNOCK_AGAIN_SECONDS)
    finally:
        await wires.end()


async def announce(door: DoorEndpoints, office: bytes, keys: KeyPair, next_key: bytes) -> None:
    """Tell the office, by a key on its roster, which key comes next.

    Raises:
        Refused: the office does not know the key, or another node has the next one.
        DeviceUnavailable: nobody answers.
    """
    wires = Wires()
    try:
        wire = wires.open(zmq.DEALER, Security(keys, office))
        wire.connect(door.door)
        said = msgspec.json.encode(_Announced(next_key.decode()))
        if await _asked(wire, [HEADER, said], door.door) != b"noted":
            raise Refused("pairing: the office must know this node's key, it does not")
    finally:
        await wires.end()


async def _office_key(wires: Wires, greeting: str) -> bytes:
    wire = wires.open(zmq.DEALER)
    wire.connect(greeting)
    return await _asked(wire, [HEADER], greeting)


async def _asked(wire: Wire, parts: list[bytes], endpoint: str) -> bytes:
    wire.send(parts)
    with trio.move_on_after(ANSWER_SECONDS):
        while True:
            for _, answer in await wire.receive():
                if len(answer) == 2 and answer[0] == HEADER:
                    return answer[1]
    raise DeviceUnavailable(f"{endpoint}: an office must answer there within {ANSWER_SECONDS:g} s, none does")
