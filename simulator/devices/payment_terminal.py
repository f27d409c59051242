"""Whatever takes cashless money: a machine's card reader or code payment, a till's card terminal."""

from __future__ import annotations

from hardware.contract.payment import Authorise, Authorised, Declined, Settle, Settled
from runtime.actor import Actor, handles
from runtime.address import Ref

ANSWER_SECONDS_MIN = 0.1
ANSWER_SECONDS_MAX = 2.0
"""A provider's answer takes between these, evenly spread (estimate)."""


class PaymentTerminal(Actor):
    """Reserves and takes money in its provider's name; what it answers follows from seed, address and sale.

    It answers the address above its own: ``hk-0712`` for ``hk-0712/cashless``.

    Attributes:
        reserved: minor units reserved and not yet settled, by sale.
        taken_minor: what the provider really took.
    """

    __slots__ = ("_asker", "_last_settled", "_pending", "decline_share", "reserved", "taken_minor")

    def __init__(self, decline_share: float = 0.0) -> None:
        self.decline_share = decline_share
        self.reserved: dict[int, int] = {}
        self.taken_minor = 0
        self._pending = (-1, 0)
        self._last_settled: Settled | None = None
        self._asker: Ref | None = None

    def _to(self) -> Ref:
        if self._asker is None:
            self._asker = self.reach(self.address.rpartition("/")[0])
        return self._asker

    @handles(Authorise)
    def authorise(self, order: Authorise) -> None:
        """Answer after the provider's time; asked again, the same answer and no second reservation."""
        kernel = self.kernel
        sale = order.sale
        if self._pending[0] == sale and self._pending[1] > kernel.now:
            return
        dice = self.random
        dice.draws = 2 * sale
        wait = ANSWER_SECONDS_MIN + dice.uniform() * (ANSWER_SECONDS_MAX - ANSWER_SECONDS_MIN)
        answer: Authorised | Declined
        if self.decline_share > 0.0 and dice.uniform() < self.decline_share:
            answer = Declined(sale=sale, why="declined")
        else:
            amount = self.reserved.setdefault(sale, order.amount_minor)
            answer = Authorised(sale=sale, amount_minor=amount, reference=f"{self.address}:{sale}")
        at_us = kernel.now + round(wait * 1_000_000)
        self._pending = (sale, at_us)
        kernel.later(at_us, self._to(), answer)

    @handles(Settle)
    def settle(self, order: Settle) -> None:
        """Take the part and let the rest go; the same settlement again takes nothing more."""
        settled = self._last_settled
        if settled is None or settled.sale != order.sale:
            self.reserved.pop(order.sale, None)
            self.taken_minor += order.amount_minor
            settled = self._last_settled = Settled(sale=order.sale, amount_minor=order.amount_minor)
        self.tell(self._to(), settled)
