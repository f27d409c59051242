"""Customers in front of a machine: they queue, choose, pay, and go when the machine is done with them."""

from __future__ import annotations

from actors.machine.messages import AssignLane
from hardware.contract.keypad import LanesChosen
from runtime.actor import handles
from runtime.address import Ref, head
from runtime.message import order
from simulator.customers.queue import Queue
from simulator.devices.cash import EntriesOpen, Insert


@order("street.arrival")
class Arrival:
    """A customer walks up to a machine.

    Attributes:
        customer: the customer's number, unique at this machine.
        lanes: what the customer will choose, one unit each.
        tender: "cash", "cashless" or "code".
        changes: what the machine is told of its lanes just before (a recorded day's planogram changes).
        cash: coins and bills the customer puts in, in order; () for other tenders.
    """

    customer: int
    lanes: tuple[str, ...]
    tender: str
    changes: tuple[AssignLane, ...] = ()
    cash: tuple[int, ...] = ()


class Keypad(Queue[Arrival]):
    """Customers at a machine's keypad, and the money in their hands."""

    __slots__ = ("_cash", "_machine", "_purse")

    def __init__(self) -> None:
        super().__init__()
        self._purse: tuple[int, ...] = ()
        self._machine: Ref | None = None
        self._cash: Ref | None = None

    @handles(Arrival)
    def arrive(self, arrival: Arrival) -> None:
        """Walk up to the machine."""
        self.join(arrival)

    def begin(self, person: Arrival) -> None:
        """Choose; the money stays in hand until the entries open."""
        if self._machine is None:
            self._machine = self.reach(head(self.address))
        for change in person.changes:
            self.tell(self._machine, change)
        self._purse = person.cash
        choice = LanesChosen(customer=person.customer, lanes=person.lanes, tender=person.tender)
        self.tell(self._machine, choice)

    @handles(EntriesOpen)
    def put_in(self, _: EntriesOpen) -> None:
        """Put the money in, once, unless the customer has gone."""
        if self._purse and self.customer is not None:
            if self._cash is None:
                self._cash = self.reach(f"{head(self.address)}/cash")
            self.tell(self._cash, Insert(pieces=self._purse))
            self._purse = ()
