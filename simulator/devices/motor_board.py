"""A machine's motor board: turns a lane's motor and watches the drop sensor."""

from __future__ import annotations

from hardware.contract.motor_board import (
    DROPPED,
    NO_DROP,
    NOT_TURNED,
    STUCK,
    UNKNOWN,
    AskTurn,
    MotorTurned,
    TurnMotor,
)
from hardware.contract.pricing import AskPrice, PriceRead, SetPrice
from runtime.actor import Actor, handles
from runtime.address import Ref, head
from simulator.devices.trouble import NONE, Mended, Trouble, begun, mended, share_of

TURN_SECONDS = 3.0
"""From order to the drop sensor's word (estimate)."""

TURNS_KEPT = 32
"""The last turns whose outcome is remembered; a machine repeats only its last ones."""


class Board(Actor):
    """Turns one motor at a time and never turns again for a number it has turned for.

    Whether a turn drops a product follows from seed, address and turn number alone, so it does not depend on
    what else happens on the street.

    Attributes:
        turns: times that a lane was really turned, a coupled lane's two motors together once.
        drops: products that really fell.
        prices: what it charges by, by lane, once somebody set one.
        troubles: "jams", "stuck" (a share of turns each) or "blind" (a share of drops that it does not see).
    """

    __slots__ = (
        "_free_at",
        "_machine",
        "_turned",
        "drops",
        "jam_per_vend",
        "prices",
        "stuck_per_vend",
        "troubles",
        "turns",
    )

    def __init__(self, jam_per_vend: float = 0.0, stuck_per_vend: float = 0.0) -> None:
        self.jam_per_vend = jam_per_vend
        self.stuck_per_vend = stuck_per_vend
        self.turns = 0
        self.drops = 0
        self.prices: dict[str, int] = {}
        self.troubles = NONE
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
        outcome = self._outcome(order.turn)
        self.turns += 1
        self.drops += outcome == DROPPED
        if outcome == DROPPED and self.troubles and self._chance(order.turn, 1) < self._share("blind"):
            outcome = NO_DROP
        stopped = MotorTurned(lane=order.lane, turn=order.turn, outcome=outcome)
        self._free_at = done_at = max(kernel.now, self._free_at) + round(TURN_SECONDS * 1_000_000)
        self._turned[order.turn] = (done_at, stopped)
        if len(self._turned) > TURNS_KEPT:
            del self._turned[next(iter(self._turned))]
        kernel.later(done_at, self._machine, stopped)

    def _outcome(self, turn: int) -> str:
        jams, stuck = self.jam_per_vend, self.stuck_per_vend
        if self.troubles:
            jams, stuck = max(jams, self._share("jams")), max(stuck, self._share("stuck"))
        if jams + stuck <= 0.0:
            return DROPPED
        chance = self._chance(turn, 0)
        return NO_DROP if chance < jams else STUCK if chance < jams + stuck else DROPPED

    def _chance(self, turn: int, draw: int) -> float:
        dice = self.random
        dice.draws = turn if not draw else -turn
        return dice.uniform()

    def _share(self, kind: str) -> float:
        return share_of(self.troubles, kind)

    @handles(Trouble)
    def fall_ill(self, trouble: Trouble) -> None:
        """Turns from now on."""
        self.troubles = begun(self.troubles, trouble)

    @handles(Mended)
    def get_well(self, order: Mended) -> None:
        """Turns from now on."""
        self.troubles = mended(self.troubles, order.number)

    @handles(AskTurn)
    def ask(self, order: AskTurn) -> None:
        """Say how it ended, or that it never began; while it still runs, the answer is on the way.

        A board that remembers no turn at all has just been started, and knows nothing of the time before.
        """
        known = self._turned.get(order.turn)
        if known is None:
            sure = bool(self._turned) and order.turn > max(self._turned)
            told = MotorTurned(lane=order.lane, turn=order.turn, outcome=NOT_TURNED if sure else UNKNOWN)
            self.tell(self.reach(head(self.address)), told)
        elif known[0] <= self.kernel.now:
            self.tell(self.reach(head(self.address)), known[1])

    def start_anew(self) -> None:
        """Its power was cut: it remembers no turn, not even one that runs."""
        self._turned.clear()

    # Boards that charge by prices of their own

    @handles(SetPrice)
    def set_price(self, order: SetPrice) -> None:
        """Keep it, and say what is kept."""
        self.prices[order.lane] = order.price_minor
        self.ask_price(AskPrice(lane=order.lane))

    @handles(AskPrice)
    def ask_price(self, order: AskPrice) -> None:
        """Say what is kept; 0 for a lane that nobody priced."""
        read = PriceRead(lane=order.lane, price_minor=self.prices.get(order.lane, 0))
        self.tell(self.reach(head(self.address)), read)
