"""Commands from afar: each is done, has failed with a reason, or waits for the word of a device.

A command that waits stands in ``waiting`` under what it waits for, so there is one of a kind at a time; that
it waits is a fact (``RemoteBegun``), so that a restart can end it. A device that keeps silent ends it as
failed. The commands themselves are in ``remote_orders.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from actors.cabinet.messages import RemoteBegun, RemoteEnded, RemoteTimeout
from actors.control.messages import NotDone, RemoteRefund
from runtime import wire
from runtime.command import Deliver, Finish
from runtime.errors import ProtocolError, Refused

if TYPE_CHECKING:
    from actors.machine.machine import Machine

REASON_CHARACTERS_MAX = 200


@attrs.define(slots=True, kw_only=True)
class Waiting:
    """A command under way.

    Attributes:
        id: the command's.
        body: its wire bytes.
        lane: which lane it turns, if it does.
        sale: the number of the vend or refund that it caused; 0 none.
        read: prices read back so far, by lane.
    """

    id: str
    body: bytes
    lane: str = ""
    sale: int = 0
    read: dict[str, int] = attrs.field(factory=dict)

    @property
    def asked(self) -> Any:
        """The command."""
        return wire.decode(self.body)


@attrs.frozen(kw_only=True)
class Wait:
    """What a command waits for: ``key`` is there once, and has so many seconds to come."""

    key: str
    seconds: float
    lane: str = ""
    sale: int = 0


Run = Callable[["Machine", Any], object]
"""Runs a command: returns its answer, None for none, or a ``Wait``; raises Refused."""


def deliver(machine: Machine, order: Deliver, commands: dict[type, Run]) -> None:
    """Run a command, and say how it ended or wait until it does."""
    try:
        asked = wire.decode(order.body)
    except ProtocolError as error:
        _finish(machine, order.id, "failed", NotDone(why=_short(str(error))))
        return
    if (run := commands.get(type(asked))) is None:
        _finish(machine, order.id, "failed", NotDone(why=f"machine cannot do {type(asked).__name__}"))
        return
    try:
        answer = run(machine, asked)
    except Refused as why:
        _finish(machine, order.id, "failed", NotDone(why=_short(str(why))))
        return
    if not isinstance(answer, Wait):
        _finish(machine, order.id, "done", answer)
        return
    machine.record(RemoteBegun(id=order.id, kind=type(asked).__name__))
    machine.waiting[answer.key] = Waiting(id=order.id, body=order.body, lane=answer.lane, sale=answer.sale)
    machine.after(answer.seconds, RemoteTimeout(id=order.id))


def free(machine: Machine, key: str) -> None:
    """Raise Refused if a command waits for this already."""
    if (waiting := machine.waiting.get(key)) is not None:
        raise Refused(f"{type(waiting.asked).__name__} ({waiting.id}) must end first")


def done(machine: Machine, key: str, answer: object) -> None:
    """What was waited for is there."""
    _end(machine, machine.waiting.pop(key).id, "", answer)


def failed(machine: Machine, key: str, why: str) -> None:
    """It will not come."""
    _end(machine, machine.waiting.pop(key).id, _short(why), None)


def restarted(machine: Machine) -> None:
    """Commands that waited before a restart have failed: nobody listened to the device.

    A refund was promised by a fact: it goes on, and its facts tell how it ends.
    """
    for command_id, kind in list(machine.begun.items()):
        goes_on = "; the refund goes on" if kind == RemoteRefund.__name__ else ""
        _end(machine, command_id, f"machine restarted while {kind} waited{goes_on}", None)


def _end(machine: Machine, command_id: str, why: str, answer: object) -> None:
    machine.record(RemoteEnded(id=command_id, why=why))
    _finish(machine, command_id, "failed" if why else "done", NotDone(why=why) if why else answer)


def _finish(machine: Machine, command_id: str, outcome: str, answer: object) -> None:
    body = b"" if answer is None else wire.encode(answer)
    machine.tell(machine.reach("commands"), Finish(id=command_id, outcome=outcome, answer=body))


def _short(why: str) -> str:
    return " ".join(why.split())[:REASON_CHARACTERS_MAX]
