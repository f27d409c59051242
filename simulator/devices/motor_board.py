"""A machine's motor board: turns a lane's motor and watches the drop sensor."""

from __future__ import annotations

from hardware.contract.motor_board import DROPPED, NO_DROP, MotorTurned, TurnMotor
from runtime.actor import Actor, handles
from runtime.address import Ref, head

TURN_SECONDS = 3.0
"""From order to the drop sensor's word (estimate)."""

TURNS_KEPT = 32
"""The last turns whose outcome is remembered; a machine repeats only its last ones."""


class Board(Actor):
    """Turns one motor at a time and never turns again for a number it has turned for.

    Whether a turn drops a product follows from seed, address and turn number alone, so it does not depend on
    what else happens on the street.

    Attributes:
        turns: motors really turned.
        drops: products that really fell.
    """

    __slots__ = ("_free_at", "_machine", "_turned", "drops", "jam_per_vend", "turns")

    def __init__(self, jam_per_vend: float = 0.0) -> None:
        self.jam_per_vend = jam_per_vend
        self.turns = 0
        self.drops = 0
        self._turned: dict[int, tuple[int, MotorTurned]] = {}
        self._free_at = 0
        self._machine: Ref | None = None

    @handles(TurnMotor)
    def turn(self, order: TurnMotor) -> None:
        """Turn, or say again how it ended; while that turn still runs, its answer is on the way."""
        kernel = self.kernel
        if self._machine is None:
            self._machine = kernel.reach(head(self.address))
        known = self._turned.get(order.turn)
        if known is not None:
            if known[0] <= kernel.now:
                self.tell(self._machine, known[1])
            return
        dropped = self._drops(order.turn)
        self.turns += 1
        self.drops += dropped
        stopped = MotorTurned(lane=order.lane, turn=order.turn, outcome=DROPPED if dropped else NO_DROP)
        self._free_at = done_at = max(kernel.now, self._free_at) + round(TURN_SECONDS * 1_000_000)
        self._turned[order.turn] = (done_at, stopped)
        if len(self._turned) > TURNS_KEPT:
            del self._turned[next(iter(self._turned))]
        kernel.later(done_at, self._machine, stopped)

    def _drops(self, turn: int) -> bool:
        if self.jam_per_vend <= 0.0:
            return True
        dice = self.random
        dice.draws = turn
        return dice.uniform() >= self.jam_per_vend
