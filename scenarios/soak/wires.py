"""The wires between machines and their devices: for a while, what some devices say is lost, late or wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import attrs

from hardware.contract.cash import (
    BillHeld,
    BillReturned,
    CashCounted,
    CashInserted,
    PaidOut,
    ReturnAsked,
)
from hardware.contract.motor_board import MotorTurned
from hardware.contract.payment import Authorised, Declined, Settled
from runtime.actor import Actor, handles
from runtime.address import Ref
from runtime.world_members import Member

ANSWERS: dict[str, tuple[type, ...]] = {
    "board unheard": (MotorTurned,),
    "reader unheard": (Authorised, Declined, Settled),
}
"""What is lost, by kind of fault. Orders arrive and so do coins: a wire that loses those is a lost device."""


CASH_SAYS = (BillHeld, BillReturned, CashCounted, CashInserted, PaidOut, ReturnAsked)
DOUBLED = (MotorTurned, Authorised, Declined, Settled, PaidOut)
"""What is said twice. A coin is not: two coins look the same."""


LATE_SECONDS = 4
"""How late a cash device is heard whose wire is slow: by then the machine may be about something else."""
MISREAD_TIMES = 2
"""So many times what it reserved a reader says that is misread: enough for a second unit."""


@attrs.frozen
class _Late:
    """Something a cash device said, on a slow wire to the life of a node that it was said to."""

    ref: Ref
    message: Any
    life: object


class _SlowWire(Actor):
    """Hands over what it was given when its time has come."""

    __slots__ = ("_arrived",)

    def __init__(self, arrived: Callable[[_Late], None]) -> None:
        self._arrived = arrived

    @handles(_Late)
    def arrive(self, late: _Late) -> None:
        """It is heard now."""
        self._arrived(late)


class Wires:
    """Stands where the street hands messages to nodes.

    Attributes:
        lost, doubled, late, misread: how many answers were.
        doubling: machines whose devices say everything twice.
        slow: machines whose cash devices are heard late, everything in order.
        misreading: machines whose readers say another amount than they reserved.
    """

    def __init__(self, street: Member) -> None:
        self.lost = self.doubled = self.late = self.misread = 0
        self.doubling: set[str] = set()
        self.slow: set[str] = set()
        self.misreading: set[str] = set()
        self._on_the_wire: Counter[Ref] = Counter()
        self._relay = street.kernel.spawn("wires/slow", _SlowWire(self._arrived))
        self._street = street
        self._unheard: dict[str, tuple[type, ...]] = {}
        self._carry = street.deliver
        street.deliver = self.deliver  # type: ignore[method-assign]

    def cut(self, machine: str, kind: str) -> None:
        """Lose what this machine's devices answer, until ``mend``."""
        self._unheard[machine] = ANSWERS[kind]

    def mend(self, machine: str) -> None:
        """All is heard again."""
        self._unheard.pop(machine, None)

    def deliver(self, said: Iterable[tuple[Ref, Any]]) -> None:
        """Carry messages, or lose them, or keep them for a while."""
        addresses = self._street.kernel.addresses
        carried = []
        for ref, message in said:
            machine = addresses[ref]
            if self._unheard and isinstance(message, self._unheard.get(machine, ())):
                self.lost += 1
            elif isinstance(message, CASH_SAYS) and (machine in self.slow or self._on_the_wire[ref]):
                self._delay(ref, message)
            else:
                carried += self._said(ref, machine, message)
        self._carry(carried)

    def _said(self, ref: Ref, machine: str, message: Any) -> list[tuple[Ref, Any]]:
        if isinstance(message, Authorised) and machine in self.misreading:
            self.misread += 1
            message = _misread(message)
        if isinstance(message, DOUBLED) and machine in self.doubling:
            self.doubled += 1
            return [(ref, message)] * 2
        return [(ref, message)]

    def _delay(self, ref: Ref, message: Any) -> None:
        """What comes after something late is late as well: the order on a wire never changes."""
        self.late += 1
        self._on_the_wire[ref] += 1
        kernel = self._street.kernel
        late = _Late(ref, message, self._life(ref))
        kernel.later(kernel.now + LATE_SECONDS * 1_000_000, self._relay, late)

    def _arrived(self, late: _Late) -> None:
        self._on_the_wire[late.ref] -= 1
        if self._life(late.ref) is late.life:  # a process that ended never hears what was on its wires
            self._carry([(late.ref, late.message)])

    def _life(self, ref: Ref) -> object:
        owner = self._street.world.owner_of(self._street.kernel.addresses[ref])
        return None if owner is None else owner.kernel


def _misread(said: Authorised) -> Authorised:
    return Authorised(
        sale=said.sale,
        amount_minor=said.amount_minor * MISREAD_TIMES,
        reference=said.reference,
        ask=said.ask,
    )
