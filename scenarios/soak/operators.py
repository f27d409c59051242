"""People at the office who order machines about from afar while all fails: each at most once, none late.

Every order is told apart by what its facts will say: a push's price, a lock's reason, a refund's reason come
from its number. So whoever reads the facts sees if one was carried out twice (``once.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

from actors.control.messages import (
    LockMachine,
    RebootMachine,
    RemoteRefund,
    SetPrices,
    UnlockMachine,
)
from actors.machine.machine import Machine
from runtime import command_desk, wire
from runtime.command import Issue
from runtime.world import World
from scenarios.chain import MachinePlan

SECOND_US = 1_000_000
ASKED_BY = "office/console"
UNLOCK_SECONDS = 7200
PRICE_FROM_MINOR, PRICE_STEP_MINOR = 850, 50
"""Each push sets a price that no other sets, and that coins can pay."""
REFUND_MINOR = 100


class Operators:
    """Gives orders at the office's command desk.

    Args:
        world: with the office.
        machines: of the chain.

    Attributes:
        given: how many orders were given.
        pushed: prices that were ordered, each once.
    """

    def __init__(self, world: World, machines: Sequence[MachinePlan]) -> None:
        self.given = 0
        self.pushed: set[int] = set()
        self._world = world
        self._plans = {machine.id: machine for machine in machines}

    def push_prices(self, seconds: int) -> bool:
        """Every machine is to sell its first lane at another price; false while the office is down."""
        price_minor = PRICE_FROM_MINOR + PRICE_STEP_MINOR * self.given
        self.given += 1
        self.pushed.add(price_minor)
        for machine, plan in self._plans.items():
            order = SetPrices(prices=((plan.lanes[0].code, price_minor),))
            if not self._issue(machine, order, seconds):
                return False
        return True

    def lock(self, machine: str, seconds: int) -> bool:
        """Nobody may buy there."""
        self.given += 1
        return self._issue(machine, LockMachine(why=f"order {self.given}"), seconds)

    def unlock(self, machine: str) -> None:
        """Customers may buy again."""
        self._issue(machine, UnlockMachine(), UNLOCK_SECONDS)

    def refund(self, machine: str, seconds: int) -> bool:
        """Give some of the newest sale's money back."""
        self.given += 1
        owner = self._world.owner_of(machine)
        if owner is None:
            return False
        actor = owner.kernel.actors[owner.kernel.refs[machine]]
        assert isinstance(actor, Machine)
        order = RemoteRefund(sale=actor.books.sale, amount_minor=REFUND_MINOR, reason=f"order {self.given}")
        return self._issue(machine, order, seconds)

    def reboot(self, machine: str, seconds: int) -> bool:
        """Start the machine's devices anew."""
        self.given += 1
        return self._issue(machine, RebootMachine(), seconds)

    def _issue(self, machine: str, order: object, seconds: int) -> bool:
        office = self._world.office
        if not office.up:
            return False
        issue = Issue(
            to=machine,
            body=wire.encode(order),
            expires_at_us=office.kernel.now + seconds * SECOND_US,
            asked_by=ASKED_BY,
        )
        office.take_in(self._world.now, office.kernel.refs[command_desk.ADDRESS], issue)
        return True
