"""The wires between machines and their devices: for a while, what some devices say is lost, or said twice."""

from __future__ import annotations

from typing import Any

from hardware.contract.cash import PaidOut
from hardware.contract.motor_board import MotorTurned
from hardware.contract.payment import Authorised, Declined, Settled
from runtime.address import Ref
from runtime.world_members import Member

ANSWERS: dict[str, tuple[type, ...]] = {
    "board unheard": (MotorTurned,),
    "reader unheard": (Authorised, Declined, Settled),
}
"""What is lost, by kind of fault. Orders arrive and so do coins: a wire that loses those is a lost device."""


DOUBLED = (MotorTurned, Authorised, Declined, Settled, PaidOut)
"""What is said twice. A coin is not: two coins look the same."""


class Wires:
    """Stands where the street hands messages to nodes.

    Attributes:
        lost, doubled: how many answers were.
        doubling: machines whose devices say everything twice.
    """

    def __init__(self, street: Member) -> None:
        self.lost = self.doubled = 0
        self.doubling: set[str] = set()
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

    def deliver(self, ref: Ref, message: Any) -> None:
        """Carry a message, or lose it."""
        if self._unheard:
            lost = self._unheard.get(self._street.kernel.addresses[ref], ())
            if isinstance(message, lost):
                self.lost += 1
                return
        self._carry(ref, message)
        if isinstance(message, DOUBLED) and self._street.kernel.addresses[ref] in self.doubling:
            self.doubled += 1
            self._carry(ref, message)
